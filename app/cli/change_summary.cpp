#include "app/cli/change_summary.h"

#include "app/cli/config_input.h"

#include <algorithm>
#include <array>
#include <optional>

namespace app::cli {

using gateway::model::Config;
using gateway::model::Edit;
using gateway::model::EntityKind;
using gateway::model::Put;
using gateway::model::Remove;

namespace {

constexpr std::array kinds{
    EntityKind::Certificate,      EntityKind::Listener, EntityKind::Tier,   EntityKind::Consumer,
    EntityKind::IdentityProvider, EntityKind::Service,  EntityKind::Policy, EntityKind::Route};
struct ActionWord {
    const char* action;
    const char* done;
};
constexpr std::array actions{ActionWord{"add", " added"}, ActionWord{"change", " changed"},
                             ActionWord{"remove", " removed"}};

template<class T>
std::string nameIn(const gateway::model::Collection<T>& collection, std::uint64_t id) {
    const T* found = collection.findById({id});
    return found != nullptr ? found->name : std::string();
}

std::string removedName(const Config& before, const Remove& remove) {
    switch (remove.kind) {
    case EntityKind::Certificate:
        return nameIn(before.certificates, remove.id);
    case EntityKind::Listener:
        return nameIn(before.listeners, remove.id);
    case EntityKind::Tier:
        return nameIn(before.tiers, remove.id);
    case EntityKind::Consumer:
        return nameIn(before.consumers, remove.id);
    case EntityKind::IdentityProvider:
        return nameIn(before.identityProviders, remove.id);
    case EntityKind::Service:
        return nameIn(before.services, remove.id);
    case EntityKind::Policy:
        return nameIn(before.policies, remove.id);
    case EntityKind::Route:
        return nameIn(before.routes, remove.id);
    }
    return {};
}

ChangeLine describePut(const Put& put) {
    // The alternatives stand in the order of the kinds.
    const EntityKind kind = kinds[put.entity.index()];
    return std::visit(
        [kind](const auto& entity) {
            return ChangeLine{.action = entity.id ? "change" : "add",
                              .kind = gateway::model::kindName(kind),
                              .name = entity.name};
        },
        put.entity);
}

} // namespace

std::vector<ChangeLine> describeEdits(const Config& before, const std::vector<Edit>& edits) {
    std::vector<ChangeLine> lines;
    lines.reserve(edits.size());
    for (const Edit& edit : edits) {
        if (const auto* put = std::get_if<Put>(&edit)) {
            lines.push_back(describePut(*put));
        } else {
            const auto& remove = std::get<Remove>(edit);
            lines.push_back({.action = "remove",
                             .kind = gateway::model::kindName(remove.kind),
                             .name = removedName(before, remove)});
        }
    }
    return lines;
}

std::string summarise(const std::vector<ChangeLine>& lines) {
    std::string text;
    const auto add = [&](const std::string& kind, const auto& countText) {
        for (const ActionWord& word : actions) {
            const auto count = std::count_if(lines.begin(), lines.end(), [&](const ChangeLine& line) {
                return line.kind == kind && line.action == word.action;
            });
            if (count > 0) {
                text += (text.empty() ? "" : ", ") + countText(static_cast<std::size_t>(count)) + word.done;
            }
        }
    };
    for (const EntityKind kind : kinds) {
        add(gateway::model::kindName(kind), [kind](std::size_t count) { return countOf(count, kind); });
    }
    add("key", countOfKeys);
    return text.empty() ? "nothing" : text;
}

} // namespace app::cli
