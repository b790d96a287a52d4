#pragma once

#include "gateway/model/document.h"
#include "gateway/model/scalars.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How values are taken from the tree of a text. What does not fit is left as it was: its shape is checked
// elsewhere (shape_check.h).
namespace gateway::model {

struct Authenticate;
struct Authorize;
struct ConsumerIdentity;
struct ForwardIdentity;
struct IdentityProvider;
struct OwnRate;

/// The member, or a node that is nothing.
[[nodiscard]] const TextNode& member(const TextNode& node, std::string_view name);

void read(const TextNode& node, std::string& value);
void read(const TextNode& node, bool& value);
void read(const TextNode& node, std::chrono::milliseconds& value);
void read(const TextNode& node, std::chrono::seconds& value); ///< what is finer is cut off
void read(const TextNode& node, std::vector<std::string>& values);

// What is said about who may call (read_access.cpp).
void read(const TextNode& node, Authenticate& authenticate);
void read(const TextNode& node, Authorize& authorize);
void read(const TextNode& node, ConsumerIdentity& identity);
void read(const TextNode& node, ForwardIdentity& identity);
void read(const TextNode& node, IdentityProvider& provider);
void read(const TextNode& node, OwnRate& rate);

template<class Integer>
void readInteger(const TextNode& node, Integer& value) {
    const auto number = parseSigned(node.text);
    if (number && *number >= static_cast<std::int64_t>(std::numeric_limits<Integer>::min()) &&
        static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0)) <=
            static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())) {
        value = static_cast<Integer>(*number);
    }
}

} // namespace gateway::model
