#include "gateway/service/acme_order.h"

#include "gateway/crypto/jws.h"
#include "gateway/service/acme_issued.h"
#include "gateway/service/control_json.h"

#include <algorithm>

namespace gateway::service {

namespace {

using Challenge = model::Certificate::Challenge;

constexpr std::chrono::seconds pollFirst{1};
constexpr std::chrono::seconds pollMost{30};
constexpr std::chrono::minutes patience{10}; // with an authority that decides nothing
constexpr std::size_t authorizationsMax = 1'000;
constexpr std::size_t tokenBytesMax = 512;

const char* challengeType(Challenge challenge) {
    switch (challenge) {
    case Challenge::Http01:
        return "http-01";
    case Challenge::TlsAlpn01:
        return "tls-alpn-01";
    }
    return "";
}

std::string dump(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json objectOf(const AcmeAnswer& answer) {
    auto json = nlohmann::json::parse(answer.body, nullptr, false);
    return json.is_object() ? json : nlohmann::json::object();
}

std::string domainOf(const nlohmann::json& authorization) {
    const auto identifier = authorization.find("identifier");
    std::string domain = identifier != authorization.end() && identifier->is_object()
                             ? tameText(textOf(*identifier, "value"))
                             : std::string();
    std::transform(domain.begin(), domain.end(), domain.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return domain;
}

/// RFC 8555, 8.1: base64url. Anything else would be strange in a path.
bool isToken(const std::string& token) {
    return !token.empty() && token.size() <= tokenBytesMax &&
           std::all_of(token.begin(), token.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '-' || c == '_';
           });
}

/// The challenge of a type within an authorization; null: not offered.
const nlohmann::json* findChallenge(const nlohmann::json& authorization, Challenge kind) {
    for (const auto& challenge : listOf(authorization, "challenges")) {
        if (challenge.is_object() && textOf(challenge, "type") == challengeType(kind)) {
            return &challenge;
        }
    }
    return nullptr;
}

tl::unexpected<AcmeFailure> strangeAnswer(const std::string& what) {
    return failAcme(ErrorKind::Environment, "acme-answer", "The authority answered strangely: " + what + ".");
}

} // namespace

AcmeOrder::AcmeOrder(const Clock& clock, AcmeAccount& account, AcmeStage& stage, AcmeOrderRequest request)
    : m_clock(clock)
    , m_account(account)
    , m_stage(stage)
    , m_request(std::move(request)) {}

AcmeOrder::~AcmeOrder() {
    hideChallenge();
}

void AcmeOrder::start() {
    restartPolling();
    m_account.ready(this, [this](const AcmeResult<void>& ready) {
        if (!ready) {
            finish(tl::unexpected<AcmeFailure>(ready.error()));
        } else if (m_request.url.empty()) {
            orderAnew();
        } else {
            m_account.post(m_request.url, {}, this, [this](const AcmeResult<AcmeAnswer>& answer) {
                if (answer) {
                    takeResumed(*answer);
                } else if (answer.error().error.code == "acme-rateLimited") {
                    finish(tl::unexpected<AcmeFailure>(answer.error()));
                } else {
                    // Gone, or not to be had: a new order may do, and nothing is tried for ever.
                    orderAnew();
                }
            });
        }
    });
}

void AcmeOrder::tick() {
    if (m_wake && m_clock.now() >= m_wakeAt) {
        const auto wake = std::exchange(m_wake, nullptr);
        wake();
    }
}

void AcmeOrder::ask(const std::string& url, const std::string& payload, Take take) {
    m_account.post(url, payload, this, [this, take](const AcmeResult<AcmeAnswer>& answer) {
        if (answer) {
            (this->*take)(*answer);
        } else {
            finish(tl::unexpected<AcmeFailure>(answer.error()));
        }
    });
}

void AcmeOrder::setStep(Step step, std::string domain) {
    if (m_step != step || m_domain != domain) {
        m_step = step;
        m_domain = std::move(domain);
        Q_EMIT stepped();
    }
}

void AcmeOrder::orderAnew() {
    m_request.url.clear();
    nlohmann::json identifiers = nlohmann::json::array();
    for (const std::string& domain : m_request.domains) {
        identifiers.push_back({{"type", "dns"}, {"value", domain}});
    }
    nlohmann::json payload{{"identifiers", std::move(identifiers)}};
    // Only an authority that offers renewal information knows the field.
    const bool replaces = !m_request.replacesId.empty() && !m_account.directory().renewalInfo.empty();
    if (replaces) {
        payload["replaces"] = m_request.replacesId;
    }
    m_account.post(m_account.directory().newOrder, dump(payload), this,
                   [this, replaces](const AcmeResult<AcmeAnswer>& answer) {
                       if (answer) {
                           takeNewOrder(*answer);
                       } else if (replaces && answer.error().error.kind == ErrorKind::Input) {
                           // Replaced by another order already, or of another authority: no reason to go
                           // without a certificate.
                           m_request.replacesId.clear();
                           orderAnew();
                       } else {
                           finish(tl::unexpected<AcmeFailure>(answer.error()));
                       }
                   });
}

void AcmeOrder::takeNewOrder(const AcmeAnswer& answer) {
    if (answer.location.empty()) {
        finish(strangeAnswer("an order without a place"));
        return;
    }
    m_request.url = answer.location;
    Q_EMIT stepped();
    takeOrder(answer);
}

void AcmeOrder::takeResumed(const AcmeAnswer& answer) {
    if (textOf(objectOf(answer), "status") == "invalid") {
        orderAnew(); // what made it fail was reported when it did
        return;
    }
    takeOrder(answer);
}

void AcmeOrder::takeOrder(const AcmeAnswer& answer) {
    readOrder(objectOf(answer), answer);
}

void AcmeOrder::readOrder(const nlohmann::json& order, const AcmeAnswer& answer) {
    const std::string status = textOf(order, "status");
    if (status == "pending") {
        m_authorizations.clear();
        for (const auto& url : listOf(order, "authorizations")) {
            if (url.is_string() && m_authorizations.size() < authorizationsMax &&
                m_proved.count(url.get<std::string>()) == 0) {
                m_authorizations.push_back(url.get<std::string>());
            }
        }
        if (m_authorizations.empty()) {
            poll(m_request.url, &AcmeOrder::takeOrder, answer);
        } else {
            nextAuthorization();
        }
    } else if (status == "ready" && !m_finalized) {
        m_finalize = textOf(order, "finalize");
        finalize();
    } else if (status == "ready" || status == "processing") {
        setStep(Step::Finalizing);
        poll(m_request.url, &AcmeOrder::takeOrder, answer);
    } else if (status == "valid") {
        const std::string certificate = textOf(order, "certificate");
        if (certificate.empty()) {
            finish(strangeAnswer("a finished order without a certificate"));
            return;
        }
        setStep(Step::Downloading);
        ask(certificate, {}, &AcmeOrder::takeCertificate);
    } else if (status == "invalid") {
        failOrder(order);
    } else {
        finish(strangeAnswer("an order with the status \"" + tameText(status) + "\""));
    }
}

void AcmeOrder::failOrder(const nlohmann::json& order) {
    const auto error = order.find("error");
    const AcmeProblem problem = error != order.end() ? problemOf(*error) : AcmeProblem{};
    m_request.url.clear();
    finish(tl::unexpected<AcmeFailure>(AcmeFailure{errorOf(problem), {}}));
}

void AcmeOrder::nextAuthorization() {
    if (m_authorizations.empty()) {
        restartPolling();
        ask(m_request.url, {}, &AcmeOrder::takeOrder);
        return;
    }
    m_authorization = std::move(m_authorizations.back());
    m_authorizations.pop_back();
    restartPolling();
    ask(m_authorization, {}, &AcmeOrder::takeAuthorization);
}

void AcmeOrder::takeAuthorization(const AcmeAnswer& answer) {
    const nlohmann::json authorization = objectOf(answer);
    const std::string status = textOf(authorization, "status");
    if (status == "valid") {
        hideChallenge();
        m_proved.insert(m_authorization);
        nextAuthorization();
    } else if (status == "pending" && !m_shown) {
        beginChallenge(authorization);
    } else if (status == "pending") {
        poll(m_authorization, &AcmeOrder::takeAuthorization, answer);
    } else {
        failAuthorization(authorization);
    }
}

void AcmeOrder::beginChallenge(const nlohmann::json& authorization) {
    const std::string domain = domainOf(authorization);
    setStep(Step::Proving, domain);
    const nlohmann::json* challenge = findChallenge(authorization, m_request.challenge);
    if (challenge == nullptr) {
        finish(failAcme(ErrorKind::Input, "acme-challenge",
                        "The authority offers no " + std::string(challengeType(m_request.challenge)) +
                            " challenge for " + domain + "."));
        return;
    }
    const std::string token = textOf(*challenge, "token");
    const std::string url = textOf(*challenge, "url");
    if (!isToken(token) || url.empty()) {
        finish(strangeAnswer("a challenge without a token or a place"));
        return;
    }
    AcmeChallenge shown{m_request.challenge, domain, token, token + "." + m_account.thumbprint()};
    if (auto result = m_stage.show(shown); !result) {
        finish(tl::unexpected<AcmeFailure>(AcmeFailure{std::move(result.error()), {}}));
        return;
    }
    m_shown = std::move(shown);
    // One that was begun before a restart is looked at already.
    if (textOf(*challenge, "status") == "processing") {
        poll(m_authorization, &AcmeOrder::takeAuthorization, {});
        return;
    }
    m_account.post(url, "{}", this, [this](const AcmeResult<AcmeAnswer>& answer) {
        if (answer) {
            poll(m_authorization, &AcmeOrder::takeAuthorization, *answer);
        } else {
            finish(tl::unexpected<AcmeFailure>(answer.error()));
        }
    });
}

void AcmeOrder::failAuthorization(const nlohmann::json& authorization) {
    AcmeProblem problem;
    if (const nlohmann::json* challenge = findChallenge(authorization, m_request.challenge);
        challenge != nullptr && challenge->contains("error")) {
        problem = problemOf(challenge->at("error"));
    } else {
        const std::string status = tameText(textOf(authorization, "status"));
        problem.detail = "the authorization is " + (status.empty() ? "gone" : status);
    }
    if (problem.domain.empty()) {
        problem.domain = domainOf(authorization);
    }
    m_request.url.clear(); // nothing can become of the order
    finish(tl::unexpected<AcmeFailure>(AcmeFailure{errorOf(problem), {}}));
}

void AcmeOrder::hideChallenge() {
    if (m_shown) {
        m_stage.hide(*m_shown);
        m_shown.reset();
    }
}

void AcmeOrder::finalize() {
    setStep(Step::Finalizing);
    if (m_finalize.empty()) {
        finish(strangeAnswer("an order that cannot be finished"));
        return;
    }
    const auto csr = crypto::signingRequestDer(
        m_request.key, {.commonName = {}, .organization = {}, .names = m_request.domains});
    if (!csr) {
        finish(tl::unexpected<AcmeFailure>(AcmeFailure{csr.error(), {}}));
        return;
    }
    m_finalized = true;
    restartPolling();
    ask(m_finalize, dump({{"csr", crypto::toBase64Url(*csr)}}), &AcmeOrder::takeOrder);
}

void AcmeOrder::takeCertificate(const AcmeAnswer& answer) {
    if (auto good = checkIssued(answer.body, m_request.key, m_request.domains, m_clock.wallTime()); !good) {
        m_request.url.clear();
        finish(tl::unexpected<AcmeFailure>(AcmeFailure{std::move(good.error()), {}}));
        return;
    }
    finish(answer.body);
}

void AcmeOrder::restartPolling() {
    m_pollDelay = pollFirst;
    m_pollsUntil = m_clock.now() + patience;
    m_pollFailure.reset();
}

void AcmeOrder::poll(const std::string& url, Take take, const AcmeAnswer& last) {
    if (m_clock.now() >= m_pollsUntil && m_pollFailure) {
        finish(tl::unexpected<AcmeFailure>(std::move(*m_pollFailure)));
        return;
    }
    if (m_clock.now() >= m_pollsUntil) {
        finish(failAcme(ErrorKind::Environment, "acme-timeout",
                        "The authority did not decide within " + std::to_string(patience.count()) +
                            " minutes."));
        return;
    }
    const auto asked = last.retryAfter.value_or(m_pollDelay);
    const auto delay = std::clamp<std::chrono::seconds>(asked, pollFirst, patience);
    m_pollDelay = std::min(2 * m_pollDelay, pollMost);
    m_wakeAt = m_clock.now() + delay;
    m_wake = [this, url, take] {
        m_account.post(url, {}, this, [this, url, take](const AcmeResult<AcmeAnswer>& answer) {
            if (answer) {
                m_pollFailure.reset();
                (this->*take)(*answer);
            } else if (answer.error().error.kind == ErrorKind::Environment) {
                // What was begun goes on over there, and the line may be back in a moment.
                AcmeAnswer nothing;
                nothing.retryAfter = answer.error().retryAfter;
                m_pollFailure = answer.error();
                poll(url, take, nothing);
            } else {
                finish(tl::unexpected<AcmeFailure>(answer.error()));
            }
        });
    };
}

void AcmeOrder::finish(AcmeResult<std::string> result) {
    hideChallenge();
    m_wake = nullptr;
    if (!m_result) {
        m_result = std::move(result);
        Q_EMIT finished();
    }
}

} // namespace gateway::service
