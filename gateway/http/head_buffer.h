#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gateway::http {

/// Appends many short pieces to a string at the cost of copying them: room is made once, ahead, instead of
/// being asked for with each piece. The string is complete when the buffer is destroyed.
class HeadBuffer {
public:
    HeadBuffer(std::string& out, std::size_t expectedBytes)
        : m_out(out)
        , m_used(out.size()) {
        m_out.resize(m_used + expectedBytes);
    }
    ~HeadBuffer() { m_out.resize(m_used); }
    HeadBuffer(const HeadBuffer&) = delete;
    HeadBuffer& operator=(const HeadBuffer&) = delete;

    void put(std::string_view bytes) {
        if (m_out.size() - m_used < bytes.size()) {
            m_out.resize(2 * m_out.size() + bytes.size());
        }
        if (!bytes.empty()) {
            std::memcpy(m_out.data() + m_used, bytes.data(), bytes.size());
        }
        m_used += bytes.size();
    }

    void putNumber(std::uint64_t number) {
        constexpr std::size_t digitsMax = 20;
        std::array<char, digitsMax> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        put({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    void putLine(std::string_view nameAndColon, std::string_view value) {
        put(nameAndColon);
        put(value);
        put("\r\n");
    }

    /// For values that people choose: a control byte could end the field and begin another.
    void putCheckedLine(std::string_view nameAndColon, std::string_view value) {
        put(nameAndColon);
        const std::size_t begin = m_used;
        put(value);
        std::replace_if(
            m_out.begin() + static_cast<std::ptrdiff_t>(begin),
            m_out.begin() + static_cast<std::ptrdiff_t>(m_used),
            [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
        put("\r\n");
    }

private:
    std::string& m_out;
    std::size_t m_used;
};

} // namespace gateway::http
