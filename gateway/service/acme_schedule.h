#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/random.h"
#include "gateway/crypto/certificate.h"

#include <chrono>
#include <optional>
#include <string>

// When certificates are renewed. Nothing here remembers anything: the same certificate gives the same times,
// so that they survive restarts.
namespace gateway::service {

/// In which an authority wants a certificate to be renewed (RFC 9773, 4.2).
struct RenewalWindow {
    WallTime start{};
    WallTime end{};
};

/// The "suggestedWindow" of an answer; nothing when there is no sensible one.
[[nodiscard]] std::optional<RenewalWindow> readRenewalWindow(const std::string& json);

/// A little before people would be warned (a third of the lifetime left), each certificate at another moment
/// of a thirtieth of its lifetime, so that a thousand certificates of one day are not renewed within one
/// minute.
[[nodiscard]] WallTime plannedRenewal(const crypto::CertificateInfo& certificate) noexcept;
/// A moment in the window, another one for each certificate.
[[nodiscard]] WallTime plannedRenewal(const crypto::CertificateInfo& certificate,
                                      const RenewalWindow& window) noexcept;

/// How long to wait after so many failures in a row (1 and up): from five minutes, doubled with each, up to
/// twelve hours, a fifth more or less at random. What the authority asks for is the least.
[[nodiscard]] std::chrono::seconds retryDelay(unsigned failures,
                                              std::optional<std::chrono::seconds> retryAfter, Random& random);

/// "2026-01-31 12:00 UTC".
[[nodiscard]] std::string timeText(WallTime time);

} // namespace gateway::service
