#include "app/cli/commands.h"
#include "app/cli/key_lookup.h"
#include "app/cli/running_gateway.h"
#include "app/cli/text_table.h"
#include "app/database.h"
#include "gateway/model/scalars.h"
#include "gateway/service/revocation_rules.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::WallTime;
using gateway::model::Config;
using gateway::model::Revocation;
using gateway::service::Stores;

namespace {

struct RevokeOptions {
    std::string db;
    std::string author;
    Revocation::Kind kind = Revocation::Kind::Consumer;
    std::string what; ///< a consumer's name, a jti, a subject, a time
    std::string provider;
    std::string before;
    std::string reason;
    std::string holdsFor;
    bool json = false;
};

struct KeyOptions {
    std::string db;
    std::string author;
    std::string key;
};

struct ListOptions {
    std::string db;
    bool json = false;
};

struct LiftOptions {
    std::string db;
    std::string author;
    std::uint64_t id = 0;
};

WallTime now() {
    return gateway::SystemClock().wallTime();
}

const char* kindText(Revocation::Kind kind) {
    switch (kind) {
    case Revocation::Kind::Consumer:
        return "consumer";
    case Revocation::Kind::TokenId:
        return "token";
    case Revocation::Kind::Subject:
        return "subject";
    case Revocation::Kind::Before:
        return "before";
    }
    return "";
}

template<class Entities, class Id>
std::string nameOf(const Entities& entities, Id id) {
    const auto* entity = id ? entities.findById(id) : nullptr;
    return entity != nullptr ? entity->name : std::string();
}

/// The name, jti or subject; of Kind::Before there is none.
std::string valueOf(const Revocation& revocation, const Config& config) {
    return revocation.kind == Revocation::Kind::Consumer ? nameOf(config.consumers, revocation.consumer)
                                                         : revocation.value;
}

nlohmann::json toJson(const Revocation& revocation, const Config& config) {
    nlohmann::json json{{"id", revocation.id.value},
                        {"kind", kindText(revocation.kind)},
                        {"author", revocation.author},
                        {"created", gateway::model::formatTime(revocation.created)}};
    const auto addText = [&json](const char* name, const std::string& text) {
        if (!text.empty()) {
            json[name] = text;
        }
    };
    addText("value", valueOf(revocation, config));
    addText("provider", nameOf(config.identityProviders, revocation.provider));
    addText("reason", revocation.reason);
    if (revocation.before != WallTime{}) {
        json["before"] = gateway::model::formatTime(revocation.before);
    }
    if (revocation.expires) {
        json["expires"] = gateway::model::formatTime(*revocation.expires);
    }
    return json;
}

void print(const nlohmann::json& json) {
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

Result<WallTime> timeOf(const std::string& text, const char* option) {
    if (text == "now") {
        return now();
    }
    const auto time = gateway::model::parseTime(text);
    if (!time) {
        return fail(ErrorKind::Input, "bad-date",
                    option + text + " is no date; write 2027-01-31, 2027-01-31T09:30:00Z, or now");
    }
    return *time;
}

/// What the options say, checked against the config.
Result<Revocation> revocationOf(const RevokeOptions& options, const Config& config) {
    Revocation revocation;
    revocation.kind = options.kind;
    revocation.reason = options.reason;
    revocation.author = options.author;
    if (options.kind == Revocation::Kind::Consumer) {
        const auto consumer = findConsumer(config, options.what);
        if (!consumer) {
            return fail(consumer.error());
        }
        revocation.consumer = consumer->id;
    } else if (options.kind == Revocation::Kind::Before) {
        const auto before = timeOf(options.what, "");
        if (!before) {
            return fail(before.error());
        }
        revocation.before = *before;
    } else {
        revocation.value = options.what;
    }
    if (!options.before.empty()) {
        const auto before = timeOf(options.before, "--before: ");
        if (!before) {
            return fail(before.error());
        }
        revocation.before = *before;
    }
    if (!options.provider.empty()) {
        const auto* provider = config.identityProviders.find(options.provider);
        if (provider == nullptr) {
            return fail(ErrorKind::Conflict, "no-such-provider",
                        "there is no identity provider called " + options.provider);
        }
        revocation.provider = provider->id;
    }
    if (!options.holdsFor.empty()) {
        const auto duration = gateway::model::parseDuration(options.holdsFor);
        if (!duration) {
            return fail(ErrorKind::Input, "bad-duration",
                        "--for: " + options.holdsFor + " is no duration; write 24h or 30d");
        }
        revocation.expires = now() + *duration;
    }
    return gateway::service::completeRevocation(std::move(revocation), config, now());
}

ExitCode runRevoke(const RevokeOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    auto revocation = revocationOf(options, stored->config);
    if (!revocation) {
        return reportError(revocation.error());
    }
    const auto done = gateway::service::storeRevocation(stores, std::move(*revocation));
    if (!done) {
        return reportError(done.error());
    }
    if (options.json) {
        print(toJson(*done, stored->config));
    } else {
        const std::string value = valueOf(*done, stored->config);
        std::cout << kindText(done->kind) << ' '
                  << (value.empty() ? gateway::model::formatTime(done->before) : value)
                  << " revoked; `gatehousectl revoke lift " << done->id.value << "` takes it back\n";
    }
    return announceKeys(options.db);
}

ExitCode runRevokeKey(const KeyOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto id = findKey(stores, options.key);
    if (!id) {
        return reportError(id.error());
    }
    const auto key = stores.keys.setState(*id, gateway::model::KeyState::Revoked, options.author);
    if (!key) {
        return reportError(key.error());
    }
    std::cout << "key " << options.key << " revoked for good\n";
    return announceKeys(options.db);
}

ExitCode runList(const ListOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    const auto revocations = stores.revocations.list(now());
    if (!revocations) {
        return reportError(revocations.error());
    }
    if (options.json) {
        nlohmann::json list = nlohmann::json::array();
        for (const Revocation& revocation : *revocations) {
            list.push_back(toJson(revocation, stored->config));
        }
        print(list);
        return ExitCode::Ok;
    }
    const auto orDash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
    std::vector<TableRow> rows{
        {"ID", "KIND", "VALUE", "PROVIDER", "ISSUED BEFORE", "CREATED", "UNTIL", "BY", "REASON"}};
    for (const Revocation& revocation : *revocations) {
        rows.push_back({std::to_string(revocation.id.value), kindText(revocation.kind),
                        orDash(valueOf(revocation, stored->config)),
                        orDash(nameOf(stored->config.identityProviders, revocation.provider)),
                        revocation.before == WallTime{} ? "-" : gateway::model::formatTime(revocation.before),
                        gateway::model::formatTime(revocation.created),
                        revocation.expires ? gateway::model::formatTime(*revocation.expires) : "-",
                        orDash(revocation.author), orDash(revocation.reason)});
    }
    std::cout << tableText(rows);
    return ExitCode::Ok;
}

ExitCode runLift(const LiftOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const auto lifted =
        (*opened)->ports().revocations.remove(gateway::model::RevocationId{options.id}, options.author);
    if (!lifted) {
        return reportError(lifted.error());
    }
    std::cout << "revocation " << options.id << " lifted\n";
    return announceKeys(options.db);
}

void addOne(CLI::App& parent, Action& action, Revocation::Kind kind, const char* what,
            const char* description, const char* footer) {
    CLI::App* command = parent.add_subcommand(kindText(kind), description);
    const auto options = std::make_shared<RevokeOptions>();
    options->kind = kind;
    command->add_option("what", options->what, what)->required();
    if (kind != Revocation::Kind::Consumer) {
        command->add_option("--provider", options->provider, "Only its tokens (default: whoever issued them)")
            ->type_name("NAME");
    }
    if (kind == Revocation::Kind::Subject) {
        command->add_option("--before", options->before, "Only tokens issued before (default: now)")
            ->type_name("DATE");
    }
    command->add_option("--reason", options->reason, "For the list and the audit trail")->type_name("TEXT");
    command->add_option("--for", options->holdsFor, "Forget it after this time (default: never)")
        ->type_name("DURATION");
    command->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*command, options->db);
    addAuthorOption(*command, options->author);
    command->footer(footer);
    onRun(*command, action, options, runRevoke);
}

void addKinds(CLI::App& parent, Action& action) {
    addOne(parent, action, Revocation::Kind::Consumer, "Its name",
           "Refuse a consumer, whatever it calls with",
           "Examples:\n  gatehousectl revoke consumer acme --reason \"contract ended\"");
    addOne(parent, action, Revocation::Kind::TokenId, "The token's id (jti)", "Refuse one token",
           "Examples:\n  gatehousectl revoke token 7f3a9c --provider corp --for 24h");
    addOne(parent, action, Revocation::Kind::Subject, "Whose tokens (sub)",
           "Refuse the tokens of a subject that were issued so far",
           "A token that it gets later is good again.\n\n"
           "Examples:\n  gatehousectl revoke subject 'auth0|1' --reason \"lost laptop\"");
    addOne(parent, action, Revocation::Kind::Before, "A time: 2027-01-31T09:30:00Z, or now",
           "Refuse everything that was issued before a time",
           "Without --provider API keys that were created before it are revoked, too, for good.\n\n"
           "Examples:\n"
           "  gatehousectl revoke before now --provider corp\n"
           "  gatehousectl revoke before 2027-01-31T09:30:00Z");
}

} // namespace

void addRevokeCommand(CLI::App& program, Action& action) {
    CLI::App* command =
        program.add_subcommand("revoke", "Refuse consumers, tokens and keys from the next request on");
    command->require_subcommand(1);
    command->footer("A running gateway refuses what is revoked from the next request on, and closes streams\n"
                    "that are open.\n\n"
                    "Examples:\n"
                    "  gatehousectl revoke consumer acme\n"
                    "  gatehousectl revoke subject 'auth0|1' --provider corp\n"
                    "  gatehousectl revoke list");
    addKinds(*command, action);

    CLI::App* key = command->add_subcommand("key", "Make a key useless for good");
    const auto keyOptions = std::make_shared<KeyOptions>();
    key->add_option("key", keyOptions->key, "Its id, or CONSUMER/NAME")->required()->type_name("KEY");
    addDatabaseOption(*key, keyOptions->db);
    addAuthorOption(*key, keyOptions->author);
    key->footer("Examples:\n  gatehousectl revoke key acme/laptop");
    onRun(*key, action, keyOptions, runRevokeKey);

    CLI::App* list = command->add_subcommand("list", "List what is revoked beside keys");
    const auto listOptions = std::make_shared<ListOptions>();
    list->add_flag("--json", listOptions->json, "As JSON");
    addDatabaseOption(*list, listOptions->db);
    list->footer("Examples:\n  gatehousectl revoke list --json");
    onRun(*list, action, listOptions, runList);

    CLI::App* lift = command->add_subcommand("lift", "Take a revocation back; keys stay revoked");
    const auto liftOptions = std::make_shared<LiftOptions>();
    lift->add_option("id", liftOptions->id, "As the list says it")->required()->type_name("ID");
    addDatabaseOption(*lift, liftOptions->db);
    addAuthorOption(*lift, liftOptions->author);
    lift->footer("Examples:\n  gatehousectl revoke lift 3");
    onRun(*lift, action, liftOptions, runLift);
}

} // namespace app::cli
