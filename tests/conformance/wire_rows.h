#pragma once

#include "tests/conformance/wire_cases.h"

#include <QTest>

Q_DECLARE_METATYPE(WireCase)

/// A row of the column "wire" for each case of a file, under its name.
inline void addWireRows(const std::string& file) {
    QTest::addColumn<WireCase>("wire");
    for (const WireCase& wire : readWireCases(file)) {
        QTest::newRow(wire.name.c_str()) << wire;
    }
}
