#include "gateway/service/acme_account.h"

#include "gateway/crypto/jws.h"
#include "gateway/service/control_json.h"

#include <algorithm>
#include <utility>

namespace gateway::service {

namespace {

constexpr int refusedNoncesMax = 8;
constexpr std::size_t noncesMax = 16;
constexpr std::chrono::hours directoryAge{1};

tl::unexpected<AcmeFailure> failWith(Error error) {
    return tl::unexpected<AcmeFailure>(AcmeFailure{std::move(error), {}});
}

tl::unexpected<AcmeFailure> noDirectory(const std::string& url, const std::string& why) {
    return failAcme(ErrorKind::Input, "acme-directory", tameText(url) + " is no ACME directory: " + why);
}

/// Every status but 2xx is a failure.
AcmeResult<AcmeAnswer> judge(Result<AcmeAnswer> answer) {
    if (!answer) {
        return failWith(std::move(answer.error()));
    }
    if (!answer->isSuccess()) {
        return tl::unexpected<AcmeFailure>(AcmeFailure{errorOf(problemOf(*answer)), answer->retryAfter});
    }
    return std::move(*answer);
}

nlohmann::json contactsToJson(const std::vector<std::string>& contacts) {
    nlohmann::json json = nlohmann::json::array();
    for (const std::string& contact : contacts) {
        json.push_back("mailto:" + contact);
    }
    return json;
}

} // namespace

std::string toSecret(const AcmeAccountRecord& record) {
    return nlohmann::json{
        {"key", crypto::toBase64Url(record.key.toDer())}, {"url", record.url}, {"contacts", record.contacts}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<AcmeAccountRecord> accountFromSecret(const std::string& secret) {
    const auto json = nlohmann::json::parse(secret, nullptr, false);
    const auto der = json.is_object() ? crypto::fromBase64Url(textOf(json, "key")) : std::nullopt;
    if (!der) {
        return fail(ErrorKind::Internal, "acme-account", "The stored ACME account is damaged.");
    }
    auto key = crypto::PrivateKey::fromDer(*der);
    if (!key) {
        return fail(std::move(key.error()));
    }
    AcmeAccountRecord record{std::move(*key), textOf(json, "url"), {}};
    for (const auto& contact : listOf(json, "contacts")) {
        if (contact.is_string()) {
            record.contacts.push_back(contact.get<std::string>());
        }
    }
    return record;
}

AcmeAccount::AcmeAccount(const Clock& clock, std::string directoryUrl, const AcmeHttpOptions& http,
                         AcmeAccountRecord record, Save save)
    : m_clock(clock)
    , m_directoryUrl(std::move(directoryUrl))
    , m_http(clock, http)
    , m_record(std::move(record))
    , m_save(std::move(save))
    , m_contacts(m_record.contacts) {}

void AcmeAccount::setContacts(std::vector<std::string> contacts) {
    std::sort(contacts.begin(), contacts.end());
    contacts.erase(std::unique(contacts.begin(), contacts.end()), contacts.end());
    m_contacts = std::move(contacts);
}

bool AcmeAccount::isReady() const {
    return m_directoryAt && !m_record.url.empty() && !m_jwk.empty() && m_record.contacts == m_contacts;
}

bool AcmeAccount::isAllowed(const std::string& url) const {
    // Whoever answers in the clear may be anybody.
    const bool isSecure = url.rfind("https://", 0) == 0;
    return isSecure || m_directoryUrl.rfind("https://", 0) != 0;
}

AcmeResult<AcmeEndpoints> AcmeAccount::readDirectory(const AcmeAnswer& answer) const {
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    if (!json.is_object()) {
        return noDirectory(m_directoryUrl, "it is no JSON object.");
    }
    AcmeEndpoints directory{.newNonce = textOf(json, "newNonce"),
                            .newAccount = textOf(json, "newAccount"),
                            .newOrder = textOf(json, "newOrder"),
                            .renewalInfo = textOf(json, "renewalInfo"),
                            .terms = {},
                            .wantsExternalAccount = false};
    for (const std::string& url : {directory.newNonce, directory.newAccount, directory.newOrder}) {
        if (url.empty() || !isAllowed(url)) {
            return noDirectory(m_directoryUrl, "it does not say where to ask.");
        }
    }
    if (!isAllowed(directory.renewalInfo)) {
        directory.renewalInfo.clear();
    }
    if (const auto meta = json.find("meta"); meta != json.end() && meta->is_object()) {
        directory.terms = tameText(textOf(*meta, "termsOfService"));
        directory.wantsExternalAccount = flagOf(*meta, "externalAccountRequired");
    }
    return directory;
}

void AcmeAccount::withDirectory(QObject* context, std::function<void(AcmeResult<AcmeEndpoints>)> done) {
    if (m_directoryAt && m_clock.now() - *m_directoryAt < directoryAge) {
        QMetaObject::invokeMethod(
            context, [directory = m_directory, done = std::move(done)] { done(directory); },
            Qt::QueuedConnection);
        return;
    }
    get(m_directoryUrl, context, [this, done = std::move(done)](const AcmeResult<AcmeAnswer>& answer) {
        if (!answer) {
            done(tl::unexpected<AcmeFailure>(answer.error()));
            return;
        }
        auto directory = readDirectory(*answer);
        if (directory) {
            m_directory = *directory;
            m_directoryAt = m_clock.now();
        }
        done(std::move(directory));
    });
}

void AcmeAccount::get(const std::string& url, QObject* context, Done done) {
    m_http.send(AcmeHttp::Method::Get, url, {}, context,
                [done = std::move(done)](Result<AcmeAnswer> answer) { done(judge(std::move(answer))); });
}

void AcmeAccount::ready(QObject* context, Ready done) {
    m_waiters.push_back({context, std::move(done)});
    if (!std::exchange(m_preparing, true)) {
        QMetaObject::invokeMethod(this, &AcmeAccount::prepare, Qt::QueuedConnection);
    }
}

void AcmeAccount::endPreparation(const AcmeResult<void>& result) {
    m_preparing = false;
    for (const Waiter& waiter : std::exchange(m_waiters, {})) {
        if (waiter.context) {
            waiter.done(result);
        }
    }
}

AcmeResult<void> AcmeAccount::save() {
    if (auto saved = m_save(m_record); !saved) {
        return failWith(std::move(saved.error()));
    }
    return {};
}

AcmeResult<void> AcmeAccount::prepareKey() {
    if (!m_record.key) {
        auto key = crypto::PrivateKey::generate(crypto::KeyKind::EcdsaP256);
        if (!key) {
            return failWith(std::move(key.error()));
        }
        m_record = {std::move(*key), {}, {}};
        // Before anybody knows it, so that no account is ever lost.
        if (auto saved = save(); !saved) {
            m_record.key = {};
            return saved;
        }
    }
    auto jwk = crypto::publicJwk(m_record.key);
    if (!jwk) {
        return failWith(std::move(jwk.error()));
    }
    m_jwk = std::move(*jwk);
    m_thumbprint = crypto::thumbprint(m_jwk);
    return {};
}

void AcmeAccount::prepare() {
    withDirectory(this, [this](const AcmeResult<AcmeEndpoints>& directory) {
        if (!directory) {
            endPreparation(tl::unexpected<AcmeFailure>(directory.error()));
            return;
        }
        if (auto prepared = prepareKey(); !prepared) {
            endPreparation(prepared);
            return;
        }
        if (m_record.url.empty()) {
            registerAccount();
        } else if (m_record.contacts != m_contacts) {
            tellContacts();
        } else {
            endPreparation({});
        }
    });
}

void AcmeAccount::registerAccount() {
    if (m_directory.wantsExternalAccount) {
        endPreparation(failAcme(ErrorKind::Input, "acme-externalAccountRequired",
                                "The authority only serves accounts that were set up with it before."));
        return;
    }
    nlohmann::json payload{{"termsOfServiceAgreed", true}};
    if (!m_contacts.empty()) {
        payload["contact"] = contactsToJson(m_contacts);
    }
    Request request;
    request.url = m_directory.newAccount;
    request.payload = payload.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    request.namesKey = true;
    request.context = this;
    request.done = [this, contacts = m_contacts](const AcmeResult<AcmeAnswer>& answer) {
        takeRegistration(answer, contacts);
    };
    send(std::move(request));
}

void AcmeAccount::takeRegistration(const AcmeResult<AcmeAnswer>& answer,
                                   const std::vector<std::string>& contacts) {
    if (!answer) {
        endPreparation(tl::unexpected<AcmeFailure>(answer.error()));
        return;
    }
    if (answer->location.empty() || !isAllowed(answer->location)) {
        endPreparation(failAcme(ErrorKind::Environment, "acme-answer",
                                "The authority made an account without saying where it is."));
        return;
    }
    m_record.url = answer->location;
    // An account that was there before keeps what it was told then.
    const bool isNew = answer->status == 201;
    m_record.contacts = isNew ? contacts : std::vector<std::string>();
    if (auto saved = save(); !saved) {
        endPreparation(saved);
    } else if (m_record.contacts != m_contacts) {
        tellContacts();
    } else {
        endPreparation({});
    }
}

void AcmeAccount::tellContacts() {
    Request request;
    request.url = m_record.url;
    request.payload = nlohmann::json{{"contact", contactsToJson(m_contacts)}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
    request.context = this;
    request.done = [this, contacts = m_contacts](const AcmeResult<AcmeAnswer>& answer) {
        if (answer) {
            m_record.contacts = contacts;
            endPreparation(save());
            return;
        }
        if (answer.error().error.code == "acme-accountDoesNotExist") {
            m_record.url.clear();
            registerAccount();
            return;
        }
        endPreparation(tl::unexpected<AcmeFailure>(answer.error()));
    };
    send(std::move(request));
}

void AcmeAccount::post(const std::string& url, const std::string& payload, QObject* context, Done done) {
    Request request;
    request.url = url;
    request.payload = payload;
    request.context = context;
    request.done = std::move(done);
    if (isReady()) {
        send(std::move(request));
        return;
    }
    ready(context, [this, request = std::move(request)](const AcmeResult<void>& prepared) {
        if (prepared) {
            send(request);
        } else {
            request.done(tl::unexpected<AcmeFailure>(prepared.error()));
        }
    });
}

void AcmeAccount::send(Request request) {
    if (!isAllowed(request.url)) {
        auto done = std::move(request.done);
        done(failAcme(ErrorKind::Environment, "acme-answer",
                      "The authority sends us to \"" + tameText(request.url) + "\", which is no https URL."));
        return;
    }
    if (!m_nonces.empty()) {
        const std::string nonce = std::move(m_nonces.back());
        m_nonces.pop_back();
        sendWith(nonce, std::move(request));
        return;
    }
    m_http.send(AcmeHttp::Method::Head, m_directory.newNonce, {}, this,
                [this, request = std::move(request)](Result<AcmeAnswer> answer) mutable {
                    auto judged = judge(std::move(answer));
                    if (judged && judged->nonce.empty()) {
                        judged =
                            failAcme(ErrorKind::Environment, "acme-answer", "The authority gives no nonces.");
                    }
                    if (judged) {
                        sendWith(judged->nonce, std::move(request));
                    } else if (request.context) {
                        request.done(std::move(judged));
                    }
                });
}

void AcmeAccount::sendWith(const std::string& nonce, Request request) {
    nlohmann::json header{{"alg", "ES256"}, {"nonce", nonce}, {"url", request.url}};
    if (request.namesKey) {
        header["jwk"] = nlohmann::json::parse(m_jwk, nullptr, false);
    } else {
        header["kid"] = m_record.url;
    }
    auto signedText = crypto::signJws(
        m_record.key, header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), request.payload);
    if (!signedText) {
        if (request.context) {
            request.done(failWith(std::move(signedText.error())));
        }
        return;
    }
    const std::string url = request.url;
    m_http.send(AcmeHttp::Method::Post, url, *signedText, this,
                [this, request = std::move(request)](Result<AcmeAnswer> answer) mutable {
                    take(std::move(answer), std::move(request));
                });
}

void AcmeAccount::keepNonce(const AcmeAnswer& answer) {
    if (!answer.nonce.empty() && m_nonces.size() < noncesMax) {
        m_nonces.push_back(answer.nonce);
    }
}

void AcmeAccount::take(Result<AcmeAnswer> answer, Request request) {
    if (answer) {
        keepNonce(*answer);
    }
    auto judged = judge(std::move(answer));
    const std::string code = judged ? std::string() : judged.error().error.code;
    if (code == "acme-badNonce" && request.refusedNonces < refusedNoncesMax) {
        ++request.refusedNonces;
        // Those that lie here longer than the authority remembers are all of no use.
        if (m_nonces.size() > 1) {
            m_nonces.erase(m_nonces.begin(), m_nonces.end() - 1);
        }
        send(std::move(request));
        return;
    }
    if (!request.context) {
        return;
    }
    if (code == "acme-accountDoesNotExist" && !request.namesKey && !request.registeredAgain && !m_preparing) {
        request.registeredAgain = true;
        m_record.url.clear();
        const QPointer<QObject> context = request.context;
        ready(context, [this, request = std::move(request)](const AcmeResult<void>& prepared) {
            if (prepared) {
                send(request);
            } else {
                request.done(tl::unexpected<AcmeFailure>(prepared.error()));
            }
        });
        return;
    }
    request.done(std::move(judged));
}

} // namespace gateway::service
