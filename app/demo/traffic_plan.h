#pragma once

#include "gateway/model/config.h"

#include <QByteArray>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace app::demo {

/// Somebody who calls: a consumer with a key.
struct Caller {
    std::string tier;
    QByteArray key;
    bool isAgent = false; ///< calls now and then
};

/// Decides who asks for what, and how often. Draws its requests from the routes of a config, so that the demo
/// follows what people change. No clock and no sockets in here; deterministic for a seed. One thread.
class TrafficPlan {
public:
    TrafficPlan(std::uint64_t seed, double requestsPerSecond);

    void setCallers(std::vector<Caller> callers);
    /// Takes the enabled routes with plain paths; those with regular expressions get no traffic.
    void setRoutes(const gateway::model::Config& config);

    /// The bytes of the requests that are due in the `step` that begins `sinceStart` after the start. All in
    /// all a wave around the rate, with a minute from crest to crest.
    [[nodiscard]] std::vector<QByteArray> due(std::chrono::milliseconds sinceStart,
                                              std::chrono::milliseconds step);

private:
    struct Shape {
        std::string host;
        std::string path; ///< may hold `{name}` and end with `*`
        std::string method;
        QByteArray fieldLines;
        QByteArray query;
        double share = 1; ///< of the traffic, relative to the others
    };

    [[nodiscard]] const Shape& pickShape();
    [[nodiscard]] const Caller* pickCaller(bool freeOnly);
    [[nodiscard]] QByteArray makeRequest(const Shape& shape, const Caller* caller);
    [[nodiscard]] double draw(); ///< 0..1

    std::mt19937_64 m_random;
    double m_rate;
    double m_owed = 0;      ///< part of a request that is not due yet
    double m_owedBurst = 0; ///< likewise, of a free caller's burst
    std::vector<Caller> m_callers;
    std::vector<Shape> m_shapes;
    QByteArray m_keyHeader = "X-API-Key";
};

} // namespace app::demo
