#pragma once

#include "gateway/auth/key_table.h"
#include "gateway/base/clock.h"
#include "gateway/pipeline/tables.h"

#include <string>
#include <string_view>

namespace gateway::pipeline {

/// An answer of the gateway's own.
struct Reply {
    int status = 0;
    const char* code = "";
    const char* detail = "";
    const char* proxyStatus = ""; ///< RFC 9209: who failed
    std::string extraFields;      ///< whole lines

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
    Monotonic start{};
    WallTime wallStart{};

    const RoutePlan* route = nullptr;
    const upstream::ServicePlan* service = nullptr; ///< of the route
    routing::Captures captures;
    auth::KeyCheck key;
    std::string_view keyField; ///< name of the field that carried the key
    std::string query;         ///< without the key, where it carried one
    bool queryChanged = false;
    const ConsumerPlan* consumer = nullptr;
    const TierPlan* tier = nullptr; ///< of the consumer
    bool rateLimited = false;
    std::string limitFields; ///< whole lines, for the answer
    Reply reply;

    std::string requestId;
    // What the log wants after the head is gone.
    http::Method method = http::Method::Other;
    std::uint8_t minorVersion = 1;
    std::string logMethod;
    std::string logHost;
    std::string logPath;
    int status = 0;
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;

    void reset();
};

} // namespace gateway::pipeline
