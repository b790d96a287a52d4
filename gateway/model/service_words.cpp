#include "gateway/model/service_words.h"

#include "gateway/model/scalars.h"

#include <algorithm>

namespace gateway::model {
namespace {

struct BalanceName {
    Balance balance;
    std::string_view word;
};

constexpr BalanceName balanceNames[] = {{Balance::RoundRobin, "round-robin"},
                                        {Balance::LeastRequests, "least-requests"},
                                        {Balance::RandomTwo, "random-two"},
                                        {Balance::ConsistentHash, "consistent-hash"}};

struct Reason {
    std::string_view word;
    bool Retries::*flag;
};

constexpr Reason reasons[] = {{"connect-failure", &Retries::onConnectFailure},
                              {"refused-stream", &Retries::onRefusedStream},
                              {"reset", &Retries::onReset},
                              {"timeout", &Retries::onTimeout},
                              {"unavailable", &Retries::onUnavailable}};

} // namespace

std::string addressOf(const Target& target) {
    return formatHostPort({target.host, target.port});
}

std::string_view balanceWord(Balance balance) {
    for (const BalanceName& name : balanceNames) {
        if (name.balance == balance) {
            return name.word;
        }
    }
    return {};
}

std::optional<Balance> parseBalance(std::string_view word) {
    for (const BalanceName& name : balanceNames) {
        if (name.word == word) {
            return name.balance;
        }
    }
    return std::nullopt;
}

std::string_view protocolWord(Protocol protocol) {
    switch (protocol) {
    case Protocol::Http1:
        return "http";
    case Protocol::Http2:
        return "http2";
    case Protocol::Grpc:
        break;
    }
    return "grpc";
}

std::optional<Protocol> parseProtocol(std::string_view word) {
    for (const Protocol protocol : {Protocol::Http1, Protocol::Http2, Protocol::Grpc}) {
        if (protocolWord(protocol) == word) {
            return protocol;
        }
    }
    return std::nullopt;
}

bool isRetryStatus(std::uint64_t status) {
    return status == 429 || (status >= 500 && status <= 599);
}

std::vector<std::string> retryReasons(const Retries& retries) {
    std::vector<std::string> words;
    for (const Reason& reason : reasons) {
        if (retries.*reason.flag) {
            words.emplace_back(reason.word);
        }
    }
    for (const std::uint16_t status : retries.statuses) {
        words.push_back(std::to_string(status));
    }
    return words;
}

bool addRetryReason(Retries& retries, std::string_view text) {
    for (const Reason& reason : reasons) {
        if (reason.word == text) {
            retries.*reason.flag = true;
            return true;
        }
    }
    const auto status = parseUnsigned(text);
    if (!status || !isRetryStatus(*status)) {
        return false;
    }
    const auto place = std::lower_bound(retries.statuses.begin(), retries.statuses.end(), *status);
    if (place == retries.statuses.end() || *place != *status) {
        retries.statuses.insert(place, static_cast<std::uint16_t>(*status));
    }
    return true;
}

Retries withoutReasons(Retries retries) {
    for (const Reason& reason : reasons) {
        retries.*reason.flag = false;
    }
    retries.statuses.clear();
    return retries;
}

} // namespace gateway::model
