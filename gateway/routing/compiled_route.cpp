#include "gateway/routing/compiled_route.h"

#include "gateway/model/path_pattern.h"

#include <algorithm>

namespace gateway::routing {
namespace {

bool compileRegex(CompiledRoute& compiled, std::string_view expression) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    // A normalised path is ASCII: bytes are all there is to see, and faster.
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    compiled.regex =
        std::make_unique<const re2::RE2>(re2::StringPiece(expression.data(), expression.size()), options);
    if (!compiled.regex->ok()) {
        return false;
    }
    for (const auto& [group, name] : compiled.regex->CapturingGroupNames()) {
        compiled.captures.push_back({static_cast<std::size_t>(group), name});
    }
    return true;
}

void nameSegments(CompiledRoute& compiled, const std::vector<model::PathPattern::Segment>& segments) {
    compiled.segments = segments.size();
    for (std::size_t at = 0; at < segments.size(); ++at) {
        if (segments[at].capture) {
            compiled.captures.push_back({at, segments[at].text});
        }
    }
}

/// Puts numbers one behind the other, the first one into the highest bits.
class BitWriter {
public:
    /// More than `bits` can say counts as the most they can: those are told apart by comesBefore().
    BitWriter& add(std::uint64_t value, unsigned bits) {
        const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
        m_value = m_value << bits | std::min(value, most);
        return *this;
    }
    /// The larger value first.
    BitWriter& addDescending(std::uint64_t value, unsigned bits) {
        const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
        return add(most - std::min(value, most), bits);
    }
    [[nodiscard]] std::uint64_t value() const { return m_value; }

private:
    std::uint64_t m_value = 0;
};

constexpr unsigned priorityBits = 32;
constexpr unsigned scopeBits = 2;
constexpr unsigned hostLengthBits = 8;
constexpr unsigned kindBits = 2;
constexpr unsigned segmentBits = 10;
static_assert(priorityBits + scopeBits + hostLengthBits + kindBits + 2 * segmentBits == 64);
constexpr unsigned shapeBits = 48;
constexpr unsigned conditionBits = 8;

/// One bit a segment from the left: literals go before captures.
std::uint64_t shapeOf(const CompiledRoute& route) {
    std::uint64_t shape = 0;
    for (const CompiledRoute::Capture& capture : route.captures) {
        if (capture.segment < shapeBits) {
            shape |= std::uint64_t{1} << (shapeBits - 1 - capture.segment);
        }
    }
    return shape;
}

/// Less than zero: `a` has the more specific path. Literals before captures from the left means that the
/// later first capture wins.
int comparePaths(const CompiledRoute& a, const CompiledRoute& b) noexcept {
    const auto order = [](std::size_t x, std::size_t y) { return x < y ? -1 : x > y ? 1 : 0; };
    if (a.kind == model::PathKind::Exact) {
        return 0;
    }
    if (a.kind == model::PathKind::Regex) {
        return order(b.route->match.path.size(), a.route->match.path.size());
    }
    if (const int bySegments = order(b.segments, a.segments); bySegments != 0) {
        return bySegments;
    }
    if (const int byCaptures = order(a.captures.size(), b.captures.size()); byCaptures != 0) {
        return byCaptures;
    }
    for (std::size_t i = 0; i < a.captures.size(); ++i) {
        if (const int byPlace = order(b.captures[i].segment, a.captures[i].segment); byPlace != 0) {
            return byPlace;
        }
    }
    return 0;
}

} // namespace

std::shared_ptr<const CompiledRoute> CompiledRoute::of(std::shared_ptr<const model::Route> route) {
    const std::string_view path = route->match.path;
    auto compiled = std::make_shared<CompiledRoute>();
    compiled->methods = MethodSet(route->match.methods);
    compiled->conditions = Conditions(route->match);
    compiled->kind = model::pathKind(path);
    if (compiled->kind == model::PathKind::Regex) {
        // Not taken apart by the model, too: that would compile it a second time.
        if (!compileRegex(*compiled, path.substr(1))) {
            return nullptr;
        }
    } else {
        const auto pattern = model::parsePathPattern(path);
        if (!pattern) {
            return nullptr;
        }
        if (compiled->kind != model::PathKind::Exact) {
            nameSegments(*compiled, pattern->segments);
        }
    }
    compiled->route = std::move(route);
    return compiled;
}

HostPattern HostPattern::of(std::string_view text) {
    HostPattern host{ExactHost, std::string(text)};
    if (text.starts_with("*.")) {
        host.scope = WildcardHost;
        host.name.erase(0, 2);
    }
    std::transform(host.name.begin(), host.name.end(), host.name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return host;
}

SortKey SortKey::of(const CompiledRoute& route, const HostPattern& host) {
    constexpr std::int64_t priorityMax = std::numeric_limits<std::int32_t>::max();
    BitWriter high;
    high.add(static_cast<std::uint64_t>(priorityMax - route.route->priority), priorityBits)
        .add(host.scope, scopeBits)
        .addDescending(host.name.size(), hostLengthBits)
        .add(static_cast<std::uint64_t>(route.kind), kindBits);
    BitWriter low;
    switch (route.kind) {
    case model::PathKind::Exact:
        high.add(0, 2 * segmentBits);
        low.add(0, shapeBits);
        break;
    case model::PathKind::Regex:
        high.addDescending(route.route->match.path.size(), 2 * segmentBits);
        low.add(0, shapeBits);
        break;
    case model::PathKind::Template:
    case model::PathKind::Prefix:
        high.addDescending(route.segments, segmentBits)
            .addDescending(route.segments - route.captures.size(), segmentBits);
        low.add(shapeOf(route), shapeBits);
        break;
    }
    low.addDescending(route.conditions.count(), conditionBits).add(route.methods.admitsAll() ? 1 : 0, 1);
    return {high.value(), low.value()};
}

bool comesBefore(const SortKey& keyA, const CompiledRoute& a, const SortKey& keyB,
                 const CompiledRoute& b) noexcept {
    if (keyA.high != keyB.high) {
        return keyA.high < keyB.high;
    }
    if (keyA.low != keyB.low) {
        return keyA.low < keyB.low;
    }
    if (&a == &b) {
        return false;
    }
    if (const int byPath = comparePaths(a, b); byPath != 0) {
        return byPath < 0;
    }
    if (a.conditions.count() != b.conditions.count()) {
        return a.conditions.count() > b.conditions.count();
    }
    if (a.methods.admitsAll() != b.methods.admitsAll()) {
        return b.methods.admitsAll();
    }
    return a.route->name < b.route->name;
}

} // namespace gateway::routing
