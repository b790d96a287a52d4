#include "gateway/auth/evaluate.h"

#include <algorithm>
#include <cstddef>
#include <re2/re2.h>
#include <utility>
#include <variant>

namespace gateway::auth {

namespace {

using Json = nlohmann::json;
using model::ExpressionNode;
using model::Subject;
using Kind = ExpressionNode::Kind;

/// A value at hand. Nothing is copied; std::monostate: it is not there, or of a type that nothing is compared
/// with.
using Value = std::variant<std::monostate, std::string_view, double, bool>;

Truth truthOf(bool value) noexcept {
    return value ? Truth::True : Truth::False;
}

Truth negated(Truth truth) noexcept {
    return truth == Truth::Unknown ? truth : truthOf(truth == Truth::False);
}

bool isList(Subject subject) noexcept {
    return subject == Subject::ConsumerRoles || subject == Subject::CallerScopes;
}

bool isNumber(Subject subject) noexcept {
    return subject == Subject::TimeHour || subject == Subject::TimeMinute;
}

const Json* claimOf(const ExpressionNode& reference, const Facts& facts) {
    const Json* at = facts.claims();
    for (const std::string& name : reference.path) {
        if (at == nullptr || !at->is_object()) {
            return nullptr;
        }
        const auto member = at->find(name);
        at = member != at->end() ? &*member : nullptr;
    }
    return at == nullptr || at->is_null() ? nullptr : at;
}

Value valueOf(const Json& json) {
    if (json.is_string()) {
        return std::string_view(json.get_ref<const std::string&>());
    }
    if (json.is_boolean()) {
        return json.get<bool>();
    }
    return json.is_number() ? Value(json.get<double>()) : Value();
}

std::string_view nameOf(const ExpressionNode& reference) noexcept {
    return reference.path.empty() ? std::string_view() : std::string_view(reference.path.front());
}

Value referred(const ExpressionNode& reference, const Facts& facts) {
    const Subject subject = reference.subject;
    if (subject == Subject::Claim) {
        const Json* claim = claimOf(reference, facts);
        return claim != nullptr ? valueOf(*claim) : Value();
    }
    if (isNumber(subject)) {
        const auto number = facts.number(subject);
        return number ? Value(*number) : Value();
    }
    if (subject == Subject::RequestSecure) {
        const auto boolean = facts.boolean(subject);
        return boolean ? Value(*boolean) : Value();
    }
    if (isList(subject)) {
        return {};
    }
    const auto text = facts.text(subject, nameOf(reference));
    return text ? Value(*text) : Value();
}

Truth compared(Kind kind, double left, double right) noexcept {
    switch (kind) {
    case Kind::Less:
        return truthOf(left < right);
    case Kind::LessOrEqual:
        return truthOf(left <= right);
    case Kind::Greater:
        return truthOf(left > right);
    default:
        return truthOf(left >= right);
    }
}

} // namespace

/// One evaluation of one expression.
class Evaluation {
public:
    /// `program` null: networks are read as they come.
    Evaluation(const Facts& facts, const Program* program) noexcept
        : m_facts(facts)
        , m_program(program) {}

    [[nodiscard]] Truth truth(const ExpressionNode& node) const;

private:
    [[nodiscard]] Value value(const ExpressionNode& node) const;
    [[nodiscard]] Truth joined(const ExpressionNode& node, Truth decides) const;
    [[nodiscard]] Truth equal(const ExpressionNode& node) const;
    [[nodiscard]] Truth less(const ExpressionNode& node) const;
    [[nodiscard]] Truth inList(const ExpressionNode& node) const;
    [[nodiscard]] Truth inNetworks(const ExpressionNode& node) const;
    [[nodiscard]] Truth contains(const ExpressionNode& node) const;
    [[nodiscard]] Truth matches(const ExpressionNode& node) const;
    [[nodiscard]] bool has(const ExpressionNode& reference) const;

    const Facts& m_facts;
    const Program* m_program;
};

Truth Evaluation::truth(const ExpressionNode& node) const {
    switch (node.kind) {
    case Kind::Or:
        return joined(node, Truth::True);
    case Kind::And:
        return joined(node, Truth::False);
    case Kind::Not:
        return negated(truth(node.children[0]));
    case Kind::Equal:
        return equal(node);
    case Kind::NotEqual:
        return negated(equal(node));
    case Kind::Less:
    case Kind::LessOrEqual:
    case Kind::Greater:
    case Kind::GreaterOrEqual:
        return less(node);
    case Kind::InList:
        return inList(node);
    case Kind::InNetworks:
        return inNetworks(node);
    case Kind::Contains:
        return contains(node);
    case Kind::Matches:
        return matches(node);
    case Kind::Has:
        return truthOf(has(node.children[0]));
    case Kind::Reference:
    case Kind::Text:
    case Kind::Number:
    case Kind::Boolean:
        break;
    }
    const Value is = value(node);
    const bool* boolean = std::get_if<bool>(&is);
    return boolean != nullptr ? truthOf(*boolean) : Truth::Unknown;
}

Value Evaluation::value(const ExpressionNode& node) const {
    switch (node.kind) {
    case Kind::Reference:
        return referred(node, m_facts);
    case Kind::Text:
        return std::string_view(node.text);
    case Kind::Number:
        return node.number;
    case Kind::Boolean:
        return node.boolean;
    default:
        break;
    }
    const Truth is = truth(node);
    return is == Truth::Unknown ? Value() : Value(is == Truth::True);
}

/// One that decides is enough; else one that is unknown leaves it open.
Truth Evaluation::joined(const ExpressionNode& node, Truth decides) const {
    Truth result = negated(decides);
    for (const ExpressionNode& child : node.children) {
        const Truth is = truth(child);
        if (is == decides) {
            return is;
        }
        result = is == Truth::Unknown ? is : result;
    }
    return result;
}

Truth Evaluation::equal(const ExpressionNode& node) const {
    const Value left = value(node.children[0]);
    const Value right = value(node.children[1]);
    if (left.index() != right.index() || left.index() == 0) {
        return Truth::Unknown;
    }
    if (node.children[0].type == model::ValueType::Address ||
        node.children[1].type == model::ValueType::Address) {
        // Addresses can be written in several ways.
        const auto* one = std::get_if<std::string_view>(&left);
        const auto* other = std::get_if<std::string_view>(&right);
        const auto a = one != nullptr ? parseIpLiteral(*one) : std::nullopt;
        const auto b = other != nullptr ? parseIpLiteral(*other) : std::nullopt;
        return a && b ? truthOf(*a == *b) : Truth::Unknown;
    }
    return truthOf(left == right);
}

Truth Evaluation::less(const ExpressionNode& node) const {
    const Value left = value(node.children[0]);
    const Value right = value(node.children[1]);
    const double* one = std::get_if<double>(&left);
    const double* other = std::get_if<double>(&right);
    return one != nullptr && other != nullptr ? compared(node.kind, *one, *other) : Truth::Unknown;
}

Truth Evaluation::inList(const ExpressionNode& node) const {
    const Value item = value(node.children[0]);
    if (const auto* text = std::get_if<std::string_view>(&item); text != nullptr && node.numbers.empty()) {
        return truthOf(std::find(node.texts.begin(), node.texts.end(), *text) != node.texts.end());
    }
    if (const double* number = std::get_if<double>(&item); number != nullptr && node.texts.empty()) {
        return truthOf(std::find(node.numbers.begin(), node.numbers.end(), *number) != node.numbers.end());
    }
    return Truth::Unknown;
}

Truth Evaluation::inNetworks(const ExpressionNode& node) const {
    const Value is = value(node.children[0]);
    const auto* text = std::get_if<std::string_view>(&is);
    const auto address = text != nullptr ? parseIpLiteral(*text) : std::nullopt;
    if (!address) {
        return Truth::Unknown;
    }
    if (m_program != nullptr) {
        for (const auto& [of, networks] : m_program->m_networks) {
            if (of == &node) {
                return truthOf(net::isIn(networks, *address));
            }
        }
    }
    return truthOf(std::any_of(node.texts.begin(), node.texts.end(), [&](const std::string& network) {
        const auto read = net::Network::parse(network);
        return read && read->contains(*address);
    }));
}

Truth Evaluation::contains(const ExpressionNode& node) const {
    const Value item = value(node.children[0]);
    const ExpressionNode& list = node.children[1];
    if (item.index() == 0) {
        return Truth::Unknown;
    }
    if (list.subject == Subject::Claim) {
        const Json* claim = claimOf(list, m_facts);
        if (claim == nullptr || !claim->is_array()) {
            return Truth::Unknown;
        }
        return truthOf(
            std::any_of(claim->begin(), claim->end(), [&](const Json& one) { return valueOf(one) == item; }));
    }
    const auto* text = std::get_if<std::string_view>(&item);
    bool found = false;
    return text != nullptr && m_facts.contains(list.subject, *text, found) ? truthOf(found) : Truth::Unknown;
}

Truth Evaluation::matches(const ExpressionNode& node) const {
    const Value is = value(node.children[0]);
    const auto* text = std::get_if<std::string_view>(&is);
    if (text == nullptr || !node.pattern) {
        return Truth::Unknown;
    }
    return truthOf(RE2::FullMatch(re2::StringPiece(text->data(), text->size()), *node.pattern));
}

bool Evaluation::has(const ExpressionNode& reference) const {
    if (reference.subject == Subject::Claim) {
        return claimOf(reference, m_facts) != nullptr;
    }
    if (isList(reference.subject)) {
        bool found = false;
        return m_facts.contains(reference.subject, {}, found);
    }
    return referred(reference, m_facts).index() != 0;
}

namespace {

void collectNetworks(const ExpressionNode& node,
                     std::vector<std::pair<const ExpressionNode*, std::vector<net::Network>>>& all) {
    if (node.kind == Kind::InNetworks) {
        std::vector<net::Network> networks;
        for (const std::string& text : node.texts) {
            if (const auto network = net::Network::parse(text)) {
                networks.push_back(*network);
            }
        }
        all.emplace_back(&node, std::move(networks));
    }
    for (const ExpressionNode& child : node.children) {
        collectNetworks(child, all);
    }
}

/// What RFC 9110, 5.5 lets a field value hold; NUL, CR and LF would end it.
bool isFieldText(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

bool appendText(std::string& out, std::string_view text) {
    if (!isFieldText(text)) {
        return false;
    }
    out += text;
    return true;
}

bool appendClaim(std::string& out, const Json& claim) {
    if (claim.is_string()) {
        return appendText(out, claim.get_ref<const std::string&>());
    }
    const bool isPlainList =
        claim.is_array() && std::all_of(claim.begin(), claim.end(), [](const Json& item) {
            return item.is_string() || item.is_number();
        });
    if (!isPlainList) {
        out += claim.dump(-1, ' ', true, Json::error_handler_t::replace);
        return true;
    }
    const std::size_t begin = out.size();
    for (const Json& item : claim) {
        out.append(out.size() > begin ? " " : "");
        if (!appendClaim(out, item)) {
            out.resize(begin);
            return false;
        }
    }
    return true;
}

} // namespace

Program::Program(std::shared_ptr<const model::Expression> expression)
    : m_expression(std::move(expression)) {
    collectNetworks(m_expression->root, m_networks);
}

Truth Program::run(const Facts& facts) const {
    return Evaluation(facts, this).truth(m_expression->root);
}

Truth evaluate(const model::Expression& expression, const Facts& facts) {
    return Evaluation(facts, nullptr).truth(expression.root);
}

bool appendValue(std::string& out, const ExpressionNode& reference, const Facts& facts) {
    const std::size_t begin = out.size();
    if (reference.subject == Subject::Claim) {
        const Json* claim = claimOf(reference, facts);
        return claim != nullptr && appendClaim(out, *claim);
    }
    if (isList(reference.subject)) {
        const bool isThere = facts.appendList(reference.subject, out);
        const bool isGood = isThere && isFieldText(std::string_view(out).substr(begin));
        out.resize(isGood ? out.size() : begin);
        return isGood;
    }
    const Value is = referred(reference, facts);
    if (const auto* text = std::get_if<std::string_view>(&is)) {
        return appendText(out, *text);
    }
    if (const bool* boolean = std::get_if<bool>(&is)) {
        out += *boolean ? "true" : "false";
        return true;
    }
    const double* number = std::get_if<double>(&is);
    if (number != nullptr) {
        out += std::to_string(static_cast<std::int64_t>(*number)); // hours and minutes are whole
    }
    return number != nullptr;
}

} // namespace gateway::auth
