#include "gateway/http/field_names.h"

#include "gateway/http/characters.h"

#include <algorithm>

namespace gateway::http {
namespace {

char folded(char c) noexcept {
    return isA(AliasCharacter, c) ? '-' : lowered(c);
}

} // namespace

void FieldNames::add(std::string_view name) {
    if (name.empty() || contains(name)) {
        return;
    }
    std::string& kept = m_names.emplace_back(name);
    std::transform(kept.begin(), kept.end(), kept.begin(), folded);
    m_lengths |= std::uint64_t{1} << lengthBit(name.size());
}

void FieldNames::add(const FieldNames& others) {
    for (const std::string& name : others.m_names) {
        add(name);
    }
}

bool FieldNames::isOneOf(std::string_view name) const noexcept {
    return std::any_of(m_names.begin(), m_names.end(), [&](const std::string& one) {
        return std::equal(one.begin(), one.end(), name.begin(), name.end(),
                          [](char a, char b) { return a == folded(b); });
    });
}

std::string FieldNames::without(std::string_view lines) const {
    std::string kept;
    while (!lines.empty()) {
        const std::size_t feed = lines.find('\n');
        const std::string_view line = lines.substr(0, feed == std::string_view::npos ? feed : feed + 1);
        if (!contains(line.substr(0, line.find(':')))) {
            kept.append(line);
        }
        lines.remove_prefix(line.size());
    }
    return kept;
}

} // namespace gateway::http
