#include "gateway/model/codec.h"

#include "gateway/model/document.h"
#include "gateway/model/entity_codec.h"
#include "gateway/model/names.h"
#include "gateway/model/service_words.h"
#include "gateway/model/shape_check.h"
#include "gateway/model/validate.h"
#include "gateway/model/validate_service.h"
#include "gateway/model/validate_tls.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

namespace gateway::model {
namespace {

template<class T>
Collection<T> readSection(const TextNode& root, EntityKind kind) {
    std::vector<T> items;
    if (const TextNode* section = root.find(kindPlural(kind))) {
        items.reserve(section->items.size());
        for (const TextNode& item : section->items) {
            const TextNode* name = item.find("name");
            // Without a name it cannot be told from others; the missing name has its own problem.
            if (name != nullptr && name->isText()) {
                items.push_back(std::get<T>(entityFromNode(kind, item).entity));
            }
        }
    }
    Collection<T> collection;
    collection.assign(std::move(items));
    return collection;
}

void checkAddresses(const TextNode& list, const std::string& path, Problems& problems) {
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        const TextNode& item = list.items[i];
        if (item.isText() && !isNetwork(item.text)) {
            problems.push_back(
                Problem{Problem::Kind::Range, path + "[" + std::to_string(i) + "]",
                        "\"" + item.text + "\" is neither an IP address nor a network such as 10.0.0.0/8",
                        item.line, item.column});
        }
    }
}

void readKeys(const TextNode& root, ConfigFile& file, Problems& problems) {
    const TextNode* consumers = root.find(kindPlural(EntityKind::Consumer));
    if (consumers == nullptr) {
        return;
    }
    std::map<Sha256, std::string> owners;
    for (std::size_t i = 0; i < consumers->items.size(); ++i) {
        const TextNode& consumer = consumers->items[i];
        const TextNode* keys = consumer.find("keys");
        for (std::size_t k = 0; keys != nullptr && k < keys->items.size(); ++k) {
            const TextNode& item = keys->items[k];
            const std::string path = "consumers" + itemStep(consumer, i) + ".keys" + itemStep(item, k);
            FileKey key{std::string(consumer.textOf("name")), keyFromNode(item)};
            const TextNode* name = item.find("name");
            if (name != nullptr && name->isText() && !isEntityName(name->text)) {
                problems.push_back(
                    Problem{Problem::Kind::Range, path + ".name",
                            "a name is 1 to 64 characters: letters, digits, \".\", \"_\" and \"-\"",
                            name->line, name->column});
            }
            if (const TextNode* addresses = item.find("addresses")) {
                checkAddresses(*addresses, path + ".addresses", problems);
            }
            const TextNode* hash = item.find("hash");
            const auto [owner, fresh] = owners.emplace(key.key.hash, path);
            if (!fresh && hash != nullptr && key.key.hash != Sha256{}) {
                problems.push_back(Problem{Problem::Kind::Duplicate, path + ".hash",
                                           "the same key is given at " + owner->second, hash->line,
                                           hash->column});
            }
            file.keys.push_back(std::move(key));
        }
    }
}

/// Takes the content of files that entities name; what goes wrong is told at the field.
class NamedFiles {
public:
    NamedFiles(const ReadNamedFile& readFile, Problems& problems)
        : m_readFile(readFile)
        , m_problems(problems) {}

    /// `inPlaceOf` are the fields that would say the same. Nothing: the field is not there, or not good.
    [[nodiscard]] std::optional<std::string> take(const TextNode& item, const std::string& path,
                                                  const char* field,
                                                  std::initializer_list<const char*> inPlaceOf) {
        const TextNode* named = item.find(field);
        if (named == nullptr || !named->isText()) {
            return std::nullopt;
        }
        const auto refuse = [&](Problem::Kind kind, std::string message) {
            m_problems.push_back(Problem{kind, path + field, std::move(message), named->line, named->column});
            return std::nullopt;
        };
        for (const char* other : inPlaceOf) {
            if (item.find(other) != nullptr) {
                return refuse(Problem::Kind::Duplicate, std::string(other) + " says it already");
            }
        }
        auto content =
            m_readFile
                ? m_readFile(named->text)
                : Result<std::string>(fail(ErrorKind::Input, "no-files", "other files cannot be named here"));
        if (!content) {
            return refuse(Problem::Kind::Reference, content.error().message);
        }
        return std::move(*content);
    }

private:
    const ReadNamedFile& m_readFile;
    Problems& m_problems;
};

/// Puts the content of the named files in their places.
void readCertificateFiles(const TextNode& root, NamedFiles& files, ConfigFile& file, Problems& problems) {
    const TextNode* certificates = root.find(kindPlural(EntityKind::Certificate));
    for (std::size_t i = 0; certificates != nullptr && i < certificates->items.size(); ++i) {
        const TextNode& item = certificates->items[i];
        const std::string path = "certificates" + itemStep(item, i) + ".";
        const Certificate* known = file.config.certificates.find(item.textOf("name"));
        if (known == nullptr) {
            continue;
        }
        Certificate filled = *known;
        if (auto chain = files.take(item, path, "chain_file", {"chain"})) {
            filled.chain = std::move(*chain);
        }
        if (auto revocations = files.take(item, path, "revocations_file", {"revocations"})) {
            filled.revocations = std::move(*revocations);
        }
        if (const TextNode* named = item.find("key_file");
            named != nullptr && known->use == Certificate::Use::Authority) {
            problems.push_back(Problem{Problem::Kind::Range, path + "key_file",
                                       "an authority is only trusted; its private key has no place here",
                                       named->line, named->column});
        } else if (auto key = files.take(item, path, "key_file", {})) {
            file.privateKeys.push_back({filled.name, std::move(*key)});
        }
        file.config.certificates.put(std::move(filled));
    }
}

void readKeySetFiles(const TextNode& root, NamedFiles& files, ConfigFile& file) {
    const TextNode* providers = root.find(kindPlural(EntityKind::IdentityProvider));
    for (std::size_t i = 0; providers != nullptr && i < providers->items.size(); ++i) {
        const TextNode& item = providers->items[i];
        const IdentityProvider* known = file.config.identityProviders.find(item.textOf("name"));
        if (known == nullptr) {
            continue;
        }
        const std::string path = "identity_providers" + itemStep(item, i) + ".";
        if (auto keys = files.take(item, path, "jwks_file", {"keys", "jwks"})) {
            IdentityProvider filled = *known;
            filled.jwks = std::move(*keys);
            file.config.identityProviders.put(std::move(filled));
        }
    }
}

// Read, `hash_on: address` is what a service has anyway; only the text tells that somebody counts on it.
void checkHashOnIsUsed(const TextNode& root, Problems& problems) {
    const TextNode* services = root.find(kindPlural(EntityKind::Service));
    for (std::size_t i = 0; services != nullptr && i < services->items.size(); ++i) {
        const TextNode& service = services->items[i];
        const TextNode* hashOn = service.find("hash_on");
        if (hashOn != nullptr && hashOn->text == "address" &&
            parseBalance(service.textOf("balance")) != Balance::ConsistentHash) {
            problems.push_back(Problem{Problem::Kind::Range, "services" + itemStep(service, i) + ".hash_on",
                                       hashOnNeedsConsistentHash, hashOn->line, hashOn->column});
        }
    }
}

/// Finds where a path such as `routes[orders].match.path` stands in the file.
class Places {
public:
    explicit Places(const TextNode& root)
        : m_root(root) {}

    void locate(Problem& problem) {
        const TextNode* node = &m_root;
        std::string_view rest = problem.path;
        while (node != nullptr && !rest.empty()) {
            if (node->line > 0) {
                problem.line = node->line;
                problem.column = node->column;
            }
            if (rest.front() == '[') {
                const std::size_t end = rest.find(']');
                node = item(*node, rest.substr(1, end - 1));
                rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            } else {
                rest.remove_prefix(rest.front() == '.' ? 1 : 0);
                const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
                const TextNode* exact = node->find(rest);
                node = exact != nullptr ? exact : node->find(rest.substr(0, end));
                rest = exact != nullptr ? std::string_view() : rest.substr(end);
            }
        }
        if (node != nullptr && node->line > 0) {
            problem.line = node->line;
            problem.column = node->column;
        }
    }

private:
    const TextNode* item(const TextNode& list, std::string_view step) {
        auto [index, fresh] = m_indexes.try_emplace(&list);
        if (fresh) {
            for (std::size_t i = 0; i < list.items.size(); ++i) {
                const std::string name = itemStep(list.items[i], i);
                index->second.emplace(name.substr(1, name.size() - 2), &list.items[i]);
            }
        }
        const auto found = index->second.find(std::string(step));
        return found != index->second.end() ? found->second : nullptr;
    }

    const TextNode& m_root;
    std::unordered_map<const TextNode*, std::unordered_map<std::string, const TextNode*>> m_indexes;
};

// `routes[orders].match` of `routes[orders].match.path`: the field that a problem is about.
std::string_view topField(std::string_view path) {
    const std::size_t entityEnd = path.find(']');
    if (entityEnd == std::string_view::npos) {
        return path;
    }
    return path.substr(0, path.find_first_of(".[", entityEnd + 2));
}

// `routes[orders]` of `routes[orders].match.path`.
std::string_view wholeEntity(std::string_view path) {
    const std::size_t end = path.find(']');
    return end == std::string_view::npos ? path : path.substr(0, end + 1);
}

/// What is wrong with the meaning, except where the form is wrong already: a field that could not be read has
/// its default now, and complaining about that would only confuse.
void addMeaning(const TextNode& root, const Config& config, Problems& problems) {
    std::set<std::string, std::less<>> broken;
    for (const Problem& problem : problems) {
        broken.emplace(topField(problem.path));
        broken.emplace(wholeEntity(problem.path));
    }
    Places places(root);
    for (Problem& problem : validate(config)) {
        if (problems.size() >= problemsMax) {
            return;
        }
        if (broken.find(topField(problem.path)) == broken.end()) {
            places.locate(problem);
            problems.push_back(std::move(problem));
        }
    }
}

} // namespace

tl::expected<ConfigFile, Problems> readConfigFile(std::string_view text, const ReadNamedFile& readFile) {
    auto root = parseYaml(text);
    if (!root) {
        return tl::unexpected(std::move(root.error()));
    }
    ConfigFile file;
    if (root->kind == TextNode::Kind::Null) {
        return file;
    }
    Problems problems;
    checkShape(*root, fileShape, "", Strictness::File, problems);
    file.config.certificates = readSection<Certificate>(*root, EntityKind::Certificate);
    file.config.listeners = readSection<Listener>(*root, EntityKind::Listener);
    file.config.tiers = readSection<Tier>(*root, EntityKind::Tier);
    file.config.consumers = readSection<Consumer>(*root, EntityKind::Consumer);
    file.config.identityProviders = readSection<IdentityProvider>(*root, EntityKind::IdentityProvider);
    file.config.services = readSection<Service>(*root, EntityKind::Service);
    file.config.policies = readSection<Policy>(*root, EntityKind::Policy);
    file.config.routes = readSection<Route>(*root, EntityKind::Route);
    readKeys(*root, file, problems);
    NamedFiles files(readFile, problems);
    readCertificateFiles(*root, files, file, problems);
    readKeySetFiles(*root, files, file);
    checkHashOnIsUsed(*root, problems);
    addMeaning(*root, file.config, problems);
    if (problems.empty()) {
        return file;
    }
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    return tl::unexpected(std::move(problems));
}

std::string toJson(const Put& entity) {
    // nlohmann::json keeps members sorted, at every depth.
    const nlohmann::json sorted = entityToTree(entity);
    return sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

tl::expected<Put, Problems> fromJson(EntityKind kind, std::uint64_t id, std::string_view json) {
    auto root = parseJson(json);
    if (!root) {
        return tl::unexpected(std::move(root.error()));
    }
    Problems problems;
    checkShape(*root, entityShape(kind), "", Strictness::Entity, problems);
    if (!problems.empty()) {
        return tl::unexpected(std::move(problems));
    }
    Put put = entityFromNode(kind, *root);
    std::visit([&](auto& entity) { entity.id.value = id; }, put.entity);
    return put;
}

} // namespace gateway::model
