#pragma once

#include "gateway/model/scalars.h"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// How values are put into the tree of a text: what has its default is left out.
namespace gateway::model {

struct Authenticate;
struct Authorize;
struct ConsumerIdentity;
struct ForwardIdentity;
struct IdentityProvider;
struct OwnRate;

using Tree = nlohmann::ordered_json;

// What is said about who may call (write_access.cpp).
[[nodiscard]] Tree write(const Authenticate& authenticate);
[[nodiscard]] Tree write(const Authorize& authorize);
[[nodiscard]] Tree write(const ConsumerIdentity& identity);
[[nodiscard]] Tree write(const ForwardIdentity& identity);
[[nodiscard]] Tree write(const IdentityProvider& provider);
[[nodiscard]] Tree write(const OwnRate& rate);

template<class Value>
void setUnless(Tree& tree, const char* name, const Value& value, const Value& usual) {
    if (value != usual) {
        tree[name] = value;
    }
}

inline void setDuration(Tree& tree, const char* name, std::chrono::milliseconds value,
                        std::chrono::milliseconds usual) {
    if (value != usual) {
        tree[name] = formatDuration(value);
    }
}

inline void setSize(Tree& tree, const char* name, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) {
        tree[name] = formatSize(value);
    }
}

template<class Container>
void setUnlessEmpty(Tree& tree, const char* name, const Container& values) {
    if (!values.empty()) {
        tree[name] = values;
    }
}

} // namespace gateway::model
