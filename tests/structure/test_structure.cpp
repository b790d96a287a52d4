#include "source_rules.h"

#include <QtTest/QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace {

const fs::path root = GATEHOUSE_SOURCE_DIR;
constexpr const char* folders[] = {"app", "ui", "db", "gateway"};

std::string contentOf(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Sorted, so that a failure reads the same everywhere.
std::vector<fs::path> filesIn(const fs::path& folder, std::initializer_list<const char*> extensions) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const bool isWanted = std::any_of(extensions.begin(), extensions.end(), [&](const char* extension) {
            return entry.path().extension() == extension;
        });
        if (entry.is_regular_file() && isWanted) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string fromRoot(const fs::path& path) {
    return path.lexically_relative(root).generic_string();
}

bool isBuildFile(const fs::path& path) {
    return path.filename() == "CMakeLists.txt" || path.extension() == ".cmake";
}

/// How a build file may spell a source. Tests are often listed by what they test, in a loop.
std::vector<std::string> spellings(const fs::path& source, const fs::path& folder) {
    const std::string name = source.lexically_relative(folder).generic_string();
    std::vector<std::string> names{name};
    if (fromRoot(source).starts_with("tests/")) {
        const std::string stem = source.stem().string();
        names.push_back(stem);
        names.push_back(stem.substr(stem.find('_') + 1));
        names.push_back(stem.substr(0, stem.rfind('_')));
    }
    return names;
}

/// A folder above the file names it in its CMakeLists.txt, or in a list that this includes.
bool isListed(const fs::path& source) {
    for (fs::path folder = source.parent_path(); folder != root; folder = folder.parent_path()) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (!isBuildFile(entry.path())) {
                continue;
            }
            const std::string list = contentOf(entry.path());
            for (const std::string& name : spellings(source, folder)) {
                if (structure::listsSource(list, name)) {
                    return true;
                }
            }
        }
    }
    return false;
}

void addRow(const char* file, const char* line) {
    QTest::addRow("%s: %s", file, QByteArray(line).replace('\n', ' ').constData())
        << QByteArray(file) << QByteArray(line);
}

} // namespace

class StructureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void includesPointOneWayAndHeadersAreWellFormed();
    void everySourceIsListedInACMakeListsFile();
    void namesWhatBreaksARule_data();
    void namesWhatBreaksARule();
    void letsPassWhatKeepsTheRules_data();
    void letsPassWhatKeepsTheRules();
    void readsFileLineAndRule();
    void findsSourcesInACMakeListsFileAsWholeWords();
};

void StructureTest::includesPointOneWayAndHeadersAreWellFormed() {
    std::string report;
    std::size_t files = 0;
    for (const char* folder : folders) {
        for (const fs::path& path : filesIn(root / folder, {".h", ".cpp"})) {
            ++files;
            for (const auto& violation : structure::checkSource(fromRoot(path), contentOf(path))) {
                report += violation.toText() + "\n";
            }
        }
    }
    QVERIFY2(files > 50, "the sources were not found");
    QVERIFY2(report.empty(), ("\n" + report).c_str());
}

void StructureTest::everySourceIsListedInACMakeListsFile() {
    std::string report;
    for (const char* folder : {"app", "ui", "db", "gateway", "tests"}) {
        for (const fs::path& path : filesIn(root / folder, {".cpp"})) {
            if (!isListed(path)) {
                report += fromRoot(path) + ": no CMakeLists.txt above it lists it\n";
            }
        }
    }
    QVERIFY2(report.empty(), ("\n" + report).c_str());
}

void StructureTest::namesWhatBreaksARule_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("line");
    addRow("gateway/base/a.cpp", "#include \"gateway/model/ids.h\"");
    addRow("gateway/model/a.cpp", "#include \"gateway/http/head.h\"");
    addRow("gateway/net/a.cpp", "#include \"gateway/http/head.h\"");
    addRow("gateway/routing/a.cpp", "#include \"gateway/auth/key_table.h\"");
    addRow("gateway/metrics/a.cpp", "#include \"gateway/upstream/pool.h\"");
    addRow("gateway/upstream/a.cpp", "#  include <gateway/pipeline/exchange.h>");
    addRow("gateway/runtime/a.cpp", "#include \"gateway/service/ports.h\"");
    addRow("gateway/service/a.cpp", "#include \"ui/page.h\"");
    addRow("gateway/service/a.cpp", "#include \"db/database.h\"");
    addRow("ui/pages/a.cpp", "#include \"db/database.h\"");
    addRow("ui/pages/a.cpp", "#include \"gateway/net/stream.h\"");
    addRow("ui/pages/a.cpp", "#include \"gateway/http/head.h\"");
    addRow("ui/pages/a.cpp", "#include \"gateway/metrics/collector.h\"");
    addRow("ui/a.cpp", "#include \"app/database.h\"");
    addRow("db/a.cpp", "#include \"gateway/service/gateway_service.h\"");
    addRow("db/a.cpp", "#include \"ui/page.h\"");
    addRow("gateway/model/a.cpp", "#include <QString>");
    addRow("gateway/http/a.cpp", "#include <QtGlobal>");
    addRow("gateway/upstream/a.cpp", "#include <boost/asio/steady_timer.hpp>");
    addRow("gateway/service/a.cpp", "#include <boost/asio.hpp>");
    addRow("ui/a.cpp", "#include <boost/intrusive_ptr.hpp>");
    addRow("app/a.cpp", "#include <boost/asio.hpp>");
    addRow("ui/a.cpp", "#include <QSqlQuery>");
    addRow("ui/pages/a.cpp", "#include \"page.h\"");
    addRow("ui/a.h", "#pragma once\nusing namespace std;");
    addRow("ui/a.h", "#include <QString>");
    addRow("gateway/unheard_of/a.cpp", "int x;");
}

void StructureTest::namesWhatBreaksARule() {
    QFETCH(const QByteArray, file);
    QFETCH(const QByteArray, line);
    QCOMPARE(structure::checkSource(file.toStdString(), line.toStdString()).size(), std::size_t{1});
}

void StructureTest::letsPassWhatKeepsTheRules_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("line");
    addRow("app/main.cpp", "#include \"gateway/net/stream.h\"");
    addRow("app/main.cpp", "#include \"db/database.h\"");
    addRow("ui/pages/a.cpp", "#include \"ui/page.h\"");
    addRow("ui/pages/a.cpp", "#include \"gateway/metrics/metrics_frame.h\"");
    addRow("ui/a.cpp", "#include \"a.moc\"");
    addRow("ui/a.cpp", "using namespace Qt::StringLiterals;");
    addRow("ui/a.cpp", "// #include \"db/database.h\"");
    addRow("db/a.cpp", "#include \"gateway/service/ports.h\"");
    addRow("db/a.cpp", "#include <QSqlQuery>");
    addRow("gateway/service/a.cpp", "#include <QObject>");
    addRow("gateway/service/a.cpp", "#include \"gateway/base/clock.h\"");
    addRow("gateway/pipeline/a.cpp", "#include <boost/intrusive_ptr.hpp>");
    addRow("gateway/net/a.cpp", "#include <boost/asio.hpp>");
    addRow("gateway/upstream/a.cpp", "#include \"gateway/metrics/cells.h\"");
    addRow("gateway/base/a.h", "// What for.\n#pragma once\n#include <vector>");
}

void StructureTest::letsPassWhatKeepsTheRules() {
    QFETCH(const QByteArray, file);
    QFETCH(const QByteArray, line);
    for (const auto& violation : structure::checkSource(file.toStdString(), line.toStdString())) {
        QFAIL(violation.toText().c_str());
    }
}

void StructureTest::readsFileLineAndRule() {
    const auto found =
        structure::checkSource("gateway/model/a.cpp", "int x;\n\n#include \"gateway/net/stream.h\"\n");
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(found[0].toText()),
             QStringLiteral("gateway/model/a.cpp:3: gateway/model may include gateway/base; not "
                            "gateway/net/stream.h"));
}

void StructureTest::findsSourcesInACMakeListsFileAsWholeWords() {
    const char* const list = "gatehouse_library(x SOURCES a.cpp sub/b.cpp # c.cpp\n    \"d.cpp\")\n";
    for (const char* listed : {"a.cpp", "sub/b.cpp", "d.cpp"}) {
        QVERIFY2(structure::listsSource(list, listed), listed);
    }
    for (const char* other : {"b.cpp", "c.cpp", "aa.cpp", ".cpp", "e.cpp"}) {
        QVERIFY2(!structure::listsSource(list, other), other);
    }
}

QTEST_APPLESS_MAIN(StructureTest)
#include "test_structure.moc"
