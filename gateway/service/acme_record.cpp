#include "gateway/service/acme_record.h"

#include "gateway/crypto/jws.h"
#include "gateway/service/control_json.h"

#include <algorithm>

namespace gateway::service {

namespace {

constexpr std::uint64_t failuresMax = 1'000'000;

} // namespace

std::string AcmeRecord::toSecret() const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(nextTry.time_since_epoch());
    return nlohmann::json{
        {"directory", directory},
        {"asked", asked},
        {"failures", failures},
        {"next_try", static_cast<std::uint64_t>(std::max<std::int64_t>(seconds.count(), 0))},
        {"problem", problem},
        {"order", orderUrl},
        {"key", key ? crypto::toBase64Url(key.toDer()) : std::string()}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

AcmeRecord AcmeRecord::fromSecret(const std::string& secret) {
    const auto json = nlohmann::json::parse(secret, nullptr, false);
    AcmeRecord record;
    if (!json.is_object()) {
        return record;
    }
    record.directory = textOf(json, "directory");
    record.asked = textOf(json, "asked");
    record.failures = static_cast<unsigned>(std::min(numberOf(json, "failures"), failuresMax));
    record.nextTry = WallTime(std::chrono::seconds(numberOf(json, "next_try")));
    record.problem = textOf(json, "problem");
    if (const auto der = crypto::fromBase64Url(textOf(json, "key")); der && !der->empty()) {
        if (auto key = crypto::PrivateKey::fromDer(*der)) {
            record.key = std::move(*key);
            record.orderUrl = textOf(json, "order");
        }
    }
    return record;
}

} // namespace gateway::service
