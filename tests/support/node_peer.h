#pragma once

#include "tests/support/test_process.h"

#include <QJsonObject>
#include <QStringList>
#include <vector>

namespace support {

/// One of the scripts of tests/peers, run by Node; speaks JSON, an object a line. One thread.
class NodePeer {
public:
    NodePeer(const QString& script, const QStringList& arguments);

    /// The next object that has the member; empty: it never came.
    [[nodiscard]] QJsonObject waitFor(const QString& member);
    void tell(const QByteArray& line) { m_process.writeLine(line); }
    /// Waits for the end and gives the objects that were said since the last one that was waited for.
    [[nodiscard]] std::vector<QJsonObject> waitForEnd();
    /// Whether Node's packages for the scripts are installed.
    [[nodiscard]] static bool arePackagesThere();
    [[nodiscard]] QByteArray errors() { return m_process.errors(); }

private:
    TestProcess m_process;
};

} // namespace support
