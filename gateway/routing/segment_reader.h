#pragma once

#include <optional>
#include <string_view>

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

} // namespace gateway::routing
