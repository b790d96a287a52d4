#include "app/demo/traffic_plan.h"

#include "gateway/model/path_pattern.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace app::demo {

namespace {

constexpr std::chrono::seconds wave{60};
constexpr double waveHeight = 0.33; ///< of the rate
// Free callers go over their limit for a few seconds, three times in two minutes, and soon after the start.
constexpr std::chrono::seconds burstEvery{40};
constexpr std::chrono::seconds burstAt{8};
constexpr std::chrono::seconds burstFor{5};
constexpr double burstPerSecond = 24;
constexpr double shareWithoutKey = 0.012;
constexpr double shareWithWrongKey = 0.008;
constexpr double shareOfAgent = 0.25;
constexpr double shareAstray = 0.012; ///< asks for a path that no route has

double shareOf(const std::string& tier) {
    if (tier == "enterprise") {
        return 6;
    }
    if (tier == "pro") {
        return 3;
    }
    return 0.15;
}

/// People look more often than they buy, and buy more often than they change their mind.
double shareOf(const Caller& caller) {
    return caller.isAgent ? shareOfAgent : shareOf(caller.tier);
}

double shareOfMethod(const std::string& method) {
    if (method == "GET") {
        return 6;
    }
    return method == "POST" ? 2 : 0.5;
}

/// A path that the pattern matches.
QByteArray fillPath(const std::string& pattern, std::mt19937_64& random) {
    QByteArray path;
    std::size_t at = 0;
    while (at < pattern.size()) {
        const char character = pattern[at];
        if (character == '{') {
            path += QByteArray::number(static_cast<qulonglong>(1'000 + random() % 200));
            at = std::min(pattern.find('}', at), pattern.size() - 1) + 1;
            continue;
        }
        if (character == '*') {
            path += "items/" + QByteArray::number(static_cast<qulonglong>(1'000 + random() % 200));
        } else {
            path += character;
        }
        ++at;
    }
    return path;
}

QByteArray valueFor(const gateway::model::NameValue& wanted) {
    return wanted.value == "*" ? QByteArray("1") : QByteArray::fromStdString(wanted.value);
}

/// "*.example.com" is asked for as "shop.example.com".
std::string hostFor(const std::vector<std::string>& hosts) {
    if (hosts.empty()) {
        return "localhost";
    }
    return hosts.front().starts_with("*.") ? "shop" + hosts.front().substr(1) : hosts.front();
}

} // namespace

TrafficPlan::TrafficPlan(std::uint64_t seed, double requestsPerSecond)
    : m_random(seed)
    , m_rate(requestsPerSecond) {}

void TrafficPlan::setCallers(std::vector<Caller> callers) {
    m_callers = std::move(callers);
}

void TrafficPlan::setRoutes(const gateway::model::Config& config) {
    m_shapes.clear();
    for (const gateway::model::Route& route : config.routes) {
        if (!route.enabled || gateway::model::pathKind(route.match.path) == gateway::model::PathKind::Regex) {
            continue;
        }
        Shape shape{.host = hostFor(route.match.hosts),
                    .path = route.match.path,
                    .method = route.match.methods.empty() ? "GET" : route.match.methods.front(),
                    .fieldLines = {},
                    .query = {}};
        for (const gateway::model::NameValue& header : route.match.headers) {
            shape.fieldLines += QByteArray::fromStdString(header.name) + ": " + valueFor(header) + "\r\n";
        }
        for (const gateway::model::NameValue& parameter : route.match.query) {
            shape.query += (shape.query.isEmpty() ? "?" : "&") + QByteArray::fromStdString(parameter.name) +
                           '=' + valueFor(parameter);
        }
        shape.share = shareOfMethod(shape.method);
        m_shapes.push_back(std::move(shape));
    }
    if (!config.listeners.empty()) {
        m_keyHeader = QByteArray::fromStdString(config.listeners[0].keyHeader);
    }
}

double TrafficPlan::draw() {
    return std::uniform_real_distribution<double>(0, 1)(m_random);
}

const TrafficPlan::Shape& TrafficPlan::pickShape() {
    double total = 0;
    for (const Shape& shape : m_shapes) {
        total += shape.share;
    }
    double left = draw() * total;
    for (const Shape& shape : m_shapes) {
        left -= shape.share;
        if (left <= 0) {
            return shape;
        }
    }
    return m_shapes.back();
}

const Caller* TrafficPlan::pickCaller(bool freeOnly) {
    double total = 0;
    for (const Caller& caller : m_callers) {
        total += freeOnly && caller.tier != "free" ? 0 : shareOf(caller);
    }
    double left = draw() * total;
    const Caller* last = nullptr;
    for (const Caller& caller : m_callers) {
        if (freeOnly && caller.tier != "free") {
            continue;
        }
        last = &caller;
        left -= shareOf(caller);
        if (left <= 0) {
            break;
        }
    }
    return last;
}

QByteArray TrafficPlan::makeRequest(const Shape& shape, const Caller* caller) {
    const bool astray = draw() < shareAstray;
    const double luck = draw();
    QByteArray request =
        QByteArray::fromStdString(shape.method) + ' ' +
        (astray ? QByteArray("/v0/forgotten") : fillPath(shape.path, m_random) + shape.query) +
        " HTTP/1.1\r\nHost: " + QByteArray::fromStdString(shape.host) +
        "\r\nUser-Agent: gatehouse-demo\r\nAccept: application/json\r\n" + shape.fieldLines;
    if (luck < shareWithWrongKey) {
        request += m_keyHeader + ": gh_mistyped\r\n";
    } else if (luck >= shareWithWrongKey + shareWithoutKey && caller != nullptr) {
        request += m_keyHeader + ": " + caller->key + "\r\n";
    }
    if (shape.method == "POST" || shape.method == "PUT" || shape.method == "PATCH") {
        const QByteArray body =
            "{\"sku\":\"KB-210\",\"quantity\":" + QByteArray::number(1 + m_random() % 3) + "}";
        return request +
               "Content-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) +
               "\r\n\r\n" + body;
    }
    return request + "\r\n";
}

std::vector<QByteArray> TrafficPlan::due(std::chrono::milliseconds sinceStart,
                                         std::chrono::milliseconds step) {
    std::vector<QByteArray> requests;
    if (m_shapes.empty()) {
        return requests;
    }
    const std::chrono::duration<double> seconds = step;
    const double angle = 2 * std::numbers::pi * std::chrono::duration<double>(sinceStart % wave).count() /
                         std::chrono::duration<double>(wave).count();
    m_owed += m_rate * (1 + waveHeight * std::sin(angle)) * seconds.count();
    const auto inCycle = sinceStart % burstEvery;
    if (inCycle >= burstAt && inCycle < burstAt + burstFor) {
        m_owedBurst += burstPerSecond * seconds.count();
    }
    const auto add = [&](double& owed, bool freeOnly) {
        while (owed >= 1) {
            owed -= 1;
            requests.push_back(makeRequest(pickShape(), pickCaller(freeOnly)));
        }
    };
    add(m_owed, false);
    add(m_owedBurst, true);
    return requests;
}

} // namespace app::demo
