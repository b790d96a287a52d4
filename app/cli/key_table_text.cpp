#include "app/cli/key_table_text.h"

#include "app/cli/text_table.h"
#include "gateway/base/digest.h"
#include "gateway/model/scalars.h"

#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::WallTime;
using gateway::model::ApiKey;
using gateway::model::KeyState;

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ",") + word;
    }
    return text;
}

std::string orDash(const std::string& text) {
    return text.empty() ? "-" : text;
}

std::string timeOrDash(const std::optional<WallTime>& time) {
    return time ? gateway::model::formatTime(*time) : "-";
}

} // namespace

std::string keyStateText(const ApiKey& key, WallTime now) {
    switch (key.state) {
    case KeyState::Active:
        return key.expires && *key.expires <= now ? "expired" : "active";
    case KeyState::Disabled:
        return "disabled";
    case KeyState::Revoked:
        return "revoked";
    }
    return {};
}

std::string keysAsTable(const std::vector<ListedKey>& keys, WallTime now) {
    std::vector<TableRow> rows{
        {"ID", "KEY", "STARTS", "STATE", "EXPIRES", "LAST USED", "USES", "SCOPES", "ADDRESSES"}};
    for (const ListedKey& listed : keys) {
        const ApiKey& key = listed.key;
        rows.push_back({std::to_string(key.id.value), listed.consumer + '/' + key.name, orDash(key.prefix),
                        keyStateText(key, now), timeOrDash(key.expires), timeOrDash(key.lastUsed),
                        std::to_string(key.uses), orDash(joined(key.scopes)), orDash(joined(key.addresses))});
    }
    return tableText(rows);
}

std::string keysAsJson(const std::vector<ListedKey>& keys, WallTime now) {
    nlohmann::json list = nlohmann::json::array();
    for (const ListedKey& listed : keys) {
        const ApiKey& key = listed.key;
        nlohmann::json entry{{"id", key.id.value},
                             {"consumer", listed.consumer},
                             {"name", key.name},
                             {"prefix", key.prefix},
                             {"hash", "sha256:" + gateway::toHex(key.hash)},
                             {"state", keyStateText(key, now)},
                             {"scopes", key.scopes},
                             {"addresses", key.addresses},
                             {"uses", key.uses},
                             {"created", gateway::model::formatTime(key.created)}};
        if (key.expires) {
            entry["expires"] = gateway::model::formatTime(*key.expires);
        }
        if (key.lastUsed) {
            entry["last_used"] = gateway::model::formatTime(*key.lastUsed);
        }
        list.push_back(std::move(entry));
    }
    return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace app::cli
