#pragma once

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <string>

/// OpenSSL's own program, which makes and reads files as other people's tools do.
class OpensslPeer {
public:
    /// False: it did not do what was asked.
    bool run(const QStringList& arguments) const {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        process.start(QStringLiteral("openssl"), arguments);
        return process.waitForFinished() && process.exitStatus() == QProcess::NormalExit &&
               process.exitCode() == 0;
    }
    bool run(const char* arguments) const {
        return run(QString::fromLatin1(arguments).split(QLatin1Char(' ')));
    }
    [[nodiscard]] std::string read(const char* name) const {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
    }
    void write(const char* name, const std::string& content) const {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content.data(), static_cast<qint64>(content.size())),
                 static_cast<qint64>(content.size()));
    }

private:
    QTemporaryDir m_folder;
};
