#include "tests/support/test_process.h"

#include "tests/support/socket_io.h"

#include <QDir>
#include <sys/types.h>

namespace support {

namespace {

constexpr int patienceMs = static_cast<int>(patience.count());

ProcessResult resultOf(QProcess& process) {
    const bool ended = process.state() == QProcess::NotRunning || process.waitForFinished(patienceMs);
    if (!ended) {
        process.kill();
        process.waitForFinished(patienceMs);
    }
    ProcessResult result;
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    if (ended && process.error() != QProcess::FailedToStart && process.exitStatus() == QProcess::NormalExit) {
        result.exitCode = process.exitCode();
    }
    return result;
}

} // namespace

QString programPath(const QString& name) {
    return QStringLiteral(GATEHOUSE_PROGRAM_FOLDER) + QLatin1Char('/') + name;
}

QProcessEnvironment freshEnvironment(const QString& folder) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const auto redirect = [&](const QString& variable, const QString& name) {
        const QString path = folder + QLatin1Char('/') + name;
        QDir().mkpath(path);
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        environment.insert(variable, path);
    };
    redirect(QStringLiteral("HOME"), QStringLiteral("home"));
    redirect(QStringLiteral("XDG_DATA_HOME"), QStringLiteral("data"));
    redirect(QStringLiteral("XDG_CONFIG_HOME"), QStringLiteral("config"));
    redirect(QStringLiteral("XDG_CACHE_HOME"), QStringLiteral("cache"));
    redirect(QStringLiteral("XDG_RUNTIME_DIR"), QStringLiteral("run"));
    return environment;
}

ProcessResult runProgram(const QString& program, const QStringList& arguments,
                         const QProcessEnvironment& environment, const QByteArray& input) {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    if (!process.waitForStarted(patienceMs)) {
        return {};
    }
    process.write(input);
    process.closeWriteChannel();
    return resultOf(process);
}

TestProcess::TestProcess(const QString& program, const QStringList& arguments,
                         const QProcessEnvironment& environment) {
    m_process.setProcessEnvironment(environment);
    m_process.start(program, arguments);
    m_process.waitForStarted(patienceMs);
}

TestProcess::~TestProcess() {
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished(patienceMs);
    }
}

QByteArray TestProcess::waitForLine(const QByteArray& text) {
    const Deadline deadline = deadlineIn(patience);
    while (true) {
        m_output += m_process.readAllStandardOutput();
        qsizetype end = m_output.indexOf('\n');
        while (end >= 0) {
            const QByteArray line = m_output.left(end);
            m_output.remove(0, end + 1);
            if (line.contains(text)) {
                return line;
            }
            end = m_output.indexOf('\n');
        }
        if (std::chrono::steady_clock::now() >= deadline || m_process.state() == QProcess::NotRunning) {
            return {};
        }
        m_process.waitForReadyRead(patienceMs);
    }
}

void TestProcess::writeLine(const QByteArray& line) {
    m_process.write(line + '\n');
    m_process.waitForBytesWritten(patienceMs);
}

void TestProcess::signal(int number) const {
    // Id 0 would signal the test's own process group.
    if (processId() > 0) {
        ::kill(static_cast<pid_t>(processId()), number);
    }
}

ProcessResult TestProcess::waitForEnd() {
    ProcessResult result = resultOf(m_process);
    result.out.prepend(m_output);
    m_output.clear();
    return result;
}

QByteArray TestProcess::errors() {
    m_process.setReadChannel(QProcess::StandardError);
    const QByteArray text = m_process.peek(1 << 20);
    m_process.setReadChannel(QProcess::StandardOutput);
    return text;
}

} // namespace support
