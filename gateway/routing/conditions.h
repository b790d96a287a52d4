#pragma once

#include "gateway/http/head.h"
#include "gateway/model/route.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

/// The methods that a route admits; none named: all.
class MethodSet {
public:
    MethodSet() = default;
    explicit MethodSet(const std::vector<std::string>& names);

    /// One bit a well-known method, and one that stands for all others.
    using Mask = std::uint16_t;
    [[nodiscard]] static Mask maskOf(http::Method method) noexcept {
        return static_cast<Mask>(1U << static_cast<unsigned>(method));
    }
    /// Holds the bit of each method that may be admitted; with a well-known method that is all there is to
    /// ask.
    [[nodiscard]] Mask mask() const noexcept { return m_mask; }
    [[nodiscard]] bool admits(http::Method method, std::string_view text) const noexcept {
        return (m_mask & maskOf(method)) != 0 &&
               (method != http::Method::Other || admitsAll() || names(text));
    }
    [[nodiscard]] bool admitsAll() const noexcept { return m_mask == all; }
    /// Whether the mask alone decides.
    [[nodiscard]] bool isMaskOnly() const noexcept { return m_others.empty(); }

    void add(const MethodSet& other);
    /// "GET, HEAD, POST": the well-known ones first.
    [[nodiscard]] std::string toText() const;

private:
    static constexpr Mask all = 0xFFFF;
    [[nodiscard]] bool names(std::string_view text) const noexcept;

    Mask m_mask = 0;
    std::vector<std::string> m_others;
};

/// What a route asks of header fields and query parameters.
class Conditions {
public:
    Conditions() = default;
    explicit Conditions(const model::Match& match);

    [[nodiscard]] std::size_t count() const noexcept { return m_headers.size() + m_query.size(); }
    [[nodiscard]] bool hold(const http::RequestHead& head) const noexcept;

private:
    std::vector<model::NameValue> m_headers;
    std::vector<model::NameValue> m_query;
};

} // namespace gateway::routing
