#include "tests/support/acme_directory.h"

#include "gateway/crypto/jws.h"

#include <algorithm>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace support {

namespace {

using gateway::crypto::fromBase64Url;

std::string answerText(const std::string& statusLine, const std::string& fieldLines,
                       const std::string& body) {
    return "HTTP/1.1 " + statusLine + "\r\n" + fieldLines + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string afterSlash(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> newCertificate(const char* name, long serial, gateway::WallTime from,
                                     gateway::WallTime to) {
    std::shared_ptr<X509> made(X509_new(), X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), std::chrono::system_clock::to_time_t(from));
    ASN1_TIME_set(X509_getm_notAfter(made.get()), std::chrono::system_clock::to_time_t(to));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    return made;
}

std::string pemOf(X509* certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace

AcmeDirectory::AcmeDirectory(const gateway::Clock& clock)
    : m_clock(clock)
    , m_check([](const Check&) { return true; })
    , m_key(EVP_EC_gen("P-256"), EVP_PKEY_free)
    , m_certificate(newCertificate("Scripted authority", 1, clock.wallTime() - std::chrono::hours(24),
                                   clock.wallTime() + std::chrono::hours(24 * 3650))) {
    X509_set_pubkey(m_certificate.get(), m_key.get());
    X509_set_issuer_name(m_certificate.get(), X509_get_subject_name(m_certificate.get()));
    extend(m_certificate.get(), m_certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(m_certificate.get(), m_certificate.get(), NID_subject_key_identifier, "hash");
    X509_sign(m_certificate.get(), m_key.get(), EVP_sha256());
    m_server.setHandler([this](WireRequest& request, UpstreamConnection& connection) {
        std::string bytes;
        {
            const std::scoped_lock lock(m_mutex);
            bytes = answer(request);
        }
        connection.send(bytes);
    });
}

AcmeDirectory::~AcmeDirectory() = default;

std::string AcmeDirectory::base() const {
    return "http://" + m_server.address();
}

void AcmeDirectory::setLifetime(std::chrono::hours lifetime) {
    const std::scoped_lock lock(m_mutex);
    m_lifetime = lifetime;
}

void AcmeDirectory::setCheck(std::function<bool(const Check&)> check) {
    const std::scoped_lock lock(m_mutex);
    m_check = std::move(check);
}

void AcmeDirectory::setUndecided(bool undecided) {
    const std::scoped_lock lock(m_mutex);
    m_undecided = undecided;
}

void AcmeDirectory::offerRenewalInfo(std::string windowJson, const std::string& fieldLines) {
    const std::scoped_lock lock(m_mutex);
    m_window = std::move(windowJson);
    m_windowFields = fieldLines;
}

void AcmeDirectory::wantExternalAccounts() {
    const std::scoped_lock lock(m_mutex);
    m_wantsExternalAccounts = true;
}

void AcmeDirectory::forgetAccounts() {
    const std::scoped_lock lock(m_mutex);
    m_accounts.clear();
}

void AcmeDirectory::forgetOrders() {
    const std::scoped_lock lock(m_mutex);
    m_orders.clear();
}

void AcmeDirectory::answerNext(const std::string& path, const std::string& bytes) {
    const std::scoped_lock lock(m_mutex);
    m_answers[path] = bytes;
}

void AcmeDirectory::refuseNonces(int count) {
    const std::scoped_lock lock(m_mutex);
    m_refuseNonces = count;
}

void AcmeDirectory::setWrongKey(bool wrong) {
    const std::scoped_lock lock(m_mutex);
    m_wrongKey = wrong;
}

std::vector<std::string> AcmeDirectory::paths() const {
    const std::scoped_lock lock(m_mutex);
    return m_paths;
}

int AcmeDirectory::countOf(const std::string& path) const {
    const std::scoped_lock lock(m_mutex);
    return static_cast<int>(std::count(m_paths.begin(), m_paths.end(), path));
}

std::size_t AcmeDirectory::accounts() const {
    const std::scoped_lock lock(m_mutex);
    return m_accounts.size();
}

std::vector<std::string> AcmeDirectory::contacts() const {
    const std::scoped_lock lock(m_mutex);
    return m_contacts;
}

std::vector<nlohmann::json> AcmeDirectory::newOrders() const {
    const std::scoped_lock lock(m_mutex);
    return m_newOrders;
}

std::vector<std::string> AcmeDirectory::failures() const {
    const std::scoped_lock lock(m_mutex);
    return m_failures;
}

std::string AcmeDirectory::problem(int status, const std::string& type, const std::string& detail,
                                   const std::string& fieldLines) {
    const nlohmann::json body{
        {"type", "urn:ietf:params:acme:error:" + type}, {"detail", detail}, {"status", status}};
    return answerText(std::to_string(status) + " Refused",
                      "Content-Type: application/problem+json\r\n" + fieldLines, body.dump());
}

std::string AcmeDirectory::newNonce() {
    const std::string nonce = "nonce-" + std::to_string(++m_counter);
    m_nonces.insert(nonce);
    return "Replay-Nonce: " + nonce + "\r\nCache-Control: no-store\r\n";
}

std::string AcmeDirectory::jsonAnswer(int status, const nlohmann::json& body, const std::string& fieldLines) {
    return answerText(std::to_string(status) + " Done",
                      "Content-Type: application/json\r\n" + newNonce() + fieldLines, body.dump());
}

std::string AcmeDirectory::answer(const WireRequest& request) {
    const std::string path = request.target();
    m_paths.push_back(request.method() + " " + path);
    if (const auto at = m_answers.find(path); at != m_answers.end()) {
        const std::string bytes = at->second;
        m_answers.erase(at);
        return bytes;
    }
    if (path == "/dir") {
        nlohmann::json directory{{"newNonce", base() + "/new-nonce"},
                                 {"newAccount", base() + "/new-account"},
                                 {"newOrder", base() + "/new-order"},
                                 {"meta", {{"externalAccountRequired", m_wantsExternalAccounts}}}};
        if (m_window) {
            directory["renewalInfo"] = base() + "/renewal-info";
        }
        return answerText("200 OK", "Content-Type: application/json\r\n", directory.dump());
    }
    if (path == "/new-nonce") {
        return "HTTP/1.1 200 OK\r\n" + newNonce() +
               (request.method() == "HEAD" ? "\r\n" : "Content-Length: 0\r\n\r\n");
    }
    if (path.rfind("/renewal-info/", 0) == 0 && m_window) {
        return answerText("200 OK", "Content-Type: application/json\r\n" + m_windowFields, *m_window);
    }
    const auto taken = readSigned(request);
    return taken ? answerSigned(path, *taken) : taken.error();
}

tl::expected<AcmeDirectory::Signed, std::string> AcmeDirectory::readSigned(const WireRequest& request) {
    const auto refuse = [this](const std::string& type, const std::string& why) {
        if (type == "malformed") {
            m_failures.push_back(why);
        }
        return tl::unexpected<std::string>(problem(400, type, why, newNonce()));
    };
    const auto jws = nlohmann::json::parse(request.body, nullptr, false);
    if (request.method() != "POST" || request.field("Content-Type") != "application/jose+json" ||
        !jws.is_object()) {
        return refuse("malformed", "no signed request: " + request.startLine);
    }
    Signed taken;
    taken.header =
        nlohmann::json::parse(fromBase64Url(jws.value("protected", "")).value_or(""), nullptr, false);
    const std::string payload = fromBase64Url(jws.value("payload", "")).value_or("");
    taken.payload = payload.empty() ? nlohmann::json() : nlohmann::json::parse(payload, nullptr, false);
    if (taken.header.value("alg", "") != "ES256" || taken.payload.is_discarded() ||
        fromBase64Url(jws.value("signature", "")).value_or("").size() != 64) {
        return refuse("malformed", "no ES256");
    }
    if (taken.header.value("url", "") != base() + request.target()) {
        return refuse("malformed", "signed for another URL");
    }
    if (m_nonces.erase(taken.header.value("nonce", "")) == 0 || m_refuseNonces > 0) {
        --m_refuseNonces;
        return refuse("badNonce", "this nonce is not good");
    }
    if (taken.header.contains("jwk") == taken.header.contains("kid")) {
        return refuse("malformed", "either jwk or kid");
    }
    if (taken.header.contains("jwk")) {
        taken.thumbprint = gateway::crypto::thumbprint(taken.header["jwk"].dump());
        return taken;
    }
    for (const auto& [thumbprint, url] : m_accounts) {
        if (url == taken.header["kid"]) {
            taken.thumbprint = thumbprint;
            return taken;
        }
    }
    return refuse("accountDoesNotExist", "no such account");
}

std::string AcmeDirectory::answerSigned(const std::string& path, const Signed& request) {
    const std::string id = afterSlash(path);
    if (path == "/new-account") {
        return newAccount(request);
    }
    if (path.rfind("/account/", 0) == 0) {
        m_contacts = request.payload["contact"].get<std::vector<std::string>>();
        return jsonAnswer(200, {{"status", "valid"}});
    }
    if (path == "/new-order") {
        return newOrder(request);
    }
    if (path.rfind("/order/", 0) == 0 && m_orders.count(id) != 0) {
        return order(id);
    }
    if (path.rfind("/authorization/", 0) == 0) {
        return authorization(id);
    }
    if (path.rfind("/challenge/", 0) == 0) {
        m_authorizations[id].thumbprint = request.thumbprint;
        return challenge(id);
    }
    if (path.rfind("/finalize/", 0) == 0 && m_orders.count(id) != 0) {
        return finalize(id, request);
    }
    if (path.rfind("/certificate/", 0) == 0 && m_orders.count(id) != 0) {
        return answerText("200 OK", "Content-Type: application/pem-certificate-chain\r\n" + newNonce(),
                          m_orders[id].chain);
    }
    return problem(404, "malformed", "nothing is here", newNonce());
}

std::string AcmeDirectory::newAccount(const Signed& request) {
    if (!request.payload.value("termsOfServiceAgreed", false)) {
        return problem(403, "userActionRequired", "agree to the terms", newNonce());
    }
    const bool isNew = m_accounts.count(request.thumbprint) == 0;
    auto& url = m_accounts[request.thumbprint];
    if (isNew) {
        url = base() + "/account/" + std::to_string(++m_counter);
        m_contacts = request.payload.value("contact", std::vector<std::string>());
    }
    return jsonAnswer(isNew ? 201 : 200, {{"status", "valid"}}, "Location: " + url + "\r\n");
}

std::string AcmeDirectory::newOrder(const Signed& request) {
    m_newOrders.push_back(request.payload);
    const std::string id = std::to_string(++m_counter);
    Order& made = m_orders[id];
    for (const auto& identifier : request.payload["identifiers"]) {
        const std::string authorizationId = std::to_string(++m_counter);
        made.domains.push_back(identifier["value"]);
        made.authorizations.push_back(authorizationId);
        m_authorizations[authorizationId] = {identifier["value"], "pending", "token-" + authorizationId, {}};
    }
    const std::string text = order(id);
    const std::string status = "HTTP/1.1 201 Created\r\nLocation: " + base() + "/order/" + id + "\r\n";
    return status + text.substr(text.find("\r\n") + 2);
}

std::string AcmeDirectory::order(const std::string& id) {
    const Order& seen = m_orders[id];
    std::string status = seen.chain.empty() ? "ready" : "valid";
    nlohmann::json authorizations = nlohmann::json::array();
    for (const std::string& authorizationId : seen.authorizations) {
        authorizations.push_back(base() + "/authorization/" + authorizationId);
        const std::string& each = m_authorizations[authorizationId].status;
        status = each == "valid" ? status : each;
    }
    return jsonAnswer(200, {{"status", status},
                            {"authorizations", authorizations},
                            {"finalize", base() + "/finalize/" + id},
                            {"certificate", base() + "/certificate/" + id}});
}

nlohmann::json AcmeDirectory::challengesOf(const std::string& id, const Authorization& authorization) const {
    nlohmann::json challenges = nlohmann::json::array();
    for (const char* type : {"dns-01", "http-01", "tls-alpn-01"}) {
        nlohmann::json challenge{{"type", type},
                                 {"status", authorization.status},
                                 {"url", base() + "/challenge/" + id},
                                 {"token", authorization.token}};
        if (authorization.status == "invalid") {
            challenge["error"] = {{"type", "urn:ietf:params:acme:error:connection"},
                                  {"detail", "connection refused"},
                                  {"status", 400}};
        }
        challenges.push_back(challenge);
    }
    return challenges;
}

std::string AcmeDirectory::authorization(const std::string& id) {
    const Authorization& seen = m_authorizations[id];
    return jsonAnswer(200, {{"status", seen.status},
                            {"identifier", {{"type", "dns"}, {"value", seen.domain}}},
                            {"challenges", challengesOf(id, seen)}});
}

std::string AcmeDirectory::challenge(const std::string& id) {
    Authorization& seen = m_authorizations[id];
    if (seen.status == "pending" && !m_undecided) {
        const bool isShown = m_check({seen.domain, seen.token, seen.token + "." + seen.thumbprint});
        seen.status = isShown ? "valid" : "invalid";
    }
    return jsonAnswer(200, challengesOf(id, m_authorizations[id])[1]);
}

std::string AcmeDirectory::finalize(const std::string& id, const Signed& request) {
    Order& finished = m_orders[id];
    const std::string chain =
        issue(fromBase64Url(request.payload.value("csr", "")).value_or(""), finished.domains);
    if (chain.empty()) {
        m_failures.emplace_back("a bad certificate request");
        return problem(400, "badCSR", "this is no certificate request for the order", newNonce());
    }
    finished.chain = chain;
    return order(id);
}

std::string AcmeDirectory::issue(const std::string& csr, const std::vector<std::string>& domains) const {
    const auto* at = reinterpret_cast<const unsigned char*>(csr.data());
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
        d2i_X509_REQ(nullptr, &at, static_cast<long>(csr.size())), X509_REQ_free);
    if (!request || X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
        return {};
    }
    std::string names;
    for (const std::string& domain : domains) {
        names += (names.empty() ? "DNS:" : ",DNS:") + domain;
    }
    // As authorities do, an hour back, for clocks that are slow.
    const auto from = m_clock.wallTime() - std::chrono::hours(1);
    const auto certificate = newCertificate("leaf", 1, from, from + m_lifetime);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0x87654300 + m_counter);
    X509_set_pubkey(certificate.get(), m_wrongKey ? m_key.get() : X509_REQ_get0_pubkey(request.get()));
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(m_certificate.get()));
    extend(certificate.get(), m_certificate.get(), NID_subject_alt_name, names);
    extend(certificate.get(), m_certificate.get(), NID_authority_key_identifier, "keyid");
    X509_sign(certificate.get(), m_key.get(), EVP_sha256());
    return pemOf(certificate.get()) + pemOf(m_certificate.get());
}

} // namespace support
