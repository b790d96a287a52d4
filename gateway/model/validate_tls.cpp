#include "gateway/model/validate_tls.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/names.h"
#include "gateway/model/scalars.h"
#include "gateway/model/urls.h"

#include <algorithm>
#include <map>
#include <set>

namespace gateway::model {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t pemBytesMax = 1024 * 1024;
constexpr std::size_t domainsMax = 100;
constexpr auto hstsAgeMax = std::chrono::hours(24 * 366 * 10);
constexpr auto preloadAgeMin = std::chrono::hours(24 * 365); // what the lists of browsers ask for

/// How many blocks of this kind the PEM text has; nothing: one does not end, or there is something in
/// between.
std::optional<std::size_t> pemBlocks(std::string_view pem, std::string_view kind) {
    const std::string begin = "-----BEGIN " + std::string(kind) + "-----";
    const std::string end = "-----END " + std::string(kind) + "-----";
    std::size_t count = 0;
    while (true) {
        const std::size_t next = pem.find("-----BEGIN ");
        if (next == std::string_view::npos) {
            return count;
        }
        pem.remove_prefix(next);
        const std::size_t last = pem.find(end);
        if (!pem.starts_with(begin) || last == std::string_view::npos) {
            return std::nullopt;
        }
        pem.remove_prefix(last + end.size());
        ++count;
    }
}

void checkPem(const std::string& pem, std::string_view kind, const std::string& field, Reporter& report) {
    if (pem.find("PRIVATE KEY-----") != std::string::npos) {
        report.range(field,
                     "a private key has no place here: it is stored encrypted beside the configuration; "
                     "import it together with its certificate");
    } else if (pem.size() > pemBytesMax) {
        report.range(field, "is longer than " + formatSize(pemBytesMax));
    } else if (pemBlocks(pem, kind).value_or(0) == 0) {
        report.range(field, "must be PEM text: blocks that begin with \"-----BEGIN " + std::string(kind) +
                                "-----\"");
    }
}

void checkDirectory(const std::string& url, Reporter& report) {
    if (std::string problem = urlProblem(url); !problem.empty()) {
        report.range("acme.directory", "the URL of an ACME directory, such as "
                                       "https://acme-v02.api.letsencrypt.org/directory, " +
                                           problem);
    }
}

void checkAcme(const Config& config, const Certificate::Acme& acme, Reporter& report) {
    checkDirectory(acme.directory, report);
    if (acme.domains.empty()) {
        report.range("acme.domains", "needs at least one host name");
    }
    if (acme.domains.size() > domainsMax) {
        report.range("acme.domains", "more than " + std::to_string(domainsMax) + " names are not possible");
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < acme.domains.size(); ++i) {
        const std::string& domain = acme.domains[i];
        if (domain.starts_with("*.")) {
            report.range(indexed("acme.domains", i),
                         "a name with * needs the challenge dns-01, which is not supported");
        } else if (!isHostName(domain) || parseIpLiteral(domain) || lowerCase(domain) != domain) {
            report.range(indexed("acme.domains", i), quote(domain) + " is not a host name in lower case");
        } else if (!seen.insert(domain).second) {
            report.add(Problem::Kind::Duplicate, indexed("acme.domains", i),
                       quote(domain) + " is there twice");
        }
    }
    const std::size_t at = acme.contact.find('@');
    if (!acme.contact.empty() && (at == 0 || at == std::string::npos || at + 1 == acme.contact.size() ||
                                  acme.contact.find_first_of(" \t\r\n,?") != std::string::npos)) {
        report.range("acme.contact", "must be an e-mail address, such as ops@example.com");
    }
    if (!acme.directoryAuthority.empty()) {
        const Certificate* authority = config.certificates.find(acme.directoryAuthority);
        if (authority == nullptr || authority->use != Certificate::Use::Authority) {
            report.add(Problem::Kind::Reference, "acme.directory_authority",
                       "there is no authority named " + quote(acme.directoryAuthority));
        }
    }
}

void checkReference(const Config& config, const std::string& name, Certificate::Use use,
                    const std::string& field, Reporter& report) {
    const Certificate* found = config.certificates.find(name);
    const bool wantsAuthority = use == Certificate::Use::Authority;
    if (found == nullptr) {
        report.add(Problem::Kind::Reference, field, "there is no certificate named " + quote(name));
    } else if (found->use != use) {
        report.add(Problem::Kind::Reference, field,
                   quote(name) + (wantsAuthority ? " is no authority; an authority has use: authority"
                                                 : " is an authority, which is trusted but cannot be shown"));
    }
}

void checkListenerTls(const Config& config, const Listener::Tls& tls, Reporter& report) {
    if (tls.certificates.empty()) {
        report.range("tls.certificates", "needs at least one certificate");
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < tls.certificates.size(); ++i) {
        const std::string field = indexed("tls.certificates", i);
        if (!seen.insert(tls.certificates[i]).second) {
            report.add(Problem::Kind::Duplicate, field, quote(tls.certificates[i]) + " is there twice");
        }
        checkReference(config, tls.certificates[i], Certificate::Use::Identity, field, report);
    }
    if (tls.clientCertificates != Listener::ClientCertificates::Off && tls.clientAuthority.empty()) {
        report.range("tls.client_authority",
                     "clients' certificates need an authority that they are checked against");
    } else if (tls.clientCertificates == Listener::ClientCertificates::Off && !tls.clientAuthority.empty()) {
        report.range("tls.client_authority", "has no effect while client_certificates is off");
    } else if (!tls.clientAuthority.empty()) {
        checkReference(config, tls.clientAuthority, Certificate::Use::Authority, "tls.client_authority",
                       report);
    }
}

void checkListenerPolicies(const Config& config, const Listener& listener, Reporter& report) {
    std::set<std::string_view> seen;
    std::map<std::string_view, std::string_view> ruleOf; // and the policy that has it
    for (std::size_t i = 0; i < listener.policies.size(); ++i) {
        const std::string& name = listener.policies[i];
        const std::string field = indexed("policies", i);
        const Policy* policy = config.policies.find(name);
        if (policy == nullptr) {
            report.add(Problem::Kind::Reference, field, "there is no policy named " + quote(name));
        } else if (!seen.insert(name).second) {
            report.add(Problem::Kind::Duplicate, field, quote(name) + " is there twice");
        } else if (policy->httpsRedirect && listener.tls) {
            report.range(field, "https_redirect makes no sense where TLS is spoken already");
        } else if (policy->hsts && !listener.tls) {
            report.range(field,
                         "hsts has no effect in the clear: it belongs to listeners with tls, or to routes");
        } else {
            const auto once = [&](std::string_view rule, bool says) {
                const auto [owner, isFirst] =
                    says ? ruleOf.emplace(rule, name) : std::pair(ruleOf.end(), true);
                if (!isFirst) {
                    report.add(Problem::Kind::Duplicate, field,
                               quote(owner->second) + " says " + std::string(rule) + " already");
                }
            };
            once("hsts", policy->hsts.has_value());
            once("https_redirect", policy->httpsRedirect.has_value());
            once("identity", policy->identity.has_value());
        }
    }
}

} // namespace

bool isNetwork(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parseIpLiteral(text.substr(0, slash));
    if (!address) {
        return false;
    }
    if (slash == std::string_view::npos) {
        return true;
    }
    const auto prefix = parseUnsigned(text.substr(slash + 1));
    const bool isV4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const std::uint64_t bits = isV4 ? 32 : 128;
    if (!prefix || *prefix > bits) {
        return false;
    }
    // parseIpLiteral gives IPv4 as the last four of sixteen bytes.
    const std::size_t first = isV4 ? 12 : 0;
    for (std::uint64_t bit = *prefix; bit < bits; ++bit) {
        const auto byte = static_cast<unsigned char>((*address)[first + bit / 8]);
        if ((byte >> (7 - bit % 8) & 1U) != 0) {
            return false;
        }
    }
    return true;
}

void checkCertificate(const Config& config, const Certificate& certificate, Reporter& report) {
    const bool isAuthority = certificate.use == Certificate::Use::Authority;
    if (isAuthority && certificate.acme) {
        report.range("acme", "an authority's certificate does not come from ACME");
    }
    if (certificate.acme) {
        checkAcme(config, *certificate.acme, report);
    }
    if (!certificate.chain.empty()) {
        checkPem(certificate.chain, "CERTIFICATE", "chain", report);
    } else if (!certificate.acme) {
        report.range("chain", "the certificate itself is missing, as PEM text");
    }
    if (!certificate.revocations.empty()) {
        if (!isAuthority) {
            report.range("revocations",
                         "only an authority (use: authority) has a list of revoked certificates");
        }
        checkPem(certificate.revocations, "X509 CRL", "revocations", report);
    }
}

void checkProtocols(const Config& config, const Listener& listener, Reporter& report) {
    report.unlessWithin("limits.streams", listener.limits.streamsMax, 1, 10'000);
    if (listener.tls) {
        checkListenerTls(config, *listener.tls, report);
    }
    for (std::size_t i = 0; i < listener.trustedProxies.size(); ++i) {
        if (!isNetwork(listener.trustedProxies[i])) {
            report.range(indexed("trusted_proxies", i),
                         quote(listener.trustedProxies[i]) +
                             " is neither an IP address nor a network such as 10.0.0.0/8");
        }
    }
    if (listener.proxyProtocol && listener.trustedProxies.empty()) {
        report.range("proxy_protocol", "needs trusted_proxies: anybody could claim to be anybody otherwise");
    }
    checkListenerPolicies(config, listener, report);
}

void checkServiceTls(const Config& config, const Service& service, Reporter& report) {
    const Service::Tls& tls = *service.tls;
    if (!tls.serverName.empty() && !isHostName(tls.serverName) && !parseIpLiteral(tls.serverName)) {
        report.range("tls.server_name", quote(tls.serverName) + " is neither a host name nor an IP address");
    }
    if (!tls.authority.empty()) {
        checkReference(config, tls.authority, Certificate::Use::Authority, "tls.authority", report);
        if (!tls.verify) {
            report.range("tls.authority", "has no effect while verify is off");
        }
    }
    if (!tls.certificate.empty()) {
        checkReference(config, tls.certificate, Certificate::Use::Identity, "tls.certificate", report);
    }
    const bool hasSocket = std::any_of(service.targets.begin(), service.targets.end(),
                                       [](const Target& target) { return target.host.starts_with("unix:"); });
    if (hasSocket && tls.verify && tls.serverName.empty()) {
        report.range("tls.server_name",
                     "a Unix socket has no name that a certificate could be checked for: say which");
    }
}

void checkTransportRules(const Policy& policy, Reporter& report) {
    if (!policy.authenticate && !policy.authorize && !policy.identity && !policy.hsts &&
        !policy.httpsRedirect) {
        report.range("", "a policy without a rule does nothing; give it one, such as authenticate: api-key");
    }
    if (policy.hsts) {
        if (policy.hsts->maxAge < 0s || policy.hsts->maxAge > hstsAgeMax) {
            report.range("hsts.max_age", "must be from 0s to ten years");
        }
        if (policy.hsts->preload &&
            (!policy.hsts->includeSubdomains || policy.hsts->maxAge < preloadAgeMin)) {
            report.range("hsts.preload", "needs include_subdomains and a max_age of a year (8760h) or more");
        }
    }
    if (policy.httpsRedirect && policy.httpsRedirect->port == 0) {
        report.range("https_redirect.port", "must be from 1 to 65535");
    }
}

} // namespace gateway::model
