#pragma once

#include <QByteArray>
#include <QProcess>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>
#include <csignal>

namespace support {

struct ProcessResult {
    int exitCode = -1; ///< -1: did not start, crashed, or had to be killed
    QByteArray out;
    QByteArray err;
};

/// The programs as they were built: "gatehouse", "gatehousectl".
[[nodiscard]] QString programPath(const QString& name);

/// Environment of a person who never used the programs before: home, data and run-time folders below
/// `folder`.
[[nodiscard]] QProcessEnvironment freshEnvironment(const QString& folder);

/// Runs the program to its end.
[[nodiscard]] ProcessResult runProgram(const QString& program, const QStringList& arguments,
                                       const QProcessEnvironment& environment, const QByteArray& input = {});

/// A program that keeps running beside the test; killed with its owner if it is still there. Works without an
/// event loop. One thread.
class TestProcess {
public:
    TestProcess(const QString& program, const QStringList& arguments, const QProcessEnvironment& environment);
    ~TestProcess();
    TestProcess(const TestProcess&) = delete;
    TestProcess& operator=(const TestProcess&) = delete;

    [[nodiscard]] bool isRunning() const { return m_process.state() == QProcess::Running; }
    [[nodiscard]] qint64 processId() const { return m_process.processId(); }
    /// Waits for a line of standard output that contains `text` and returns it; empty: it never came.
    [[nodiscard]] QByteArray waitForLine(const QByteArray& text);
    /// Sends a line to its standard input.
    void writeLine(const QByteArray& line);
    void signal(int number) const;
    /// Waits for the end and returns what was written since the last line that was waited for.
    [[nodiscard]] ProcessResult waitForEnd();
    /// Everything on standard error so far.
    [[nodiscard]] QByteArray errors();

private:
    QProcess m_process;
    QByteArray m_output; ///< not yet taken by waitForLine()
};

} // namespace support
