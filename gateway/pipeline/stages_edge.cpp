#include "gateway/http/characters.h"
#include "gateway/pipeline/stages.h"

#include <algorithm>

/// What is decided before anybody asks who calls.
namespace gateway::pipeline {
namespace {

constexpr std::uint16_t httpsPort = 443;

} // namespace

std::size_t takeFromQuery(RequestContext& context, std::string_view name, std::string_view& value) {
    std::size_t times = 0;
    std::string_view rest = context.head->query;
    context.query.clear();
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view item = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (item.size() > name.size() && item[name.size()] == '=' && item.substr(0, name.size()) == name) {
            ++times;
            value = item.substr(name.size() + 1);
            continue;
        }
        if (!context.query.empty()) {
            context.query.push_back('&');
        }
        context.query.append(item);
    }
    context.queryChanged = times > 0;
    return times;
}

Verdict answerChallenge(RequestContext& context, const StageTools& tools) {
    if (tools.challenges == nullptr || tools.challenges->isEmpty()) {
        return Verdict::Continue;
    }
    std::string answer = tools.challenges->find(context.head->path);
    if (answer.empty()) {
        return Verdict::Continue;
    }
    context.reply.set(200, "", "");
    context.reply.body = std::move(answer);
    context.reply.extraFields.append("Content-Type: ")
        .append(http::ChallengeTable::contentType)
        .append("\r\n");
    return Verdict::Reply;
}

Verdict redirect(RequestContext& context, const StageTools&) {
    const std::uint16_t port = context.redirectPort();
    const http::RequestHead& head = *context.head;
    if (port == 0 || context.isSecure ||
        head.path.substr(0, http::ChallengeTable::pathPrefix.size()) == http::ChallengeTable::pathPrefix) {
        return Verdict::Continue;
    }
    if (head.host.empty()) {
        context.reply.set(400, "https-required", "This address is asked by https only.");
        return Verdict::Reply;
    }
    std::string_view key;
    if (!context.listener->keyQuery.empty() && head.hasQuery) {
        takeFromQuery(context, context.listener->keyQuery, key);
    }
    std::string& fields = context.reply.extraFields;
    fields.append("Location: https://").append(head.host);
    if (port != httpsPort) {
        fields.append(":").append(std::to_string(port));
    }
    fields.append(head.path);
    const std::string_view query = context.queryChanged ? std::string_view(context.query) : head.query;
    if (!query.empty()) {
        fields.append("?").append(query);
    }
    fields.append("\r\n");
    context.reply.set(308, "https-required", "This address is asked by https.");
    return Verdict::Reply;
}

} // namespace gateway::pipeline
