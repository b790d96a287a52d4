#include "ui/curl_line.h"

#include "gateway/crypto/certificate.h"
#include "gateway/model/path_pattern.h"
#include "gateway/model/scalars.h"

#include <algorithm>

namespace ui {

using gateway::model::Config;
using gateway::model::Listener;
using gateway::model::NameValue;
using gateway::model::PathKind;
using gateway::model::Policy;
using gateway::model::Route;

namespace {

/// Names in a config come from other people, too; single quotes make anything safe but a single quote.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::string concretePath(std::string_view pattern) {
    if (pattern.ends_with("/*")) {
        pattern.remove_suffix(pattern.size() > 2 ? 2 : 1);
    }
    std::string path;
    while (!pattern.empty()) {
        const auto open = pattern.find('{');
        path += pattern.substr(0, open);
        if (open == std::string_view::npos) {
            break;
        }
        path += '1';
        const auto close = pattern.find('}', open);
        pattern = close == std::string_view::npos ? std::string_view() : pattern.substr(close + 1);
    }
    return path;
}

bool canBeWritten(const Route& route) {
    const auto wildcard = [](const std::string& host) { return host.starts_with('*'); };
    return route.enabled && gateway::model::pathKind(route.match.path) != PathKind::Regex &&
           route.match.query.empty() &&
           (route.match.hosts.empty() ||
            !std::all_of(route.match.hosts.begin(), route.match.hosts.end(), wildcard));
}

bool wantsKey(const Config& config, const Route& route) {
    return std::any_of(route.policies.begin(), route.policies.end(), [&](const std::string& name) {
        const Policy* policy = config.policies.find(name);
        return policy != nullptr && policy->authenticate.has_value();
    });
}

const Listener* listenerAt(const Config& config, std::string_view address) {
    for (const Listener& listener : config.listeners) {
        if (gateway::model::formatHostPort({listener.host, listener.port}) == address) {
            return &listener;
        }
    }
    return nullptr;
}

/// Every network's address is no place to send something to; this machine's own is the nearest.
std::string reachable(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    const std::string_view host = address.substr(0, colon);
    const std::string port(address.substr(colon));
    return (host == "0.0.0.0" ? "127.0.0.1" : host == "[::]" ? "[::1]" : std::string(host)) + port;
}

bool showsSelfSigned(const Config& config, const Listener& listener) {
    const auto* certificate = listener.tls->certificates.empty()
                                  ? nullptr
                                  : config.certificates.find(listener.tls->certificates[0]);
    const auto chain = certificate != nullptr
                           ? gateway::crypto::readCertificates(certificate->chain)
                           : gateway::Result<std::vector<gateway::crypto::CertificateInfo>>();
    return chain && !chain->empty() && chain->front().subject == chain->front().issuer;
}

} // namespace

std::string curlLine(const Config& config, std::string_view listening) {
    const Listener* listener = listenerAt(config, listening);
    const bool secure = listener != nullptr && listener->tls.has_value();
    const std::string address = reachable(listening);
    std::string authority = address;
    const Route* chosen = nullptr;
    for (const Route& route : config.routes) {
        // A GET shows something without a body; any other route is better than none.
        const bool gets = route.match.methods.empty() ||
                          std::find(route.match.methods.begin(), route.match.methods.end(), "GET") !=
                              route.match.methods.end();
        if (canBeWritten(route) && (chosen == nullptr || gets)) {
            chosen = &route;
            if (gets) {
                break;
            }
        }
    }
    std::string line = "curl -i";
    if (secure && showsSelfSigned(config, *listener)) {
        line += " -k"; // nobody vouches for it
    }
    if (address.front() == '[') {
        line += " -g"; // brackets are no pattern
    }
    std::string path = "/";
    if (chosen != nullptr) {
        path = concretePath(chosen->match.path);
        const auto& methods = chosen->match.methods;
        if (!methods.empty() && std::find(methods.begin(), methods.end(), "GET") == methods.end()) {
            line += " -X " + quoted(methods.front());
        }
        const auto host = std::find_if(chosen->match.hosts.begin(), chosen->match.hosts.end(),
                                       [](const std::string& name) { return !name.starts_with('*'); });
        if (host != chosen->match.hosts.end()) {
            const std::string port = address.substr(address.rfind(':'));
            if (secure) {
                // The name goes into the handshake, too, where the certificate is chosen by it.
                authority = *host + port;
                line += " --connect-to " + quoted(authority + ":" + address);
            } else {
                line += " -H " + quoted("Host: " + *host);
            }
        }
        for (const NameValue& header : chosen->match.headers) {
            line += " -H " + quoted(header.name + ": " + (header.value == "*" ? "1" : header.value));
        }
        if (wantsKey(config, *chosen)) {
            line += " -H " +
                    quoted((listener != nullptr ? listener->keyHeader : Listener().keyHeader) + ": YOUR-KEY");
        }
    }
    return line + " " + quoted((secure ? "https://" : "http://") + authority + (path.empty() ? "/" : path));
}

} // namespace ui
