#include "gateway/model/config.h"
#include "gateway/model/entity_codec.h"
#include "gateway/model/problem.h"

namespace gateway::model {

const char* kindName(EntityKind kind) {
    switch (kind) {
    case EntityKind::Certificate:
        return "certificate";
    case EntityKind::Listener:
        return "listener";
    case EntityKind::Tier:
        return "tier";
    case EntityKind::Consumer:
        return "consumer";
    case EntityKind::IdentityProvider:
        return "identity provider";
    case EntityKind::Service:
        return "service";
    case EntityKind::Policy:
        return "policy";
    case EntityKind::Route:
        return "route";
    }
    return "";
}

const char* kindPlural(EntityKind kind) {
    switch (kind) {
    case EntityKind::Certificate:
        return "certificates";
    case EntityKind::Listener:
        return "listeners";
    case EntityKind::Tier:
        return "tiers";
    case EntityKind::Consumer:
        return "consumers";
    case EntityKind::IdentityProvider:
        return "identity_providers";
    case EntityKind::Service:
        return "services";
    case EntityKind::Policy:
        return "policies";
    case EntityKind::Route:
        return "routes";
    }
    return "";
}

std::string_view clientCertificatesWord(Listener::ClientCertificates wanted) {
    switch (wanted) {
    case Listener::ClientCertificates::Off:
        return "off";
    case Listener::ClientCertificates::Optional:
        return "optional";
    case Listener::ClientCertificates::Required:
        break;
    }
    return "required";
}

std::optional<Listener::ClientCertificates> parseClientCertificates(std::string_view word) {
    using enum Listener::ClientCertificates;
    for (const auto wanted : {Off, Optional, Required}) {
        if (clientCertificatesWord(wanted) == word) {
            return wanted;
        }
    }
    return std::nullopt;
}

const char* problemKindName(Problem::Kind kind) {
    switch (kind) {
    case Problem::Kind::Syntax:
        return "syntax";
    case Problem::Kind::Unknown:
        return "unknown-field";
    case Problem::Kind::Type:
        return "wrong-type";
    case Problem::Kind::Range:
        return "not-allowed";
    case Problem::Kind::Reference:
        return "no-such-name";
    case Problem::Kind::Duplicate:
        return "duplicate";
    case Problem::Kind::Overlap:
        return "overlap";
    case Problem::Kind::Unsupported:
        return "not-supported-yet";
    }
    return "";
}

} // namespace gateway::model
