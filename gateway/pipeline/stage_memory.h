#pragma once

#include "gateway/auth/provider_plan.h"
#include "gateway/auth/revocations.h"
#include "gateway/auth/token_cache.h"
#include "gateway/pipeline/local_time.h"
#include "gateway/routing/router.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace gateway::pipeline {

/// A worker's view of what was revoked: asks for the set again only when it became another. Single-threaded.
class RevocationView {
public:
    explicit RevocationView(const auth::Revocations* revocations)
        : m_revocations(revocations) {}

    /// To be asked for on each request.
    [[nodiscard]] const auth::RevocationSet& now() {
        if (m_revocations != nullptr) {
            if (const std::uint64_t changes = m_revocations->changes(); changes != m_changes) {
                m_set = m_revocations->current();
                m_changes = changes; // from before: a set that came in between is asked for once more
            }
        }
        return *m_set;
    }
    /// As of the last now().
    [[nodiscard]] std::uint64_t changes() const noexcept { return m_changes; }

private:
    const auth::Revocations* m_revocations; ///< null: nothing can be revoked
    std::shared_ptr<const auth::RevocationSet> m_set =
        std::make_shared<const auth::RevocationSet>(std::vector<model::Revocation>());
    std::uint64_t m_changes = 0;
};

/// A worker's copies of providers' keys, renewed when they became others. Single-threaded.
class KeySetView {
public:
    struct Keys {
        std::uint64_t generation = 0;
        std::shared_ptr<const auth::KeySet> set; ///< null: there never were any
    };
    [[nodiscard]] const Keys& of(const auth::ProviderKeys& keys) {
        Keys& known = m_known[&keys];
        if (const std::uint64_t generation = keys.generation(); generation != known.generation) {
            known = {generation, keys.current()};
        }
        return known;
    }

private:
    std::unordered_map<const auth::ProviderKeys*, Keys> m_known; ///< they live as long as the engine
};

/// What the stages of a worker remember from request to request, and what they work in. Single-threaded.
struct StageMemory {
    explicit StageMemory(const auth::Revocations* revocationsOfAll)
        : revocations(revocationsOfAll) {}

    /// Bounded; made with the first token.
    [[nodiscard]] auth::TokenCache& tokens() {
        constexpr std::size_t tokensMax = 8'192;
        if (!m_tokens) {
            m_tokens = std::make_unique<auth::TokenCache>(tokensMax);
        }
        return *m_tokens;
    }

    RevocationView revocations;
    KeySetView keys;
    LocalTime time;
    routing::Captures captures; ///< of the path, while one request is looked at
    std::string text;           ///< likewise

private:
    std::unique_ptr<auth::TokenCache> m_tokens;
};

} // namespace gateway::pipeline
