#pragma once

#include "gateway/auth/peer_guard.h"
#include "gateway/auth/provider_plan.h"
#include "gateway/base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::pipeline {

/// What a stage waits for when it says Verdict::Pending, and what came of it. The stage is asked again from
/// its beginning once something came, and finds it here.
struct Wait {
    enum class For : std::uint8_t {
        Nothing,
        Introspection, ///< an answer about `token`
        Keys,          ///< other keys of the provider, or word that none will come
        Delay,         ///< of an answer to a peer that is slowed down: `reply` goes out after it
    };
    For what = For::Nothing;
    auth::ProviderPlanPointer provider{};
    std::string token{};
    std::uint64_t keys = 0;    ///< ProviderKeys::generation that did not do
    auth::Slowdown slowdown{}; ///< of Delay

    /// What came: one for each provider that was asked.
    struct Answer {
        std::uint64_t rules = 0; ///< ProviderPlan::serial
        For what = For::Nothing;
        std::optional<Result<std::string>> text{}; ///< of Introspection
    };
    std::vector<Answer> answers{};

    [[nodiscard]] Answer* answerOf(const auth::ProviderPlan& plan, For asked) noexcept {
        for (Answer& answer : answers) {
            if (answer.rules == plan.serial && answer.what == asked) {
                return &answer;
            }
        }
        return nullptr;
    }
};

} // namespace gateway::pipeline
