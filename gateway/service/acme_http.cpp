#include "gateway/service/acme_http.h"

#include <QDateTime>
#include <QLocale>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QTimer>
#include <QUrl>
#include <algorithm>

namespace gateway::service {

namespace {

constexpr std::size_t tameTextMax = 300;
constexpr std::chrono::hours retryAfterMax{24 * 30}; // nobody means more, and it fits every clock
constexpr const char* endedBy = "endedBy";           // a property of a reply that we ended ourselves

std::string fieldOf(const QNetworkReply& reply, const char* name) {
    return reply.rawHeader(name).trimmed().toStdString();
}

std::string mediaTypeOf(const QNetworkReply& reply) {
    const QByteArray value = reply.rawHeader("Content-Type").toLower();
    return value.left(value.indexOf(';')).trimmed().toStdString();
}

/// What happened, with Qt's words for why.
std::string sentence(const std::string& what, const QNetworkReply& reply) {
    std::string text = what + tameText(reply.errorString().toStdString());
    if (text.back() != '.') {
        text += '.';
    }
    return text;
}

/// Ends an exchange that cannot be waited for any longer; its finished() comes then.
void endReply(QNetworkReply& reply, const char* reason) {
    if (reply.isRunning()) {
        reply.setProperty(endedBy, QString::fromLatin1(reason));
        reply.abort();
    }
}

} // namespace

std::string tameText(const std::string& text) {
    std::string tame;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const char visible = byte < 0x20 || byte == 0x7f ? ' ' : c;
        if (visible != ' ' || (!tame.empty() && tame.back() != ' ')) {
            tame += visible;
        }
    }
    if (tame.size() > tameTextMax) {
        std::size_t end = tameTextMax;
        // Not within a character of UTF-8.
        while (end > 0 && (static_cast<unsigned char>(tame[end]) & 0xc0U) == 0x80U) {
            --end;
        }
        tame.resize(end);
        tame += "...";
    }
    while (!tame.empty() && tame.back() == ' ') {
        tame.pop_back();
    }
    return tame;
}

std::optional<std::chrono::seconds> readRetryAfter(const std::string& value, WallTime now) {
    const QString text = QString::fromStdString(value).trimmed();
    bool isNumber = false;
    const qulonglong number = text.toULongLong(&isNumber);
    std::chrono::seconds wait{0};
    if (isNumber) {
        const auto most = static_cast<qulonglong>(std::chrono::seconds(retryAfterMax).count());
        wait = std::chrono::seconds(std::min(number, most));
    } else {
        const QDateTime date = QDateTime::fromString(text, Qt::RFC2822Date);
        const QDateTime httpDate =
            date.isValid() ? date
                           : QLocale::c().toDateTime(text, QStringLiteral("ddd, dd MMM yyyy hh:mm:ss 'GMT'"));
        if (!httpDate.isValid()) {
            return std::nullopt;
        }
        QDateTime utc = httpDate;
        utc.setTimeSpec(Qt::UTC);
        wait = std::chrono::seconds(utc.toSecsSinceEpoch()) -
               std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    }
    return std::clamp<std::chrono::seconds>(wait, std::chrono::seconds(0), retryAfterMax);
}

AcmeHttp::AcmeHttp(const Clock& clock, const AcmeHttpOptions& options)
    : m_clock(clock)
    , m_options(options)
    , m_authorities(QSslCertificate::fromData(QByteArray::fromStdString(options.authorities), QSsl::Pem)) {}

void AcmeHttp::send(Method method, const std::string& url, const std::string& body, QObject* context,
                    Done done) {
    const QUrl target(QString::fromStdString(url), QUrl::StrictMode);
    const bool isWeb = target.scheme() == QLatin1String("https") || target.scheme() == QLatin1String("http");
    if (!target.isValid() || !isWeb || target.host().isEmpty()) {
        QMetaObject::invokeMethod(
            context,
            [done = std::move(done), url] {
                done(fail(ErrorKind::Input, "acme-url", "\"" + tameText(url) + "\" is no URL to ask."));
            },
            Qt::QueuedConnection);
        return;
    }
    QNetworkRequest request(target);
    request.setRawHeader("User-Agent", "Gatehouse/" GATEHOUSE_VERSION);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setTransferTimeout(static_cast<int>(m_options.silenceMax.count()));
    if (!m_options.authorities.empty()) {
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates(m_authorities);
        request.setSslConfiguration(tls);
    }
    QNetworkReply* reply = nullptr;
    switch (method) {
    case Method::Get:
        reply = m_network.get(request);
        break;
    case Method::Head:
        reply = m_network.head(request);
        break;
    case Method::Post:
        request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/jose+json"));
        reply = m_network.post(request, QByteArray::fromStdString(body));
        break;
    }
    const auto bytesMax = static_cast<qint64>(m_options.answerBytesMax);
    connect(reply, &QNetworkReply::readyRead, reply, [reply, bytesMax] {
        if (reply->bytesAvailable() > bytesMax) {
            endReply(*reply, "acme-answer-too-large");
        }
    });
    QTimer::singleShot(m_options.timeMax, reply, [reply] { endReply(*reply, "acme-timeout"); });
    connect(reply, &QNetworkReply::finished, reply, &QObject::deleteLater);
    const std::string host = target.host().toStdString();
    connect(reply, &QNetworkReply::finished, context,
            [this, reply, host, done = std::move(done)] { done(read(*reply, host)); });
}

Result<AcmeAnswer> AcmeHttp::read(QNetworkReply& reply, const std::string& host) const {
    AcmeAnswer answer;
    answer.status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const std::string ended = reply.property(endedBy).toString().toStdString();
    if (ended == "acme-answer-too-large") {
        return fail(ErrorKind::Environment, ended, host + " answered with more than anybody needs.");
    }
    if (ended == "acme-timeout" || reply.error() == QNetworkReply::OperationCanceledError ||
        reply.error() == QNetworkReply::TimeoutError) {
        return fail(ErrorKind::Environment, "acme-timeout", host + " did not answer in time.");
    }
    if (reply.error() == QNetworkReply::SslHandshakeFailedError) {
        return fail(ErrorKind::Environment, "acme-untrusted",
                    sentence("The TLS connection to " + host + " failed: ", reply));
    }
    // Qt calls each status from 400 on an error, too; those are answers.
    if (answer.status == 0) {
        return fail(ErrorKind::Environment, "acme-unreachable",
                    sentence(host + " cannot be reached: ", reply));
    }
    answer.body = reply.readAll().toStdString();
    if (answer.body.size() > m_options.answerBytesMax) {
        return fail(ErrorKind::Environment, "acme-answer-too-large",
                    host + " answered with more than anybody needs.");
    }
    answer.contentType = mediaTypeOf(reply);
    answer.nonce = fieldOf(reply, "Replay-Nonce");
    answer.location = fieldOf(reply, "Location");
    if (const std::string value = fieldOf(reply, "Retry-After"); !value.empty()) {
        answer.retryAfter = readRetryAfter(value, m_clock.wallTime());
    }
    return answer;
}

} // namespace gateway::service
