#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/net/address.h"
#include "gateway/net/resolver.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gateway::runtime {

/// A target whose host is a name.
struct NamedTarget {
    std::uint32_t index = 0; ///< dense and stable
    std::string host;
    std::uint16_t port = 0;
    std::vector<net::Endpoint> endpoints; ///< what its plan says
};

/// The endpoints of a target are these from now on.
struct AddressChange {
    std::uint32_t targetIndex = 0;
    std::vector<net::Endpoint> endpoints;
};

/// The names of targets, their addresses and when to ask for them again. Knows neither threads nor servers.
class NameTable {
public:
    /// Bounds of what records say: no flood of queries, and no hour-long belief in an old address.
    static constexpr std::chrono::seconds ttlMin{1};
    static constexpr std::chrono::seconds ttlMax{300};
    /// Of an answer without one, from the hosts file.
    static constexpr std::chrono::seconds ttlOfFiles{10};
    /// After a failure; doubled by each further one.
    static constexpr std::chrono::seconds retryMin{1};
    static constexpr std::chrono::seconds retryMax{30};
    /// Answers in a row, soon after each other, that must lack all addresses of a family before these go:
    /// IPv4 and IPv6 are two questions, and an answer does not tell a family without addresses from one that
    /// got lost.
    static constexpr unsigned lacksMax = 3;
    /// Questions at a time, so that many names at the start do not flood a name server.
    static constexpr std::size_t openMax = 32;

    /// `seed` of the jitter.
    explicit NameTable(std::uint32_t seed)
        : m_random(seed) {}

    /// All targets from now on. Names that are new are due at once, those that are gone are forgotten.
    /// Returns the targets that are new here or whose plan does not say what is known.
    [[nodiscard]] std::vector<AddressChange> setTargets(const std::vector<NamedTarget>& targets,
                                                        Monotonic now);

    /// Names to ask for now; each counts as open until answer().
    [[nodiscard]] std::vector<std::string> takeDue(Monotonic now);
    /// When takeDue() has something again; none: not before an answer or another target.
    [[nodiscard]] std::optional<Monotonic> nextDue() const;

    /// Takes over a good answer and keeps what was known on a bad one; either way the name becomes due again.
    /// Returns its targets when the set of addresses is another one.
    [[nodiscard]] std::vector<AddressChange>
    answer(const std::string& name, const Result<net::NameAddresses>& addresses, Monotonic now);

    /// What answers said about a host; none: nothing.
    [[nodiscard]] std::optional<std::vector<net::Endpoint>> endpointsOf(const std::string& host,
                                                                        std::uint16_t port) const;

    /// Whether the host's addresses can change: it is neither an address itself nor always the machine's own
    /// (RFC 6761, section 6.3).
    [[nodiscard]] static bool canChange(const std::string& host);

private:
    struct Name {
        std::vector<net::Endpoint> addresses;                         ///< port 0
        std::vector<std::pair<std::uint32_t, std::uint16_t>> targets; ///< index and port
        Monotonic due{};
        bool isOpen = false;
        bool isAnswered = false; ///< well, at least once
        unsigned failures = 0;   ///< in a row
        unsigned lacks = 0;      ///< answers in a row without a known family
    };

    [[nodiscard]] std::map<std::string, Name>::node_type takeOrMake(const std::string& key, Monotonic now);
    [[nodiscard]] static std::chrono::seconds retryAfter(unsigned times);
    void schedule(const std::string& key, Name& name, Monotonic now, std::chrono::seconds in);

    std::map<std::string, Name> m_names;                    ///< by host in lower case
    std::set<std::pair<Monotonic, std::string>> m_schedule; ///< of names that are not open
    std::set<std::uint32_t> m_targets;
    std::size_t m_open = 0;
    std::minstd_rand m_random;
};

} // namespace gateway::runtime
