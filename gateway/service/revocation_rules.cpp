#include "gateway/service/revocation_rules.h"

#include "gateway/model/document.h"

#include <algorithm>

namespace gateway::service {

using model::Revocation;

namespace {

constexpr std::size_t valueBytesMax = 1'024;
constexpr std::size_t reasonBytesMax = 500;
/// A provider's clock may be ahead, so that tokens of right now say that they are of later.
constexpr std::chrono::hours aheadMax{1};

Result<Revocation> bad(std::string message) {
    return fail(ErrorKind::Input, "bad-revocation", std::move(message));
}

bool holdsLongerThan(const std::optional<WallTime>& expires, const std::optional<WallTime>& other) {
    return !expires || (other && *expires >= *other);
}

/// Whether `former` revokes all that `wanted` does.
bool covers(const Revocation& former, const Revocation& wanted) {
    return former.kind == wanted.kind && former.consumer == wanted.consumer &&
           former.provider == wanted.provider && former.value == wanted.value &&
           former.before >= wanted.before && holdsLongerThan(former.expires, wanted.expires);
}

} // namespace

Result<Revocation> completeRevocation(Revocation revocation, const model::Config& config, WallTime now) {
    revocation.id = {};
    revocation.created = now;
    const bool isOfConsumer = revocation.kind == Revocation::Kind::Consumer;
    const bool hasValue =
        revocation.kind == Revocation::Kind::TokenId || revocation.kind == Revocation::Kind::Subject;
    const bool hasTime =
        revocation.kind == Revocation::Kind::Subject || revocation.kind == Revocation::Kind::Before;
    if (isOfConsumer && config.consumers.findById(revocation.consumer) == nullptr) {
        return fail(ErrorKind::Input, "no-such-consumer", "The consumer is not there any more.");
    }
    if (!isOfConsumer) {
        revocation.consumer = {};
    }
    if (isOfConsumer || !revocation.provider) {
        revocation.provider = {};
    } else if (config.identityProviders.findById(revocation.provider) == nullptr) {
        return fail(ErrorKind::Input, "no-such-provider", "The identity provider is not there any more.");
    }
    if (!hasValue) {
        revocation.value.clear();
    } else if (revocation.value.empty() || revocation.value.size() > valueBytesMax ||
               !model::isCleanUtf8(revocation.value, false)) {
        return bad(std::string(revocation.kind == Revocation::Kind::TokenId ? "The id of a token (jti)"
                                                                            : "A subject") +
                   " is 1 to 1,024 bytes of UTF-8.");
    }
    if (!hasTime) {
        revocation.before = {};
    } else if (revocation.before == WallTime{}) {
        revocation.before = now;
    } else if (revocation.before > now + aheadMax) {
        return bad("Tokens and keys that are still to be made cannot be revoked: the time is to come.");
    }
    if (revocation.reason.size() > reasonBytesMax || !model::isCleanUtf8(revocation.reason, false)) {
        return bad("A reason is one line of at most 500 bytes.");
    }
    if (revocation.expires && *revocation.expires <= now) {
        return bad("The revocation would be over at once: its end is in the past.");
    }
    return revocation;
}

Result<Revocation> storeRevocation(Stores stores, Revocation revocation) {
    const std::string author = revocation.author;
    auto all = stores.revocations.list(revocation.created);
    if (!all) {
        return fail(std::move(all.error()));
    }
    const auto former = std::find_if(
        all->begin(), all->end(), [&revocation](const Revocation& each) { return covers(each, revocation); });
    Result<Revocation> stored =
        former != all->end() ? *former : stores.revocations.add(std::move(revocation));
    if (stored && stored->kind == Revocation::Kind::Before && !stored->provider) {
        const auto revoked = stores.keys.revokeBefore(stored->before, author);
        if (!revoked) {
            return fail(revoked.error());
        }
    }
    return stored;
}

} // namespace gateway::service
