#include "tests/unit/gateway/auth/provider_house.h"

#include <QTest>
#include <algorithm>
#include <future>

using namespace gateway;

std::string keySet(const std::vector<std::string>& keys) {
    std::string text = R"({"keys":[)";
    for (const std::string& key : keys) {
        text += (text.back() == '[' ? "" : ",") + key;
    }
    return text + "]}";
}

std::string statusResponse(int status, const std::string& fieldLines) {
    return "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: 0\r\n" + fieldLines + "\r\n";
}

std::string jsonResponse(const std::string& body) {
    return support::okResponse(body, "Content-Type: application/json\r\n");
}

model::IdentityProvider byIssuer(const std::string& issuer) {
    model::IdentityProvider settings;
    settings.issuer = issuer;
    return settings;
}

model::IdentityProvider byUrl(const std::string& url) {
    model::IdentityProvider settings = byIssuer("https://issuer.example");
    settings.jwksUrl = url;
    return settings;
}

ScriptedProvider::ScriptedProvider(std::string path)
    : m_path(std::move(path)) {
    m_server.setHandler([this](support::WireRequest& request, support::UpstreamConnection& connection) {
        Handler handler;
        {
            const std::lock_guard lock(m_mutex);
            if (const auto found = m_answers.find(request.target()); found != m_answers.end()) {
                handler = found->second;
            }
        }
        if (handler) {
            handler(request, connection);
        } else {
            connection.send(statusResponse(404));
        }
    });
}

void ScriptedProvider::answer(const std::string& path, std::string bytes) {
    handle(path, [answer = std::move(bytes)](support::WireRequest&, support::UpstreamConnection& connection) {
        connection.send(answer);
    });
}

void ScriptedProvider::handle(const std::string& path, Handler handler) {
    const std::lock_guard lock(m_mutex);
    m_answers[path] = std::move(handler);
}

std::string ScriptedProvider::metadata(const std::string& more) const {
    return R"({"issuer":")" + issuer() + R"(","jwks_uri":")" + origin() + R"(/keys")" + more + "}";
}

void ScriptedProvider::publish(const std::string& keys) {
    answer(m_path + "/.well-known/openid-configuration", jsonResponse(metadata()));
    answer("/keys", jsonResponse(keys));
}

std::size_t ScriptedProvider::asked(const std::string& path) const {
    const auto requests = m_server.requests();
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(),
                      [&](const support::WireRequest& request) { return request.target() == path; }));
}

ProviderHouse::ProviderHouse()
    : client(std::make_unique<auth::IdentityClient>(clock))
    , m_start(clock.wallTime()) {}

auth::ProviderPlanPointer ProviderHouse::plan(model::IdentityProvider settings,
                                              const std::string& authorities, const std::string& clientSecret,
                                              const std::string& keySecret) {
    if (!settings.id) {
        settings.id.value = 1;
    }
    settings.name = settings.name.empty() ? "corp" : settings.name;
    const auth::TokenVerifier verifier(settings);
    return std::make_shared<const auth::ProviderPlan>(auth::ProviderPlan{.settings = settings,
                                                                         .serial = ++m_serial,
                                                                         .verifier = verifier,
                                                                         .keys = client->keysOf(settings.id),
                                                                         .authorities = authorities,
                                                                         .clientSecret = clientSecret,
                                                                         .keySecret = keySecret});
}

void ProviderHouse::use(std::vector<auth::ProviderPlanPointer> plans) {
    client->setProviders(std::move(plans));
}

void ProviderHouse::pass(std::chrono::nanoseconds time) {
    clock.advance(time);
    settle();
    static_cast<void>(waitTillIdle());
}

void ProviderHouse::settle() {
    // Nobody knows where to ask about this one, which the client finds out after everything else.
    model::IdentityProvider nobody;
    nobody.id.value = 999;
    nobody.introspection.emplace();
    static_cast<void>(introspect(plan(nobody), "nothing"));
}

bool ProviderHouse::waitTillIdle() {
    const auto isIdle = [this] {
        const auto reports = client->reports();
        return std::none_of(reports.begin(), reports.end(),
                            [](const auth::ProviderReport& report) { return report.isAsking; });
    };
    return QTest::qWaitFor(isIdle, static_cast<int>(support::patience.count()));
}

Result<std::string> ProviderHouse::introspect(const auth::ProviderPlanPointer& plan,
                                              const std::string& token) {
    auto answer = std::make_shared<std::promise<Result<std::string>>>();
    client->introspect(plan, token, [answer](Result<std::string> result) { answer->set_value(result); });
    auto future = answer->get_future();
    if (future.wait_for(support::patience) != std::future_status::ready) {
        return fail(ErrorKind::Internal, "no-answer", "The client never answered.");
    }
    return future.get();
}

auth::ProviderReport ProviderHouse::report(std::size_t index) const {
    const auto reports = client->reports();
    return index < reports.size() ? reports[index] : auth::ProviderReport();
}

std::string ProviderHouse::keyIds(std::size_t index) const {
    std::string ids;
    for (const auto& [id, kind] : report(index).keys) {
        ids += (ids.empty() ? "" : ",") + id;
    }
    return ids;
}

std::uint64_t ProviderHouse::generation(std::uint64_t id) {
    return client->keysOf({id})->generation();
}

std::chrono::milliseconds ProviderHouse::lastTry(std::size_t index) const {
    const auto tried = report(index).triedAt;
    return tried ? std::chrono::duration_cast<std::chrono::milliseconds>(*tried - m_start)
                 : std::chrono::milliseconds(-1);
}
