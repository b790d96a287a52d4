#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QObject>
#include <QSslCertificate>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace gateway::service {

/// What an authority answered, of whatever status.
struct AcmeAnswer {
    int status = 0;
    std::string body;
    std::string contentType; ///< without parameters, in lower case
    std::string nonce;
    std::string location;
    std::optional<std::chrono::seconds> retryAfter;

    [[nodiscard]] bool isSuccess() const noexcept { return status >= 200 && status < 300; }
};

struct AcmeHttpOptions {
    std::string
        authorities; ///< PEM: who may have signed the server's certificate; empty: whom the system trusts
    std::chrono::milliseconds silenceMax{20'000}; ///< without a byte
    std::chrono::milliseconds timeMax{60'000};    ///< for a whole exchange
    std::size_t answerBytesMax = 256 * 1024;
};

/// Sends requests to the server of an authority. Bounded in time and size, follows no redirects, keeps no
/// cookies. Used on the thread on which it was made.
class AcmeHttp : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<AcmeAnswer>)>;
    enum class Method { Get, Head, Post };

    AcmeHttp(const Clock& clock, const AcmeHttpOptions& options);

    /// `done` is called once, later, unless `context` is gone by then. Errors: Environment
    /// "acme-unreachable", "acme-untrusted", "acme-timeout", "acme-answer-too-large"; Input "acme-url" for no
    /// URL of http or https.
    void send(Method method, const std::string& url, const std::string& body, QObject* context, Done done);

private:
    [[nodiscard]] Result<AcmeAnswer> read(QNetworkReply& reply, const std::string& host) const;

    const Clock& m_clock;
    AcmeHttpOptions m_options;
    QList<QSslCertificate> m_authorities;
    QNetworkAccessManager m_network;
};

/// The value of a Retry-After field (RFC 9110, 10.2.3): seconds or a date; nothing when it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> readRetryAfter(const std::string& value, WallTime now);

/// Text of a peer as a part of a sentence: one line, without control characters, of a bounded length.
[[nodiscard]] std::string tameText(const std::string& text);

} // namespace gateway::service
