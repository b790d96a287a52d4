#include "db/call_store.h"

#include <limits>

namespace db {

using gateway::fail;
using gateway::Result;
using gateway::metrics::CallRecord;

namespace {

constexpr std::string_view insertSql =
    "INSERT INTO agent_call (consumer, time, duration, status, request_id, client, method, host, path, route,"
    " service, target, credential, code, bytes_in, bytes_out)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

// One text a filter, so that SQLite can use the index of the one that is set.
#define GATEHOUSE_CALL_COLUMNS                                                                               \
    "SELECT id, consumer, time, duration, status, request_id, client, method, host, path, route, service,"   \
    " target, credential, code, bytes_in, bytes_out FROM agent_call"
constexpr std::string_view listSql = GATEHOUSE_CALL_COLUMNS " WHERE id < ? ORDER BY id DESC LIMIT ?";
constexpr std::string_view listOfSql =
    GATEHOUSE_CALL_COLUMNS " WHERE id < ? AND consumer = ? ORDER BY id DESC LIMIT ?";
#undef GATEHOUSE_CALL_COLUMNS

Result<void> insertCall(Statement& insert, const CallRecord& call) {
    return insert.bind(call.consumer)
        .bind(call.timeMicros)
        .bind(call.durationMicros)
        .bind(call.status)
        .bind(call.requestId)
        .bind(call.client)
        .bind(call.method)
        .bind(call.host)
        .bind(call.path)
        .bind(call.route)
        .bind(call.service)
        .bind(call.target)
        .bind(call.credential)
        .bind(call.code)
        .bind(call.bytesIn)
        .bind(call.bytesOut)
        .run();
}

CallRecord readCall(const Statement& select) {
    return {.id = select.number(0),
            .consumer = select.number(1),
            .timeMicros = select.integer(2),
            .durationMicros = select.integer(3),
            .status = static_cast<int>(select.integer(4)),
            .requestId = select.text(5),
            .client = select.text(6),
            .method = select.text(7),
            .host = select.text(8),
            .path = select.text(9),
            .route = select.text(10),
            .service = select.text(11),
            .target = select.text(12),
            .credential = select.text(13),
            .code = select.text(14),
            .bytesIn = select.number(15),
            .bytesOut = select.number(16)};
}

} // namespace

Result<void> SqliteCallStore::append(const std::vector<CallRecord>& calls) {
    if (calls.empty()) {
        return {};
    }
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction) {
        return fail(transaction.error());
    }
    {
        auto insert = m_database.statement(insertSql);
        if (!insert) {
            return fail(insert.error());
        }
        for (const CallRecord& call : calls) {
            if (auto inserted = insertCall(*insert, call); !inserted) {
                return inserted;
            }
        }
    }
    {
        auto forget =
            m_database.statement("DELETE FROM agent_call WHERE id <= (SELECT MAX(id) FROM agent_call) - ?");
        if (!forget) {
            return fail(forget.error());
        }
        if (auto forgot = forget->bind(callsMax).run(); !forgot) {
            return forgot;
        }
    }
    return transaction->commit();
}

Result<std::vector<CallRecord>> SqliteCallStore::list(gateway::model::ConsumerId consumer,
                                                      std::uint64_t beforeId, std::size_t limit) {
    auto select = m_database.statement(consumer ? listOfSql : listSql);
    if (!select) {
        return fail(select.error());
    }
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    select->bind(beforeId == 0 ? newest : static_cast<std::int64_t>(beforeId));
    if (consumer) {
        select->bind(consumer.value);
    }
    select->bind(limit);
    std::vector<CallRecord> calls;
    for (;;) {
        const auto row = select->next();
        if (!row) {
            return fail(row.error());
        }
        if (!*row) {
            return calls;
        }
        calls.push_back(readCall(*select));
    }
}

} // namespace db
