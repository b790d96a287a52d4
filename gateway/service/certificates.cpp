#include "gateway/service/certificates.h"

#include "gateway/model/names.h"
#include "gateway/service/acme_gateway.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace gateway::service {

using crypto::CertificateInfo;
using crypto::PrivateKey;
using model::Certificate;
using model::Config;
using model::EntityKind;

namespace {

constexpr const char* requestPurpose = "signing-request";
constexpr int daysMax = 3650;

/// The leaf of a PEM chain; nothing when there is none that can be read.
std::optional<CertificateInfo> leafOf(const std::string& chain) {
    auto infos = crypto::readCertificates(chain);
    return infos ? std::optional(std::move(infos->front())) : std::nullopt;
}

Result<void> checkName(const std::string& name) {
    if (!model::isEntityName(name)) {
        return fail(ErrorKind::Input, "bad-name",
                    "The name of a certificate is 1 to 64 of A-Z a-z 0-9 . _ and -.");
    }
    return {};
}

/// The one whose place it takes keeps what an import does not speak of.
Certificate placeFor(const Config& config, const std::string& name) {
    const Certificate* former = config.certificates.find(name);
    Certificate certificate = former != nullptr ? *former : Certificate{};
    certificate.name = name;
    return certificate;
}

Result<ReadyCertificate> readIdentity(const CertificateImport& import, ReadyCertificate ready,
                                      const crypto::PrivateKeys& keys, WallTime now) {
    if (!import.pkcs12.empty()) {
        auto pair = crypto::fromPkcs12(import.pkcs12, import.passphrase);
        if (!pair) {
            return fail(std::move(pair.error()));
        }
        ready.certificate.chain = std::move(pair->chain);
        ready.key = std::move(pair->key);
    } else if (!import.privateKey.empty()) {
        auto key = PrivateKey::fromPem(import.privateKey, import.passphrase);
        if (!key) {
            return fail(std::move(key.error()));
        }
        ready.key = std::move(*key);
    }
    const auto infos = crypto::readCertificates(ready.certificate.chain);
    if (!infos) {
        return fail(infos.error());
    }
    const CertificateInfo& leaf = infos->front();
    if (ready.key && ready.key.fingerprint() != leaf.keyFingerprint) {
        return fail(ErrorKind::Input, "other-key",
                    "the private key does not belong to the certificate of " + leaf.subject);
    }
    if (!ready.key && !keys.contains(leaf.keyFingerprint)) {
        return fail(ErrorKind::Input, "no-private-key",
                    "the private key of the certificate of " + leaf.subject +
                        " is not stored; import it together with the certificate");
    }
    if (leaf.notAfter <= now) {
        return fail(ErrorKind::Input, "expired", "the certificate of " + leaf.subject + " has expired");
    }
    return ready;
}

struct WaitingRequest {
    std::string name;
    std::string keyFingerprint;
    std::string request; ///< PEM
};

Result<std::vector<WaitingRequest>> waitingRequests(Secrets& secrets) {
    const auto names = secrets.list(requestPurpose);
    if (!names) {
        return fail(names.error());
    }
    std::vector<WaitingRequest> requests;
    for (const SecretName& name : *names) {
        WaitingRequest waiting;
        waiting.name = name.name;
        // What a lost master key sealed is still there to be removed.
        if (const auto text = secrets.get(requestPurpose, name.name)) {
            const auto json = nlohmann::json::parse(*text, nullptr, false);
            if (json.is_object()) {
                waiting.keyFingerprint = json.value("key", std::string());
                waiting.request = json.value("request", std::string());
            }
        }
        requests.push_back(std::move(waiting));
    }
    return requests;
}

CertificateReport reportOf(const Certificate& certificate, const Config& config,
                           const crypto::PrivateKeys& keys, WallTime now) {
    CertificateReport report;
    report.id = certificate.id;
    report.name = certificate.name;
    report.use = certificate.use;
    report.usedBy = usersOf(config, certificate.name);
    if (certificate.chain.empty()) {
        return report;
    }
    auto infos = crypto::readCertificates(certificate.chain);
    if (!infos) {
        report.problems.push_back(infos.error().message);
        return report;
    }
    report.chain = std::move(*infos);
    const CertificateInfo& leaf = report.chain.front();
    report.keyFingerprint = leaf.keyFingerprint;
    report.warnsFrom = crypto::warnsFrom(leaf);
    if (certificate.use == Certificate::Use::Identity) {
        report.problems = crypto::chainProblems(certificate.chain, now);
        report.hasPrivateKey = keys.contains(leaf.keyFingerprint);
        if (!report.hasPrivateKey) {
            report.problems.emplace_back(
                "its private key is not stored; import the certificate again together with the key");
        }
    } else if (leaf.notAfter <= now) {
        report.problems.emplace_back("it has expired");
    }
    return report;
}

} // namespace

Result<ReadyCertificate> readImport(const CertificateImport& import, const Config& config,
                                    const crypto::PrivateKeys& keys, WallTime now) {
    if (auto named = checkName(import.name); !named) {
        return fail(std::move(named.error()));
    }
    ReadyCertificate ready{placeFor(config, import.name), {}};
    ready.certificate.use = import.use;
    ready.certificate.chain = import.chain;
    if (import.use == Certificate::Use::Identity) {
        ready.certificate.revocations.clear();
        return readIdentity(import, std::move(ready), keys, now);
    }
    if (!import.privateKey.empty() || !import.pkcs12.empty()) {
        return fail(ErrorKind::Input, "key-of-an-authority",
                    "an authority is only trusted: its private key has no business here");
    }
    if (const auto infos = crypto::readCertificates(import.chain); !infos) {
        return fail(infos.error());
    }
    ready.certificate.acme.reset();
    ready.certificate.revocations = import.revocations;
    return ready;
}

Result<ReadyCertificate> makeSelfSigned(const SelfSignedRequest& request, const Config& config) {
    if (auto named = checkName(request.name); !named) {
        return fail(std::move(named.error()));
    }
    if (request.days < 1 || request.days > daysMax) {
        return fail(ErrorKind::Input, "bad-days",
                    "a certificate is good for 1 to " + std::to_string(daysMax) + " days");
    }
    auto key = PrivateKey::generate(request.kind);
    if (!key) {
        return fail(std::move(key.error()));
    }
    auto chain = crypto::selfSigned(*key, request.subject, request.days);
    if (!chain) {
        return fail(std::move(chain.error()));
    }
    ReadyCertificate ready{placeFor(config, request.name), std::move(*key)};
    ready.certificate.use = Certificate::Use::Identity;
    ready.certificate.revocations.clear();
    ready.certificate.chain = std::move(*chain);
    return ready;
}

Result<std::string> requestSigning(const SigningRequest& request, const Config& config, Secrets& secrets) {
    if (auto named = checkName(request.name); !named) {
        return fail(std::move(named.error()));
    }
    const Certificate* former = config.certificates.find(request.name);
    if (former != nullptr && former->use == Certificate::Use::Authority) {
        return fail(ErrorKind::Conflict, "name-taken",
                    "the certificate " + request.name + " is an authority; choose another name");
    }
    auto key = PrivateKey::generate(request.kind);
    if (!key) {
        return fail(std::move(key.error()));
    }
    auto pem = crypto::signingRequest(*key, request.subject);
    if (!pem) {
        return fail(std::move(pem.error()));
    }
    const auto waiting = waitingRequests(secrets);
    if (!waiting) {
        return fail(waiting.error());
    }
    const nlohmann::json json{{"key", key->fingerprint()}, {"request", *pem}};
    auto stored = secrets.putKey(*key, request.author, Secrets::Loss::StartAnew).and_then([&] {
        return secrets.put(requestPurpose, request.name, json.dump(), request.author);
    });
    if (!stored) {
        return fail(std::move(stored.error()));
    }
    for (const WaitingRequest& other : *waiting) {
        if (other.name == request.name && !other.keyFingerprint.empty()) {
            // A key of its own, which nobody can have a certificate for any more; left where it is in use.
            std::ignore = removeUnusedKey(other.keyFingerprint, config, secrets, request.author);
        }
    }
    return pem;
}

Result<void> forgetRequests(const std::string& keyFingerprint, Secrets& secrets, const std::string& actor) {
    const auto waiting = waitingRequests(secrets);
    if (!waiting) {
        return fail(waiting.error());
    }
    for (const WaitingRequest& request : *waiting) {
        if (request.keyFingerprint == keyFingerprint) {
            if (auto removed = secrets.remove(requestPurpose, request.name, actor); !removed) {
                return removed;
            }
        }
    }
    return {};
}

Result<void> forgetRequest(const std::string& name, const Config& config, Secrets& secrets,
                           const std::string& actor) {
    const auto waiting = waitingRequests(secrets);
    if (!waiting) {
        return fail(waiting.error());
    }
    const auto found = std::find_if(waiting->begin(), waiting->end(),
                                    [&](const WaitingRequest& request) { return request.name == name; });
    if (found == waiting->end()) {
        return fail(ErrorKind::Conflict, "no-such-certificate", "there is no certificate called " + name);
    }
    if (auto removed = secrets.remove(requestPurpose, name, actor); !removed) {
        return removed;
    }
    return found->keyFingerprint.empty() ? Result<void>()
                                         : removeUnusedKey(found->keyFingerprint, config, secrets, actor);
}

Result<void> removeUnusedKey(const std::string& fingerprint, const Config& config, Secrets& secrets,
                             const std::string& actor) {
    for (const Certificate& certificate : config.certificates) {
        const auto leaf = leafOf(certificate.chain);
        if (certificate.use == Certificate::Use::Identity && leaf && leaf->keyFingerprint == fingerprint) {
            return fail(ErrorKind::Conflict, "key-in-use",
                        "the certificate " + certificate.name + " needs this private key");
        }
    }
    const auto waiting = waitingRequests(secrets);
    if (!waiting) {
        return fail(waiting.error());
    }
    for (const WaitingRequest& request : *waiting) {
        if (request.keyFingerprint == fingerprint) {
            return fail(ErrorKind::Conflict, "key-in-use",
                        "the signing request " + request.name + " waits for a certificate of this key");
        }
    }
    return secrets.remove(Secrets::keyPurpose, fingerprint, actor);
}

Result<void> storeFileKeys(const std::vector<model::FilePrivateKey>& keys, Secrets& secrets,
                           const std::string& actor) {
    for (const model::FilePrivateKey& file : keys) {
        const auto key = PrivateKey::fromPem(file.pem);
        if (!key) {
            return fail(key.error().kind, key.error().code,
                        "certificates[" + file.certificate + "].key_file: " + key.error().message);
        }
        const auto known = secrets.get(Secrets::keyPurpose, key->fingerprint());
        if (known && !known->empty()) {
            continue; // applied before
        }
        if (auto stored = secrets.putKey(*key, actor, Secrets::Loss::StartAnew); !stored) {
            return stored;
        }
    }
    return {};
}

Result<std::vector<CertificateReport>> reportCertificates(const Config& config, Secrets& secrets,
                                                          const crypto::PrivateKeys& keys, WallTime now) {
    std::vector<CertificateReport> reports;
    for (const Certificate& certificate : config.certificates) {
        CertificateReport& report = reports.emplace_back(reportOf(certificate, config, keys, now));
        if (certificate.acme) {
            const auto stored = secrets.get(AcmeGateway::secretPurpose, acmeSecretName(certificate.id));
            report.renewal = storedAcmeText(certificate, stored.value_or(std::string()), now);
        }
    }
    std::sort(reports.begin(), reports.end(),
              [](const CertificateReport& a, const CertificateReport& b) { return a.name < b.name; });
    auto waiting = waitingRequests(secrets);
    if (!waiting) {
        return fail(std::move(waiting.error()));
    }
    for (WaitingRequest& request : *waiting) {
        CertificateReport& report = reports.emplace_back();
        report.name = std::move(request.name);
        report.hasPrivateKey = keys.contains(request.keyFingerprint);
        report.keyFingerprint = std::move(request.keyFingerprint);
        report.signingRequest = std::move(request.request);
    }
    return reports;
}

std::vector<CertificateUser> usersOf(const Config& config, const std::string& name) {
    return model::dependentsOf(config, EntityKind::Certificate, name);
}

std::vector<std::string> identitiesInUse(const Config& config) {
    std::set<std::string> names;
    for (const model::Listener& listener : config.listeners) {
        if (listener.tls) {
            names.insert(listener.tls->certificates.begin(), listener.tls->certificates.end());
        }
    }
    for (const model::Service& service : config.services) {
        if (service.tls && !service.tls->certificate.empty()) {
            names.insert(service.tls->certificate);
        }
    }
    return {names.begin(), names.end()};
}

} // namespace gateway::service
