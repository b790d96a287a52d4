#include "gateway/upstream/service_plan.h"

#include <algorithm>
#include <numeric>

namespace gateway::upstream {

std::vector<std::uint16_t> turnsByWeight(const std::vector<std::uint32_t>& weights) {
    std::uint32_t common = 0;
    for (const std::uint32_t weight : weights) {
        common = std::gcd(common, weight);
    }
    std::int64_t total = 0;
    for (const std::uint32_t weight : weights) {
        total += weight / std::max(common, 1U);
    }
    std::vector<std::int64_t> credit(weights.size(), 0);
    std::vector<std::uint16_t> turns;
    turns.reserve(static_cast<std::size_t>(total));
    for (std::int64_t turn = 0; turn < total; ++turn) {
        for (std::size_t i = 0; i < weights.size(); ++i) {
            credit[i] += weights[i] / common;
        }
        const auto richest = std::max_element(credit.begin(), credit.end());
        *richest -= total;
        turns.push_back(static_cast<std::uint16_t>(richest - credit.begin()));
    }
    return turns;
}

} // namespace gateway::upstream
