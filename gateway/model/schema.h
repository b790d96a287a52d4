#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace gateway::model {

struct Field;
struct Word;

/// What a value of the file form looks like. The whole form is one table of shapes (schema.cpp), also the
/// part that the engine does not do yet: that part is checked like the rest and then refused by name.
struct Shape {
    enum class Sort {
        Text,
        Words, ///< one of `words`
        Integer,
        Boolean,
        Duration,
        Size,
        SizeRate, ///< `1KiB/s`
        Rate,
        Percent,
        Time,
        Address,     ///< host and port
        KeyHash,     ///< `sha256:` and 64 hexadecimal digits
        RetryReason, ///< `connect-failure` and the like, or a status
        List,        ///< of `item`
        Map,         ///< from any name to `item`
        Object,      ///< `fields`
        Either,      ///< a scalar of `scalar`, or a map of `item`
        Any,
    };
    enum class Choice { None, ExactlyOne, AtLeastOne };

    Sort sort = Sort::Any;
    std::int64_t least = 0; ///< of an Integer or Size; number of items of a List
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const Shape* item = nullptr;
    const Shape* scalar = nullptr;
    std::span<const Field> fields{};
    std::span<const Word> words{};
    Choice choice = Choice::None;    ///< how many of the fields marked so an Object must have
    bool open = false;               ///< an Object that may have other fields: its form is not settled
    const char* itemsName = nullptr; ///< a List whose items have unique names: the word for one
};

struct Field {
    enum class Need { Optional, Required, Choice };

    std::string_view name;
    const Shape* shape = nullptr;
    Need need = Need::Optional;
    const char* unsupported = nullptr; ///< what this version does not do, in words
};

struct Word {
    std::string_view text;
    const char* unsupported = nullptr;
};

extern const Shape fileShape;
extern const Shape certificateShape;
extern const Shape listenerShape;
extern const Shape tierShape;
extern const Shape consumerShape; ///< with keys
extern const Shape identityProviderShape;
extern const Shape serviceShape;
extern const Shape policyShape;
extern const Shape routeShape;

} // namespace gateway::model
