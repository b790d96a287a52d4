#include "tests/conformance/wire_cases.h"

#include "gateway/http/parser.h"
#include "gateway/http/writer.h"

#include <QtTest>

using namespace gateway::http;

namespace {

const std::vector<WireCase>& cases() {
    static const std::vector<WireCase> all = readWireCases("chunked.txt");
    return all;
}

struct Decoded {
    std::string verdict;
    std::string body;
    std::string trailers;
    std::string rest;

    friend bool operator==(const Decoded&, const Decoded&) = default;
};

// Feeds pieces of the given sizes; the last takes what is left.
Decoded decode(std::string_view raw, const std::vector<std::size_t>& pieces) {
    ChunkedDecoder decoder;
    Decoded decoded{.verdict = "incomplete", .body = {}, .trailers = {}, .rest = {}};
    std::size_t piece = 0;
    while (decoded.verdict == "incomplete") {
        const std::size_t size = piece < pieces.size() ? std::min(pieces[piece], raw.size()) : raw.size();
        // A copy of its own, so that a look at bytes that have not come yet would show.
        const std::string copy(raw.substr(0, size));
        std::string_view input = copy;
        raw.remove_prefix(size);
        std::string_view data;
        auto event = decoder.next(input, data);
        for (; event == ChunkedDecoder::Event::Data; event = decoder.next(input, data)) {
            decoded.body += data;
        }
        if (event == ChunkedDecoder::Event::End) {
            decoded.verdict = "end";
            decoded.trailers = decoder.trailers();
            decoded.rest = std::string(input) + std::string(raw);
        } else if (event == ChunkedDecoder::Event::Malformed) {
            decoded.verdict = "malformed";
        } else if (piece++ >= pieces.size()) {
            break;
        }
    }
    return decoded;
}

void addCases() {
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < cases().size(); ++i) {
        QTest::newRow(cases()[i].name.c_str()) << i;
    }
}

} // namespace

class ChunkedDecoderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasScoresOfRecordedBodies() { QVERIFY(cases().size() >= 100); }

    void givesEachRecordedBodyItsVerdict_data() { addCases(); }
    void givesEachRecordedBodyItsVerdict() {
        QFETCH(std::size_t, index);
        const WireCase& wire = cases()[index];
        const Decoded decoded = decode(wire.raw, {});
        QCOMPARE(decoded.verdict, wire.verdict);
        if (wire.has("body")) {
            QCOMPARE(decoded.body, wire.attribute("body"));
        }
        if (wire.verdict == "end") {
            QCOMPARE(decoded.trailers, wire.attribute("trailers"));
            QCOMPARE(decoded.rest, wire.attribute("rest"));
        }
    }

    void decodesTheSameWhereverTheBytesAreSplit_data() { addCases(); }
    void decodesTheSameWhereverTheBytesAreSplit() {
        QFETCH(std::size_t, index);
        const std::string_view raw = cases()[index].raw;
        const Decoded whole = decode(raw, {});
        QVERIFY(decode(raw, std::vector<std::size_t>(raw.size(), 1)) == whole);
        constexpr std::size_t splitBytesMax = 2048;
        for (std::size_t split = 0; split < std::min(raw.size(), splitBytesMax); ++split) {
            QVERIFY(decode(raw, {split}) == whole);
        }
    }

    void staysAtTheEndAndKeepsTheNextMessage() {
        ChunkedDecoder decoder;
        std::string_view input = "0\r\n\r\nnext";
        std::string_view data;
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::End);
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::End);
        QCOMPARE(input, "next");
        QVERIFY(data.empty());
    }

    void staysBrokenOnceFramingIsLost() {
        ChunkedDecoder decoder;
        std::string_view input = "x";
        std::string_view data;
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Malformed);
        input = "0\r\n\r\n";
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Malformed);
    }

    void startsAfreshAfterReset() {
        ChunkedDecoder decoder;
        std::string_view input = "1;x\r\na\r\n0\r\nX: 1\r\n\r\n";
        std::string_view data;
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Data);
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::End);
        QCOMPARE(decoder.trailers(), "X: 1\r\n");
        decoder.reset();
        QVERIFY(decoder.trailers().empty());
        input = "2\r\nbc\r\n0\r\n\r\n";
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Data);
        QCOMPARE(data, "bc");
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::End);
    }

    void pointsIntoTheInputInsteadOfCopying() {
        const std::string raw = "5\r\nhello\r\n";
        ChunkedDecoder decoder;
        std::string_view input = raw;
        std::string_view data;
        QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Data);
        QVERIFY(data.data() == raw.data() + 3);
    }

    void readsTheChunkSizesThatTheGatewayWrites() {
        for (const std::uint64_t size : {1ULL, 15ULL, 16ULL, 255ULL, 65536ULL, 0x7FFFFFFFFFFFFFFFULL}) {
            std::string raw;
            writeChunkSize(raw, size);
            raw += 'a';
            ChunkedDecoder decoder;
            std::string_view input = raw;
            std::string_view data;
            QCOMPARE(decoder.next(input, data), ChunkedDecoder::Event::Data);
            QCOMPARE(data, "a");
        }
    }
};

QTEST_APPLESS_MAIN(ChunkedDecoderTest)
#include "test_chunked_decoder.moc"
