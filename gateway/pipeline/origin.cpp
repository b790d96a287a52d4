#include "gateway/pipeline/origin.h"

#include "gateway/http/characters.h"
#include "gateway/http/writer.h"

#include <algorithm>
#include <optional>

namespace gateway::pipeline {
namespace {

constexpr std::size_t hopsMax = 16; // more than that nobody puts in front of a gateway

/// One element of Forwarded or X-Forwarded-For.
struct Hop {
    std::string_view node;  ///< an address without port or brackets
    std::string_view proto; ///< of Forwarded
    std::string_view host;  ///< of Forwarded
};

/// An address of "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80".
std::string_view addressOf(std::string_view node) noexcept {
    if (!node.empty() && node.front() == '[') {
        const std::size_t end = node.find(']');
        const std::string_view behind = end == std::string_view::npos ? "x" : node.substr(end + 1);
        return behind.empty() || behind.front() == ':' ? node.substr(1, end - 1) : std::string_view{};
    }
    const std::size_t colon = node.find(':');
    return colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos
               ? node.substr(0, colon)
               : node;
}

std::string_view unquoted(std::string_view text) noexcept {
    const bool isQuoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return isQuoted ? text.substr(1, text.size() - 2) : text;
}

/// Cuts the last element off a list whose quoted strings may hold the separator.
std::string_view takeLast(std::string_view& list, char separator) noexcept {
    bool isQuoted = false;
    std::size_t at = list.size();
    while (at > 0 && (isQuoted || list[at - 1] != separator)) {
        isQuoted = isQuoted != (list[at - 1] == '"');
        --at;
    }
    const std::string_view element = http::trimmed(list.substr(at));
    list = at > 0 ? list.substr(0, at - 1) : std::string_view{};
    return element;
}

Hop readForwarded(std::string_view element) noexcept {
    Hop hop;
    while (!element.empty()) {
        const std::string_view pair = takeLast(element, ';');
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view name = pair.substr(0, equals);
        const std::string_view value = unquoted(pair.substr(std::min(equals + 1, pair.size())));
        if (http::sameIgnoringCase(name, "for")) {
            hop.node = addressOf(value);
        } else if (http::sameIgnoringCase(name, "proto")) {
            hop.proto = value;
        } else if (http::sameIgnoringCase(name, "host")) {
            hop.host = value;
        }
    }
    return hop;
}

Hop readPlain(std::string_view element) noexcept {
    return {.node = addressOf(element), .proto = {}, .host = {}};
}

struct Way {
    std::vector<Hop> hops; ///< the one next to the gateway first, the client last
    bool isTold = false;   ///< there was such a field
};

template<class Read>
Way followWay(const http::RequestHead& head, http::KnownField known, const std::vector<net::Network>& trusted,
              const Read& read) {
    Way way;
    for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
        std::string_view list = field->known == known ? field->value : std::string_view{};
        way.isTold = way.isTold || field->known == known;
        while (!list.empty() && way.hops.size() < hopsMax) {
            const Hop hop = read(takeLast(list, ','));
            const auto address = parseIpLiteral(hop.node);
            if (!address) {
                return way;
            }
            way.hops.push_back(hop);
            if (!net::isIn(trusted, *address)) {
                return way;
            }
        }
    }
    return way;
}

std::string_view lastOf(const http::RequestHead& head, http::KnownField known) noexcept {
    for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
        if (field->known == known) {
            std::string_view list = field->value;
            return takeLast(list, ',');
        }
    }
    return {};
}

bool isScheme(std::string_view text) noexcept {
    return http::sameIgnoringCase(text, "http") || http::sameIgnoringCase(text, "https");
}

/// Only what can stand within quotes and in a field line.
bool isHost(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != ',' && c != ';';
    });
}

void setWay(Origin& origin, const Way& way) {
    for (auto hop = way.hops.rbegin(); hop != way.hops.rend(); ++hop) {
        if (!origin.forwardedFor.empty()) {
            origin.forwardedFor.append(", ");
            origin.forwarded.append(", ");
        }
        origin.forwardedFor.append(hop->node);
        const bool isIpv6 = hop->node.find(':') != std::string_view::npos;
        origin.forwarded.append(isIpv6 ? "for=\"[" : "for=").append(hop->node).append(isIpv6 ? "]\"" : "");
        if (isHost(hop->host)) {
            origin.forwarded.append(";host=\"").append(hop->host).append("\"");
        }
        if (isScheme(hop->proto)) {
            origin.forwarded.append(";proto=").append(hop->proto);
        }
    }
}

} // namespace

void Origin::clear() {
    client.clear();
    scheme.clear();
    host.clear();
    forwarded.clear();
    forwardedFor.clear();
}

void readOrigin(Origin& origin, const http::RequestHead& head, std::string_view peer,
                const std::vector<net::Network>& trusted) {
    const auto peerAddress = parseIpLiteral(peer.substr(0, peer.find('%')));
    if (!peerAddress || !net::isIn(trusted, *peerAddress)) {
        return;
    }
    const Way standard = followWay(head, http::KnownField::Forwarded, trusted, readForwarded);
    const Way plain = followWay(head, http::KnownField::XForwardedFor, trusted, readPlain);
    if (standard.isTold && plain.isTold) {
        const auto clientOf = [](const Way& way) {
            return way.hops.empty() ? std::nullopt : parseIpLiteral(way.hops.back().node);
        };
        if (clientOf(standard) != clientOf(plain)) {
            return;
        }
    }
    const Way& way = standard.isTold ? standard : plain;
    std::string_view scheme = lastOf(head, http::KnownField::XForwardedProto);
    std::string_view host = lastOf(head, http::KnownField::XForwardedHost);
    if (standard.isTold) {
        scheme = way.hops.empty() ? std::string_view{} : way.hops.back().proto;
        host = way.hops.empty() ? std::string_view{} : way.hops.back().host;
    }
    if (!way.hops.empty()) {
        origin.client = way.hops.back().node;
        setWay(origin, way);
    }
    if (isScheme(scheme)) {
        std::transform(scheme.begin(), scheme.end(), std::back_inserter(origin.scheme), http::lowered);
    }
    if (isHost(host)) {
        origin.host = host;
    }
}

} // namespace gateway::pipeline
