#include "tests/conformance/token_cases.h"

#include "tests/support/token_signer.h"

#include <QtGlobal>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

using gateway::auth::KeySet;
using gateway::model::IdentityProvider;
using support::TokenSigner;
using Json = nlohmann::json;
using Kind = TokenSigner::Kind;

namespace {

std::vector<std::string> splitAt(const std::string& text, const std::string& between) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = text.find(between); end != std::string::npos; end = text.find(between, begin)) {
        parts.push_back(text.substr(begin, end - begin));
        begin = end + between.size();
    }
    parts.push_back(text.substr(begin));
    return parts;
}

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? std::string()
                                      : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

/// What a row says, on the way to a token: by the names that changes use.
using Parts = std::map<std::string, std::string>;

/// "header suffix ==": one change of one part. `arguments` begin with the operation.
void change(std::string& part, const std::vector<std::string>& words, const std::string& step) {
    const std::string& operation = words.at(1);
    const auto number = [&] { return std::stoul(words.at(2)); };
    if (operation == "prefix") {
        part = words.at(2) + part;
    } else if (operation == "suffix") {
        part += words.at(2);
    } else if (operation == "insert") {
        part.insert(part.size() / 2, words.at(2));
    } else if (operation == "set") {
        part = words.size() > 2 ? words[2] : std::string();
    } else if (operation == "drop") {
        part.resize(part.size() - number());
    } else if (operation == "cut") {
        part.erase(0, number());
    } else if (operation == "flip") {
        part.at(number() % part.size()) ^= 1;
    } else if (operation == "swap") {
        const std::string before = part;
        replaceAll(part, words.at(2), words.at(3));
        if (part == before) {
            qFatal("nothing to swap: %s", step.c_str());
        }
    } else if (operation == "double") {
        part += part;
    } else if (operation == "upper") {
        for (char& c : part) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    } else if (operation == "bits") {
        // The last character holds bits that no byte takes; they have to be zero.
        static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        if (part.size() % 4 == 0) {
            qFatal("no bits are left over: %s", step.c_str());
        }
        part.back() = digits.at(digits.find(part.back()) + 1);
    } else {
        qFatal("unknown change: %s", step.c_str());
    }
}

void apply(Parts& parts, const std::vector<std::string>& steps, std::initializer_list<const char*> names) {
    for (const std::string& step : steps) {
        std::istringstream stream(step);
        std::vector<std::string> words;
        for (std::string word; stream >> word;) {
            replaceAll(word, "<nul>", std::string(1, '\0'));
            replaceAll(word, "<sp>", " ");
            replaceAll(word, "<lf>", "\n");
            replaceAll(word, "<crlf>", "\r\n");
            replaceAll(word, "<tab>", "\t");
            replaceAll(word, "<bom>", "\xEF\xBB\xBF");
            words.push_back(word);
        }
        for (const char* name : names) {
            if (!words.empty() && words.front() == name) {
                change(parts[name], words, step);
            }
        }
    }
}

std::string json(const std::string& column, const Json& usual) {
    if (column.empty()) {
        return usual.dump();
    }
    if (column.front() != '+') {
        return column;
    }
    Json merged = usual;
    const Json wanted = Json::parse(column.substr(1));
    for (const auto& [name, value] : wanted.items()) {
        if (value.is_null()) {
            merged.erase(name);
        } else {
            merged[name] = value;
        }
    }
    return merged.dump();
}

IdentityProvider usualSettings() {
    IdentityProvider settings;
    settings.id = gateway::model::IdentityProviderId{1};
    settings.name = "corp";
    settings.issuer = "https://id.example.com";
    settings.audience = {"api", "api-2"};
    settings.algorithms = {"RS256", "RS384", "RS512", "PS256", "PS384",
                           "PS512", "ES256", "ES384", "ES512", "EdDSA"};
    return settings;
}

} // namespace

std::vector<TokenCase> readTokenCases() {
    const std::string path = std::string(GATEHOUSE_CONFORMANCE_DATA) + "/tokens.txt";
    std::ifstream file(path);
    std::vector<TokenCase> rows;
    std::string provider;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty() || line.front() == '#') {
            continue;
        }
        if (line.starts_with("== ")) {
            provider = line.substr(3);
            continue;
        }
        std::vector<std::string> columns = splitAt(line, " | ");
        if (columns.size() < 3 || columns.size() > 7 || provider.empty()) {
            qFatal("%s:%d: unreadable row", path.c_str(), number);
        }
        columns.resize(7);
        for (std::string& column : columns) {
            column = trimmed(column);
            column = column == "-" ? std::string() : column;
        }
        rows.push_back(
            {provider, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6]});
    }
    if (rows.empty()) {
        qFatal("no cases in %s", path.c_str());
    }
    return rows;
}

TokenHouse::TokenHouse() {
    addSigners();
    addProviders();
}

TokenHouse::~TokenHouse() = default;

void TokenHouse::addSigners() {
    for (const char* name : {"rsa", "rsa-ps", "twin", "twin-2", "stranger-rsa"}) {
        m_signers[name] = std::make_unique<TokenSigner>(Kind::Rsa2048);
    }
    for (const char* name : {"p256", "p256-2", "stranger-p256"}) {
        m_signers[name] = std::make_unique<TokenSigner>(Kind::P256);
    }
    m_signers["rsa-3072"] = std::make_unique<TokenSigner>(Kind::Rsa3072);
    m_signers["weak"] = std::make_unique<TokenSigner>(Kind::Rsa1024);
    m_signers["p384"] = std::make_unique<TokenSigner>(Kind::P384);
    m_signers["p521"] = std::make_unique<TokenSigner>(Kind::P521);
    m_signers["k256"] = std::make_unique<TokenSigner>(Kind::Secp256k1);
    m_signers["ed"] = std::make_unique<TokenSigner>(Kind::Ed25519);
    m_signers["stranger-ed"] = std::make_unique<TokenSigner>(Kind::Ed25519);
    m_signers["ed448"] = std::make_unique<TokenSigner>(Kind::Ed448);
    m_signers["secret"] = std::make_unique<TokenSigner>(std::string(64, 's'));
    m_signers["secret-32"] = std::make_unique<TokenSigner>(std::string(32, 's'));
    m_signers["empty"] = std::make_unique<TokenSigner>(std::string());
    const auto& rsa = *m_signers["rsa"];
    const std::string pem = rsa.publicPem();
    m_signers["rsa-pem"] = std::make_unique<TokenSigner>(pem);
    m_signers["rsa-pem-line"] = std::make_unique<TokenSigner>(trimmed(pem.substr(0, pem.size() - 1)));
    m_signers["rsa-jwk"] = std::make_unique<TokenSigner>(rsa.jwk("rsa"));
    m_signers["rsa-n"] =
        std::make_unique<TokenSigner>(Json::parse(rsa.jwk())["n"].get_ref<const std::string&>());
    m_signers["p256-x"] = std::make_unique<TokenSigner>(
        Json::parse(m_signers["p256"]->jwk())["x"].get_ref<const std::string&>());
}

void TokenHouse::addProviders() {
    const auto& signers = m_signers;
    const auto jwk = [&](const char* name, const std::string& id, const std::string& more = {}) {
        return signers.at(name)->jwk(id, more);
    };
    const std::string all =
        jwk("rsa", "rsa", R"("use":"sig")") + "," + jwk("rsa-ps", "rsa-ps", R"("alg":"PS256")") + "," +
        jwk("rsa-3072", "rsa-3072") + "," + jwk("twin", "twin") + "," + jwk("twin-2", "twin") + "," +
        jwk("p256", "p256", R"("key_ops":["verify"])") + "," + jwk("p256-2", "p256-2") + "," +
        jwk("p384", "p384") + "," + jwk("p521", "p521") + "," + jwk("ed", "ed") + "," + jwk("weak", "weak") +
        "," + jwk("k256", "k256") + "," + jwk("ed448", "ed448") + "," + jwk("secret", "oct") + "," +
        jwk("stranger-rsa", "enc", R"("use":"enc")");
    const auto setOf = [](const std::string& keys) { return KeySet::fromJwks(R"({"keys":[)" + keys + "]}"); };
    const auto keys = setOf(all);
    const auto withoutIds = setOf(jwk("rsa", {}) + "," + jwk("p256", {}) + "," + jwk("ed", {}));
    const auto secret = KeySet::fromSecret(std::string(64, 's'));
    const auto secret32 = KeySet::fromSecret(std::string(32, 's'));
    if (!keys || !withoutIds || !secret || !secret32) {
        qFatal("a key set of the test cannot be read");
    }
    using Set = std::function<void(IdentityProvider&)>;
    const auto add = [&](const char* name, std::shared_ptr<const KeySet> by, const Set& set) {
        IdentityProvider settings = usualSettings();
        set(settings);
        m_providers[name] = {std::make_unique<gateway::auth::TokenVerifier>(settings), std::move(by)};
    };
    using std::chrono::hours;
    using std::chrono::seconds;
    const std::vector<std::string> macs{"HS256", "HS384", "HS512"};
    add("usual", *keys, [](auto&) {});
    add("no leeway", *keys, [](auto& p) { p.leeway = seconds(0); });
    add("an hour at most", *keys, [](auto& p) { p.lifetimeMax = hours(1); });
    add("RS256 alone", *keys, [](auto& p) { p.algorithms = {"RS256"}; });
    add("ES256 alone", *keys, [](auto& p) { p.algorithms = {"ES256"}; });
    add("every algorithm, public keys", *keys,
        [&](auto& p) { p.algorithms.insert(p.algorithms.end(), macs.begin(), macs.end()); });
    add("every algorithm, secret", *secret,
        [&](auto& p) { p.algorithms.insert(p.algorithms.end(), macs.begin(), macs.end()); });
    add("secret", *secret, [&](auto& p) { p.algorithms = macs; });
    add("short secret", *secret32, [&](auto& p) { p.algorithms = macs; });
    add("keys without ids", *withoutIds, [](auto&) {});
    add("no keys yet", nullptr, [](auto&) {});
    add("access tokens alone", *keys, [](auto& p) { p.types = {"at+jwt"}; });
    add("own type", *keys, [](auto& p) { p.types = {"application/shop+jwt", "x/y"}; });
    add("any audience", *keys, [](auto& p) { p.audience.clear(); });
    add("small", *keys, [](auto& p) { p.tokenBytesMax = 700; });
    add("claims asked for", *keys, [](auto& p) {
        p.requiredClaims = {"email", "realm_access.roles", "https://shop.example/tenant"};
    });
    add("claims taken", *keys, [](auto& p) {
        p.consumerClaim = "azp";
        p.tierClaim = "plan.tier";
        p.rolesClaim = "realm_access.roles";
        p.scopesClaim = "permissions";
    });
    add("bound to a certificate", *keys, [](auto& p) { p.certificateBound = true; });
    add("bound to a key", *keys, [](auto& p) { p.senderConstrained = true; });
}

const TokenHouse::Provider& TokenHouse::provider(const std::string& name) const {
    const auto at = m_providers.find(name);
    if (at == m_providers.end()) {
        qFatal("unknown provider: %s", name.c_str());
    }
    return at->second;
}

/// Puts in what `${...}` stands for.
std::string TokenHouse::filled(const std::string& text) const {
    std::string result;
    std::size_t begin = 0;
    for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", begin)) {
        result += text.substr(begin, at - begin);
        const std::size_t end = text.find('}', at);
        const std::string what = text.substr(at + 2, end - at - 2);
        begin = end + 1;
        if (what.starts_with("now")) {
            const std::string offset = what.substr(3);
            const std::size_t dot = offset.find('.');
            result += std::to_string(tokenTime + (offset.empty() ? 0 : std::stoll(offset)));
            result += dot == std::string::npos ? "" : offset.substr(dot);
        } else if (what.starts_with("jwk:")) {
            result += m_signers.at(what.substr(4))->jwk("mine");
        } else if (what.starts_with("byte:")) {
            result += static_cast<char>(std::stoi(what.substr(5), nullptr, 16));
        } else if (const std::size_t star = what.find('*'); star != std::string::npos) {
            for (unsigned long i = std::stoul(what.substr(0, star)); i > 0; --i) {
                std::string piece = what.substr(star + 1);
                replaceAll(piece, "(", "{"); // a brace would end the placeholder
                replaceAll(piece, ")", "}");
                result += piece;
            }
        } else {
            qFatal("unknown placeholder: %s", what.c_str());
        }
    }
    return result + text.substr(begin);
}

/// "RS256", "RS256 stranger-rsa", "none", "bytes 64*00".
std::string TokenHouse::signatureOf(const std::string& by, const std::string& text) const {
    static const std::map<std::string, std::string> usual{
        {"RS", "rsa"}, {"PS", "rsa"}, {"HS", "secret"}, {"Ed", "ed"}};
    static const std::map<std::string, std::string> curves{
        {"ES256", "p256"}, {"ES384", "p384"}, {"ES512", "p521"}};
    if (by == "none") {
        return {};
    }
    if (by.starts_with("bytes ")) {
        const std::size_t star = by.find('*');
        return std::string(std::stoul(by.substr(6)),
                           static_cast<char>(std::stoi(by.substr(star + 1), nullptr, 16)));
    }
    const std::size_t space = by.find(' ');
    const std::string algorithm = by.substr(0, space);
    const auto curve = curves.find(algorithm.substr(0, 5));
    const std::string signer = space != std::string::npos ? by.substr(space + 1)
                               : curve != curves.end()    ? curve->second
                                                          : usual.at(algorithm.substr(0, 2));
    return m_signers.at(signer)->sign(algorithm, text);
}

std::string TokenHouse::tokenOf(const TokenCase& row) const {
    const std::string by = row.by.empty() ? "RS256" : row.by;
    const std::string algorithm = by.substr(0, by.find_first_of(" -"));
    static const std::map<std::string, std::string> ids{{"RS", "rsa"}, {"PS", "rsa"}, {"Ed", "ed"}};
    static const std::map<std::string, std::string> curves{
        {"ES256", "p256"}, {"ES384", "p384"}, {"ES512", "p521"}};
    Json header{{"alg", algorithm}, {"typ", "JWT"}};
    if (const auto id = ids.find(algorithm.substr(0, 2)); id != ids.end()) {
        header["kid"] = id->second;
    } else if (const auto curve = curves.find(algorithm); curve != curves.end()) {
        header["kid"] = curve->second;
    }
    const Json payload{{"iss", "https://id.example.com"}, {"aud", "api"},         {"sub", "alice"},
                       {"client_id", "shop-web"},         {"jti", "token-1"},     {"iat", tokenTime - 60},
                       {"exp", tokenTime + 300},          {"scope", "read write"}};
    const std::vector<std::string> steps = splitAt(row.change, ", ");
    Parts parts;
    parts["header-json"] = json(filled(row.header), header);
    parts["payload-json"] = json(filled(row.payload), payload);
    apply(parts, steps, {"header-json", "payload-json"});
    parts["header"] = support::base64Url(parts["header-json"]);
    parts["payload"] = support::base64Url(parts["payload-json"]);
    apply(parts, steps, {"header", "payload"});
    const std::string text = parts["header"] + "." + parts["payload"];
    parts["signature-bytes"] = signatureOf(by, text);
    apply(parts, steps, {"signature-bytes"});
    parts["signature"] = support::base64Url(parts["signature-bytes"]);
    apply(parts, steps, {"signature"});
    // What is changed behind the signer's back.
    parts["sent-header"] = parts["header"];
    parts["sent-payload"] = parts["payload"];
    apply(parts, steps, {"sent-header", "sent-payload"});
    parts["token"] = parts["sent-header"] + "." + parts["sent-payload"] + "." + parts["signature"];
    apply(parts, steps, {"token"});
    return parts["token"];
}
