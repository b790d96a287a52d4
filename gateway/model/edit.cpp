#include "gateway/model/edit.h"

#include "gateway/model/dependents.h"

#include <algorithm>
#include <set>
#include <type_traits>
#include <unordered_map>

namespace gateway::model {
namespace {

/// The changes to one kind, kept beside the collection until all edits are in: a thousand edits of a hundred
/// thousand items cost one pass each way, not a thousand.
template<class T>
class Draft {
public:
    using Pointer = typename Collection<T>::Pointer;

    explicit Draft(const Collection<T>& base)
        : m_base(base) {}

    /// Finds the names of all ids that the edits will ask for.
    void prepare(const std::set<std::uint64_t>& ids) {
        constexpr std::size_t fewMax = 16; // each is found faster than all are passed
        if (ids.size() <= fewMax) {
            for (const std::uint64_t id : ids) {
                if (const T* item = id != 0 ? m_base.findById(typename Collection<T>::Id{id}) : nullptr) {
                    m_names.emplace(id, item->name);
                }
            }
            return;
        }
        for (const T& item : m_base) {
            if (ids.count(item.id.value) > 0) {
                m_names.emplace(item.id.value, item.name);
            }
        }
    }

    [[nodiscard]] const T* find(std::string_view name) const {
        const auto change = m_changes.find(name);
        return change != m_changes.end() ? change->second.get() : m_base.find(name);
    }

    [[nodiscard]] const std::string* nameOf(std::uint64_t id) const {
        const auto name = m_names.find(id);
        return name != m_names.end() ? &name->second : nullptr;
    }

    void put(T item) {
        const auto former = m_names.find(item.id.value);
        if (former != m_names.end() && former->second != item.name) {
            m_changes[former->second] = nullptr;
        }
        m_names[item.id.value] = item.name;
        std::string name = item.name;
        m_changes[std::move(name)] = std::make_shared<const T>(std::move(item));
    }

    void remove(std::uint64_t id) {
        const auto name = m_names.find(id);
        m_changes[name->second] = nullptr;
        m_names.erase(name);
    }

    /// Puts a changed copy of each item that is concerned; they are followers().
    template<class Concerns, class Change>
    void update(const Concerns& concerns, const Change& change) {
        std::vector<T> changed;
        const auto visit = [&](const T& item) {
            if (concerns(item)) {
                change(changed.emplace_back(item));
                m_followers.insert(item.id.value);
            }
        };
        for (const T& item : m_base) {
            if (m_changes.find(item.name) == m_changes.end()) {
                visit(item);
            }
        }
        for (const auto& [name, item] : m_changes) {
            if (item) {
                visit(*item);
            }
        }
        for (T& item : changed) {
            put(std::move(item));
        }
    }

    /// Ids of what changed because something else did.
    [[nodiscard]] const std::set<std::uint64_t>& followers() const { return m_followers; }

    [[nodiscard]] Collection<T> finish() const {
        Collection<T> result = m_base;
        if (!m_changes.empty()) {
            result.merge(m_changes);
        }
        return result;
    }

private:
    const Collection<T>& m_base;
    std::map<std::string, Pointer, std::less<>> m_changes; ///< null: removed
    std::unordered_map<std::uint64_t, std::string> m_names;
    std::set<std::uint64_t> m_followers;
};

/// What has no order gets the one of its names, as the file form has it.
template<class Named>
void sortByName(std::vector<Named>& items) {
    std::stable_sort(items.begin(), items.end(),
                     [](const Named& a, const Named& b) { return a.name < b.name; });
}

/// Applies edits one by one.
class Editor {
public:
    Editor(const Config& config, std::uint64_t nextId)
        : m_drafts(Draft(config.certificates), Draft(config.listeners), Draft(config.tiers),
                   Draft(config.consumers), Draft(config.identityProviders), Draft(config.services),
                   Draft(config.policies), Draft(config.routes))
        , m_nextId(nextId) {}

    void prepare(const std::vector<Edit>& edits) {
        std::map<EntityKind, std::set<std::uint64_t>> ids;
        for (const Edit& edit : edits) {
            if (const auto* removal = std::get_if<Remove>(&edit)) {
                ids[removal->kind].insert(removal->id);
            } else {
                std::visit(
                    [&](const auto& entity) {
                        ids[kindOf<std::decay_t<decltype(entity)>>].insert(entity.id.value);
                    },
                    std::get<Put>(edit).entity);
            }
        }
        std::apply([&](auto&... draft) { (prepareOne(draft, ids), ...); }, m_drafts);
    }

    [[nodiscard]] Result<void> apply(Edit& edit) {
        if (auto* put = std::get_if<Put>(&edit)) {
            return std::visit([&](auto& entity) { return applyPut(entity); }, put->entity);
        }
        const auto& removal = std::get<Remove>(edit);
        switch (removal.kind) {
        case EntityKind::Certificate:
            return applyRemove<Certificate>(removal.id);
        case EntityKind::Listener:
            return applyRemove<Listener>(removal.id);
        case EntityKind::Tier:
            return applyRemove<Tier>(removal.id);
        case EntityKind::Consumer:
            return applyRemove<Consumer>(removal.id);
        case EntityKind::IdentityProvider:
            return applyRemove<IdentityProvider>(removal.id);
        case EntityKind::Service:
            return applyRemove<Service>(removal.id);
        case EntityKind::Policy:
            return applyRemove<Policy>(removal.id);
        case EntityKind::Route:
            break;
        }
        return applyRemove<Route>(removal.id);
    }

    /// Puts for what changed because something else was renamed.
    void appendFollowers(std::vector<Edit>& edits) const {
        std::apply([&](const auto&... drafts) { (appendFollowers(drafts, edits), ...); }, m_drafts);
    }

    [[nodiscard]] Config finish() const {
        return Config{draft<Certificate>().finish(),
                      draft<Listener>().finish(),
                      draft<Tier>().finish(),
                      draft<Consumer>().finish(),
                      draft<IdentityProvider>().finish(),
                      draft<Service>().finish(),
                      draft<Policy>().finish(),
                      draft<Route>().finish()};
    }
    [[nodiscard]] std::uint64_t nextId() const { return m_nextId; }

private:
    template<class T>
    static void prepareOne(Draft<T>& draft, const std::map<EntityKind, std::set<std::uint64_t>>& ids) {
        const auto own = ids.find(kindOf<T>);
        if (own != ids.end()) {
            draft.prepare(own->second);
        }
    }

    template<class T>
    [[nodiscard]] Draft<T>& draft() {
        return std::get<Draft<T>>(m_drafts);
    }
    template<class T>
    [[nodiscard]] const Draft<T>& draft() const {
        return std::get<Draft<T>>(m_drafts);
    }

    template<class T>
    [[nodiscard]] Result<void> applyPut(T& entity) {
        Draft<T>& own = draft<T>();
        const std::string kind = kindName(kindOf<T>);
        const std::string* former = entity.id ? own.nameOf(entity.id.value) : nullptr;
        if (entity.id && former == nullptr) {
            return fail(ErrorKind::Conflict, "gone",
                        "The " + kind + " \"" + entity.name + "\" was removed in the meantime.");
        }
        const T* namesake = own.find(entity.name);
        if (namesake != nullptr && namesake->id != entity.id) {
            return fail(ErrorKind::Conflict, "name-taken",
                        "There is a " + kind + " named \"" + entity.name +
                            "\" already; choose another name.");
        }
        if (!entity.id) {
            entity.id.value = m_nextId++;
        }
        if constexpr (std::is_same_v<T, Route>) {
            sortByName(entity.match.headers);
            sortByName(entity.match.query);
        } else if constexpr (std::is_same_v<T, Policy>) {
            if (entity.identity) {
                sortByName(entity.identity->headers);
            }
        }
        const std::string formerName = former != nullptr ? *former : entity.name;
        own.put(entity);
        if (formerName != entity.name) {
            follow<T>(formerName, entity.name);
        }
        return {};
    }

    template<class T>
    [[nodiscard]] Result<void> applyRemove(std::uint64_t id) {
        if (draft<T>().nameOf(id) == nullptr) {
            return fail(ErrorKind::Conflict, "gone",
                        std::string("The ") + kindName(kindOf<T>) + " to remove is not there any more.");
        }
        draft<T>().remove(id);
        return {};
    }

    /// Whoever names what was renamed names it by its new name from now on.
    template<class T>
    void follow(const std::string& from, const std::string& to) {
        std::apply([&](auto&... drafts) { (followIn<T>(drafts, from, to), ...); }, m_drafts);
    }

    template<class T, class Other>
    static void followIn(Draft<Other>& others, const std::string& from, const std::string& to) {
        if constexpr (canName(kindOf<Other>, kindOf<T>)) {
            const auto isMeant = [&](EntityKind kind, const std::string& name) {
                return kind == kindOf<T> && name == from;
            };
            others.update(
                [&](const Other& other) {
                    bool found = false;
                    visitReferences(other, [&](EntityKind kind, const std::string& name) {
                        found = found || isMeant(kind, name);
                    });
                    return found;
                },
                [&](Other& other) {
                    visitReferences(other, [&](EntityKind kind, std::string& name) {
                        if (isMeant(kind, name)) {
                            name = to;
                        }
                    });
                });
        }
    }

    template<class T>
    static void appendFollowers(const Draft<T>& items, std::vector<Edit>& edits) {
        for (const std::uint64_t id : items.followers()) {
            const std::string* name = items.nameOf(id);
            const T* item = name != nullptr ? items.find(*name) : nullptr;
            if (item != nullptr) {
                edits.emplace_back(Put{*item});
            }
        }
    }

    std::tuple<Draft<Certificate>, Draft<Listener>, Draft<Tier>, Draft<Consumer>, Draft<IdentityProvider>,
               Draft<Service>, Draft<Policy>, Draft<Route>>
        m_drafts;
    std::uint64_t m_nextId;
};

template<class T>
void addDifference(const Collection<T>& before, const Collection<T>& after, std::vector<Edit>& removals,
                   std::vector<Edit>& puts) {
    for (const T& item : before) {
        if (after.find(item.name) == nullptr) {
            removals.emplace_back(Remove{kindOf<T>, item.id.value});
        }
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
        const T* former = before.find(after[i].name);
        if (former == &after[i]) {
            continue;
        }
        T item = after[i];
        item.id = former != nullptr ? former->id : typename Collection<T>::Id{};
        if (former == nullptr || !(item == *former)) {
            puts.emplace_back(Put{std::move(item)});
        }
    }
}

} // namespace

Result<Config> applyEdits(const Config& config, std::vector<Edit>& edits, std::uint64_t& nextId) {
    std::vector<Edit> applied = edits;
    Editor editor(config, nextId);
    editor.prepare(applied);
    for (Edit& edit : applied) {
        if (auto done = editor.apply(edit); !done) {
            return fail(done.error());
        }
    }
    editor.appendFollowers(applied);
    edits = std::move(applied);
    nextId = editor.nextId();
    return editor.finish();
}

std::vector<Edit> difference(const Config& before, const Config& after) {
    std::vector<Edit> edits;
    std::vector<Edit> puts;
    addDifference(before.certificates, after.certificates, edits, puts);
    addDifference(before.listeners, after.listeners, edits, puts);
    addDifference(before.tiers, after.tiers, edits, puts);
    addDifference(before.consumers, after.consumers, edits, puts);
    addDifference(before.identityProviders, after.identityProviders, edits, puts);
    addDifference(before.services, after.services, edits, puts);
    addDifference(before.policies, after.policies, edits, puts);
    addDifference(before.routes, after.routes, edits, puts);
    edits.insert(edits.end(), std::make_move_iterator(puts.begin()), std::make_move_iterator(puts.end()));
    return edits;
}

} // namespace gateway::model
