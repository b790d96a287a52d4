#include "gateway/model/surroundings.h"

#include "gateway/model/expression.h"
#include "gateway/model/names.h"

#include <algorithm>

namespace gateway::model {

Surroundings::Surroundings(const Config& of)
    : config(of)
    , places(of) {
    for (const Listener& listener : config.listeners) {
        keyHeaders.insert(lowerCase(listener.keyHeader));
        asksForClientCertificates =
            asksForClientCertificates ||
            (listener.tls && listener.tls->clientCertificates != Listener::ClientCertificates::Off);
    }
}

const std::vector<std::string>& Surroundings::pathParametersOf(const Policy& policy) const {
    const auto [at, fresh] = m_pathParameters.try_emplace(&policy);
    if (fresh) {
        at->second = model::pathParametersOf(policy);
    }
    return at->second;
}

std::vector<std::string> pathParametersOf(const Policy& policy) {
    std::vector<std::string> names;
    if (policy.authorize && !policy.authorize->when.empty()) {
        if (const auto rule = parseExpression(policy.authorize->when)) {
            names = (*rule)->pathParameters();
        }
    }
    for (const IdentityHeader& header :
         policy.identity ? policy.identity->headers : std::vector<IdentityHeader>()) {
        const auto value = parseReference(header.value);
        if (value && value->subject == Subject::PathParameter &&
            std::find(names.begin(), names.end(), value->path.front()) == names.end()) {
            names.push_back(value->path.front());
        }
    }
    return names;
}

} // namespace gateway::model
