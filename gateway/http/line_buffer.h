#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace gateway::http {

/// Field lines while they come in one after the other. Reused: what it once held it has room for again, and
/// adding a line then only copies it.
class LineBuffer {
public:
    void clear() noexcept { m_used = 0; }
    [[nodiscard]] bool empty() const noexcept { return m_used == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return m_used; }
    /// Valid until something is added.
    [[nodiscard]] std::string_view text() const noexcept { return {m_bytes.data(), m_used}; }

    void put(std::string_view bytes) { add(room(bytes.size()), bytes); }

    /// "name: value" CRLF
    void putLine(std::string_view name, std::string_view value) {
        char* at = room(name.size() + value.size() + 4);
        at = add(at, name);
        at = add(at, ": ");
        at = add(at, value);
        add(at, "\r\n");
    }

private:
    [[nodiscard]] char* room(std::size_t bytes) {
        if (m_bytes.size() - m_used < bytes) [[unlikely]] {
            m_bytes.resize(std::max({m_used + bytes, 2 * m_bytes.size(), bytesAtFirst}));
        }
        return m_bytes.data() + m_used;
    }
    char* add(char* at, std::string_view bytes) noexcept {
        std::copy_n(bytes.data(), bytes.size(), at);
        m_used += bytes.size();
        return at + bytes.size();
    }

    static constexpr std::size_t bytesAtFirst = 512;

    std::string m_bytes; ///< its size is the room there is
    std::size_t m_used = 0;
};

} // namespace gateway::http
