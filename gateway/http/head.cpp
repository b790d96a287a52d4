#include "gateway/http/head.h"

#include "gateway/http/characters.h"

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

// Almost every unknown name differs from its candidates in length or first letter, so this ends after a byte.
template<class... Candidates>
KnownField firstOf(std::string_view name, const Candidates&... candidates) noexcept {
    KnownField found = KnownField::Other;
    static_cast<void>(
        ((sameIgnoringCase(name, candidates.name) ? (found = candidates.known, true) : false) || ...));
    return found;
}

KnownField knownFieldOfSeventeen(std::string_view name) noexcept {
    return firstOf(name, Candidate{"transfer-encoding", KnownField::TransferEncoding},
                   Candidate{"x-forwarded-proto", KnownField::XForwardedProto},
                   Candidate{"x-ratelimit-limit", KnownField::XRateLimitLimit},
                   Candidate{"x-ratelimit-reset", KnownField::XRateLimitReset});
}

} // namespace

KnownField knownField(std::string_view name) noexcept {
    switch (name.size()) {
    case 2:
        return firstOf(name, Candidate{"te", KnownField::Te});
    case 3:
        return firstOf(name, Candidate{"via", KnownField::Via});
    case 4:
        return firstOf(name, Candidate{"host", KnownField::Host}, Candidate{"date", KnownField::Date});
    case 6:
        return firstOf(name, Candidate{"expect", KnownField::Expect},
                       Candidate{"server", KnownField::Server});
    case 7:
        return firstOf(name, Candidate{"trailer", KnownField::Trailer},
                       Candidate{"upgrade", KnownField::Upgrade});
    case 9:
        return firstOf(name, Candidate{"forwarded", KnownField::Forwarded},
                       Candidate{"ratelimit", KnownField::RateLimit});
    case 10:
        return firstOf(name, Candidate{"connection", KnownField::Connection},
                       Candidate{"keep-alive", KnownField::KeepAlive});
    case 11:
        return firstOf(name, Candidate{"x-client-id", KnownField::XClientId},
                       Candidate{"retry-after", KnownField::RetryAfter});
    case 12:
        return firstOf(name, Candidate{"x-request-id", KnownField::XRequestId},
                       Candidate{"max-forwards", KnownField::MaxForwards});
    case 13:
        return firstOf(name, Candidate{"authorization", KnownField::Authorization});
    case 14:
        return firstOf(name, Candidate{"content-length", KnownField::ContentLength});
    case 15:
        return firstOf(name, Candidate{"x-forwarded-for", KnownField::XForwardedFor},
                       Candidate{"x-internal-auth", KnownField::XInternalAuth});
    case 16:
        return firstOf(name, Candidate{"x-forwarded-host", KnownField::XForwardedHost},
                       Candidate{"proxy-connection", KnownField::ProxyConnection},
                       Candidate{"ratelimit-policy", KnownField::RateLimitPolicy});
    case 17:
        return knownFieldOfSeventeen(name);
    case 18:
        return firstOf(name, Candidate{"proxy-authenticate", KnownField::ProxyAuthenticate});
    case 19:
        return firstOf(name, Candidate{"proxy-authorization", KnownField::ProxyAuthorization});
    case 21:
        return firstOf(name, Candidate{"x-ratelimit-remaining", KnownField::XRateLimitRemaining});
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
