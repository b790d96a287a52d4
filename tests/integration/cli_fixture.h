#pragma once

#include "tests/support/test_process.h"

#include <QFile>
#include <QTemporaryDir>
#include <memory>

/// gatehousectl on a database of its own, as a person who never used it before.
class CliFixture {
public:
    static constexpr int exitOk = 0;
    static constexpr int exitUsage = 1;
    static constexpr int exitInvalid = 2;
    static constexpr int exitConflict = 3;
    static constexpr int exitEnvironment = 4;

    [[nodiscard]] static QStringList words(const char* text) {
        return QString::fromLatin1(text).split(QLatin1Char(' '));
    }

    /// A listener on `port`, a tier with a burst of 20, one service, an open route and one that wants a key.
    [[nodiscard]] static QByteArray configuration(std::uint16_t port, const QByteArray& target,
                                                  const QByteArray& rewrite = "/one") {
        return "listeners:\n  - { name: main, address: 127.0.0.1:" + QByteArray::number(port) +
               " }\n"
               "tiers:\n  - { name: free, rate: 100/minute, burst: 20 }\n"
               "consumers:\n  - { name: acme, tier: free }\n"
               "services:\n  - { name: origin, targets: [" +
               target +
               "] }\n"
               "policies:\n  - { name: key, authenticate: api-key }\n"
               "routes:\n"
               "  - { name: open, match: { path: /open }, action: { service: origin, rewrite: " +
               rewrite +
               " } }\n"
               "  - { name: closed, match: { path: /closed }, action: { service: origin }, policies: [key] "
               "}\n";
    }

    [[nodiscard]] QString path(const char* name) const {
        return m_folder.filePath(QString::fromLatin1(name));
    }
    [[nodiscard]] QString db() const { return path("test.db"); }

    [[nodiscard]] QString write(const char* name, const QByteArray& text) const {
        QFile file(path(name));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName()
                                                                                  : QString();
    }

    [[nodiscard]] support::ProcessResult run(const QStringList& arguments,
                                             const QByteArray& input = {}) const {
        return support::runProgram(program(), arguments, environment(), input);
    }
    [[nodiscard]] support::ProcessResult runOn(const QString& database, QStringList arguments,
                                               const QByteArray& input = {}) const {
        return run(arguments << QStringLiteral("--db") << database, input);
    }
    [[nodiscard]] support::ProcessResult runOnDb(const char* arguments, const QByteArray& input = {}) const {
        return runOn(db(), words(arguments), input);
    }
    [[nodiscard]] std::unique_ptr<support::TestProcess> startOnDb(const char* arguments) const {
        return std::make_unique<support::TestProcess>(
            program(), words(arguments) << QStringLiteral("--db") << db(), environment());
    }

private:
    [[nodiscard]] static QString program() { return support::programPath(QStringLiteral("gatehousectl")); }
    [[nodiscard]] QProcessEnvironment environment() const {
        return support::freshEnvironment(m_folder.path());
    }

    QTemporaryDir m_folder;
};
