#include "gateway/routing/path_pattern.h"

#include <algorithm>

namespace gateway::routing {
namespace {

using Segment = PathPattern::Segment;

Segment toSegment(std::string_view text) {
    if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
        return {text.substr(1, text.size() - 2), true};
    }
    return {text, false};
}

std::ptrdiff_t countLiterals(const std::vector<Segment>& segments) {
    return std::count_if(segments.begin(), segments.end(),
                         [](const Segment& segment) { return !segment.isCapture; });
}

/// Literals before captures from the left.
std::strong_ordering compareFromTheLeft(const std::vector<Segment>& a, const std::vector<Segment>& b) {
    return std::lexicographical_compare_three_way(
        a.begin(), a.end(), b.begin(), b.end(),
        [](const Segment& x, const Segment& y) { return x.isCapture <=> y.isCapture; });
}

} // namespace

PathPattern PathPattern::parse(std::string_view path) {
    PathPattern pattern;
    pattern.text = path;
    if (path.starts_with('~')) {
        pattern.kind = model::PathKind::Regex;
        pattern.text.remove_prefix(1);
        return pattern;
    }
    if (path.ends_with("/*")) {
        pattern.kind = model::PathKind::Prefix;
        path.remove_suffix(2);
    }
    SegmentReader reader(path);
    bool hasCapture = false;
    while (const auto segment = reader.next()) {
        pattern.segments.push_back(toSegment(*segment));
        hasCapture = hasCapture || pattern.segments.back().isCapture;
    }
    if (pattern.kind == model::PathKind::Exact && hasCapture) {
        pattern.kind = model::PathKind::Template;
    }
    return pattern;
}

std::strong_ordering compareSpecificity(const PathPattern& a, const PathPattern& b) {
    if (a.kind != b.kind) {
        return a.kind <=> b.kind;
    }
    switch (a.kind) {
    case model::PathKind::Exact:
        // Two of them that match the same path are the same.
        return std::strong_ordering::equal;
    case model::PathKind::Regex:
        return b.text.size() <=> a.text.size();
    case model::PathKind::Template:
    case model::PathKind::Prefix:
        break;
    }
    if (a.segments.size() != b.segments.size()) {
        return b.segments.size() <=> a.segments.size();
    }
    const auto literals = countLiterals(b.segments) <=> countLiterals(a.segments);
    return literals != 0 ? literals : compareFromTheLeft(a.segments, b.segments);
}

} // namespace gateway::routing
