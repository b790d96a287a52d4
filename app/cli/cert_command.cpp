#include "app/cli/cert_options.h"
#include "app/cli/cert_text.h"
#include "app/cli/commands.h"
#include "app/cli/running_gateway.h"
#include "app/database.h"
#include "app/master_key.h"
#include "gateway/model/edit.h"
#include "gateway/model/validate.h"
#include "gateway/service/certificates.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::model::Certificate;
using gateway::model::Edit;
using gateway::model::EntityKind;
using gateway::service::CertificateReport;
using gateway::service::ReadyCertificate;
using gateway::service::Secrets;
using gateway::service::StoredConfig;
using gateway::service::Stores;

namespace {

gateway::WallTime now() {
    return gateway::SystemClock().wallTime();
}

/// The stores of a database with its secrets in the clear, for one command.
class Desk {
public:
    [[nodiscard]] static Result<std::unique_ptr<Desk>> open(const std::string& database) {
        auto opened = openStores(database, db::OpenMode::Existing);
        if (!opened) {
            return fail(opened.error());
        }
        std::unique_ptr<Desk> desk(new Desk(database, std::move(*opened)));
        auto stored = desk->stores().config.load();
        if (!stored) {
            return fail(stored.error());
        }
        desk->m_stored = std::move(*stored);
        // What cannot be read now is told by the reports, and by what needs it.
        if (auto loaded = desk->m_secrets.loadKeys(desk->m_keys); !loaded) {
            desk->m_secretProblem = loaded.error().message;
        }
        return desk;
    }

    [[nodiscard]] Stores stores() { return m_opened->ports(); }
    [[nodiscard]] Secrets& secrets() { return m_secrets; }
    [[nodiscard]] const gateway::crypto::PrivateKeys& keys() const { return m_keys; }
    [[nodiscard]] const StoredConfig& stored() const { return m_stored; }
    [[nodiscard]] const std::string& secretProblem() const { return m_secretProblem; }

    [[nodiscard]] Result<gateway::model::RevisionNumber> publish(Edit edit, const std::string& author,
                                                                 const std::string& message) {
        std::vector<Edit> edits{std::move(edit)};
        std::uint64_t nextId = m_stored.nextId;
        auto after = gateway::model::applyEdits(m_stored.config, edits, nextId);
        if (!after) {
            return fail(std::move(after.error()));
        }
        if (*after == m_stored.config) {
            return m_stored.revision.number;
        }
        if (const auto problems = gateway::model::validate(*after); !problems.empty()) {
            return fail(ErrorKind::Input, "invalid-config",
                        problems.front().path + ": " + problems.front().message);
        }
        const auto revision = stores().config.publish({.change = {.base = m_stored.revision.number,
                                                                  .author = author,
                                                                  .message = message,
                                                                  .edits = std::move(edits)},
                                                       .before = m_stored.config,
                                                       .after = *after,
                                                       .nextId = nextId,
                                                       .keys = {},
                                                       .time = now()});
        if (!revision) {
            return fail(revision.error());
        }
        return revision->number;
    }

private:
    Desk(const std::string& database, std::unique_ptr<db::SqliteStores> opened)
        : m_opened(std::move(opened))
        , m_place(keyFilePlace(database))
        , m_secrets(m_opened->ports().secrets, *m_place) {}

    std::unique_ptr<db::SqliteStores> m_opened;
    std::shared_ptr<gateway::service::MasterKeyPlace> m_place;
    Secrets m_secrets;
    gateway::crypto::PrivateKeys m_keys;
    StoredConfig m_stored;
    std::string m_secretProblem;
};

/// Says what was done and whether the running gateway has taken it up.
ExitCode conclude(const CertTarget& target, const std::string& done,
                  gateway::model::RevisionNumber revision) {
    const auto uptake = announce(target.db, revision);
    if (target.json) {
        nlohmann::json report{{"certificate", target.name}, {"done", done}, {"revision", revision}};
        report["live"] = uptake && *uptake == Uptake::Live;
        std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        std::cout << "certificate " << target.name << ' ' << done << ", revision " << revision << '\n';
    }
    if (!uptake) {
        reportError("revision " + std::to_string(revision) +
                    " is saved, but the running gateway could not take it up: " + uptake.error().message);
        return ExitCode::Environment;
    }
    return ExitCode::Ok;
}

/// Stores the key, then publishes the certificate, so that no revision names a key that is not there.
ExitCode save(Desk& desk, const CertTarget& target, ReadyCertificate ready, const char* done) {
    if (ready.key) {
        if (auto stored = desk.secrets().putKey(ready.key, target.author, Secrets::Loss::StartAnew);
            !stored) {
            return reportError(stored.error());
        }
    }
    const auto infos = gateway::crypto::readCertificates(ready.certificate.chain);
    std::vector<std::string> problems;
    if (ready.certificate.use == Certificate::Use::Identity) {
        problems = gateway::crypto::chainProblems(ready.certificate.chain, now());
    }
    const auto revision = desk.publish(gateway::model::Put{std::move(ready.certificate)}, target.author,
                                       std::string("Certificate ") + target.name + ' ' + done);
    if (!revision) {
        return reportError(revision.error());
    }
    if (infos) {
        // A request that is answered and stays listed does no harm.
        std::ignore =
            gateway::service::forgetRequests(infos->front().keyFingerprint, desk.secrets(), target.author);
    }
    for (const std::string& problem : problems) {
        reportError("note: " + problem);
    }
    return conclude(target, done, *revision);
}

Result<std::vector<CertificateReport>> reportsOf(Desk& desk) {
    auto reports =
        gateway::service::reportCertificates(desk.stored().config, desk.secrets(), desk.keys(), now());
    if (reports && !desk.secretProblem().empty()) {
        reportError(desk.secretProblem());
    }
    return reports;
}

ExitCode runList(const CertTarget& options) {
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    const auto reports = reportsOf(**desk);
    if (!reports) {
        return reportError(reports.error());
    }
    std::cout << (options.json ? certificatesAsJson(*reports, now(), false)
                               : certificatesAsTable(*reports, now()));
    return ExitCode::Ok;
}

ExitCode runShow(const CertTarget& options) {
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    auto reports = reportsOf(**desk);
    if (!reports) {
        return reportError(reports.error());
    }
    std::erase_if(*reports, [&](const CertificateReport& report) { return report.name != options.name; });
    if (reports->empty()) {
        reportError("there is no certificate called " + options.name + "; see `gatehousectl cert list`");
        return ExitCode::Conflict;
    }
    if (options.json) {
        std::cout << certificatesAsJson(*reports, now(), true);
    } else {
        for (const CertificateReport& report : *reports) {
            std::cout << certificateAsText(report, now());
        }
    }
    return ExitCode::Ok;
}

ExitCode runImport(const CertImportOptions& options) {
    const auto import = readImportFiles(options);
    if (!import) {
        return reportError(import.error());
    }
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    auto ready = gateway::service::readImport(*import, (*desk)->stored().config, (*desk)->keys(), now());
    if (!ready) {
        return reportError(ready.error());
    }
    return save(**desk, options, std::move(*ready), "imported");
}

ExitCode runGenerate(const CertSubjectOptions& options) {
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    gateway::service::SelfSignedRequest request;
    request.name = options.name;
    request.subject = subjectOf(options);
    request.kind = *keyKindOf(options.kind);
    request.days = options.days;
    request.author = options.author;
    auto ready = gateway::service::makeSelfSigned(request, (*desk)->stored().config);
    if (!ready) {
        return reportError(ready.error());
    }
    return save(**desk, options, std::move(*ready), "generated");
}

ExitCode runRequest(const CertSubjectOptions& options) {
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    gateway::service::SigningRequest request;
    request.name = options.name;
    request.subject = subjectOf(options);
    request.kind = *keyKindOf(options.kind);
    request.author = options.author;
    const auto pem = gateway::service::requestSigning(request, (*desk)->stored().config, (*desk)->secrets());
    if (!pem) {
        return reportError(pem.error());
    }
    if (options.json) {
        const nlohmann::json report{{"certificate", options.name}, {"signing_request", *pem}};
        std::cout << report.dump(2) << '\n';
    } else {
        std::cout << *pem;
    }
    return announceKeys(options.db);
}

ExitCode runRemove(const CertTarget& options) {
    const auto desk = Desk::open(options.db);
    if (!desk) {
        return reportError(desk.error());
    }
    const gateway::model::Config& config = (*desk)->stored().config;
    const Certificate* certificate = config.certificates.find(options.name);
    if (certificate == nullptr) {
        const auto forgotten =
            gateway::service::forgetRequest(options.name, config, (*desk)->secrets(), options.author);
        if (!forgotten) {
            return reportError(forgotten.error());
        }
        return conclude(options, "removed", (*desk)->stored().revision.number);
    }
    if (const auto users = gateway::service::usersOf(config, options.name); !users.empty()) {
        reportError("the certificate " + options.name + " is used by the " +
                    gateway::model::kindName(users.front().kind) + ' ' + users.front().name +
                    "; give that one another certificate first");
        return ExitCode::Conflict;
    }
    const auto infos = gateway::crypto::readCertificates(certificate->chain);
    const auto revision =
        (*desk)->publish(gateway::model::Remove{EntityKind::Certificate, certificate->id.value},
                         options.author, "Certificate " + options.name + " removed");
    if (!revision) {
        return reportError(revision.error());
    }
    const auto stored = (*desk)->stores().config.load();
    if (stored && infos && certificate->use == Certificate::Use::Identity) {
        // Another certificate may have the same key; then it stays.
        std::ignore = gateway::service::removeUnusedKey(infos->front().keyFingerprint, stored->config,
                                                        (*desk)->secrets(), options.author);
    }
    return conclude(options, "removed", *revision);
}

void addTarget(CLI::App& command, CertTarget& target, bool hasName) {
    if (hasName) {
        command.add_option("name", target.name, "What the certificate is called")
            ->required()
            ->type_name("NAME");
    }
    command.add_flag("--json", target.json, "As JSON");
    addDatabaseOption(command, target.db);
    addAuthorOption(command, target.author);
}

void addImport(CLI::App& parent, Action& action) {
    CLI::App* command =
        parent.add_subcommand("import", "Bring a certificate, or replace the one of that name");
    const auto options = std::make_shared<CertImportOptions>();
    addTarget(*command, *options, true);
    command->add_option("--chain", options->chain, "The certificate and those of its issuers, PEM")
        ->type_name("FILE");
    command
        ->add_option("--key", options->key,
                     "Its private key, PEM; not needed for a key that is stored, as after `csr`")
        ->type_name("FILE");
    command->add_option("--pkcs12", options->pkcs12, "Certificate and key in one file (.p12, .pfx)")
        ->type_name("FILE");
    command
        ->add_option("--passphrase-file", options->passphraseFile, "What the key or the file is encrypted by")
        ->type_name("FILE");
    command->add_flag("--authority", options->isAuthority,
                      "Trusted, not shown: clients or services are checked by it");
    command->add_option("--crl", options->revocations, "Of an authority: what it has revoked, PEM")
        ->type_name("FILE");
    command->footer("Examples:\n"
                    "  gatehousectl cert import shop --chain fullchain.pem --key privkey.pem\n"
                    "  gatehousectl cert import shop --pkcs12 shop.p12 --passphrase-file secret.txt\n"
                    "  gatehousectl cert import partners --authority --chain ca.pem --crl ca.crl");
    onRun(*command, action, options, runImport);
}

void addSubject(CLI::App& command, CertSubjectOptions& options) {
    addTarget(command, options, true);
    command.add_option("--names", options.names, "Host names and addresses that it is for")
        ->required()
        ->delimiter(',')
        ->type_name("NAME,...");
    command.add_option("--common-name", options.commonName, "For people (default: the first name)")
        ->type_name("TEXT");
    command.add_option("--organization", options.organization, "Whose it is")->type_name("TEXT");
    command.add_option("--kind", options.kind, "Of its key (ecdsa-p256)")
        ->check(CLI::IsMember(keyKindNames()))
        ->type_name("KIND");
}

void addMaking(CLI::App& parent, Action& action) {
    CLI::App* generate = parent.add_subcommand("generate", "Make a self-signed certificate");
    const auto own = std::make_shared<CertSubjectOptions>();
    addSubject(*generate, *own);
    generate->add_option("--days", own->days, "How long it is good (365)")->type_name("N");
    generate->footer("Examples:\n"
                     "  gatehousectl cert generate local --names localhost,127.0.0.1 --days 90");
    onRun(*generate, action, own, runGenerate);

    CLI::App* request =
        parent.add_subcommand("csr", "Make a key and print a signing request for an authority");
    const auto signing = std::make_shared<CertSubjectOptions>();
    addSubject(*request, *signing);
    request->footer("The key never leaves the database; import what the authority signed without --key.\n\n"
                    "Examples:\n"
                    "  gatehousectl cert csr shop --names shop.example,www.shop.example > shop.csr\n"
                    "  gatehousectl cert import shop --chain signed.pem");
    onRun(*request, action, signing, runRequest);
}

} // namespace

void addCertCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("cert", "List, import, make, renew and remove certificates");
    command->require_subcommand(1);
    command->footer("Private keys are stored encrypted by a master key in a file beside the database\n"
                    "(gatehouse.key for gatehouse.db; GATEHOUSE_KEY_FILE names another one), are never\n"
                    "shown, and are in no export.\n\n"
                    "Examples:\n"
                    "  gatehousectl cert list\n"
                    "  gatehousectl cert import shop --chain fullchain.pem --key privkey.pem\n"
                    "  gatehousectl cert show shop --json");

    CLI::App* list = command->add_subcommand("list", "List certificates, and requests that wait");
    const auto listed = std::make_shared<CertTarget>();
    addTarget(*list, *listed, false);
    list->footer("Examples:\n  gatehousectl cert list --json");
    onRun(*list, action, listed, runList);

    CLI::App* show = command->add_subcommand("show", "Show what a certificate says, and what is wrong");
    const auto shown = std::make_shared<CertTarget>();
    addTarget(*show, *shown, true);
    show->footer("Examples:\n  gatehousectl cert show shop");
    onRun(*show, action, shown, runShow);

    addImport(*command, action);
    addMaking(*command, action);

    addCertRenewCommand(*command, action);

    CLI::App* remove = command->add_subcommand("remove", "Remove a certificate, or a request, with its key");
    const auto removed = std::make_shared<CertTarget>();
    addTarget(*remove, *removed, true);
    remove->footer("Examples:\n  gatehousectl cert remove shop");
    onRun(*remove, action, removed, runRemove);
}

} // namespace app::cli
