#pragma once

#include "tests/support/h2_client.h"

#include <string>
#include <vector>

/// What must come of the bytes of a case.
struct H2Verdict {
    enum class Kind {
        Answered, ///< stream 1 gets this status
        Reset,    ///< stream 1 is reset with this code, the connection lives on
        Goaway,   ///< the connection ends with this code; 0: with any
        Refused,  ///< stream 1 gets a status from 400 on or is reset, the connection lives on
        Unharmed, ///< a PING is answered
    };
    Kind kind = Kind::Unharmed;
    std::uint32_t code = 0;
};

namespace h2_codes {
inline constexpr std::uint32_t noError = 0;
inline constexpr std::uint32_t protocolError = 1;
inline constexpr std::uint32_t flowControlError = 3;
inline constexpr std::uint32_t streamClosed = 5;
inline constexpr std::uint32_t frameSizeError = 6;
inline constexpr std::uint32_t compressionError = 9;
inline constexpr std::uint32_t enhanceYourCalm = 11;
} // namespace h2_codes

/// Bytes that a client sends after its preface and SETTINGS, and what must come of them.
struct H2Case {
    const char* section; ///< of RFC 9113, or "HPACK" and one of RFC 7541
    const char* name;
    std::string bytes;
    H2Verdict verdict;
    bool reachesUpstream = false; ///< a request may be forwarded
};

[[nodiscard]] inline H2Verdict answered(std::uint32_t status) {
    return {H2Verdict::Kind::Answered, status};
}
[[nodiscard]] inline H2Verdict reset(std::uint32_t code) {
    return {H2Verdict::Kind::Reset, code};
}
[[nodiscard]] inline H2Verdict goaway(std::uint32_t code) {
    return {H2Verdict::Kind::Goaway, code};
}
[[nodiscard]] inline H2Verdict refused() {
    return {H2Verdict::Kind::Refused, 0};
}
[[nodiscard]] inline H2Verdict unharmed() {
    return {H2Verdict::Kind::Unharmed, 0};
}

[[nodiscard]] std::vector<H2Case> h2FrameCases();
[[nodiscard]] std::vector<H2Case> h2StreamCases();
[[nodiscard]] std::vector<H2Case> h2MessageCases();
[[nodiscard]] std::vector<H2Case> h2HpackCases();
