#include "app/desktop_key.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QThread>
#include <QTimer>
#include <qt6keychain/keychain.h>

namespace app {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::crypto::MasterKey;

namespace {

constexpr const char* entryName = "master-key";
constexpr std::chrono::seconds patience{60}; ///< in which a person can unlock the keyring

/// Runs a job of the keyring on a thread with an event loop of its own, since the one that waits has none
/// while it does.
template<class Job, class Prepare, class Take>
void runJob(Prepare prepare, Take take) {
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        QEventLoop loop;
        Job job(QStringLiteral("gatehouse"));
        job.setAutoDelete(false);
        job.setInsecureFallback(false);
        prepare(job);
        bool isDone = false;
        QObject::connect(&job, &QKeychain::Job::finished, &loop, [&] {
            isDone = true;
            loop.quit();
        });
        QTimer::singleShot(patience, &loop, &QEventLoop::quit);
        job.start();
        if (!isDone) {
            loop.exec();
        }
        take(job, isDone);
    }));
    thread->start();
    thread->wait();
}

tl::unexpected<gateway::Error> noAnswer(const QKeychain::Job& job, bool isDone) {
    // Who did not unlock it now has a key there none the less, and must not get another one.
    if (!isDone || job.error() == QKeychain::AccessDenied || job.error() == QKeychain::AccessDeniedByUser) {
        return fail(ErrorKind::Environment, "keyring-locked",
                    "the keyring of the desktop was not unlocked; unlock it and try again");
    }
    return fail(ErrorKind::Environment, "no-keyring",
                "the keyring of the desktop does not answer: " + job.errorString().toStdString());
}

class SystemKeyring final : public Keyring {
public:
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) override {
        Result<std::optional<std::string>> outcome;
        runJob<QKeychain::ReadPasswordJob>(
            [&](QKeychain::ReadPasswordJob& job) { job.setKey(QString::fromStdString(name)); },
            [&](const QKeychain::ReadPasswordJob& job, bool isDone) {
                if (isDone && job.error() == QKeychain::EntryNotFound) {
                    outcome = std::optional<std::string>();
                } else if (!isDone || job.error() != QKeychain::NoError) {
                    outcome = noAnswer(job, isDone);
                } else {
                    outcome = std::optional(job.textData().toStdString());
                }
            });
        return outcome;
    }

    [[nodiscard]] Result<void> write(const std::string& name, const std::string& text) override {
        Result<void> outcome;
        runJob<QKeychain::WritePasswordJob>(
            [&](QKeychain::WritePasswordJob& job) {
                job.setKey(QString::fromStdString(name));
                job.setTextData(QString::fromStdString(text));
            },
            [&](const QKeychain::WritePasswordJob& job, bool isDone) {
                if (!isDone || job.error() != QKeychain::NoError) {
                    outcome = noAnswer(job, isDone);
                }
            });
        return outcome;
    }
};

} // namespace

DesktopKey::DesktopKey(std::string keyFile, std::unique_ptr<Keyring> keyring)
    : m_file(std::move(keyFile))
    , m_keyring(std::move(keyring)) {}

DesktopKey::~DesktopKey() {
    if (m_known) {
        gateway::crypto::wipe(*m_known);
    }
}

std::string DesktopKey::text() const {
    return m_keyring ? "the keyring of the desktop or " + m_file.text() : m_file.text();
}

Result<std::optional<MasterKey>> DesktopKey::load() {
    if (m_known) {
        return m_known;
    }
    auto inFile = m_file.load();
    if (!m_keyring || !inFile || *inFile) {
        return inFile;
    }
    auto kept = m_keyring->read(entryName);
    if (!kept && kept.error().code == "keyring-locked") {
        return fail(std::move(kept.error()));
    }
    if (!kept || !*kept) {
        return std::optional<MasterKey>(); // a key file is made in its place
    }
    m_known = masterKeyOf(**kept);
    gateway::crypto::wipe(**kept);
    if (!m_known) {
        return fail(ErrorKind::Environment, "bad-key-file",
                    "the keyring of the desktop holds something else than a master key as gatehouse/" +
                        std::string(entryName));
    }
    return m_known;
}

Result<MasterKey> DesktopKey::make() {
    if (m_keyring) {
        const MasterKey key = gateway::crypto::newMasterKey();
        std::string text = masterKeyText(key);
        const auto written = m_keyring->write(entryName, text);
        gateway::crypto::wipe(text);
        if (written) {
            m_known = key;
            return key;
        }
    }
    return m_file.make();
}

std::unique_ptr<Keyring> systemKeyring() {
    // Without a session to ask, a library might start one of its own, with a window.
    const bool hasSession =
        !qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") ||
        QFileInfo::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus"));
    const bool hasDesktop =
        !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
    const bool isShown = qEnvironmentVariable("QT_QPA_PLATFORM") != QStringLiteral("offscreen");
    return hasSession && hasDesktop && isShown ? std::make_unique<SystemKeyring>() : nullptr;
}

std::shared_ptr<gateway::service::MasterKeyPlace> desktopKeyPlace(const std::string& databaseFile) {
    return std::make_shared<DesktopKey>(keyFileOf(databaseFile), systemKeyring());
}

} // namespace app
