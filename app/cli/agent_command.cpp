#include "app/cli/commands.h"
#include "app/cli/key_lookup.h"
#include "app/cli/text_table.h"
#include "app/database.h"
#include "gateway/model/scalars.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::metrics::CallRecord;
using gateway::model::Config;
using gateway::model::ConsumerId;
using gateway::service::Stores;

namespace {

struct CallsOptions {
    std::string db;
    std::string consumer;
    std::size_t limit = 50;
    std::uint64_t before = 0;
    bool json = false;
};

std::string timeText(std::int64_t micros) {
    return gateway::model::formatTime(gateway::WallTime(std::chrono::microseconds(micros)));
}

std::string consumerText(const Config& config, std::uint64_t id) {
    const auto* consumer = config.consumers.findById(ConsumerId{id});
    return consumer != nullptr ? consumer->name : '#' + std::to_string(id);
}

nlohmann::json toJson(const CallRecord& call, const Config& config) {
    return {{"id", call.id},
            {"time", timeText(call.timeMicros)},
            {"consumer", consumerText(config, call.consumer)},
            {"credential", call.credential},
            {"client", call.client},
            {"request_id", call.requestId},
            {"method", call.method},
            {"host", call.host},
            {"path", call.path},
            {"route", call.route},
            {"service", call.service},
            {"target", call.target},
            {"status", call.status},
            {"code", call.code},
            {"duration_us", call.durationMicros},
            {"bytes_in", call.bytesIn},
            {"bytes_out", call.bytesOut}};
}

std::string asJson(const std::vector<CallRecord>& calls, const Config& config) {
    nlohmann::json list = nlohmann::json::array();
    for (const CallRecord& call : calls) {
        list.push_back(toJson(call, config));
    }
    return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string asTable(const std::vector<CallRecord>& calls, const Config& config) {
    const auto orDash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
    constexpr std::int64_t microsPerMilli = 1'000;
    std::vector<TableRow> rows{
        {"ID", "TIME", "AGENT", "CREDENTIAL", "STATUS", "MS", "ROUTE", "CODE", "REQUEST"}};
    for (const CallRecord& call : calls) {
        rows.push_back({std::to_string(call.id), timeText(call.timeMicros),
                        consumerText(config, call.consumer), orDash(call.credential),
                        call.status == 0 ? "left" : std::to_string(call.status),
                        std::to_string(call.durationMicros / microsPerMilli), orDash(call.route),
                        orDash(call.code), call.method + ' ' + call.host + call.path});
    }
    return tableText(rows);
}

ExitCode runCalls(const CallsOptions& options) {
    const auto opened = openStores(options.db, db::OpenMode::Existing);
    if (!opened) {
        return reportError(opened.error());
    }
    const Stores stores = (*opened)->ports();
    const auto stored = stores.config.load();
    if (!stored) {
        return reportError(stored.error());
    }
    ConsumerId consumer;
    if (!options.consumer.empty()) {
        const auto found = findConsumer(stored->config, options.consumer);
        if (!found) {
            return reportError(found.error());
        }
        consumer = found->id;
    }
    const auto calls = stores.calls.list(consumer, options.before, options.limit);
    if (!calls) {
        return reportError(calls.error());
    }
    std::cout << (options.json ? asJson(*calls, stored->config) : asTable(*calls, stored->config));
    return ExitCode::Ok;
}

} // namespace

void addAgentCommand(CLI::App& program, Action& action) {
    CLI::App* command = program.add_subcommand("agent", "What consumers of the kind agent did");
    command->require_subcommand(1);
    command->footer("Examples:\n  gatehousectl agent calls --consumer pricing-bot");

    CLI::App* calls = command->add_subcommand("calls", "List the calls of agents, the newest first");
    const auto options = std::make_shared<CallsOptions>();
    calls->add_option("--consumer", options->consumer, "Only this agent's")->type_name("NAME");
    calls->add_option("--limit", options->limit, "How many at most (50)")
        ->check(CLI::Range(1, 200'000))
        ->type_name("N");
    calls->add_option("--before", options->before, "Only those before the call of this id")->type_name("ID");
    calls->add_flag("--json", options->json, "As JSON");
    addDatabaseOption(*calls, options->db);
    calls->footer("The newest 200,000 calls are kept. A running gateway stores them every five seconds.\n\n"
                  "Examples:\n"
                  "  gatehousectl agent calls --limit 200\n"
                  "  gatehousectl agent calls --consumer pricing-bot --json");
    onRun(*calls, action, options, runCalls);
}

} // namespace app::cli
