#pragma once

#include "gateway/crypto/private_key.h"
#include "gateway/service/acme_http.h"
#include "gateway/service/acme_problem.h"

#include <QObject>
#include <QPointer>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gateway::service {

/// Where an authority answers what (RFC 8555, 7.1.1).
struct AcmeEndpoints {
    std::string newNonce;
    std::string newAccount;
    std::string newOrder;
    std::string renewalInfo; ///< RFC 9773; empty: not offered
    std::string terms;       ///< URL of the terms of service; may be empty
    bool wantsExternalAccount = false;
};

/// What is remembered of an account.
struct AcmeAccountRecord {
    crypto::PrivateKey key;
    std::string url; ///< empty: not registered yet
    std::vector<std::string> contacts;
};

/// As it is stored, which holds the private key.
[[nodiscard]] std::string toSecret(const AcmeAccountRecord& record);
[[nodiscard]] Result<AcmeAccountRecord> accountFromSecret(const std::string& secret);

/// An account at an authority, registered when it is first needed, and the signed requests in its name.
/// Agrees to the terms of service: whoever puts an ACME certificate into the configuration does so.
/// Used on one thread; all answers come later, and only while their context is alive.
class AcmeAccount : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(AcmeResult<AcmeAnswer>)>;
    using Save = std::function<Result<void>(const AcmeAccountRecord&)>;

    AcmeAccount(const Clock& clock, std::string directoryUrl, const AcmeHttpOptions& http,
                AcmeAccountRecord record, Save save);

    /// E-mail addresses, which the authority is told with the next request.
    void setContacts(std::vector<std::string> contacts);

    /// Calls back once the account is registered.
    void ready(QObject* context, std::function<void(AcmeResult<void>)> done);
    /// Once ready() said so.
    [[nodiscard]] const AcmeEndpoints& directory() const noexcept { return m_directory; }
    /// SHA-256 of the public key (RFC 7638), the second half of key authorizations. Once ready() said so.
    [[nodiscard]] const std::string& thumbprint() const noexcept { return m_thumbprint; }

    /// A signed request; an empty payload is a POST-as-GET. Failures are all statuses but 2xx. Registers the
    /// account before, and again when the authority has forgotten it.
    void post(const std::string& url, const std::string& payload, QObject* context, Done done);

    /// Only the directory, without an account.
    void withDirectory(QObject* context, std::function<void(AcmeResult<AcmeEndpoints>)> done);
    /// An unsigned GET.
    void get(const std::string& url, QObject* context, Done done);

private:
    /// A signed request that is under way.
    struct Request {
        std::string url;
        std::string payload;
        bool namesKey = false; ///< by the key itself; otherwise by the account's URL
        int refusedNonces = 0;
        bool registeredAgain = false;
        QPointer<QObject> context;
        Done done;
    };
    using Ready = std::function<void(AcmeResult<void>)>;
    struct Waiter {
        QPointer<QObject> context;
        Ready done;
    };

    [[nodiscard]] bool isReady() const;
    [[nodiscard]] bool isAllowed(const std::string& url) const;
    [[nodiscard]] AcmeResult<AcmeEndpoints> readDirectory(const AcmeAnswer& answer) const;
    [[nodiscard]] AcmeResult<void> prepareKey();
    [[nodiscard]] AcmeResult<void> save();
    void prepare();
    void registerAccount();
    void takeRegistration(const AcmeResult<AcmeAnswer>& answer, const std::vector<std::string>& contacts);
    void tellContacts();
    void endPreparation(const AcmeResult<void>& result);
    void send(Request request);
    void sendWith(const std::string& nonce, Request request);
    void take(Result<AcmeAnswer> answer, Request request);
    void keepNonce(const AcmeAnswer& answer);

    const Clock& m_clock;
    const std::string m_directoryUrl;
    AcmeHttp m_http;
    AcmeAccountRecord m_record;
    Save m_save;
    std::vector<std::string> m_contacts;
    AcmeEndpoints m_directory;
    std::optional<Monotonic> m_directoryAt; ///< when it was fetched; none: never
    std::string m_jwk;
    std::string m_thumbprint;
    std::vector<std::string> m_nonces;
    std::vector<Waiter> m_waiters;
    bool m_preparing = false;
};

} // namespace gateway::service
