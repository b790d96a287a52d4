#pragma once

#include "gateway/http/characters.h"

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
        : m_out(out) {
        makeRoom(out.size(), expectedBytes);
    }
    ~HeadBuffer() { m_out.resize(used()); }
    HeadBuffer(const HeadBuffer&) = delete;
    HeadBuffer& operator=(const HeadBuffer&) = delete;

    void put(std::string_view bytes) {
        if (static_cast<std::size_t>(m_end - m_at) < bytes.size()) [[unlikely]] {
            makeRoom(used(), m_out.size() + bytes.size());
        }
        if (!bytes.empty()) {
            std::memcpy(m_at, bytes.data(), bytes.size());
            m_at += bytes.size();
        }
    }

    /// The same for a literal: with a length that the compiler knows, copying it is a few instructions.
    template<std::size_t size>
    void put(const char (&literal)[size]) {
        static_assert(size > 1);
        if (static_cast<std::size_t>(m_end - m_at) < size - 1) [[unlikely]] {
            makeRoom(used(), m_out.size() + size);
        }
        std::memcpy(m_at, &literal[0], size - 1);
        m_at += size - 1;
    }

    void putNumber(std::uint64_t number) {
        constexpr std::ptrdiff_t digitsMax = 20;
        if (m_end - m_at < digitsMax) [[unlikely]] {
            makeRoom(used(), m_out.size() + digitsMax);
        }
        m_at = std::to_chars(m_at, m_end, number).ptr;
    }

    template<std::size_t size>
    void putLine(const char (&nameAndColon)[size], std::string_view value) {
        put(nameAndColon);
        put(value);
        put("\r\n");
    }

    /// For values that people choose: a control byte could end the field and begin another.
    template<std::size_t size>
    void putCheckedLine(const char (&nameAndColon)[size], std::string_view value) {
        put(nameAndColon);
        for (;;) {
            const char* const end = value.data() + value.size();
            const char* const bad = findControl(value.data(), end);
            const auto good = static_cast<std::size_t>(bad - value.data());
            put(value.substr(0, good));
            if (bad == end) {
                break;
            }
            put("?");
            value.remove_prefix(good + 1);
        }
        put("\r\n");
    }

private:
    [[nodiscard]] std::size_t used() const noexcept { return static_cast<std::size_t>(m_at - m_out.data()); }
    void makeRoom(std::size_t used, std::size_t bytes) {
        m_out.resize(used + bytes);
        m_at = m_out.data() + used;
        m_end = m_out.data() + m_out.size();
    }

    std::string& m_out;
    char* m_at = nullptr;
    char* m_end = nullptr;
};

} // namespace gateway::http
