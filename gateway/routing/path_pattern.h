#pragma once

#include "gateway/model/route.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gateway::routing {

/// Takes the segments out of a path one by one: "/a//b" has "a", "" and "b".
class SegmentReader {
public:
    explicit SegmentReader(std::string_view path)
        : m_rest(path) {}

    /// What was not read yet: "" or from a "/" on.
    [[nodiscard]] std::string_view rest() const noexcept { return m_rest; }

    [[nodiscard]] std::optional<std::string_view> next() noexcept {
        if (m_rest.empty()) {
            return std::nullopt;
        }
        const std::size_t length = m_rest.find('/', 1);
        const std::string_view segment =
            m_rest.substr(1, length == std::string_view::npos ? length : length - 1);
        m_rest.remove_prefix(segment.size() + 1);
        return segment;
    }

private:
    std::string_view m_rest;
};

/// A Match::path taken apart. Views into it.
struct PathPattern {
    struct Segment {
        std::string_view text; ///< the literal, or the name of the capture
        bool isCapture = false;
    };

    model::PathKind kind = model::PathKind::Exact;
    std::string_view text;         ///< Exact: the path; Regex: the expression without "~"
    std::vector<Segment> segments; ///< Template and Prefix

    [[nodiscard]] static PathPattern parse(std::string_view path);
};

/// How far a pattern comes before others that match the same path; less is more specific.
[[nodiscard]] std::strong_ordering compareSpecificity(const PathPattern& a, const PathPattern& b);

} // namespace gateway::routing
