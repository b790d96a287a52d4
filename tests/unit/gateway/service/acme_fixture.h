#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/edit.h"
#include "gateway/service/acme_renewal.h"
#include "tests/support/acme_directory.h"

#include <QDeadlineTimer>
#include <QEventLoop>
#include <QTimer>
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

/// JSON that is written with single quotes; moc 6.4 loses its way in raw strings.
inline std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

/// A gateway around the renewal that shows challenges to the scripted authority, and publishes into a
/// configuration of its own.
class FakeAcmeHost : public gateway::service::AcmeHost {
public:
    gateway::Result<void> show(const gateway::service::AcmeChallenge& challenge) override {
        const std::scoped_lock lock(m_mutex);
        m_shown.insert(challenge.keyAuthorization);
        kinds.insert(challenge.kind);
        return {};
    }
    void hide(const gateway::service::AcmeChallenge& challenge) override {
        const std::scoped_lock lock(m_mutex);
        m_shown.erase(challenge.keyAuthorization);
    }
    gateway::Result<void> canAnswer(gateway::model::Certificate::Challenge /*challenge*/) const override {
        return able;
    }
    gateway::Result<std::string> loadSecret(const std::string& name) override {
        const auto at = secrets.find(name);
        return at != secrets.end() ? at->second : std::string();
    }
    gateway::Result<void> saveSecret(const std::string& name, const std::string& secret) override {
        secrets[name] = secret;
        return {};
    }
    gateway::Result<void> removeSecret(const std::string& name) override {
        secrets.erase(name);
        return {};
    }
    void publishIssued(gateway::model::CertificateId id, const std::string& chain,
                       const gateway::crypto::PrivateKey& key, const std::string& message,
                       std::function<void(gateway::Result<void>)> done) override {
        ++publishes;
        if (!publishable) {
            done(publishable);
            return;
        }
        lastKey = key.fingerprint();
        lastMessage = message;
        gateway::model::Certificate changed = *config.certificates.findById(id);
        changed.chain = chain;
        apply(gateway::model::Put{changed});
        done({});
    }

    /// Publishes as people do.
    void apply(gateway::model::Edit edit) {
        std::vector<gateway::model::Edit> edits{std::move(edit)};
        config = gateway::model::applyEdits(config, edits, m_nextId).value();
        renewal->setConfig(config);
    }

    [[nodiscard]] bool isShown(const std::string& keyAuthorization) const {
        const std::scoped_lock lock(m_mutex);
        return m_shown.count(keyAuthorization) != 0;
    }
    [[nodiscard]] bool showsNothing() const {
        const std::scoped_lock lock(m_mutex);
        return m_shown.empty();
    }

    gateway::model::Config config;
    gateway::service::AcmeRenewal* renewal = nullptr;
    gateway::Result<void> able{};
    gateway::Result<void> publishable{};
    std::map<std::string, std::string> secrets;
    std::set<gateway::model::Certificate::Challenge> kinds;
    std::string lastKey;
    std::string lastMessage;
    int publishes = 0;

private:
    std::uint64_t m_nextId = 1;
    mutable std::mutex m_mutex;
    std::set<std::string> m_shown;
};

class AcmeFixture {
public:
    AcmeFixture()
        : directory(clock) {
        directory.setCheck([this](const support::AcmeDirectory::Check& check) {
            return host.isShown(check.keyAuthorization);
        });
        restart();
    }

    /// As if the program came back with what is stored.
    void restart() {
        renewal.reset();
        renewal = std::make_unique<gateway::service::AcmeRenewal>(clock, host, 42);
        host.renewal = renewal.get();
        renewal->setConfig(host.config);
    }

    /// Puts a certificate into the configuration, or changes it.
    gateway::model::CertificateId put(const std::string& name, std::vector<std::string> domains,
                                      const std::string& contact = {}) {
        const gateway::model::Certificate* before = host.config.certificates.find(name);
        gateway::model::Certificate certificate = before != nullptr ? *before : gateway::model::Certificate{};
        certificate.name = name;
        certificate.acme.emplace();
        certificate.acme->directory = directory.url();
        certificate.acme->domains = std::move(domains);
        certificate.acme->contact = contact;
        return put(certificate);
    }
    gateway::model::CertificateId put(const gateway::model::Certificate& certificate) {
        host.apply(gateway::model::Put{certificate});
        return host.config.certificates.find(certificate.name)->id;
    }
    void remove(gateway::model::CertificateId id) {
        host.apply(gateway::model::Remove{gateway::model::EntityKind::Certificate, id.value});
    }

    /// Lets time pass in seconds until something is so; false: it never was. Time stands while the authority
    /// is busy, so that a slow machine brings nobody's patience to an end.
    template<class Condition>
    [[nodiscard]] bool passUntil(const Condition& condition) {
        QDeadlineTimer deadline(20'000);
        while (!condition()) {
            if (deadline.hasExpired()) {
                return false;
            }
            renewal->tick();
            const std::size_t requests = directory.paths().size();
            runEvents();
            if (directory.paths().size() == requests) {
                clock.advance(std::chrono::seconds(1));
            }
        }
        return true;
    }
    [[nodiscard]] bool passUntilPhase(gateway::model::CertificateId id, gateway::service::AcmePhase phase) {
        return passUntil([&] { return report(id).phase == phase; });
    }
    /// Until it has got another certificate than this one.
    [[nodiscard]] bool passUntilIssued(gateway::model::CertificateId id,
                                       const std::string& chainBefore = {}) {
        return passUntil([&] {
            return chain(id) != chainBefore && report(id).phase == gateway::service::AcmePhase::Planned;
        });
    }
    /// Everything that answers at once has answered.
    void settle() {
        for (int i = 0; i < 20; ++i) {
            renewal->tick();
            runEvents();
        }
    }
    static void runEvents() {
        QEventLoop loop;
        QTimer::singleShot(2, &loop, &QEventLoop::quit);
        loop.exec();
    }

    [[nodiscard]] gateway::service::AcmeReport report(gateway::model::CertificateId id) const {
        return renewal->report(id).value_or(gateway::service::AcmeReport{});
    }
    [[nodiscard]] std::string chain(gateway::model::CertificateId id) const {
        return host.config.certificates.findById(id)->chain;
    }
    [[nodiscard]] gateway::crypto::CertificateInfo leaf(gateway::model::CertificateId id) const {
        return gateway::crypto::readCertificates(chain(id)).value().front();
    }

    gateway::ManualClock clock;
    FakeAcmeHost host;
    support::AcmeDirectory directory;
    std::unique_ptr<gateway::service::AcmeRenewal> renewal;
};
