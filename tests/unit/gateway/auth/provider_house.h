#pragma once

#include "gateway/auth/identity_client.h"
#include "gateway/base/clock.h"
#include "tests/support/scripted_upstream.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

// Public keys whose private halves nobody has.
inline const std::string keyOne =
    R"({"kty":"EC","crv":"P-256","x":"sA4zPAyB1Fw9IyrBHVjz4adNMlomKUBR3SlQNk3w_zA","y":"FxP5sOyE3h4ZncGYpaTQ0ldO358ZpfkKgg0Jh8T5ncU","kid":"one","alg":"ES256","use":"sig"})";
inline const std::string keyTwo =
    R"({"kty":"EC","crv":"P-256","x":"tIKXKNjooL91mJKcNrd2geWLB0yV0k_C9aTV-mYxrXo","y":"RMESeZcLs_11B0-S5bEz1r4gg9AEvyIcNb0I_l535Cw","kid":"two","alg":"ES256","use":"sig"})";
inline const std::string keyThree =
    R"({"kty":"EC","crv":"P-256","x":"3DjVwx-dZkCWeNOF5xyyf8CUFFIsFIvEuQAZuGa5t_Q","y":"kASs59Z_B4Ay_w-z5bMc4qVEIrxlIIY-sQGp7Zjf4zM","kid":"three","alg":"ES256","use":"sig"})";

/// "{"keys":[...]}".
[[nodiscard]] std::string keySet(const std::vector<std::string>& keys);
/// "HTTP/1.1 503 Service Unavailable" and the like, without a body.
[[nodiscard]] std::string statusResponse(int status, const std::string& fieldLines = {});
/// 200 with application/json.
[[nodiscard]] std::string jsonResponse(const std::string& body);

/// A provider whose keys come by discovery.
[[nodiscard]] gateway::model::IdentityProvider byIssuer(const std::string& issuer);
/// A provider whose keys are at the URL.
[[nodiscard]] gateway::model::IdentityProvider byUrl(const std::string& url);

[[nodiscard]] inline bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

/// An identity provider that answers each path with whatever bytes a test wants; without an answer: 404.
class ScriptedProvider {
public:
    using Handler = support::ScriptedUpstream::Handler;

    /// `path` is that of the issuer: "/realms/shop", or empty.
    explicit ScriptedProvider(std::string path = {});

    [[nodiscard]] std::string origin() const { return "http://" + m_server.address(); }
    [[nodiscard]] std::string issuer() const { return origin() + m_path; }
    [[nodiscard]] support::ScriptedUpstream& server() { return m_server; }

    void answer(const std::string& path, std::string bytes);
    void handle(const std::string& path, Handler handler);
    /// Metadata at its place of OpenID Connect Discovery, and keys at /keys.
    void publish(const std::string& keys);
    /// {"issuer":...,"jwks_uri":".../keys"} and further members, each with a comma before it.
    [[nodiscard]] std::string metadata(const std::string& more = {}) const;

    /// How often the path was asked for.
    [[nodiscard]] std::size_t asked(const std::string& path) const;

private:
    std::string m_path;
    std::mutex m_mutex;
    std::map<std::string, Handler> m_answers; // guarded by m_mutex
    support::ScriptedUpstream m_server;       // last: its threads use the others
};

/// An IdentityClient on a manual clock with what its tests do again and again.
class ProviderHouse {
public:
    ProviderHouse();

    /// A plan of the settings, whose id is 1 where they have none, with a serial of its own and the client's
    /// keys.
    [[nodiscard]] gateway::auth::ProviderPlanPointer plan(gateway::model::IdentityProvider settings,
                                                          const std::string& authorities = {},
                                                          const std::string& clientSecret = {},
                                                          const std::string& keySecret = {});
    /// Those are the client's providers from now on.
    void use(std::vector<gateway::auth::ProviderPlanPointer> plans);

    /// Moves the clock, and waits for what the client asks then.
    void pass(std::chrono::nanoseconds time);
    /// Waits until the client has done everything that was due or asked of it before, but for answers.
    void settle();
    /// Waits until no provider is being asked; false: it took too long.
    [[nodiscard]] bool waitTillIdle();

    /// Asks and waits for the answer.
    [[nodiscard]] gateway::Result<std::string> introspect(const gateway::auth::ProviderPlanPointer& plan,
                                                          const std::string& token);

    [[nodiscard]] gateway::auth::ProviderReport report(std::size_t index = 0) const;
    /// The ids of the keys, "one,two".
    [[nodiscard]] std::string keyIds(std::size_t index = 0) const;
    [[nodiscard]] std::uint64_t generation(std::uint64_t id = 1);
    /// When the last fetch began, counted from the house's start; negative: there was none yet.
    [[nodiscard]] std::chrono::milliseconds lastTry(std::size_t index = 0) const;

    gateway::ManualClock clock;
    std::unique_ptr<gateway::auth::IdentityClient> client;

private:
    gateway::WallTime m_start;
    std::uint64_t m_serial = 0;
};
