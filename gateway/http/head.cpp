#include "gateway/http/head.h"

#include "gateway/http/characters.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace gateway::http {

namespace {

const Field* findIn(const std::vector<Field>& fields, KnownField known) noexcept {
    for (const Field& field : fields) {
        if (field.known == known) {
            return &field;
        }
    }
    return nullptr;
}

const Field* findIn(const std::vector<Field>& fields, std::string_view name) noexcept {
    for (const Field& field : fields) {
        if (sameIgnoringCase(field.name, name)) {
            return &field;
        }
    }
    return nullptr;
}

struct Candidate {
    std::string_view name;
    KnownField known;
};

template<std::size_t size>
using Words = std::array<std::uint64_t, (size + 7) / 8>;

/// Eight bytes at a time; the rest of the last word is zero.
template<std::size_t size>
Words<size> wordsOf(std::string_view name) noexcept {
    Words<size> words{};
    std::memcpy(words.data(), name.data(), size);
    return words;
}

/// Each of the eight bytes in lower case, all at once: the top bit of a byte is set where it is "A" to "Z".
std::uint64_t loweredWord(std::uint64_t word) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = 0x80 * ones;
    const std::uint64_t low = word & ~tops;
    const std::uint64_t fromA = low + (0x80 - 'A') * ones;
    const std::uint64_t beyondZ = low + (0x7F - 'Z') * ones;
    return word | ((fromA ^ beyondZ) & ~word & tops) >> 2;
}

// The names of candidates are in lower case, and as long as `name`.
template<std::size_t size, class... Candidates>
KnownField firstOf(std::string_view name, const Candidates&... candidates) noexcept {
    Words<size> words = wordsOf<size>(name);
    for (std::uint64_t& word : words) {
        word = loweredWord(word);
    }
    KnownField found = KnownField::Other;
    static_cast<void>(
        ((words == wordsOf<size>(candidates.name) ? (found = candidates.known, true) : false) || ...));
    return found;
}

KnownField knownFieldOfSeventeen(std::string_view name) noexcept {
    return firstOf<17>(name, Candidate{"transfer-encoding", KnownField::TransferEncoding},
                       Candidate{"x-forwarded-proto", KnownField::XForwardedProto},
                       Candidate{"x-ratelimit-limit", KnownField::XRateLimitLimit},
                       Candidate{"x-ratelimit-reset", KnownField::XRateLimitReset});
}

} // namespace

KnownField knownField(std::string_view name) noexcept {
    switch (name.size()) {
    case 2:
        return firstOf<2>(name, Candidate{"te", KnownField::Te});
    case 3:
        return firstOf<3>(name, Candidate{"via", KnownField::Via});
    case 4:
        return firstOf<4>(name, Candidate{"host", KnownField::Host}, Candidate{"date", KnownField::Date});
    case 6:
        return firstOf<6>(name, Candidate{"expect", KnownField::Expect},
                          Candidate{"server", KnownField::Server});
    case 7:
        return firstOf<7>(name, Candidate{"trailer", KnownField::Trailer},
                          Candidate{"upgrade", KnownField::Upgrade});
    case 9:
        return firstOf<9>(name, Candidate{"forwarded", KnownField::Forwarded},
                          Candidate{"ratelimit", KnownField::RateLimit});
    case 10:
        return firstOf<10>(name, Candidate{"connection", KnownField::Connection},
                           Candidate{"keep-alive", KnownField::KeepAlive});
    case 11:
        return firstOf<11>(name, Candidate{"x-client-id", KnownField::XClientId},
                           Candidate{"retry-after", KnownField::RetryAfter});
    case 12:
        return firstOf<12>(name, Candidate{"x-request-id", KnownField::XRequestId},
                           Candidate{"max-forwards", KnownField::MaxForwards});
    case 13:
        return firstOf<13>(name, Candidate{"authorization", KnownField::Authorization});
    case 14:
        return firstOf<14>(name, Candidate{"content-length", KnownField::ContentLength});
    case 15:
        return firstOf<15>(name, Candidate{"x-forwarded-for", KnownField::XForwardedFor},
                           Candidate{"x-internal-auth", KnownField::XInternalAuth});
    case 16:
        return firstOf<16>(name, Candidate{"x-forwarded-host", KnownField::XForwardedHost},
                           Candidate{"proxy-connection", KnownField::ProxyConnection},
                           Candidate{"ratelimit-policy", KnownField::RateLimitPolicy});
    case 17:
        return knownFieldOfSeventeen(name);
    case 18:
        return firstOf<18>(name, Candidate{"proxy-authenticate", KnownField::ProxyAuthenticate});
    case 19:
        return firstOf<19>(name, Candidate{"proxy-authorization", KnownField::ProxyAuthorization});
    case 21:
        return firstOf<21>(name, Candidate{"x-ratelimit-remaining", KnownField::XRateLimitRemaining});
    default:
        return KnownField::Other;
    }
}

const Field* RequestHead::find(KnownField known) const noexcept {
    return findIn(fields, known);
}

const Field* RequestHead::find(std::string_view name) const noexcept {
    return findIn(fields, name);
}

const Field* ResponseHead::find(KnownField known) const noexcept {
    return findIn(fields, known);
}

const Field* ResponseHead::find(std::string_view name) const noexcept {
    return findIn(fields, name);
}

} // namespace gateway::http
