#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/base/clock.h"
#include "gateway/base/ip_literal.h"
#include "gateway/http/downstream.h"
#include "gateway/pipeline/caller.h"
#include "gateway/pipeline/origin.h"
#include "gateway/pipeline/tables.h"
#include "gateway/pipeline/wait.h"
#include "gateway/translate/grpc.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::pipeline {

/// An answer of the gateway's own.
struct Reply {
    int status = 0;
    const char* code = "";
    const char* detail = "";
    const char* proxyStatus = ""; ///< RFC 9209: who failed
    std::string extraFields;      ///< whole lines
    std::string body;             ///< in place of a problem's; empty: a problem's

    void set(int newStatus, const char* newCode, const char* newDetail, const char* newProxyStatus = "") {
        status = newStatus;
        code = newCode;
        detail = newDetail;
        proxyStatus = newProxyStatus;
    }
};

/// What the stages know and find out about one request. Reused: strings keep their room.
struct RequestContext {
    TablesPointer tables;
    const model::Listener* listener = nullptr; ///< within the stages only
    http::RequestHead* head = nullptr;         ///< within the stages only
    const http::Client* peer = nullptr;        ///< who is connected
    std::string_view client;                   ///< address of who asks, as far as proxies may be believed
    std::unique_ptr<Origin> origin;            ///< made with the first request that came by a trusted proxy
    bool isSecure = false;                     ///< the client came by https
    translate::GrpcWire grpc = translate::GrpcWire::None;
    bool hasGoodProof = false;       ///< of DPoP
    bool takesAuthorization = false; ///< Authorization was a credential for the gateway: it goes no further
    bool queryChanged = false;       ///< see `query`
    bool rateLimited = false;
    auth::TokenFault tokenFault = auth::TokenFault::Missing; ///< for the log
    http::Method method = http::Method::Other;
    std::uint8_t minorVersion = 1;
    Monotonic start{};
    WallTime wallStart{};

    const ListenerPlan* listenerPlan = nullptr; ///< null: the listener is gone
    const RoutePlan* route = nullptr;
    std::uint32_t routeSlot = 0;
    const upstream::ServicePlan* service = nullptr; ///< of the route
    /// Those that hold for the route, from general to specific.
    std::vector<const PolicyPlan*> policies;
    Caller caller;
    std::unique_ptr<Wait> wait; ///< made with the first request that waits for something

    // Credentials that go no further.
    std::string_view keyField; ///< name of the field that carried the key
    std::string query;         ///< without the key, where it carried one

    // What the log wants to know of credentials, also of bad ones. Never a credential itself.
    auth::KeyCheck key;
    const auth::ProviderPlan* tokenProvider = nullptr; ///< whose token it was taken for
    const char* accessFault = "";                      ///< why the caller was refused; a word
    std::string limitFields;                           ///< whole lines, for the answer
    Reply reply;

    std::string requestId;
    // What the log wants after the head is gone.
    std::string logMethod;
    std::string logHost;
    std::string logPath;
    int status = 0;
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;

    void reset();
    [[nodiscard]] bool isByAgent() const noexcept {
        return caller.consumer != nullptr && caller.consumer->isAgent;
    }
    /// `client`; nothing where it has no address, as on a Unix socket.
    [[nodiscard]] std::optional<IpBytes> clientBytes() const noexcept {
        return parseIpLiteral(client.substr(0, client.find('%')));
    }
    /// Finds out which policies hold for the route, which has to be there.
    void collectPolicies();
    // Settings, each of the most specific policy that says it; without a route, the listener's.
    [[nodiscard]] const PolicyPlan* identityPolicy() const noexcept; ///< null: nobody says it
    [[nodiscard]] std::uint16_t redirectPort() const noexcept;       ///< 0: requests in the clear are served
    /// The line that the answer carries, or nothing.
    [[nodiscard]] std::string_view hsts() const noexcept;
};

} // namespace gateway::pipeline
