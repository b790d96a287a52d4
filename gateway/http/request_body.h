#pragma once

#include "gateway/base/clock.h"
#include "gateway/http/parser.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

/// A request's body while it is being read: cuts it out of what the connection brings, and knows whether it
/// comes fast enough. Single-threaded.
class RequestBody {
public:
    enum class Event {
        NeedMore,  ///< all input taken, more to come
        Data,      ///< `data` is payload (a view into the input)
        End,       ///< the body is over; what is left of the input is the next request
        Malformed, ///< framing is lost
        TooLarge,
    };

    /// No body is judged by its rate before it had this long.
    static constexpr std::chrono::seconds rateGrace{5};

    /// `framing` is Length or Chunked.
    void begin(Framing framing, std::uint64_t length, std::uint64_t bytesMax);
    /// However long it gets.
    void liftLimit() noexcept { m_bytesMax = std::numeric_limits<std::uint64_t>::max(); }
    /// Consumes from the front of `input`. The end of a body with a length takes no input.
    [[nodiscard]] Event next(std::string_view& input, std::string_view& data);
    /// After End: the trailer's field lines.
    [[nodiscard]] std::string_view trailers() const noexcept {
        return m_framing == Framing::Chunked ? std::string_view(m_decoder.trailers()) : std::string_view();
    }
    /// How much is still to come; the most there is where nobody knows.
    [[nodiscard]] std::uint64_t bytesLeft() const noexcept { return m_left; }

    /// From now on the client is waited for; `stopClock`: it waits for us.
    void startClock(Monotonic now) noexcept;
    void stopClock(Monotonic now) noexcept;
    /// The time, while the clock runs, at which the average since the beginning falls below the rate if
    /// nothing more comes. `bytesPerSecond` is not 0.
    [[nodiscard]] Monotonic tooSlowAt(std::uint64_t bytesPerSecond) const noexcept;

private:
    Framing m_framing = Framing::Length;
    bool m_clockRuns = false;
    std::uint64_t m_left = 0;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_bytesMax = 0;
    Monotonic m_runningSince{};
    std::chrono::nanoseconds m_ran{0}; ///< before that
    ChunkedDecoder m_decoder;
};

/// Bodies are lent, because most connections wait without one. One pool a worker.
class RequestBodyPool {
public:
    [[nodiscard]] RequestBody& take();
    void give(RequestBody& body) { m_free.push_back(&body); }

private:
    std::vector<std::unique_ptr<RequestBody>> m_all;
    std::vector<RequestBody*> m_free;
};

} // namespace gateway::http
