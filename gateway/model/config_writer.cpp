#include "gateway/model/codec.h"
#include "gateway/model/document.h"
#include "gateway/model/entity_codec.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace gateway::model {
namespace {

using Tree = nlohmann::ordered_json;

// Words that YAML 1.1 readers take for something else than text.
bool isOldKeyword(std::string_view text) {
    static constexpr std::string_view keywords[] = {"y",   "n",    "yes",   "no",  "on",
                                                    "off", "true", "false", "null"};
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return std::find(std::begin(keywords), std::end(keywords), lower) != std::end(keywords);
}

// Only what every YAML reader takes as text stands without quotes.
bool isPlainSafe(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (text.empty() || looksTyped(text) || isOldKeyword(text) || text.back() == ':') {
        return false;
    }
    const bool goodStart = letter(text[0]) || text[0] == '/' || text[0] == '_';
    return goodStart && std::all_of(text.begin(), text.end(), [&](char c) {
               return letter(c) || std::string_view("/_-.:$+%=@*").find(c) != std::string_view::npos;
           });
}

std::string scalarText(const Tree& value) {
    if (!value.is_string()) {
        return value.dump();
    }
    const auto& text = value.get_ref<const std::string&>();
    // JSON's quotes are YAML's; ASCII alone would need surrogate pairs, which yaml-cpp does not take.
    return isPlainSafe(text) ? text : value.dump(-1, ' ', false, Tree::error_handler_t::replace);
}

std::string flowText(const Tree& value) {
    if (value.is_array()) {
        std::string text;
        for (const Tree& item : value) {
            text += (text.empty() ? "" : ", ") + flowText(item);
        }
        return "[" + text + "]";
    }
    if (value.is_object()) {
        std::string text;
        for (const auto& [name, item] : value.items()) {
            text += (text.empty() ? "" : ", ") + scalarText(name) + ": " + flowText(item);
        }
        return text.empty() ? "{}" : "{ " + text + " }";
    }
    return scalarText(value);
}

void writeFields(std::string& out, const Tree& object, std::size_t indent) {
    bool first = true;
    for (const auto& [name, value] : object.items()) {
        out += std::string(first ? indent - 2 : indent, ' ') + (first ? "- " : "") + name + ":";
        first = false;
        const bool nested = value.is_array() && !value.empty() && value[0].is_object() && name != "targets";
        // Keys are long; each stands by itself. Everything else fits a line.
        if (nested) {
            out += "\n";
            for (const Tree& item : value) {
                writeFields(out, item, indent + 4);
            }
        } else if (name == "targets" && value.size() > 1) {
            out += "\n";
            for (const Tree& item : value) {
                out += std::string(indent + 2, ' ') + "- " + flowText(item) + "\n";
            }
        } else {
            out += " " + flowText(value) + "\n";
        }
    }
}

template<class T, class ToTree>
void writeSection(std::string& out, EntityKind kind, const Collection<T>& items, const ToTree& toTree) {
    if (items.empty()) {
        return;
    }
    out += std::string(out.empty() ? "" : "\n") + kindPlural(kind) + ":\n";
    for (const T& item : items) {
        writeFields(out, toTree(item), 4);
    }
}

} // namespace

std::string writeConfigFile(const ConfigFile& file) {
    std::map<std::string_view, std::vector<const ApiKey*>> keys;
    for (const FileKey& key : file.keys) {
        // A revoked key in a file would come back to life on the next apply.
        if (key.key.state != KeyState::Revoked) {
            keys[key.consumer].push_back(&key.key);
        }
    }
    const auto plain = [](const auto& entity) { return entityToTree(Put{entity}); };
    const auto withKeys = [&](const Consumer& consumer) {
        Tree tree = plain(consumer);
        const auto own = keys.find(consumer.name);
        if (own != keys.end()) {
            std::sort(own->second.begin(), own->second.end(),
                      [](const ApiKey* a, const ApiKey* b) { return a->name < b->name; });
            for (const ApiKey* key : own->second) {
                tree["keys"].push_back(keyToTree(*key));
            }
        }
        return tree;
    };
    std::string out;
    writeSection(out, EntityKind::Certificate, file.config.certificates, plain);
    writeSection(out, EntityKind::Listener, file.config.listeners, plain);
    writeSection(out, EntityKind::Tier, file.config.tiers, plain);
    writeSection(out, EntityKind::Consumer, file.config.consumers, withKeys);
    writeSection(out, EntityKind::IdentityProvider, file.config.identityProviders, plain);
    writeSection(out, EntityKind::Service, file.config.services, plain);
    writeSection(out, EntityKind::Policy, file.config.policies, plain);
    writeSection(out, EntityKind::Route, file.config.routes, plain);
    return out;
}

} // namespace gateway::model
