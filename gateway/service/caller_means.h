#pragma once

#include "gateway/model/config.h"

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace gateway::service {

/// What an API key may do and where it may come from.
struct KeyTerms {
    std::vector<std::string> scopes{};
    std::vector<std::string> addresses{}; ///< empty: any
    auto operator<=>(const KeyTerms&) const = default;
};

/// What somebody can show to say who calls.
struct CallerMeans {
    struct Keys {
        const KeyTerms* terms = nullptr;
        std::vector<std::string> names{}; ///< of the keys with these terms; empty: not asked for
    };

    const model::Consumer* consumer = nullptr;            ///< null: nobody that is configured
    std::vector<Keys> keys{};                             ///< those that are good now, by their terms
    std::size_t keysRefused = 0;                          ///< others: revoked, disabled or expired
    std::vector<const model::IdentityProvider*> tokens{}; ///< whose tokens can be of the caller
    bool hasCertificate = false;                          ///< one by which it is known
    bool isRevoked = false;                               ///< the consumer as a whole
};

/// The keys of all consumers, as far as reports ask. Keys with the same terms count as one.
class KeyRoll {
public:
    explicit KeyRoll(WallTime now)
        : m_now(now) {}

    void add(const model::ApiKey& key);
    /// The same, and remembers the name.
    void addNamed(const model::ApiKey& key);
    /// Fills in what it knows of the consumer's keys. The terms live as long as the roll.
    void fill(model::ConsumerId consumer, CallerMeans& means) const;

private:
    struct Held {
        const KeyTerms* terms = nullptr;
        std::vector<std::string> names{};
    };
    struct Entry {
        std::vector<Held> held{};
        std::size_t refused = 0;
    };

    Entry& put(const model::ApiKey& key, Held*& held);

    WallTime m_now;
    std::set<KeyTerms> m_terms;
    std::unordered_map<std::uint64_t, Entry> m_entries; ///< by consumer
};

/// Says by what else than keys consumers of a Config are known. Keeps a reference to it.
class MeansFinder {
public:
    explicit MeansFinder(const model::Config& config);

    /// `means` is reused: its lists keep their room. Keys are left alone.
    void fill(const model::Consumer& consumer, CallerMeans& means) const;

private:
    const model::Config& m_config;
    std::vector<const model::IdentityProvider*> m_naming; ///< whose tokens name consumers
};

} // namespace gateway::service
