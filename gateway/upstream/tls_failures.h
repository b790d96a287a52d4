#pragma once

#include "gateway/upstream/failure.h"

#include <string>

namespace gateway::upstream {

/// What a handshake that failed means for the call that waited for it.
class TlsFailure {
public:
    /// `why`: a sentence without its beginning and its full stop.
    explicit TlsFailure(const std::string& why)
        : m_text("No encrypted connection to the upstream could be made: " + why + ".")
        , m_kind(why.find("certificate") != std::string::npos ? FailureKind::BadCertificate
                                                              : FailureKind::TlsFailed) {}

    /// Good as long as this stays.
    [[nodiscard]] Failure failure() const noexcept { return {m_kind, m_text.c_str()}; }

private:
    std::string m_text;
    FailureKind m_kind;
};

} // namespace gateway::upstream
