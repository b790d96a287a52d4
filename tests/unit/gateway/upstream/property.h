#pragma once

#include "gateway/base/random.h"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace property {

using gateway::Random;

/// What a property is checked with. `Case` is a value.
template<typename Case>
struct Property {
    Case (*generate)(Random& random, std::size_t size); ///< size grows from 1, so that small cases come first
    std::optional<std::string> (*violation)(const Case& each); ///< what is wrong, if anything is
    std::vector<Case> (*simpler)(const Case& each);            ///< the same case with a little less to it
    std::string (*describe)(const Case& each);
};

/// Checks so many cases, the same in every run. Empty: the property holds. Otherwise the smallest
/// counterexample that was found by taking away from the first.
template<typename Case>
std::string counterexample(const Property<Case>& property, std::size_t cases) {
    Random random(20'261'124);
    for (std::size_t i = 0; i < cases; ++i) {
        Case failing = property.generate(random, 1 + i * 20 / cases);
        std::optional<std::string> wrong = property.violation(failing);
        if (!wrong) {
            continue;
        }
        for (bool isSmaller = true; isSmaller;) {
            isSmaller = false;
            for (Case& candidate : property.simpler(failing)) {
                if (auto stillWrong = property.violation(candidate)) {
                    failing = std::move(candidate);
                    wrong = std::move(stillWrong);
                    isSmaller = true;
                    break;
                }
            }
        }
        return "case " + std::to_string(i) + ": " + property.describe(failing) + ": " + *wrong;
    }
    return {};
}

/// All lists with one element, or with one half, taken away.
template<typename Element>
std::vector<std::vector<Element>> shortened(const std::vector<Element>& list) {
    std::vector<std::vector<Element>> shorter;
    const auto half = static_cast<std::ptrdiff_t>(list.size() / 2);
    if (half > 1) {
        shorter.emplace_back(list.begin() + half, list.end());
        shorter.emplace_back(list.begin(), list.begin() + half);
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto& each = shorter.emplace_back(list);
        each.erase(each.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return shorter;
}

} // namespace property
