#include "gateway/service/foreseen_rule.h"

#include <algorithm>
#include <array>

namespace gateway::service {

using auth::Truth;
using model::ExpressionNode;
using model::Subject;
using Kind = ExpressionNode::Kind;

namespace {

constexpr unsigned bitOf(Truth truth) noexcept {
    return 1U << static_cast<unsigned>(truth);
}
constexpr unsigned anyTruth = bitOf(Truth::False) | bitOf(Truth::True) | bitOf(Truth::Unknown);

/// Kleene's: one that decides is enough, else one that is unknown leaves it open.
Truth joined(Truth a, Truth b, Truth decides) noexcept {
    if (a == decides || b == decides) {
        return decides;
    }
    return a == Truth::Unknown ? a : b;
}

Truth negated(Truth truth) noexcept {
    if (truth == Truth::Unknown) {
        return truth;
    }
    return truth == Truth::True ? Truth::False : Truth::True;
}

constexpr std::array truths{Truth::False, Truth::True, Truth::Unknown};

unsigned joinedPossible(unsigned a, unsigned b, Truth decides) noexcept {
    unsigned result = 0;
    for (const Truth one : truths) {
        for (const Truth other : truths) {
            if ((a & bitOf(one)) != 0 && (b & bitOf(other)) != 0) {
                result |= bitOf(joined(one, other, decides));
            }
        }
    }
    return result;
}

unsigned negatedPossible(unsigned a) noexcept {
    unsigned result = 0;
    for (const Truth one : truths) {
        if ((a & bitOf(one)) != 0) {
            result |= bitOf(negated(one));
        }
    }
    return result;
}

void collectSubjects(const ExpressionNode& node, std::vector<Subject>& subjects) {
    if (node.kind == Kind::Reference) {
        subjects.push_back(node.subject);
    }
    for (const ExpressionNode& child : node.children) {
        collectSubjects(child, subjects);
    }
}

const char* kindText(model::ConsumerKind kind) noexcept {
    switch (kind) {
    case model::ConsumerKind::App:
        return "app";
    case model::ConsumerKind::User:
        return "user";
    case model::ConsumerKind::Agent:
        return "agent";
    }
    return "";
}

bool holds(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

} // namespace

std::optional<std::string_view> ForeseenCaller::text(Subject subject, std::string_view name) const {
    if (subject == Subject::CallerMethod) {
        return method.empty() ? std::nullopt : std::optional(method);
    }
    if (subject == Subject::ConsumerTier) {
        return tier.empty() ? std::nullopt : std::optional(tier);
    }
    if (consumer == nullptr) {
        return std::nullopt;
    }
    switch (subject) {
    case Subject::ConsumerName:
        return consumer->name;
    case Subject::ConsumerKind:
        return kindText(consumer->kind);
    case Subject::ConsumerOwner:
        return consumer->owner.empty() ? std::nullopt : std::optional<std::string_view>(consumer->owner);
    case Subject::ConsumerAttribute: {
        const auto at = consumer->attributes.find(std::string(name));
        return at == consumer->attributes.end() ? std::nullopt : std::optional<std::string_view>(at->second);
    }
    default:
        return std::nullopt;
    }
}

std::optional<double> ForeseenCaller::number(Subject /*subject*/) const {
    return std::nullopt;
}

std::optional<bool> ForeseenCaller::boolean(Subject /*subject*/) const {
    return std::nullopt;
}

bool ForeseenCaller::contains(Subject list, std::string_view item, bool& found) const {
    if (list == Subject::CallerScopes) {
        found = scopes != nullptr && holds(*scopes, item);
        return scopes != nullptr || hasToken;
    }
    found = consumer != nullptr && holds(consumer->roles, item);
    return consumer != nullptr || hasToken;
}

bool ForeseenCaller::appendList(Subject /*list*/, std::string& /*out*/) const {
    return false; // headers are made of requests
}

bool ForeseenCaller::knows(Subject subject) const noexcept {
    switch (subject) {
    case Subject::ConsumerName:
    case Subject::ConsumerKind:
    case Subject::ConsumerOwner:
    case Subject::ConsumerAttribute:
        return true;
    case Subject::ConsumerTier:
        return !tokenSaysTier;
    case Subject::ConsumerRoles:
        return !tokenHasRoles;
    case Subject::CallerScopes:
    case Subject::Claim:
        return !hasToken;
    case Subject::CallerMethod:
        return isMethodKnown;
    case Subject::RequestMethod:
    case Subject::RequestPath:
    case Subject::RequestHost:
    case Subject::RequestAddress:
    case Subject::RequestHeader:
    case Subject::RequestQuery:
    case Subject::RequestSecure:
    case Subject::PathParameter:
    case Subject::TimeHour:
    case Subject::TimeMinute:
    case Subject::TimeWeekday:
        return false;
    }
    return false;
}

ForeseenRule::ForeseenRule(const model::Expression& expression)
    : m_root(split(expression.root)) {}

ForeseenRule::Node ForeseenRule::split(const ExpressionNode& node) {
    Node result;
    result.kind = node.kind;
    if (node.kind == Kind::And || node.kind == Kind::Or || node.kind == Kind::Not) {
        for (const ExpressionNode& child : node.children) {
            result.children.push_back(split(child));
        }
        return result;
    }
    result.part.root = node;
    collectSubjects(node, result.subjects);
    return result;
}

ForeseenRule::Possible ForeseenRule::possibleOfLeaf(const Node& leaf, const ForeseenCaller& caller) {
    const bool isKnown = std::all_of(leaf.subjects.begin(), leaf.subjects.end(),
                                     [&caller](Subject subject) { return caller.knows(subject); });
    if (isKnown) {
        return bitOf(auth::evaluate(leaf.part, caller));
    }
    // A list that the token makes longer: what is in it without the token stays in it.
    if (leaf.kind == Kind::Contains && leaf.part.root.children.front().kind == Kind::Text &&
        auth::evaluate(leaf.part, caller) == Truth::True) {
        return bitOf(Truth::True);
    }
    return anyTruth;
}

ForeseenRule::Possible ForeseenRule::possible(const Node& node, const ForeseenCaller& caller) {
    if (node.kind == Kind::Not) {
        return negatedPossible(possible(node.children.front(), caller));
    }
    if (node.kind != Kind::And && node.kind != Kind::Or) {
        return possibleOfLeaf(node, caller);
    }
    const Truth decides = node.kind == Kind::Or ? Truth::True : Truth::False;
    Possible result = bitOf(negated(decides));
    for (const Node& child : node.children) {
        result = joinedPossible(result, possible(child, caller), decides);
    }
    return result;
}

ForeseenRule::Outcome ForeseenRule::foresee(const ForeseenCaller& caller) const {
    const Possible result = possible(m_root, caller);
    if (result == bitOf(Truth::True)) {
        return Outcome::Always;
    }
    return (result & bitOf(Truth::True)) != 0 ? Outcome::Sometimes : Outcome::Never;
}

} // namespace gateway::service
