#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QNetworkAccessManager>
#include <QObject>

#include "gateway/base/clock.h"
#include "gateway/model/config.h"

#include <map>
#include <string>

namespace gateway::net {
class StapleStore;
}

namespace gateway::service {

/// Asks authorities what they say about the certificates that listeners show (OCSP), so that clients need not
/// ask. Asks again at half of an answer's life; a failure keeps the last good one until it ends. Used on one
/// thread, time passes with tick().
class Staples : public QObject {
    Q_OBJECT
public:
    Staples(const Clock& clock, net::StapleStore& store);
    ~Staples() override;

    /// Each time that the configuration changes.
    void setConfig(const model::Config& config);
    /// About once a second.
    void tick();

    static constexpr std::size_t answerBytesMax = 64 * 1024;

private:
    struct Entry {
        std::string chain;
        std::string url;
        Monotonic askAt{};
        bool isAsking = false;
        unsigned failures = 0; ///< in a row
    };

    void ask(const std::string& fingerprint, Entry& entry);
    void take(const std::string& fingerprint, const QByteArray& answer);

    const Clock& m_clock;
    net::StapleStore& m_store;
    QNetworkAccessManager m_network;
    std::map<std::string, Entry> m_entries; ///< by the certificate's fingerprint
};

} // namespace gateway::service
