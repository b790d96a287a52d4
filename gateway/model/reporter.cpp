#include "gateway/model/reporter.h"

#include "gateway/model/document.h"
#include "gateway/model/scalars.h"

#include <set>

namespace gateway::model {

Reporter::Reporter(Problems& problems, EntityKind kind, std::string_view name)
    : m_problems(problems)
    , m_entity(std::string(kindPlural(kind)) + "[" + std::string(name) + "]") {}

void Reporter::add(Problem::Kind kind, const std::string& field, std::string message) {
    m_problems.push_back(
        Problem{kind, field.empty() ? m_entity : m_entity + "." + field, std::move(message), 0, 0});
}

void Reporter::range(const std::string& field, std::string message) {
    add(Problem::Kind::Range, field, std::move(message));
}

void Reporter::unlessWithin(const std::string& field, std::uint64_t value, std::uint64_t least,
                            std::uint64_t most) {
    if (value < least || value > most) {
        range(field, "must be from " + std::to_string(least) + " to " + std::to_string(most));
    }
}

void Reporter::unlessSizeWithin(const std::string& field, std::uint64_t value, std::uint64_t least,
                                std::uint64_t most) {
    if (value < least || value > most) {
        range(field, "must be from " + formatSize(least) + " to " + formatSize(most));
    }
}

void Reporter::unlessWithin(const std::string& field, std::chrono::milliseconds value,
                            std::chrono::milliseconds least, std::chrono::milliseconds most) {
    if (value < least || value > most) {
        range(field, "must be from " + formatDuration(least) + " to " + formatDuration(most));
    }
}

void checkTexts(const std::vector<std::string>& texts, const std::string& field, Reporter& report) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty() || texts[i].size() > 256 || !isCleanUtf8(texts[i], false)) {
            report.range(indexed(field, i), "must be 1 to 256 characters, none of them a control character");
        } else if (!seen.insert(texts[i]).second) {
            report.add(Problem::Kind::Duplicate, indexed(field, i), quote(texts[i]) + " is there twice");
        }
    }
}

std::string quote(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

std::string indexed(const std::string& field, std::size_t index) {
    return field + "[" + std::to_string(index) + "]";
}

} // namespace gateway::model
