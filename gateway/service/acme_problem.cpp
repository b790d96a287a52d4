#include "gateway/service/acme_problem.h"

#include "gateway/service/control_json.h"

#include <array>
#include <string_view>
#include <utility>

namespace gateway::service {

namespace {

constexpr std::string_view urn = "urn:ietf:params:acme:error:";

/// What a type means (RFC 8555, 6.7), and what helps. {domain} stands for the domain.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> sentences{{
    {"accountDoesNotExist", "The authority does not know the account any more."},
    {"alreadyReplaced", "The certificate was replaced already."},
    {"alreadyRevoked", "The certificate was revoked already."},
    {"badCSR", "The authority does not accept the certificate request."},
    {"badNonce", "The authority kept refusing the numbers that it gave out itself."},
    {"badPublicKey", "The authority does not accept the kind of key."},
    {"caa", "The CAA records of {domain} forbid this authority to issue certificates for it."},
    {"connection",
     "The authority could not reach {domain}. Its name has to lead to this gateway, and HTTP-01 "
     "comes to port 80, TLS-ALPN-01 to port 443."},
    {"dns", "The authority could not look up {domain} in the DNS."},
    {"externalAccountRequired", "The authority only serves accounts that were set up with it before."},
    {"incorrectResponse",
     "{domain} gave the authority another answer than expected: something else than this "
     "gateway may answer for it."},
    {"invalidContact", "The authority does not accept the contact address."},
    {"malformed", "The authority did not understand the request."},
    {"orderNotReady", "The authority says that the order is not ready."},
    {"rateLimited", "The authority's rate limit is reached."},
    {"rejectedIdentifier", "The authority does not issue certificates for {domain}."},
    {"serverInternal", "The authority has an internal error."},
    {"tls", "The authority could not speak TLS with {domain}."},
    {"unauthorized", "The authority says that this gateway does not answer for {domain}."},
    {"userActionRequired", "The authority wants a person to agree to something first."},
}};

std::string withDomain(std::string_view sentence, const std::string& domain) {
    std::string text(sentence);
    constexpr std::string_view place = "{domain}";
    for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
        const std::string name = domain.empty() ? "the domain" : domain;
        text.replace(at, place.size(), name);
        at += name.size();
    }
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z' && domain.empty()) {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

void withFullStop(std::string& text) {
    if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') {
        text += '.';
    }
}

} // namespace

AcmeProblem problemOf(const nlohmann::json& error) {
    AcmeProblem problem;
    if (!error.is_object()) {
        return problem;
    }
    problem.type = tameText(textOf(error, "type"));
    if (problem.type.rfind(urn, 0) == 0) {
        problem.type.erase(0, urn.size());
    }
    problem.detail = tameText(textOf(error, "detail"));
    problem.place = tameText(textOf(error, "instance"));
    problem.status = static_cast<int>(std::min<std::uint64_t>(numberOf(error, "status"), 999));
    if (const auto identifier = error.find("identifier");
        identifier != error.end() && identifier->is_object()) {
        problem.domain = tameText(textOf(*identifier, "value"));
    }
    // "compound" says nothing itself; one of its parts does.
    const nlohmann::json& parts = listOf(error, "subproblems");
    if (!parts.empty() && (problem.type == "compound" || problem.domain.empty())) {
        AcmeProblem part = problemOf(parts.front());
        if (problem.type == "compound" || part.type == problem.type) {
            part.status = problem.status;
            return part;
        }
    }
    return problem;
}

AcmeProblem problemOf(const AcmeAnswer& answer) {
    AcmeProblem problem = problemOf(nlohmann::json::parse(answer.body, nullptr, false));
    problem.status = answer.status;
    return problem;
}

std::string sentenceOf(const AcmeProblem& problem) {
    std::string text;
    for (const auto& [type, sentence] : sentences) {
        if (type == problem.type) {
            text = withDomain(sentence, problem.domain);
        }
    }
    if (text.empty()) {
        text = problem.status >= 500    ? "The authority has a problem of its own"
               : problem.domain.empty() ? "The authority refuses"
                                        : "The authority refuses " + problem.domain;
        if (problem.status != 0) {
            text += " (status " + std::to_string(problem.status) + ")";
        }
        withFullStop(text);
    }
    if (!problem.detail.empty()) {
        text += " It says: " + problem.detail;
        withFullStop(text);
    }
    if (problem.type == "userActionRequired" && !problem.place.empty()) {
        text += " See " + problem.place;
    }
    return text;
}

Error errorOf(const AcmeProblem& problem) {
    const bool isTheirs = problem.status >= 500 || problem.type == "serverInternal" ||
                          problem.type == "rateLimited" || problem.type == "badNonce";
    bool isKnown = false;
    for (const auto& known : sentences) {
        isKnown = isKnown || known.first == problem.type;
    }
    return {isTheirs ? ErrorKind::Environment : ErrorKind::Input,
            "acme-" + (isKnown ? problem.type : std::string("refused")), sentenceOf(problem)};
}

} // namespace gateway::service
