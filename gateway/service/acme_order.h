#pragma once

#include "gateway/base/clock.h"
#include "gateway/crypto/private_key.h"
#include "gateway/model/certificate.h"
#include "gateway/service/acme_account.h"

#include <QObject>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gateway::service {

/// What the gateway has to show an authority so that it believes in a domain.
struct AcmeChallenge {
    model::Certificate::Challenge kind = model::Certificate::Challenge::Http01;
    std::string domain; ///< in lower case
    std::string token;
    std::string keyAuthorization;
};

/// Shows challenges to the world, on the listeners.
class AcmeStage {
public:
    virtual ~AcmeStage() = default;
    [[nodiscard]] virtual Result<void> show(const AcmeChallenge& challenge) = 0;
    virtual void hide(const AcmeChallenge& challenge) = 0;
};

struct AcmeOrderRequest {
    std::vector<std::string> domains;
    model::Certificate::Challenge challenge = model::Certificate::Challenge::Http01;
    crypto::PrivateKey key; ///< of the certificate that is ordered
    std::string url;        ///< of an order that was begun before; empty: a new one
    std::string replacesId; ///< RFC 9773, 5: the certificate that it is for the place of; may be empty
};

/// Gets one certificate: order, a challenge for each domain, certificate request, download. Used on one
/// thread; waiting is by the clock and goes on with tick().
class AcmeOrder : public QObject {
    Q_OBJECT
public:
    enum class Step { Ordering, Proving, Finalizing, Downloading };

    AcmeOrder(const Clock& clock, AcmeAccount& account, AcmeStage& stage, AcmeOrderRequest request);
    ~AcmeOrder() override; ///< hides what it shows

    void start();
    void tick();

    [[nodiscard]] Step step() const noexcept { return m_step; }
    /// The domain that is proved now; empty: none.
    [[nodiscard]] const std::string& domain() const noexcept { return m_domain; }
    /// Of the order at the authority; empty: not there yet.
    [[nodiscard]] const std::string& url() const noexcept { return m_request.url; }
    [[nodiscard]] const AcmeOrderRequest& request() const noexcept { return m_request; }
    /// The chain as PEM, once it is over; nothing before.
    [[nodiscard]] const std::optional<AcmeResult<std::string>>& result() const noexcept { return m_result; }

Q_SIGNALS:
    void stepped();  ///< step, domain or URL changed
    void finished(); ///< there is a result

private:
    using Take = void (AcmeOrder::*)(const AcmeAnswer&);

    void ask(const std::string& url, const std::string& payload, Take take);
    void setStep(Step step, std::string domain = {});
    void orderAnew();
    void takeNewOrder(const AcmeAnswer& answer);
    void takeResumed(const AcmeAnswer& answer);
    void takeOrder(const AcmeAnswer& answer);
    void readOrder(const nlohmann::json& order, const AcmeAnswer& answer);
    void failOrder(const nlohmann::json& order);

    void nextAuthorization();
    void takeAuthorization(const AcmeAnswer& answer);
    void beginChallenge(const nlohmann::json& authorization);
    void failAuthorization(const nlohmann::json& authorization);
    void hideChallenge();

    void finalize();
    void takeCertificate(const AcmeAnswer& answer);

    void poll(const std::string& url, Take take, const AcmeAnswer& last);
    void restartPolling();
    void finish(AcmeResult<std::string> result);

    const Clock& m_clock;
    AcmeAccount& m_account;
    AcmeStage& m_stage;
    AcmeOrderRequest m_request;
    Step m_step = Step::Ordering;
    std::string m_domain;
    std::vector<std::string> m_authorizations; ///< URLs that were not looked at yet, the next one last
    std::string m_authorization;               ///< the one that is looked at
    std::optional<AcmeChallenge> m_shown;
    std::string m_finalize;
    std::set<std::string> m_proved; ///< authorizations that were valid, so that none is begun for ever
    bool m_finalized = false;
    std::function<void()> m_wake;
    Monotonic m_wakeAt{};
    Monotonic m_pollsUntil{};
    std::chrono::seconds m_pollDelay{0};
    std::optional<AcmeFailure> m_pollFailure; ///< of the last poll
    std::optional<AcmeResult<std::string>> m_result;
};

} // namespace gateway::service
