#pragma once

#include "gateway/base/clock.h"
#include "tests/support/scripted_upstream.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace support {

/// A certificate authority that speaks ACME (RFC 8555, RFC 9773) in the clear and does what a test tells it
/// to, right or wrong. It believes signatures, but not nonces, URLs or accounts. Public functions: any
/// thread.
class AcmeDirectory {
public:
    /// A challenge as the authority looks at it.
    struct Check {
        std::string domain;
        std::string token;
        std::string keyAuthorization; ///< what has to be shown
    };

    explicit AcmeDirectory(const gateway::Clock& clock);
    ~AcmeDirectory();

    [[nodiscard]] std::string url() const { return base() + "/dir"; }

    // What it does from now on.
    void setLifetime(std::chrono::hours lifetime); ///< of certificates; 90 days at the start
    /// Whether a challenge is fulfilled; all are at the start. Called on a thread of the authority's.
    void setCheck(std::function<bool(const Check&)> check);
    void setUndecided(bool undecided); ///< challenges that are begun stay as they are
    void offerRenewalInfo(std::string windowJson, const std::string& fieldLines = {});
    void wantExternalAccounts();
    void forgetAccounts();
    void forgetOrders();
    /// The next requests to a path ("/new-order") are answered with these bytes.
    void answerNext(const std::string& path, const std::string& bytes);
    /// The next signed requests are refused with badNonce.
    void refuseNonces(int count);
    /// Certificates are for another key, for instance.
    void setWrongKey(bool wrong);

    // What it saw.
    [[nodiscard]] std::vector<std::string> paths() const; ///< "POST /new-order", oldest first
    [[nodiscard]] int countOf(const std::string& path) const;
    [[nodiscard]] std::size_t accounts() const;
    [[nodiscard]] std::vector<std::string> contacts() const; ///< of the last account
    [[nodiscard]] std::vector<nlohmann::json> newOrders() const;
    [[nodiscard]] std::vector<std::string> failures() const; ///< rules of the protocol that were broken

    [[nodiscard]] static std::string problem(int status, const std::string& type, const std::string& detail,
                                             const std::string& fieldLines = {});

private:
    struct Authorization {
        std::string domain;
        std::string status = "pending";
        std::string token;
        std::string thumbprint;
    };
    struct Order {
        std::vector<std::string> authorizations;
        std::vector<std::string> domains;
        std::string chain;
    };
    struct Signed {
        nlohmann::json header;
        nlohmann::json payload; ///< null: a POST-as-GET
        std::string thumbprint; ///< of the account
    };

    [[nodiscard]] std::string base() const;
    [[nodiscard]] std::string answer(const WireRequest& request);
    [[nodiscard]] std::string answerSigned(const std::string& path, const Signed& request);
    [[nodiscard]] tl::expected<Signed, std::string> readSigned(const WireRequest& request);
    [[nodiscard]] std::string jsonAnswer(int status, const nlohmann::json& body,
                                         const std::string& fieldLines = {});
    [[nodiscard]] std::string newAccount(const Signed& request);
    [[nodiscard]] std::string newOrder(const Signed& request);
    [[nodiscard]] std::string order(const std::string& id);
    [[nodiscard]] std::string authorization(const std::string& id);
    [[nodiscard]] std::string challenge(const std::string& id);
    [[nodiscard]] std::string finalize(const std::string& id, const Signed& request);
    [[nodiscard]] std::string newNonce();
    [[nodiscard]] nlohmann::json challengesOf(const std::string& id,
                                              const Authorization& authorization) const;
    [[nodiscard]] std::string issue(const std::string& csr, const std::vector<std::string>& domains) const;

    const gateway::Clock& m_clock;
    mutable std::mutex m_mutex; // guards what follows
    std::chrono::hours m_lifetime{24 * 90};
    std::function<bool(const Check&)> m_check;
    bool m_undecided = false;
    bool m_wantsExternalAccounts = false;
    bool m_wrongKey = false;
    std::optional<std::string> m_window;
    std::string m_windowFields;
    std::map<std::string, std::string> m_answers;
    int m_refuseNonces = 0;
    int m_counter = 0;
    std::set<std::string> m_nonces;
    std::map<std::string, std::string> m_accounts; ///< URL by thumbprint
    std::vector<std::string> m_contacts;
    std::map<std::string, Order> m_orders;
    std::map<std::string, Authorization> m_authorizations;
    std::vector<std::string> m_paths;
    std::vector<nlohmann::json> m_newOrders;
    std::vector<std::string> m_failures;
    std::shared_ptr<evp_pkey_st> m_key;
    std::shared_ptr<x509_st> m_certificate;
    ScriptedUpstream m_server; ///< last: its threads use everything else
};

} // namespace support
