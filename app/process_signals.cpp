#include "app/process_signals.h"

#include <QSocketNotifier>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace app {

namespace {

constexpr std::array handledSignals{SIGTERM, SIGINT, SIGHUP};
constexpr int exitBySignal = 128; // plus the signal's number, as shells count

// A signal handler has no other way to its data than globals.
std::atomic<int> pipeForHandler{-1};
std::atomic<bool> endWasRequested{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void handleSignal(int number) {
    if (number != SIGHUP && endWasRequested.exchange(true)) {
        ::_exit(exitBySignal + number);
    }
    const int savedErrno = errno;
    const char message = number == SIGHUP ? 'r' : 'e';
    // A full pipe holds wake-ups enough.
    [[maybe_unused]] const ssize_t written = ::write(pipeForHandler.load(), &message, 1);
    errno = savedErrno;
}

} // namespace

ProcessSignals::ProcessSignals(QObject* parent)
    : QObject(parent) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        qFatal("no pipe for signals: %s", qPrintable(qt_error_string(errno)));
    }
    m_readEnd = ends[0];
    m_writeEnd = ends[1];
    pipeForHandler = m_writeEnd;
    endWasRequested = false;
    m_notifier = new QSocketNotifier(m_readEnd, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &ProcessSignals::readPipe);
    struct sigaction action {};
    action.sa_handler = handleSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : handledSignals) {
        ::sigaction(number, &action, nullptr);
    }
}

ProcessSignals::~ProcessSignals() {
    for (const int number : handledSignals) {
        std::signal(number, SIG_DFL);
    }
    pipeForHandler = -1;
    ::close(m_readEnd);
    ::close(m_writeEnd);
}

void ProcessSignals::readPipe() {
    std::array<char, 16> messages{};
    const ssize_t size = ::read(m_readEnd, messages.data(), messages.size());
    for (ssize_t i = 0; i < size; ++i) {
        if (messages[static_cast<std::size_t>(i)] == 'r') {
            Q_EMIT reloadRequested();
        } else {
            Q_EMIT endRequested();
        }
    }
}

} // namespace app
