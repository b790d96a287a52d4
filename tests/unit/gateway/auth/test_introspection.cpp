#include <QtTest/QtTest>

#include "tests/support/socket_io.h"
#include "tests/unit/gateway/auth/provider_house.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace gateway;
using namespace std::chrono_literals;

namespace {

const std::string active = R"({"active":true})";

/// Answers only after open() was called.
class Gate {
public:
    void open() {
        const std::lock_guard lock(m_mutex);
        m_isOpen = true;
        m_opened.notify_all();
    }
    void pass() {
        std::unique_lock lock(m_mutex);
        m_opened.wait_for(lock, support::patience, [this] { return m_isOpen; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_opened;
    bool m_isOpen = false;
};

/// The answers of many calls, as they come.
class Answers {
public:
    [[nodiscard]] auth::IdentityClient::Introspected next() {
        return [this](const Result<std::string>& answer) {
            const std::lock_guard lock(m_mutex);
            ++(answer ? m_good : m_codes[answer.error().code]);
        };
    }
    [[nodiscard]] int good() {
        const std::lock_guard lock(m_mutex);
        return m_good;
    }
    [[nodiscard]] int failed(const std::string& code) {
        const std::lock_guard lock(m_mutex);
        return m_codes[code];
    }

private:
    std::mutex m_mutex;
    int m_good = 0;
    std::map<std::string, int> m_codes;
};

model::IdentityProvider opaque(const std::string& endpoint) {
    model::IdentityProvider settings;
    settings.issuer = "https://issuer.example";
    settings.jwks = keySet({keyOne});
    settings.introspection.emplace();
    settings.introspection->endpoint = endpoint;
    settings.introspection->clientId = "gatehouse";
    settings.introspection->timeout = support::patience;
    return settings;
}

int patienceMs() {
    return static_cast<int>(support::patience.count());
}

} // namespace

class IntrospectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void asksAsTheRfcSays();
    void withoutAClientItShowsNoCredentials();
    void theEndpointMayComeFromMetadata();
    void aCallWaitsForMetadataThatIsUnderWay();
    void withoutAnEndpointItFailsAtOnce();
    void whatIsNoAnswerIsAnError_data();
    void whatIsNoAnswerIsAnError();
    void parametersOfTheMediaTypeDoNotMatter();
    void aSilentEndpointEndsInTime();
    void callsForTheSameTokenAreOne();
    void callsOfOtherSettingsAreNotTheSame();
    void atMostSixtyFourAreOpenAndConnectionsAreKept();
    void aConnectionThatTheEndpointClosedIsNoFailure();
    void whatDoesNotFitTheQueueIsRefused();
    void whatWaitsTooLongInTheQueueEnds();
    void anAnswerMayBringTheNextCall();
    void callsAreCountedForPeople();
    void theClientMayEndWithCallsOpenAndWaiting();
};

void IntrospectionTest::asksAsTheRfcSays() {
    ScriptedProvider provider;
    provider.answer("/introspect", jsonResponse(active));
    ProviderHouse house;
    model::IdentityProvider settings = opaque(provider.origin() + "/introspect");
    settings.introspection->clientId = "gate house:1";
    const auto plan = house.plan(settings, {}, "p+ss%w\xc3\xb6rd");
    house.use({plan});
    const auto answer = house.introspect(plan, "a.b+c/d=&e");
    QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
    QCOMPARE(*answer, active);

    const auto requests = provider.server().requests();
    QCOMPARE(requests.size(), 1U);
    QCOMPARE(requests[0].method(), std::string("POST"));
    QCOMPARE(requests[0].field("Content-Type"), std::string("application/x-www-form-urlencoded"));
    QCOMPARE(requests[0].body, std::string("token=a.b%2Bc%2Fd%3D%26e&token_type_hint=access_token"));
    const QByteArray credentials =
        QByteArray::fromBase64(QByteArray::fromStdString(requests[0].field("Authorization")).mid(6));
    QCOMPARE(credentials, QByteArray("gate+house%3A1:p%2Bss%25w%C3%B6rd"));
    QVERIFY(requests[0].field("Accept").find("application/json") == 0);
}

void IntrospectionTest::withoutAClientItShowsNoCredentials() {
    ScriptedProvider provider;
    provider.answer("/introspect", jsonResponse(active));
    ProviderHouse house;
    model::IdentityProvider settings = opaque(provider.origin() + "/introspect");
    settings.introspection->clientId.clear();
    const auto plan = house.plan(settings);
    house.use({plan});
    QVERIFY(house.introspect(plan, "t").has_value());
    QVERIFY(!provider.server().requests()[0].has("Authorization"));
}

void IntrospectionTest::theEndpointMayComeFromMetadata() {
    ScriptedProvider provider;
    provider.answer("/.well-known/openid-configuration",
                    jsonResponse(provider.metadata(R"(,"introspection_endpoint":")" + provider.origin() +
                                                   R"(/from-metadata")")));
    provider.answer("/from-metadata", jsonResponse(active));
    ProviderHouse house;
    model::IdentityProvider settings = opaque({});
    settings.issuer = provider.issuer();
    const auto plan = house.plan(settings);
    house.use({plan});
    QCOMPARE(house.introspect(plan, "t").value_or(""), active);
    QCOMPARE(house.report().keysFrom, std::string("settings"));
    QCOMPARE(house.keyIds(), std::string("one"));
}

void IntrospectionTest::aCallWaitsForMetadataThatIsUnderWay() {
    ScriptedProvider provider;
    Gate gate;
    const std::string metadata =
        provider.metadata(R"(,"introspection_endpoint":")" + provider.origin() + R"(/from-metadata")");
    provider.handle("/.well-known/openid-configuration",
                    [&](support::WireRequest&, support::UpstreamConnection& connection) {
                        gate.pass();
                        connection.send(jsonResponse(metadata));
                    });
    provider.answer("/from-metadata", jsonResponse(active));
    ProviderHouse house;
    Answers answers;
    model::IdentityProvider settings = opaque({});
    settings.issuer = provider.issuer();
    const auto plan = house.plan(settings);
    house.use({plan});
    house.client->introspect(plan, "t", answers.next());
    house.settle();
    QCOMPARE(answers.good() + answers.failed("introspection-failed"), 0);
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 1, patienceMs());
}

void IntrospectionTest::withoutAnEndpointItFailsAtOnce() {
    ScriptedProvider provider;
    provider.publish(keySet({keyOne}));
    ProviderHouse house;
    model::IdentityProvider settings = opaque({});
    settings.issuer = provider.issuer();
    const auto plan = house.plan(settings);
    house.use({plan});
    const auto answer = house.introspect(plan, "t");
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, std::string("introspection-failed"));
    // Who has no metadata is asked for it, but not again and again.
    for (int i = 0; i < 20; ++i) {
        QVERIFY(!house.introspect(plan, "t"));
    }
    QVERIFY(house.waitTillIdle());
    QVERIFY(provider.server().requests().size() <= 2);
}

void IntrospectionTest::whatIsNoAnswerIsAnError_data() {
    QTest::addColumn<std::string>("answer");
    QTest::addColumn<std::string>("why");
    const auto row = [](const char* name, const std::string& answer, const char* why) {
        QTest::newRow(name) << answer << std::string(why);
    };
    row("500", statusResponse(500), "answered 500");
    row("wrong client", statusResponse(401), "client_secret");
    row("redirect", statusResponse(307, "Location: /other\r\n"), "answered 307");
    row("another status of success", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "answered 202");
    row("HTML", support::okResponse(active, "Content-Type: text/html\r\n"), "application/json");
    row("no type", support::okResponse(active), "application/json");
    row("a JWT", support::okResponse(active, "Content-Type: application/token-introspection+jwt\r\n"),
        "application/json");
    row("too much", jsonResponse(std::string(300 * 1024, ' ')), "256 KiB");
    row("cut", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
        "no proper answer");
    row("nothing", "", "no proper answer");
}

void IntrospectionTest::whatIsNoAnswerIsAnError() {
    QFETCH(std::string, answer);
    QFETCH(std::string, why);
    ScriptedProvider provider;
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(answer);
        connection.close();
    });
    ProviderHouse house;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"), {}, "very-secret");
    house.use({plan});
    const auto told = house.introspect(plan, "secret-token");
    QVERIFY(!told);
    QCOMPARE(told.error().code, std::string("introspection-failed"));
    QVERIFY2(told.error().message.find(why) != std::string::npos, told.error().message.c_str());
    QVERIFY(told.error().message.find("secret-token") == std::string::npos);
    QVERIFY(told.error().message.find("very-secret") == std::string::npos);
    QCOMPARE(provider.asked("/other"), 0U);
}

void IntrospectionTest::parametersOfTheMediaTypeDoNotMatter() {
    ScriptedProvider provider;
    provider.answer("/introspect",
                    support::okResponse(active, "Content-Type: Application/JSON ; charset=utf-8\r\n"));
    ProviderHouse house;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    QCOMPARE(house.introspect(plan, "t").value_or(""), active);
}

void IntrospectionTest::aSilentEndpointEndsInTime() {
    ScriptedProvider provider;
    provider.handle("/introspect", [](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    ProviderHouse house;
    model::IdentityProvider settings = opaque(provider.origin() + "/introspect");
    settings.introspection->timeout = 100ms;
    const auto plan = house.plan(settings);
    house.use({plan});
    const auto answer = house.introspect(plan, "t");
    QVERIFY(!answer);
    QCOMPARE(answer.error().code, std::string("introspection-timeout"));
}

void IntrospectionTest::callsForTheSameTokenAreOne() {
    ScriptedProvider provider;
    Gate gate;
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        gate.pass();
        connection.send(jsonResponse(active));
    });
    ProviderHouse house;
    Answers answers;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 250; ++k) {
                house.client->introspect(plan, "same", answers.next());
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    house.settle();
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 1000, patienceMs());
    QCOMPARE(provider.asked("/introspect"), 1U);
    QVERIFY(house.introspect(plan, "same").has_value());
    QCOMPARE(provider.asked("/introspect"), 2U);
}

void IntrospectionTest::callsOfOtherSettingsAreNotTheSame() {
    ScriptedProvider provider;
    Gate gate;
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        gate.pass();
        connection.send(jsonResponse(active));
    });
    ProviderHouse house;
    Answers answers;
    const auto former = house.plan(opaque(provider.origin() + "/introspect"));
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    house.client->introspect(former, "same", answers.next());
    house.client->introspect(plan, "same", answers.next());
    QVERIFY(provider.server().waitForRequests(2));
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 2, patienceMs());
}

void IntrospectionTest::atMostSixtyFourAreOpenAndConnectionsAreKept() {
    ScriptedProvider provider;
    Gate gate;
    std::atomic<int> open{0};
    std::atomic<int> most{0};
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        const int now = ++open;
        int known = most;
        while (now > known && !most.compare_exchange_weak(known, now)) {
        }
        gate.pass();
        --open;
        connection.send(jsonResponse(active));
    });
    ProviderHouse house;
    Answers answers;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    for (int i = 0; i < 1000; ++i) {
        house.client->introspect(plan, "token-" + std::to_string(i), answers.next());
    }
    QTRY_COMPARE_WITH_TIMEOUT(open.load(), 64, patienceMs());
    house.settle();
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 1000, patienceMs());
    QCOMPARE(most.load(), 64);
    QVERIFY(provider.server().connectionsAccepted() <= 64);
}

void IntrospectionTest::aConnectionThatTheEndpointClosedIsNoFailure() {
    ScriptedProvider provider;
    provider.handle("/introspect", [](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(jsonResponse(active));
        connection.close();
    });
    ProviderHouse house;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    for (int i = 0; i < 200; ++i) {
        const auto answer = house.introspect(plan, "t");
        QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
    }
}

void IntrospectionTest::whatDoesNotFitTheQueueIsRefused() {
    ScriptedProvider provider;
    Gate gate;
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        gate.pass();
        connection.send(jsonResponse(active));
    });
    ProviderHouse house;
    Answers answers;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    for (int i = 0; i < 64; ++i) {
        house.client->introspect(plan, "open-" + std::to_string(i), answers.next());
    }
    house.settle();
    for (int i = 0; i < 4'096 + 10; ++i) {
        house.client->introspect(plan, "waiting-" + std::to_string(i), answers.next());
    }
    house.settle();
    QCOMPARE(answers.failed("introspection-busy"), 10);
    QCOMPARE(answers.good(), 0);
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 64 + 4'096, patienceMs());
}

void IntrospectionTest::whatWaitsTooLongInTheQueueEnds() {
    ScriptedProvider provider;
    Gate gate;
    provider.handle("/introspect", [&](support::WireRequest&, support::UpstreamConnection& connection) {
        gate.pass();
        connection.send(jsonResponse(active));
    });
    ProviderHouse house;
    Answers answers;
    model::IdentityProvider settings = opaque(provider.origin() + "/introspect");
    const auto patient = house.plan(settings);
    settings.introspection->timeout = 100ms;
    const auto hasty = house.plan(settings);
    house.use({patient});
    for (int i = 0; i < 64; ++i) {
        house.client->introspect(patient, "open-" + std::to_string(i), answers.next());
    }
    house.client->introspect(hasty, "late", answers.next());
    QTRY_COMPARE_WITH_TIMEOUT(answers.failed("introspection-timeout"), 1, patienceMs());
    QCOMPARE(answers.good(), 0);
    gate.open();
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 64, patienceMs());
}

void IntrospectionTest::anAnswerMayBringTheNextCall() {
    ScriptedProvider provider;
    provider.answer("/introspect", jsonResponse(active));
    ProviderHouse house;
    Answers answers;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    house.client->introspect(plan, "same", [&](const Result<std::string>&) {
        house.client->introspect(plan, "same", answers.next());
    });
    QTRY_COMPARE_WITH_TIMEOUT(answers.good(), 1, patienceMs());
    QCOMPARE(provider.asked("/introspect"), 2U);
}

void IntrospectionTest::callsAreCountedForPeople() {
    ScriptedProvider provider;
    provider.answer("/introspect", jsonResponse(active));
    ProviderHouse house;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    QVERIFY(house.introspect(plan, "a").has_value());
    provider.answer("/introspect", statusResponse(503));
    QVERIFY(!house.introspect(plan, "b"));
    auth::ProviderReport report = house.report();
    QCOMPARE(report.introspections, 2U);
    QCOMPARE(report.introspectionFailures, 1U);
    QVERIFY(report.introspectionProblem.find("answered 503") != std::string::npos);
    QCOMPARE(report.problem, std::string());
    provider.answer("/introspect", jsonResponse(active));
    QVERIFY(house.introspect(plan, "c").has_value());
    QCOMPARE(house.report().introspectionProblem, std::string());
}

void IntrospectionTest::theClientMayEndWithCallsOpenAndWaiting() {
    ScriptedProvider provider;
    provider.handle("/introspect", [](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.stayTillPeerCloses();
    });
    ProviderHouse house;
    Answers answers;
    const auto plan = house.plan(opaque(provider.origin() + "/introspect"));
    house.use({plan});
    const auto held = std::make_shared<int>(1);
    for (int i = 0; i < 200; ++i) {
        house.client->introspect(plan, std::to_string(i), [held](const Result<std::string>&) {});
    }
    QVERIFY(provider.server().waitForRequests(64));
    for (int i = 0; i < 200; ++i) {
        house.client->introspect(plan, std::to_string(i), [held](const Result<std::string>&) {});
    }
    house.client.reset();
    QCOMPARE(held.use_count(), 1L);
}

QTEST_GUILESS_MAIN(IntrospectionTest)
#include "test_introspection.moc"
