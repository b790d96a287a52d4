#include "gateway/service/key_transfer.h"

#include "gateway/base/digest.h"
#include "gateway/model/document.h"
#include "gateway/model/scalars.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace gateway::service {

using model::ApiKey;
using model::KeyState;
using model::TextNode;

namespace {

constexpr std::size_t keysMax = 1'000'000;
constexpr std::string_view hashMark = "sha256:";

Error bad(int line, const std::string& message) {
    const std::string place = line > 0 ? "Line " + std::to_string(line) + ": " : std::string();
    return {ErrorKind::Input, "bad-key-file", place + message};
}

/// Reads the fields of one key; the first fault is kept.
class KeyReader {
public:
    KeyReader(const TextNode& node, int line)
        : m_node(node)
        , m_line(node.line > 0 ? node.line : line) {}

    [[nodiscard]] Result<KeyTransfer> read() {
        if (m_node.kind != TextNode::Kind::Map) {
            return fail(bad(m_line, "a key is an object with consumer, name and hash."));
        }
        checkFields();
        KeyTransfer transfer;
        ApiKey& key = transfer.key;
        transfer.consumer = need("consumer");
        key.name = need("name");
        key.hash = readHash();
        key.prefix = m_node.textOf("prefix");
        key.scopes = readList("scopes");
        key.addresses = readList("addresses");
        key.expires = readTime("expires");
        key.created = readTime("created").value_or(WallTime{});
        key.lastUsed = readTime("last_used");
        key.state = readState();
        key.uses = readUses();
        if (m_fault) {
            return fail(std::move(*m_fault));
        }
        return transfer;
    }

private:
    void fault(const std::string& message) {
        if (!m_fault) {
            m_fault = bad(m_line, message);
        }
    }

    void checkFields() {
        constexpr std::array<std::string_view, 11> known{"consumer",  "name",      "hash",    "prefix",
                                                         "scopes",    "addresses", "expires", "created",
                                                         "last_used", "state",     "uses"};
        for (const TextNode::Member& member : m_node.members) {
            if (std::find(known.begin(), known.end(), member.name) == known.end()) {
                fault("a key has no field " + member.name + ".");
            }
        }
        if (!m_node.repeated.empty()) {
            fault("the field " + m_node.repeated.front().name + " is there twice.");
        }
    }

    [[nodiscard]] std::string need(std::string_view field) {
        std::string text(m_node.textOf(field));
        if (text.empty()) {
            fault("the key has no " + std::string(field) + ".");
        }
        return text;
    }

    [[nodiscard]] Sha256 readHash() {
        const std::string_view text = m_node.textOf("hash");
        const auto hash = text.starts_with(hashMark) ? sha256FromHex(text.substr(hashMark.size()))
                                                     : std::optional<Sha256>();
        if (!hash) {
            fault("hash is sha256: and the 64 hex digits of the key's SHA-256.");
        }
        return hash.value_or(Sha256{});
    }

    [[nodiscard]] std::vector<std::string> readList(std::string_view field) {
        std::vector<std::string> texts;
        const TextNode* list = m_node.find(field);
        if (list == nullptr) {
            return texts;
        }
        if (list->kind != TextNode::Kind::Sequence) {
            fault(std::string(field) + " is a list.");
            return texts;
        }
        for (const TextNode& item : list->items) {
            if (item.kind != TextNode::Kind::Scalar) {
                fault(std::string(field) + " is a list of texts.");
            }
            texts.push_back(item.text);
        }
        return texts;
    }

    [[nodiscard]] std::optional<WallTime> readTime(std::string_view field) {
        if (m_node.find(field) == nullptr) {
            return std::nullopt;
        }
        const auto time = model::parseTime(m_node.textOf(field));
        if (!time) {
            fault(std::string(field) + " is a date: 2027-01-31 or 2027-01-31T09:30:00Z.");
        }
        return time;
    }

    [[nodiscard]] KeyState readState() {
        const std::string_view text = m_node.textOf("state");
        if (text == "disabled") {
            return KeyState::Disabled;
        }
        if (m_node.find("state") != nullptr && text != "active") {
            fault("state is active or disabled.");
        }
        return KeyState::Active;
    }

    [[nodiscard]] std::uint64_t readUses() {
        if (m_node.find("uses") == nullptr) {
            return 0;
        }
        const auto uses = model::parseUnsigned(m_node.textOf("uses"));
        if (!uses || *uses > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            fault("uses is a number.");
        }
        return uses.value_or(0);
    }

    const TextNode& m_node;
    int m_line;
    std::optional<Error> m_fault;
};

Result<std::vector<KeyTransfer>> readList(const TextNode& list) {
    if (list.kind != TextNode::Kind::Sequence) {
        return fail(bad(list.line, "keys are a list, or a JSON object a line."));
    }
    if (list.items.size() > keysMax) {
        return fail(bad(0, "There are more than 1,000,000 keys; bring them in several files."));
    }
    std::vector<KeyTransfer> keys;
    for (const TextNode& item : list.items) {
        auto key = KeyReader(item, 0).read();
        if (!key) {
            return fail(std::move(key.error()));
        }
        keys.push_back(std::move(*key));
    }
    return keys;
}

Result<std::vector<KeyTransfer>> readLines(std::string_view text) {
    std::vector<KeyTransfer> keys;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const auto node = model::parseJson(line);
        if (!node) {
            return fail(bad(number, "this is no JSON object."));
        }
        auto key = KeyReader(*node, number).read();
        if (!key) {
            return fail(std::move(key.error()));
        }
        if (keys.size() == keysMax) {
            return fail(bad(0, "There are more than 1,000,000 keys; bring them in several files."));
        }
        keys.push_back(std::move(*key));
    }
    return keys;
}

} // namespace

std::string writeKeyTransfers(const std::vector<KeyTransfer>& keys) {
    std::string text;
    for (const KeyTransfer& transfer : keys) {
        const ApiKey& key = transfer.key;
        nlohmann::ordered_json json{{"consumer", transfer.consumer},
                                    {"name", key.name},
                                    {"hash", std::string(hashMark) + toHex(key.hash)}};
        if (!key.prefix.empty()) {
            json["prefix"] = key.prefix;
        }
        if (!key.scopes.empty()) {
            json["scopes"] = key.scopes;
        }
        if (!key.addresses.empty()) {
            json["addresses"] = key.addresses;
        }
        if (key.expires) {
            json["expires"] = model::formatTime(*key.expires);
        }
        if (key.state == KeyState::Disabled) {
            json["state"] = "disabled";
        }
        json["created"] = model::formatTime(key.created);
        if (key.lastUsed) {
            json["last_used"] = model::formatTime(*key.lastUsed);
        }
        if (key.uses != 0) {
            json["uses"] = key.uses;
        }
        text += json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    }
    return text;
}

Result<std::vector<KeyTransfer>> readKeyTransfers(std::string_view text) {
    if (text.size() > model::documentBytesMax) {
        return fail(bad(0, "The text is over 64 MiB; bring the keys in several files."));
    }
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) {
        return std::vector<KeyTransfer>();
    }
    // An object that ends where its line does, and is a key: one a line.
    const auto first = model::parseJson(text.substr(start, text.find('\n', start) - start));
    if (first && first->kind == TextNode::Kind::Map && first->find("keys") == nullptr) {
        return readLines(text);
    }
    const auto document = model::parseYaml(text);
    if (!document) {
        const model::Problem& problem = document.error().front();
        return fail(bad(problem.line, problem.message));
    }
    const TextNode* keys = document->kind == TextNode::Kind::Map ? document->find("keys") : &*document;
    if (keys == nullptr || (document->kind == TextNode::Kind::Map && document->members.size() != 1)) {
        return fail(bad(document->line, "keys are a list under `keys:` and nothing else."));
    }
    return readList(*keys);
}

} // namespace gateway::service
