#include "app/desktop_key.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <map>
#include <memory>

using app::DesktopKey;
using app::Keyring;
using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

namespace {

/// Of a desktop that exists only here.
struct KeyringState {
    std::map<std::string, std::string> entries;
    std::string failsWith; ///< a code; empty: it answers
    int reads = 0;
};

class FakeKeyring final : public Keyring {
public:
    explicit FakeKeyring(KeyringState& state)
        : m_state(state) {}
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) override {
        ++m_state.reads;
        if (!m_state.failsWith.empty()) {
            return fail(ErrorKind::Environment, m_state.failsWith, "the keyring fails");
        }
        const auto found = m_state.entries.find(name);
        return found == m_state.entries.end() ? std::optional<std::string>() : found->second;
    }
    [[nodiscard]] Result<void> write(const std::string& name, const std::string& text) override {
        if (!m_state.failsWith.empty()) {
            return fail(ErrorKind::Environment, m_state.failsWith, "the keyring fails");
        }
        m_state.entries[name] = text;
        return {};
    }

private:
    KeyringState& m_state;
};

} // namespace

class DesktopKeyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aNewKeyIsKeptInTheKeyring();
    void withoutAKeyringAKeyFileIsMade();
    void aKeyFileThatIsThereComesFirst();
    void aLockedKeyringIsNoReasonForAnotherKey();

private:
    [[nodiscard]] std::string file() const {
        return m_folder->filePath(QStringLiteral("a.key")).toStdString();
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void DesktopKeyTest::aNewKeyIsKeptInTheKeyring() {
    KeyringState state;
    DesktopKey first(file(), std::make_unique<FakeKeyring>(state));
    QVERIFY(!first.load().value());
    const auto made = first.make();
    QVERIFY(made);
    QVERIFY(!QFile::exists(QString::fromStdString(file())));
    DesktopKey second(file(), std::make_unique<FakeKeyring>(state));
    QVERIFY(second.load().value() == *made);
    const int reads = state.reads;
    QVERIFY(second.load().value() == *made);
    QCOMPARE(state.reads, reads); // asked once
}

void DesktopKeyTest::withoutAKeyringAKeyFileIsMade() {
    KeyringState state;
    state.failsWith = "no-keyring";
    DesktopKey key(file(), std::make_unique<FakeKeyring>(state));
    QVERIFY(!key.load().value());
    const auto made = key.make();
    QVERIFY(made);
    QVERIFY(app::KeyFile(file()).load().value() == *made);
    QCOMPARE(app::KeyFile(file()).make().error().code, std::string("key-file-exists"));
}

void DesktopKeyTest::aKeyFileThatIsThereComesFirst() {
    const auto made = app::KeyFile(file()).make();
    KeyringState state;
    state.entries["master-key"] = app::masterKeyText(gateway::crypto::newMasterKey());
    DesktopKey key(file(), std::make_unique<FakeKeyring>(state));
    QVERIFY(key.load().value() == *made);
    QCOMPARE(state.reads, 0);
}

void DesktopKeyTest::aLockedKeyringIsNoReasonForAnotherKey() {
    KeyringState state;
    state.failsWith = "keyring-locked";
    DesktopKey key(file(), std::make_unique<FakeKeyring>(state));
    QCOMPARE(key.load().error().code, std::string("keyring-locked"));
}

QTEST_GUILESS_MAIN(DesktopKeyTest)
#include "desktop_key_test.moc"
