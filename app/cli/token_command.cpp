#include "app/cli/access_text.h"
#include "app/cli/commands.h"
#include "app/cli/token_desk.h"
#include "gateway/auth/token_verifier.h"
#include "gateway/crypto/certificate.h"
#include "gateway/model/scalars.h"

#include <iostream>

namespace app::cli {

using gateway::Result;
using gateway::service::TokenQuery;

namespace {

struct InspectOptions {
    std::string db;
    std::string file = "-";
    std::string provider;
    std::string at;
    std::string certificate;
    bool json = false;
};

Result<TokenQuery> queryOf(const InspectOptions& options) {
    if (gateway::auth::TokenVerifier::looksLikeJwt(options.file) || options.file.starts_with("gh_")) {
        return gateway::fail(gateway::ErrorKind::Input, "token-as-argument",
                             "a token is never an argument, which others can see: give it on standard input");
    }
    auto token = readText(options.file);
    if (!token) {
        return gateway::fail(token.error());
    }
    TokenQuery query{.token = std::move(*token), .provider = options.provider};
    if (!options.at.empty()) {
        const auto at = gateway::model::parseTime(options.at);
        if (!at) {
            return gateway::fail(gateway::ErrorKind::Input, "bad-time",
                                 "--at: " + options.at +
                                     " is no date; write 2027-01-31 or 2027-01-31T09:30:00Z");
        }
        query.at = *at;
    }
    if (!options.certificate.empty()) {
        const auto pem = readText(options.certificate);
        if (!pem) {
            return gateway::fail(pem.error());
        }
        const auto certificates = gateway::crypto::readCertificates(*pem);
        if (!certificates) {
            return gateway::fail(certificates.error());
        }
        query.certificateFingerprint = certificates->front().fingerprint;
    }
    return query;
}

ExitCode runInspect(const InspectOptions& options) {
    const auto query = queryOf(options);
    if (!query) {
        return reportError(query.error());
    }
    const auto report = inspectToken(options.db, *query);
    if (!report) {
        return reportError(report.error());
    }
    std::cout << (options.json ? tokenAsJson(*report) : tokenAsText(*report));
    return report->fault == gateway::auth::TokenFault::None ? ExitCode::Ok : ExitCode::InvalidInput;
}

} // namespace

void addTokenCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("token", "Say what the gateway makes of a token or API key");
    command->require_subcommand(1);
    CLI::App* inspect = command->add_subcommand(
        "inspect", "Check a token as requests are checked, with the verdict of each check");
    const auto options = std::make_shared<InspectOptions>();
    inspect
        ->add_option("file", options->file, "Where the token is; by default it is read from standard input")
        ->type_name("FILE");
    inspect
        ->add_option("--provider", options->provider,
                     "Whose token it is (default: by the issuer that it names)")
        ->type_name("NAME");
    inspect->add_option("--at", options->at, "Check it for that time: 2027-01-31 or 2027-01-31T09:30:00Z")
        ->type_name("DATE");
    inspect
        ->add_option("--certificate", options->certificate,
                     "The client certificate that comes with it, for tokens that are bound to one")
        ->type_name("FILE");
    inspect->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*inspect, options->db);
    inspect->footer("Ends with 2 when the token is refused. The token is never an argument, since arguments "
                    "are seen by others; nothing of it is kept.\n\n"
                    "Examples:\n"
                    "  gatehousectl token inspect < token.txt\n"
                    "  pass show shop/key | gatehousectl token inspect --json | jq .verdict");
    onRun(*inspect, action, options, runInspect);
}

} // namespace app::cli
