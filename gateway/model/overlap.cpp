#include "gateway/model/overlap.h"

#include "gateway/model/names.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace gateway::model {
namespace {

// A header or query parameter that must have one value. Conditions that take any value cannot keep two routes
// apart: a request may well hold both.
struct Exact {
    std::string name; ///< with "h" or "q" before it
    std::string_view value;
};

struct Candidate {
    const RankedRoute* ranked = nullptr;
    std::vector<Exact> conditions; ///< sorted by name

    [[nodiscard]] const Exact* find(std::string_view name) const {
        const auto at =
            std::lower_bound(conditions.begin(), conditions.end(), name,
                             [](const Exact& exact, std::string_view wanted) { return exact.name < wanted; });
        return at != conditions.end() && at->name == name ? &*at : nullptr;
    }
};

using Candidates = std::vector<const Candidate*>;

std::size_t conditionCount(const Route& route) {
    return route.match.headers.size() + route.match.query.size();
}

Candidate makeCandidate(const RankedRoute& ranked) {
    Candidate candidate{&ranked, {}};
    for (const NameValue& header : ranked.route->match.headers) {
        if (header.value != "*") {
            candidate.conditions.push_back({"h" + lowerCase(header.name), header.value});
        }
    }
    for (const NameValue& parameter : ranked.route->match.query) {
        if (parameter.value != "*") {
            candidate.conditions.push_back({"q" + parameter.name, parameter.value});
        }
    }
    std::sort(candidate.conditions.begin(), candidate.conditions.end(),
              [](const Exact& a, const Exact& b) { return a.name < b.name; });
    return candidate;
}

bool agree(const Candidate& a, const Candidate& b) {
    return std::all_of(a.conditions.begin(), a.conditions.end(), [&](const Exact& exact) {
        const Exact* other = b.find(exact.name);
        return other == nullptr || other->value == exact.value;
    });
}

// Methods that a route matches, HEAD with GET; one empty word stands for any.
std::vector<std::string_view> admittedMethods(const Route& route) {
    std::vector<std::string_view> methods(route.match.methods.begin(), route.match.methods.end());
    if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) {
        methods.emplace_back("HEAD");
    }
    if (methods.empty()) {
        methods.emplace_back();
    }
    return methods;
}

std::vector<std::string_view> admittedHosts(const Route& route) {
    std::vector<std::string_view> hosts(route.match.hosts.begin(), route.match.hosts.end());
    if (hosts.empty()) {
        hosts.emplace_back();
    }
    return hosts;
}

std::optional<std::string_view> firstCommon(const std::vector<std::string_view>& a,
                                            const std::vector<std::string_view>& b) {
    const auto common = std::find_first_of(a.begin(), a.end(), b.begin(), b.end());
    return common != a.end() ? std::optional(*common) : std::nullopt;
}

// A host for which `pattern` is the best that either route has.
std::string exampleHost(std::string_view pattern, const Route& a, const Route& b) {
    if (pattern.empty()) {
        return "any.example";
    }
    if (!pattern.starts_with("*.")) {
        return std::string(pattern);
    }
    const auto named = [](const Route& route, const std::string& host) {
        return std::find(route.match.hosts.begin(), route.match.hosts.end(), host) != route.match.hosts.end();
    };
    const std::string suffix(pattern.substr(1));
    std::string host = "www" + suffix;
    for (int i = 2; named(a, host) || named(b, host); ++i) {
        host = "www" + std::to_string(i) + suffix;
    }
    return host;
}

std::string exampleRequest(const RankedRoute& a, const RankedRoute& b, std::string_view host,
                           std::string_view method) {
    std::string request = std::string(method.empty() ? "GET" : method) + " http://" +
                          exampleHost(host, *a.route, *b.route) +
                          (a.example.empty() ? " with a path like " + a.path : a.example);
    // A request holds one value that satisfies both: the exact one where either asks for one.
    std::map<std::string, NameValue> query;
    std::map<std::string, NameValue> headers;
    const auto collect = [](std::map<std::string, NameValue>& into, const std::string& key,
                            const NameValue& condition) {
        NameValue& wanted = into.emplace(key, condition).first->second;
        wanted.value = wanted.value == "*" ? condition.value : wanted.value;
    };
    for (const Route* route : {a.route, b.route}) {
        for (const NameValue& parameter : route->match.query) {
            collect(query, parameter.name, parameter);
        }
        for (const NameValue& header : route->match.headers) {
            collect(headers, lowerCase(header.name), header);
        }
    }
    char separator = '?';
    for (const auto& [key, parameter] : query) {
        request += separator + parameter.name + "=" + (parameter.value == "*" ? "x" : parameter.value);
        separator = '&';
    }
    bool first = true;
    for (const auto& [key, header] : headers) {
        request +=
            (first ? " with " : " and ") + header.name + ": " + (header.value == "*" ? "x" : header.value);
        first = false;
    }
    return request;
}

/// Collects pairs, each once.
class Collector {
public:
    [[nodiscard]] bool isFull() const { return m_problems.size() >= overlapsMax; }

    void add(const Candidate& a, const Candidate& b) {
        // Positions in the config order them: the later one gets the problem.
        const RankedRoute* first = std::min(a.ranked, b.ranked);
        const RankedRoute* second = std::max(a.ranked, b.ranked);
        if (isFull() || !m_seen.emplace(first, second).second) {
            return;
        }
        if (auto problem = overlapOf(*first, *second)) {
            m_problems.push_back(std::move(*problem));
        }
    }

    [[nodiscard]] Problems take() { return std::move(m_problems); }

private:
    std::set<std::pair<const RankedRoute*, const RankedRoute*>> m_seen;
    Problems m_problems;
};

// The values of the names, as one key; nothing where one is missing.
std::string project(const Candidate& candidate, const std::vector<std::string>& names) {
    std::string key;
    for (const std::string& name : names) {
        const Exact* exact = candidate.find(name);
        const std::string_view value = exact != nullptr ? exact->value : std::string_view();
        key += std::to_string(value.size()) + ":" + std::string(value);
    }
    return key;
}

// A name that every candidate fixes to a value, and not all to the same one.
std::optional<std::string> dividingName(const Candidates& candidates) {
    for (const Exact& exact : candidates.front()->conditions) {
        bool differs = false;
        const bool everywhere =
            std::all_of(candidates.begin(), candidates.end(), [&](const Candidate* candidate) {
                const Exact* other = candidate->find(exact.name);
                differs = differs || (other != nullptr && other->value != exact.value);
                return other != nullptr;
            });
        if (everywhere && differs) {
            return exact.name;
        }
    }
    return std::nullopt;
}

/// Candidates that fix the same names.
struct Kin {
    std::vector<std::string> names;
    Candidates members;
};

std::vector<Kin> groupByNames(const Candidates& candidates) {
    std::map<std::vector<std::string>, Candidates> groups;
    for (const Candidate* candidate : candidates) {
        std::vector<std::string> names;
        names.reserve(candidate->conditions.size());
        for (const Exact& exact : candidate->conditions) {
            names.push_back(exact.name);
        }
        groups[std::move(names)].push_back(candidate);
    }
    std::vector<Kin> kin;
    kin.reserve(groups.size());
    for (auto& [names, members] : groups) {
        kin.push_back(Kin{names, std::move(members)});
    }
    return kin;
}

// Joins two groups on the names that both fix; a group with itself on all.
void join(const Kin& left, const Kin& right, Collector& found) {
    std::vector<std::string> common;
    std::set_intersection(left.names.begin(), left.names.end(), right.names.begin(), right.names.end(),
                          std::back_inserter(common));
    std::unordered_map<std::string, const Candidate*> firsts;
    for (const Candidate* candidate : left.members) {
        const auto [first, fresh] = firsts.emplace(project(*candidate, common), candidate);
        if (!fresh && &left == &right) {
            found.add(*first->second, *candidate);
        }
    }
    if (&left == &right) {
        return;
    }
    for (const Candidate* candidate : right.members) {
        const auto first = firsts.find(project(*candidate, common));
        if (first != firsts.end()) {
            found.add(*first->second, *candidate);
        }
        if (found.isFull()) {
            return;
        }
    }
}

/// All candidates match the same hosts, paths and methods; only conditions can still keep them apart.
void findAgreeing(const Candidates& candidates, Collector& found) {
    if (candidates.size() < 2 || found.isFull()) {
        return;
    }
    if (const auto name = dividingName(candidates)) {
        std::map<std::string_view, Candidates> parts;
        for (const Candidate* candidate : candidates) {
            parts[candidate->find(*name)->value].push_back(candidate);
        }
        for (const auto& [value, part] : parts) {
            findAgreeing(part, found);
        }
        return;
    }
    const std::vector<Kin> kin = groupByNames(candidates);
    for (std::size_t i = 0; i < kin.size(); ++i) {
        for (std::size_t j = i; j < kin.size() && !found.isFull(); ++j) {
            join(kin[i], kin[j], found);
        }
    }
}

std::string bucketKey(const RankedRoute& ranked, std::string_view host) {
    const Route& route = *ranked.route;
    std::string key(host);
    key += ' ';
    key += std::to_string(route.priority);
    key += route.match.methods.empty() ? '*' : ' ';
    key += std::to_string(conditionCount(route));
    key += ' ';
    key += ranked.path;
    return key;
}

} // namespace

std::optional<Problem> overlapOf(const RankedRoute& first, const RankedRoute& second) {
    const Route& a = *first.route;
    const Route& b = *second.route;
    if (a.priority != b.priority || first.path != second.path || conditionCount(a) != conditionCount(b) ||
        a.match.methods.empty() != b.match.methods.empty()) {
        return std::nullopt;
    }
    const auto host = firstCommon(admittedHosts(a), admittedHosts(b));
    const auto method = firstCommon(admittedMethods(a), admittedMethods(b));
    if (!host || !method || !agree(makeCandidate(first), makeCandidate(second))) {
        return std::nullopt;
    }
    return Problem{Problem::Kind::Overlap, "routes[" + b.name + "].match",
                   "the routes \"" + a.name + "\" and \"" + b.name + "\" both match " +
                       exampleRequest(first, second, *host, *method) +
                       " and neither goes before the other; give one a higher priority or a narrower match",
                   0, 0};
}

std::vector<std::uint64_t> overlapPlaces(const RankedRoute& ranked) {
    std::vector<std::uint64_t> places;
    for (const std::string_view host : admittedHosts(*ranked.route)) {
        places.push_back(std::hash<std::string>{}(bucketKey(ranked, host)));
    }
    return places;
}

Problems findOverlaps(const std::vector<RankedRoute>& routes) {
    std::unordered_map<std::string, std::vector<const RankedRoute*>> buckets;
    buckets.reserve(routes.size());
    // In the order of the config, so that the same config gives the same problems.
    std::vector<const std::vector<const RankedRoute*>*> crowded;
    for (const RankedRoute& ranked : routes) {
        for (const std::string_view host : admittedHosts(*ranked.route)) {
            auto& bucket = buckets[bucketKey(ranked, host)];
            if (bucket.empty() || bucket.back() != &ranked) {
                bucket.push_back(&ranked);
            }
            if (bucket.size() == 2 && bucket.back() == &ranked) {
                crowded.push_back(&bucket);
            }
        }
    }
    Collector found;
    for (const auto* bucket : crowded) {
        std::vector<Candidate> candidates;
        candidates.reserve(bucket->size());
        std::map<std::string_view, Candidates> byMethod;
        for (const RankedRoute* ranked : *bucket) {
            candidates.push_back(makeCandidate(*ranked));
            for (const std::string_view method : admittedMethods(*ranked->route)) {
                Candidates& same = byMethod[method];
                if (same.empty() || same.back() != &candidates.back()) {
                    same.push_back(&candidates.back());
                }
            }
        }
        for (const auto& [method, same] : byMethod) {
            findAgreeing(same, found);
        }
    }
    return found.take();
}

} // namespace gateway::model
