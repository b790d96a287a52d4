#pragma once

#include "gateway/base/clock.h"

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace gateway::net {

/// The keys that seal session tickets (RFC 5077): a new one each day, the last one still opens. They are
/// never stored: a stolen disk opens no recorded traffic. Thread-safe; asked in handshakes alone.
class TicketKeys {
public:
    static constexpr std::chrono::hours lifetime{24};

    struct Key {
        std::array<std::uint8_t, 16> name{};
        std::array<std::uint8_t, 32> cipher{}; ///< AES-256
        std::array<std::uint8_t, 32> mac{};    ///< HMAC-SHA256
        Monotonic made{};
    };

    explicit TicketKeys(const Clock& clock)
        : m_clock(clock) {
        m_keys.reserve(2); // they never move to other memory, so that one place is wiped
    }
    ~TicketKeys(); ///< wipes them
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    struct Found {
        Key key;
        bool isNewest = false;
    };
    /// Nothing when the system has no randomness.
    [[nodiscard]] std::optional<Key> newest();
    [[nodiscard]] std::optional<Found> find(std::string_view name);

private:
    void rotate();

    const Clock& m_clock;
    std::mutex m_mutex;
    std::vector<Key> m_keys; ///< the newest last; two at most
};

} // namespace gateway::net
