#pragma once

#include "gateway/model/expression.h"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

// What an expression can ask about, by name.
namespace gateway::model {

struct SubjectName {
    /// How names go on behind the one of the subject.
    enum class Rest : std::uint8_t {
        Nothing,
        OneName, ///< `.NAME` or `["NAME"]`
        Names,   ///< one or more
    };
    std::string_view name; ///< `consumer.tier`, `consumer.attributes`
    Subject subject = Subject::ConsumerName;
    ValueType type = ValueType::Text;
    Rest rest = Rest::Nothing;
    std::span<const std::string_view> words{}; ///< the only values there are; empty: any
};

[[nodiscard]] std::span<const SubjectName> subjectNames();

/// As people write it: `consumer.attributes.NAME`.
[[nodiscard]] std::string spelling(const SubjectName& subject);

/// Why the subject can never be equal to this text; empty: it can.
[[nodiscard]] std::string neverEqual(const ExpressionNode& reference, std::string_view text);

/// The reference as it can be written again: `claims["https://x/y"].z`.
[[nodiscard]] std::string spelling(const ExpressionNode& reference);

/// What was written is none of the names: says so, and which one comes near.
[[nodiscard]] std::string nothingNamed(std::string_view written);

} // namespace gateway::model
