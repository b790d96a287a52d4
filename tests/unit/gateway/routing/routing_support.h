#pragma once

#include "gateway/http/head.h"
#include "gateway/model/config.h"
#include "gateway/routing/router.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace routing_test {

/// A request as the parser would hand it over. Views into what was given.
inline gateway::http::RequestHead
request(std::string_view method, std::string_view host, std::string_view path, std::string_view query = {},
        const std::vector<std::pair<std::string_view, std::string_view>>& fields = {}) {
    using gateway::http::Method;
    constexpr std::pair<std::string_view, Method> methods[] = {
        {"GET", Method::Get},     {"HEAD", Method::Head},       {"POST", Method::Post},
        {"PUT", Method::Put},     {"PATCH", Method::Patch},     {"DELETE", Method::Delete},
        {"TRACE", Method::Trace}, {"OPTIONS", Method::Options}, {"CONNECT", Method::Connect}};
    gateway::http::RequestHead head;
    head.methodText = method;
    for (const auto& [name, known] : methods) {
        if (name == method) {
            head.method = known;
        }
    }
    head.host = host;
    head.path = path;
    head.query = query;
    head.hasQuery = !query.empty();
    for (const auto& [name, value] : fields) {
        gateway::http::Field field;
        field.name = name;
        field.value = value;
        head.fields.push_back(field);
    }
    return head;
}

inline gateway::model::Route route(std::string name, std::string path, std::vector<std::string> methods = {},
                                   std::vector<std::string> hosts = {}, std::int32_t priority = 0) {
    gateway::model::Route made;
    made.name = std::move(name);
    made.match.path = std::move(path);
    made.match.methods = std::move(methods);
    made.match.hosts = std::move(hosts);
    made.priority = priority;
    return made;
}

inline gateway::model::Config config(std::vector<gateway::model::Route> routes) {
    gateway::model::Config made;
    made.routes.assign(std::move(routes));
    return made;
}

} // namespace routing_test
