#pragma once

#include <QObject>

class QSocketNotifier;

namespace app {

/// Turns SIGTERM, SIGINT and SIGHUP into Qt signals of the thread that made it. The first request to end is
/// polite; a second one ends the process at once, whatever its event loop is doing. One a process.
class ProcessSignals : public QObject {
    Q_OBJECT
public:
    explicit ProcessSignals(QObject* parent = nullptr);
    ~ProcessSignals() override;

Q_SIGNALS:
    void endRequested();
    void reloadRequested();

private:
    void readPipe();

    int m_readEnd = -1;
    int m_writeEnd = -1;
    QSocketNotifier* m_notifier = nullptr;
};

} // namespace app
