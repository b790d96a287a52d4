#include "gateway/auth/revocations.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace gateway::auth {
namespace {

/// Whoever issued the token.
constexpr std::uint64_t anyProvider = 0;

/// A `jti` or `sub`, and who issued it.
struct Name {
    std::uint64_t provider = anyProvider;
    std::string text;
};
struct NameView {
    std::uint64_t provider = anyProvider;
    std::string_view text;
};

/// For look-ups that copy no text.
struct NameHash {
    using is_transparent = void;
    std::size_t operator()(const NameView& name) const noexcept {
        return std::hash<std::string_view>{}(name.text) ^ (name.provider * 0x9E37'79B9'7F4A'7C15U);
    }
    std::size_t operator()(const Name& name) const noexcept {
        return (*this)(NameView{name.provider, name.text});
    }
};
struct NameEqual {
    using is_transparent = void;
    template<class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
        return a.provider == b.provider && std::string_view(a.text) == std::string_view(b.text);
    }
};

/// Tokens with an `iat` below it are revoked. `iat` has no fractions (or lost them), so that one of the same
/// second may be older: it counts as older.
std::int64_t secondsUpTo(WallTime before) {
    return std::chrono::ceil<std::chrono::seconds>(before.time_since_epoch()).count();
}

template<class Map, class Key>
void keepLater(Map& map, Key key, std::int64_t before) {
    const auto [at, isNew] = map.try_emplace(std::move(key), before);
    if (!isNew) {
        at->second = std::max(at->second, before);
    }
}

/// A token that does not say when it was issued counts as older than any time.
bool isOlder(const Token& token, std::int64_t before) {
    return token.issuedAt == 0 || token.issuedAt < before;
}

} // namespace

struct RevocationSet::Index {
    std::unordered_set<std::uint64_t> consumers;
    std::unordered_set<Name, NameHash, NameEqual> tokens;
    std::unordered_map<Name, std::int64_t, NameHash, NameEqual> subjects; ///< with their times
    std::unordered_map<std::uint64_t, std::int64_t> times;                ///< by provider

    void add(const model::Revocation& revocation) {
        switch (revocation.kind) {
        case model::Revocation::Kind::Consumer:
            consumers.insert(revocation.consumer.value);
            return;
        case model::Revocation::Kind::TokenId:
            tokens.insert(Name{revocation.provider.value, revocation.value});
            return;
        case model::Revocation::Kind::Subject:
            keepLater(subjects, Name{revocation.provider.value, revocation.value},
                      secondsUpTo(revocation.before));
            return;
        case model::Revocation::Kind::Before:
            keepLater(times, revocation.provider.value, secondsUpTo(revocation.before));
            return;
        }
    }

    [[nodiscard]] bool holds(const Token& token, std::uint64_t provider) const {
        if (const auto time = times.find(provider); time != times.end() && isOlder(token, time->second)) {
            return true;
        }
        if (!token.id.empty() && tokens.contains(NameView{provider, token.id})) {
            return true;
        }
        const auto subject =
            token.subject.empty() ? subjects.end() : subjects.find(NameView{provider, token.subject});
        return subject != subjects.end() && isOlder(token, subject->second);
    }
};

RevocationSet::RevocationSet(const std::vector<model::Revocation>& revocations) {
    if (revocations.empty()) {
        return;
    }
    auto index = std::make_shared<Index>();
    for (const model::Revocation& revocation : revocations) {
        index->add(revocation);
    }
    m_index = std::move(index);
}

bool RevocationSet::isRevoked(const Token& token) const noexcept {
    return m_index && (m_index->holds(token, anyProvider) ||
                       (token.provider && m_index->holds(token, token.provider.value)));
}

bool RevocationSet::isRevoked(model::ConsumerId consumer) const noexcept {
    return m_index && m_index->consumers.contains(consumer.value);
}

bool RevocationSet::isEmpty() const noexcept {
    return !m_index;
}

Revocations::Revocations()
    : m_current(std::make_shared<const RevocationSet>(std::vector<model::Revocation>())) {}

void Revocations::set(const std::vector<model::Revocation>& revocations) {
    auto fresh = std::make_shared<const RevocationSet>(revocations);
    {
        const std::scoped_lock lock(m_mutex);
        m_current.swap(fresh);
    }
    // After the set is there: whoever sees the change gets this set or a later one.
    m_changes.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const RevocationSet> Revocations::current() const {
    const std::scoped_lock lock(m_mutex);
    return m_current;
}

} // namespace gateway::auth
