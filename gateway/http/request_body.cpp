#include "gateway/http/request_body.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gateway::http {

void RequestBody::begin(Framing framing, std::uint64_t length, std::uint64_t bytesMax) {
    m_framing = framing;
    m_left = framing == Framing::Length ? length : std::numeric_limits<std::uint64_t>::max();
    m_bytes = 0;
    m_bytesMax = bytesMax;
    m_clockRuns = false;
    m_ran = std::chrono::nanoseconds{0};
    if (framing == Framing::Chunked) {
        m_decoder.reset();
    }
}

RequestBody::Event RequestBody::next(std::string_view& input, std::string_view& data) {
    if (m_framing == Framing::Length) {
        if (m_left == 0) {
            return Event::End;
        }
        data = input.substr(0, m_left);
        input.remove_prefix(data.size());
        m_left -= data.size();
        m_bytes += data.size();
        return data.empty() ? Event::NeedMore : Event::Data;
    }
    switch (m_decoder.next(input, data)) {
    case ChunkedDecoder::Event::NeedMore:
        return Event::NeedMore;
    case ChunkedDecoder::Event::Data:
        m_bytes += data.size();
        return m_bytes > m_bytesMax ? Event::TooLarge : Event::Data;
    case ChunkedDecoder::Event::End:
        return Event::End;
    case ChunkedDecoder::Event::Malformed:
        break;
    }
    return Event::Malformed;
}

void RequestBody::startClock(Monotonic now) noexcept {
    if (!std::exchange(m_clockRuns, true)) {
        m_runningSince = now;
    }
}

void RequestBody::stopClock(Monotonic now) noexcept {
    if (std::exchange(m_clockRuns, false)) {
        m_ran += now - m_runningSince;
    }
}

Monotonic RequestBody::tooSlowAt(std::uint64_t bytesPerSecond) const noexcept {
    // Whole seconds would let go of a body that is a moment too slow; a day is more than any body gets.
    constexpr double secondsMax = 86'400;
    const double seconds = static_cast<double>(m_bytes) / static_cast<double>(bytesPerSecond);
    const auto earned = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(std::min(seconds, secondsMax)));
    return m_runningSince + std::max<std::chrono::nanoseconds>(rateGrace, earned) - m_ran;
}

RequestBody& RequestBodyPool::take() {
    if (m_free.empty()) {
        m_free.push_back(m_all.emplace_back(std::make_unique<RequestBody>()).get());
    }
    RequestBody& body = *m_free.back();
    m_free.pop_back();
    return body;
}

} // namespace gateway::http
