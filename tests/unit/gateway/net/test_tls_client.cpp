#include "gateway/net/tls_context.h"
#include "tests/support/socket_io.h"
#include "tls_fixture.h"

#include <QtTest>
#include <map>
#include <sys/socket.h>

using namespace gateway;
using namespace gateway::net;
using support::CertificateWishes;
using support::TestAuthority;
using support::TestCertificate;

namespace {

/// A stream that connects, shakes hands and says one word; the outcome can be waited for.
class Caller final : public StreamHandler {
public:
    struct Outcome {
        std::string failure = {};
        TlsInfo info = {};
        std::string answer = {};
        StreamEnd end = StreamEnd::None;
    };

    Caller(LoopThread& thread, const Endpoint& endpoint, std::shared_ptr<const TlsClient> tls,
           std::string name, std::string word = "hello")
        : m_thread(thread)
        , m_tls(std::move(tls))
        , m_name(std::move(name))
        , m_word(std::move(word)) {
        m_thread.call([&] {
            m_stream = Stream::create(m_thread.loop);
            m_stream->setHandler(this);
            m_stream->connect(endpoint);
        });
    }
    ~Caller() override {
        m_thread.call([this] {
            m_stream->close();
            m_stream.reset();
            m_in.giveBack();
        });
    }

    [[nodiscard]] Outcome wait() {
        auto future = m_promise.get_future();
        return future.wait_for(std::chrono::seconds(20)) == std::future_status::ready
                   ? future.get()
                   : Outcome{.failure = "late"};
    }

private:
    void onConnected(StreamEnd end) override {
        if (end != StreamEnd::None) {
            m_outcome.failure = "not connected";
            m_promise.set_value(m_outcome);
            return;
        }
        m_stream->secure(m_tls, m_name);
    }
    void onSecured(const std::string& failure) override {
        m_outcome.failure = failure;
        if (!failure.empty()) {
            m_stream->close();
            m_promise.set_value(m_outcome);
            return;
        }
        m_outcome.info = *m_stream->tlsInfo();
        const iovec all{m_word.data(), m_word.size()};
        static_cast<void>(m_stream->write(&all, 1));
        m_stream->read(m_in);
    }
    void onRead(std::size_t bytes, StreamEnd end) override {
        m_outcome.answer += m_in.readable();
        m_in.consume(bytes);
        m_outcome.end = end;
        if (end == StreamEnd::None && m_outcome.answer.size() < m_word.size()) {
            m_stream->read(m_in);
            return;
        }
        m_stream->close();
        m_promise.set_value(m_outcome);
    }

    LoopThread& m_thread;
    std::shared_ptr<const TlsClient> m_tls;
    std::string m_name;
    std::string m_word;
    StreamPointer m_stream;
    Buffer m_in;
    Outcome m_outcome;
    std::promise<Outcome> m_promise;
};

} // namespace

/// The client's side of TLS, with our own server at the other end.
class TlsClientTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void verifiesAndTalks();
    void namesWhatIsWrongWithTheCertificate_data();
    void namesWhatIsWrongWithTheCertificate();
    void checksAddressesToo();
    void asksWithoutVerifyingWhereItIsTold();
    void trustsNobodyUnknownByDefault();
    void trustsASingleCertificateThatIsNamed();
    void showsItsOwnCertificate();
    void saysThatTheServerWantsACertificate();
    void offersItsProtocols();
    void saysThatNoProtocolIsCommon();
    void resumesWhatItKnows();
    void doesNotResumeUnderAnotherName();
    void saysThatTheServerSpeaksNoTls();
    void refusesToBeMadeOfRubbish();

private:
    Caller::Outcome ask(const std::shared_ptr<const TlsClient>& client, const std::string& name,
                        const EchoServer& server) {
        return Caller(m_thread, server.endpoint(), client, name).wait();
    }
    std::shared_ptr<const TlsClient> client(TlsClientSettings settings) { return *TlsClient::make(settings); }
    std::shared_ptr<const TlsClient> trusting(const TestAuthority& authority) {
        return client({.authorities = authority.pem(), .pair = {}});
    }
    std::shared_ptr<const TlsServer> serverWith(const TestCertificate& certificate,
                                                TlsServerSettings settings = {}) {
        settings.pairs = {pairOf(certificate)};
        return *TlsServer::make(settings, m_shared);
    }

    ManualClock m_clock;
    std::shared_ptr<TlsServer::Shared> m_shared = TlsServer::makeShared(m_clock);
    TestAuthority m_authority;
    LoopThread m_thread;
};

void TlsClientTest::verifiesAndTalks() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal")));
    const auto outcome = ask(trusting(m_authority), "orders.internal", server);
    QCOMPARE(outcome.failure, std::string());
    QCOMPARE(outcome.answer, std::string("hello"));
    QCOMPARE(outcome.info.version, std::string("TLSv1.3"));
    const Seen seen = server.seen();
    QCOMPARE(seen.info.serverName, std::string("orders.internal"));
    QCOMPARE(seen.end, StreamEnd::Closed);
}

void TlsClientTest::namesWhatIsWrongWithTheCertificate_data() {
    QTest::addColumn<QString>("problem");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("expired") << "expired"
                             << "the certificate of orders.internal ended on 20";
    QTest::newRow("early") << "early"
                           << "the certificate of orders.internal is not good yet";
    QTest::newRow("name") << "name"
                          << "the certificate is for a.internal, b.internal, c.internal and 1 more, not for "
                             "orders.internal";
    QTest::newRow("common name") << "common name"
                                 << "the certificate is for no host name, not for orders.internal";
    QTest::newRow("partial wildcard") << "partial wildcard"
                                      << "the certificate is for or*.internal, not for orders.internal";
    QTest::newRow("authority") << "authority"
                               << "the certificate of orders.internal was issued by CN=Somebody Else, which "
                                  "is no trusted authority";
    QTest::newRow("self-signed")
        << "self-signed"
        << "the certificate of orders.internal is signed by its own key and not trusted";
}

void TlsClientTest::namesWhatIsWrongWithTheCertificate() {
    QFETCH(QString, problem);
    QFETCH(QString, sentence);
    const std::string name = "orders.internal";
    const TestAuthority stranger("Somebody Else");
    const std::map<std::string, std::function<TestCertificate()>> made{
        {"expired",
         [&] { return m_authority.issue(CertificateWishes{.names = {name}, .fromDays = -9, .toDays = -2}); }},
        {"early", [&] { return m_authority.issue(CertificateWishes{.names = {name}, .fromDays = 2}); }},
        {"name",
         [&] {
             return m_authority.issue(
                 CertificateWishes{.names = {"a.internal", "b.internal", "c.internal", "d.internal"}});
         }},
        {"common name",
         [&] { return m_authority.issue(CertificateWishes{.names = {}, .commonName = name}); }},
        {"partial wildcard", [&] { return m_authority.issue(CertificateWishes{.names = {"or*.internal"}}); }},
        {"authority", [&] { return stranger.issue(name); }},
        {"self-signed", [&] { return support::selfSignedCertificate({.names = {name}}); }},
    };
    EchoServer server(m_thread, serverWith(made.at(problem.toStdString())()));
    const auto outcome = ask(trusting(m_authority), name, server);
    QVERIFY2(outcome.failure.starts_with(sentence.toStdString()), outcome.failure.c_str());
    QVERIFY(!server.seen().failure.empty());
}

void TlsClientTest::checksAddressesToo() {
    EchoServer server(m_thread, serverWith(m_authority.issue("127.0.0.1")));
    QCOMPARE(ask(trusting(m_authority), "127.0.0.1", server).failure, std::string());
    QCOMPARE(server.seen().info.serverName, std::string());
    QVERIFY(ask(trusting(m_authority), "127.0.0.2", server).failure.ends_with("not for 127.0.0.2"));
}

void TlsClientTest::asksWithoutVerifyingWhereItIsTold() {
    EchoServer server(m_thread, serverWith(support::selfSignedCertificate({.names = {"a.example"}})));
    QCOMPARE(ask(client({.verify = false, .pair = {}}), "orders.internal", server).failure, std::string());
}

void TlsClientTest::trustsNobodyUnknownByDefault() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal")));
    const auto outcome = ask(client({}), "orders.internal", server);
    QVERIFY2(outcome.failure.ends_with("is no trusted authority"), outcome.failure.c_str());
}

void TlsClientTest::trustsASingleCertificateThatIsNamed() {
    const TestCertificate own = support::selfSignedCertificate({.names = {"orders.internal"}});
    EchoServer server(m_thread, serverWith(own));
    const auto pinned = client({.authorities = own.chain, .pair = {}});
    QCOMPARE(ask(pinned, "orders.internal", server).failure, std::string());
}

void TlsClientTest::showsItsOwnCertificate() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal"),
                                           {.pairs = {},
                                            .clientCertificates = ClientCertificates::Required,
                                            .clientAuthorities = m_authority.pem()}));
    const auto known =
        client({.authorities = m_authority.pem(), .pair = pairOf(m_authority.issue("gateway.internal"))});
    QCOMPARE(ask(known, "orders.internal", server).answer, std::string("hello"));
    QCOMPARE(server.seen().info.peer->subject, std::string("CN=gateway.internal"));
}

void TlsClientTest::saysThatTheServerWantsACertificate() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal"),
                                           {.pairs = {},
                                            .clientCertificates = ClientCertificates::Required,
                                            .clientAuthorities = m_authority.pem()}));
    // With TLS 1.3 the server's refusal comes behind the client's part of the handshake.
    QCOMPARE(ask(trusting(m_authority), "orders.internal", server).end, StreamEnd::Reset);
}

void TlsClientTest::offersItsProtocols() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal"),
                                           {.pairs = {}, .protocols = {"http/1.1", "h2"}}));
    const auto h2 = client({.authorities = m_authority.pem(), .pair = {}, .protocols = {"h2"}});
    QCOMPARE(ask(h2, "orders.internal", server).info.protocol, std::string("h2"));
}

void TlsClientTest::saysThatNoProtocolIsCommon() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal")));
    const auto h2 = client({.authorities = m_authority.pem(), .pair = {}, .protocols = {"h2"}});
    QCOMPARE(ask(h2, "orders.internal", server).failure,
             std::string("the two ends have no protocol (ALPN) in common"));
}

void TlsClientTest::resumesWhatItKnows() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal")));
    const auto asking = trusting(m_authority);
    QVERIFY(!ask(asking, "orders.internal", server).info.resumed);
    for (int i = 0; i < 3; ++i) {
        const auto again = ask(asking, "orders.internal", server);
        QCOMPARE(again.answer, std::string("hello"));
        QVERIFY(again.info.resumed);
    }
    QVERIFY(!ask(trusting(m_authority), "orders.internal", server).info.resumed);
}

void TlsClientTest::doesNotResumeUnderAnotherName() {
    EchoServer server(m_thread, serverWith(m_authority.issue("orders.internal")));
    const auto asking = trusting(m_authority);
    QCOMPARE(ask(asking, "orders.internal", server).failure, std::string());
    QVERIFY(!ask(asking, "other.internal", server).failure.empty());
}

void TlsClientTest::saysThatTheServerSpeaksNoTls() {
    const support::Descriptor listening = support::listenOnLoopback();
    std::thread plain([&] {
        const support::Descriptor accepted(::accept(listening.get(), nullptr, nullptr));
        QVERIFY(support::sendAll(accepted.get(), "HTTP/1.1 400 Bad Request\r\n\r\n",
                                 support::deadlineIn(support::patience)));
    });
    const auto endpoint = endpointFromLiteral("127.0.0.1", support::localPort(listening.get()));
    const auto outcome = Caller(m_thread, *endpoint, trusting(m_authority), "orders.internal").wait();
    plain.join();
    QCOMPARE(outcome.failure, std::string("the server does not speak TLS there"));
}

void TlsClientTest::refusesToBeMadeOfRubbish() {
    QCOMPARE(TlsClient::make({.authorities = "rubbish", .pair = {}}).error().code,
             std::string("certificate-invalid"));
    crypto::KeyPair wrong = pairOf(m_authority.issue("a.example"));
    wrong.key = pairOf(m_authority.issue("b.example")).key;
    QCOMPARE(TlsClient::make({.authorities = {}, .pair = wrong}).error().code, std::string("key-of-another"));
    wrong.key = {};
    TlsServerSettings settings;
    settings.pairs = {wrong};
    QCOMPARE(TlsServer::make(settings, m_shared).error().code, std::string("key-missing"));
}

QTEST_APPLESS_MAIN(TlsClientTest)
#include "test_tls_client.moc"
