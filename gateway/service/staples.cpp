#include "gateway/service/staples.h"

#include "gateway/crypto/certificate.h"
#include "gateway/crypto/ocsp.h"
#include "gateway/net/staple_store.h"

#include <QNetworkReply>
#include <QNetworkRequest>
#include <algorithm>
#include <set>

namespace gateway::service {

namespace {

constexpr std::chrono::milliseconds answerTimeout{15'000};
constexpr std::chrono::minutes firstPause{1};
constexpr std::chrono::minutes longestPause{60};
constexpr unsigned doublingsMax = 6;
constexpr int statusOk = 200;

std::set<std::string> shownByListeners(const model::Config& config) {
    std::set<std::string> names;
    for (const model::Listener& listener : config.listeners) {
        if (listener.tls) {
            names.insert(listener.tls->certificates.begin(), listener.tls->certificates.end());
        }
    }
    return names;
}

} // namespace

Staples::Staples(const Clock& clock, net::StapleStore& store)
    : m_clock(clock)
    , m_store(store) {}

Staples::~Staples() = default;

void Staples::setConfig(const model::Config& config) {
    std::map<std::string, Entry> entries;
    for (const std::string& name : shownByListeners(config)) {
        const model::Certificate* certificate = config.certificates.find(name);
        const auto infos = crypto::readCertificates(certificate != nullptr ? certificate->chain : "");
        // Without its issuer in the chain there is nobody to check an answer by.
        if (!infos || infos->front().ocspUrl.empty() || infos->size() < 2) {
            continue;
        }
        const std::string& fingerprint = infos->front().fingerprint;
        const auto former = m_entries.find(fingerprint);
        Entry entry;
        entry.askAt = m_clock.now();
        if (former != m_entries.end()) {
            entry = former->second;
        }
        entry.chain = certificate->chain;
        entry.url = infos->front().ocspUrl;
        entries.emplace(fingerprint, std::move(entry));
    }
    for (const auto& [fingerprint, entry] : m_entries) {
        if (!entries.contains(fingerprint)) {
            m_store.erase(fingerprint);
        }
    }
    m_entries = std::move(entries);
}

void Staples::tick() {
    for (auto& [fingerprint, entry] : m_entries) {
        if (!entry.isAsking && m_clock.now() >= entry.askAt) {
            ask(fingerprint, entry);
        }
    }
}

void Staples::ask(const std::string& fingerprint, Entry& entry) {
    const auto question = crypto::ocspRequest(entry.chain);
    if (!question) {
        entry.askAt = m_clock.now() + longestPause;
        return;
    }
    QNetworkRequest request(QUrl(QString::fromStdString(entry.url)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/ocsp-request"));
    request.setTransferTimeout(static_cast<int>(answerTimeout.count()));
    entry.isAsking = true;
    QNetworkReply* reply = m_network.post(request, QByteArray::fromStdString(*question));
    connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received, qint64 /*total*/) {
        if (received > static_cast<qint64>(answerBytesMax)) {
            reply->abort();
        }
    });
    connect(reply, &QNetworkReply::finished, this, [this, reply, fingerprint] {
        reply->deleteLater();
        const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        take(fingerprint, reply->error() == QNetworkReply::NoError && status == statusOk ? reply->readAll()
                                                                                         : QByteArray());
    });
}

void Staples::take(const std::string& fingerprint, const QByteArray& answer) {
    const auto found = m_entries.find(fingerprint);
    if (found == m_entries.end()) {
        return; // no listener shows it any more
    }
    Entry& entry = found->second;
    entry.isAsking = false;
    const WallTime now = m_clock.wallTime();
    const auto until = crypto::ocspGoodUntil(entry.chain, answer.toStdString(), now);
    if (!until) {
        const auto pause = firstPause * (1U << std::min(entry.failures, doublingsMax));
        entry.askAt = m_clock.now() + std::min<std::chrono::minutes>(pause, longestPause);
        ++entry.failures;
        return;
    }
    entry.failures = 0;
    m_store.put(fingerprint, answer.toStdString(), *until);
    const auto half = (*until - now) / 2;
    entry.askAt = m_clock.now() + std::max<Monotonic::duration>(
                                      std::chrono::duration_cast<Monotonic::duration>(half), firstPause);
}

} // namespace gateway::service
