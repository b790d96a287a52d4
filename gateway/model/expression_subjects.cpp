#include "gateway/model/expression_subjects.h"

#include "gateway/model/names.h"
#include "gateway/model/near_names.h"

#include <algorithm>

namespace gateway::model {
namespace {

using Kind = ExpressionNode::Kind;
using Rest = SubjectName::Rest;

constexpr std::string_view kinds[] = {"app", "user", "agent"};
constexpr std::string_view methods[] = {"api-key", "jwt", "introspection", "client-certificate", "anonymous"};
constexpr std::string_view weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

constexpr SubjectName subjects[] = {
    {"consumer.name", Subject::ConsumerName},
    {"consumer.kind", Subject::ConsumerKind, ValueType::Text, Rest::Nothing, kinds},
    {"consumer.tier", Subject::ConsumerTier},
    {"consumer.roles", Subject::ConsumerRoles, ValueType::TextList},
    {"consumer.owner", Subject::ConsumerOwner},
    {"consumer.attributes", Subject::ConsumerAttribute, ValueType::Text, Rest::OneName},
    {"caller.scopes", Subject::CallerScopes, ValueType::TextList},
    {"caller.method", Subject::CallerMethod, ValueType::Text, Rest::Nothing, methods},
    {"claims", Subject::Claim, ValueType::Any, Rest::Names},
    {"request.method", Subject::RequestMethod},
    {"request.path", Subject::RequestPath},
    {"request.host", Subject::RequestHost},
    {"request.address", Subject::RequestAddress, ValueType::Address},
    {"request.headers", Subject::RequestHeader, ValueType::Text, Rest::OneName},
    {"request.query", Subject::RequestQuery, ValueType::Text, Rest::OneName},
    {"request.secure", Subject::RequestSecure, ValueType::Boolean},
    {"path", Subject::PathParameter, ValueType::Text, Rest::OneName},
    {"time.hour", Subject::TimeHour, ValueType::Number},
    {"time.minute", Subject::TimeMinute, ValueType::Number},
    {"time.weekday", Subject::TimeWeekday, ValueType::Text, Rest::Nothing, weekdays},
};

const SubjectName& nameOf(Subject subject) {
    return *std::find_if(std::begin(subjects), std::end(subjects),
                         [&](const SubjectName& name) { return name.subject == subject; });
}

bool isPlainName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return out + "\"";
}

std::string wordsText(std::span<const std::string_view> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + quoted(words[i]);
    }
    return text;
}

void addOnce(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
    }
}

void collectPathParameters(const ExpressionNode& node, std::vector<std::string>& names) {
    if (node.kind == Kind::Reference && node.subject == Subject::PathParameter) {
        addOnce(names, node.path.front());
    }
    for (const ExpressionNode& child : node.children) {
        collectPathParameters(child, names);
    }
}

void collectTiers(const ExpressionNode& node, std::vector<std::string>& names) {
    const bool asksForTier =
        (node.kind == Kind::Equal || node.kind == Kind::NotEqual || node.kind == Kind::InList) &&
        std::any_of(node.children.begin(), node.children.end(), [](const ExpressionNode& child) {
            return child.kind == Kind::Reference && child.subject == Subject::ConsumerTier;
        });
    if (asksForTier) {
        for (const std::string& name : node.texts) {
            addOnce(names, name);
        }
    }
    for (const ExpressionNode& child : node.children) {
        if (asksForTier && child.kind == Kind::Text) {
            addOnce(names, child.text);
        }
        collectTiers(child, names);
    }
}

} // namespace

std::span<const SubjectName> subjectNames() {
    return subjects;
}

std::string spelling(const SubjectName& subject) {
    return std::string(subject.name) + (subject.rest == Rest::Nothing ? "" : ".NAME");
}

std::string spelling(const ExpressionNode& reference) {
    std::string text(nameOf(reference.subject).name);
    for (const std::string& name : reference.path) {
        text += isPlainName(name) ? "." + name : "[" + quoted(name) + "]";
    }
    return text;
}

std::string neverEqual(const ExpressionNode& reference, std::string_view text) {
    const SubjectName& subject = nameOf(reference.subject);
    if (!subject.words.empty() &&
        std::find(subject.words.begin(), subject.words.end(), text) == subject.words.end()) {
        return std::string(subject.name) + " is " + wordsText(subject.words) + ", never " + quoted(text);
    }
    const bool hasUpper = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool hasLower = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (subject.subject == Subject::RequestHost && hasUpper) {
        return "request.host is in lower case: write " + quoted(lowerCase(text));
    }
    if (subject.subject == Subject::RequestMethod && hasLower) {
        return "methods are in upper case, as in \"GET\"";
    }
    if (subject.subject == Subject::RequestPath && !text.starts_with('/') && text != "*") {
        return "request.path begins with \"/\"";
    }
    return {};
}

std::string nothingNamed(std::string_view written) {
    const std::string shown(written.substr(0, 80));
    std::string message = quoted(shown) + " is nothing that can be asked about";
    const SubjectName* nearest = nullptr;
    std::size_t nearestDistance = nearDistance(shown) + 1;
    for (const SubjectName& subject : subjects) {
        // Behind the subject's own name come names that nobody can know here.
        std::string_view own = shown;
        if (subject.rest != Rest::Nothing) {
            const auto dots = std::count(subject.name.begin(), subject.name.end(), '.');
            std::size_t end = 0;
            for (auto i = dots; i >= 0 && end != std::string_view::npos; --i) {
                end = own.find('.', end == 0 ? 0 : end + 1);
            }
            own = own.substr(0, end);
        }
        const std::size_t distance = editDistance(own, subject.name);
        if (distance < nearestDistance) {
            nearest = &subject;
            nearestDistance = distance;
        }
    }
    if (nearest != nullptr) {
        return message + "; did you mean " + spelling(*nearest) + "?";
    }
    const std::string_view group = std::string_view(shown).substr(0, shown.find('.') + 1);
    std::string known;
    for (const SubjectName& subject : subjects) {
        if (!group.empty() && subject.name.starts_with(group)) {
            known += (known.empty() ? "" : ", ") + spelling(subject);
        }
    }
    return message + (known.empty() ? "; there are consumer., caller., claims., request., path. and time. "
                                      "(a text stands in double quotes)"
                                    : "; there are " + known);
}

std::vector<std::string> Expression::pathParameters() const {
    std::vector<std::string> names;
    collectPathParameters(root, names);
    return names;
}

std::vector<std::string> Expression::tiers() const {
    std::vector<std::string> names;
    collectTiers(root, names);
    return names;
}

} // namespace gateway::model
