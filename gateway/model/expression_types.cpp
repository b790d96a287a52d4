#include "gateway/model/expression_types.h"

#include "gateway/base/ip_literal.h"
#include "gateway/model/expression_subjects.h"
#include "gateway/model/names.h"
#include "gateway/model/reporter.h"
#include "gateway/model/validate_tls.h"

namespace gateway::model {
namespace {

using Kind = ExpressionNode::Kind;
using Rest = SubjectName::Rest;

constexpr std::size_t claimDepthMax = 8;
constexpr std::size_t nameBytesMax = 256;

std::string addressProblem(const std::string& text) {
    if (parseIpLiteral(text)) {
        return {};
    }
    return quote(text) + (isNetwork(text) ? " is a network; write request.address in [" + quote(text) + "]"
                                          : " is not an IP address");
}

std::string restProblem(const SubjectName& subject, const std::vector<std::string>& rest) {
    const std::string name(subject.name);
    if (subject.rest == Rest::Nothing) {
        return rest.empty() ? std::string()
                            : name + " is " + typeText(subject.type) + " and has no " + quote(rest[0]);
    }
    if (rest.empty()) {
        return name + " needs a name: " + spelling(subject);
    }
    if (subject.rest == Rest::OneName && rest.size() > 1) {
        return name + " takes one name; one with a dot is written " + name + "[" +
               quote(rest[0] + "." + rest[1]) + "]";
    }
    if (rest.size() > claimDepthMax) {
        return "more than " + std::to_string(claimDepthMax) + " claims within each other are not possible";
    }
    for (const std::string& one : rest) {
        if (one.empty() || one.size() > nameBytesMax) {
            return "a name is 1 to " + std::to_string(nameBytesMax) + " characters";
        }
    }
    if (subject.subject == Subject::RequestHeader && !isToken(rest[0])) {
        return quote(rest[0]) + " is not the name of a header field";
    }
    if (subject.subject == Subject::ConsumerAttribute && !isEntityName(rest[0])) {
        return "no attribute of a consumer can have the name " + quote(rest[0]);
    }
    return {};
}

} // namespace

bool isConstant(const ExpressionNode& node) {
    return node.kind == Kind::Text || node.kind == Kind::Number || node.kind == Kind::Boolean;
}

bool isAny(const ExpressionNode& node) {
    return node.type == ValueType::Any;
}

std::string spell(const ExpressionNode& node) {
    switch (node.kind) {
    case Kind::Reference:
        return spelling(node);
    case Kind::Text:
        return quote(node.text);
    case Kind::Number:
        return "the number";
    case Kind::Boolean:
        return node.boolean ? "true" : "false";
    default:
        return "the comparison";
    }
}

const char* typeText(ValueType type) {
    switch (type) {
    case ValueType::Text:
        return "a text";
    case ValueType::Number:
        return "a number";
    case ValueType::Boolean:
        return "true or false";
    case ValueType::TextList:
        return "a list";
    case ValueType::Address:
        return "an address";
    case ValueType::Any:
        return "a claim";
    }
    return "";
}

std::string conditionProblem(const ExpressionNode& node) {
    if (node.type == ValueType::Boolean || isAny(node)) {
        return {};
    }
    return spell(node) + " is " + typeText(node.type) + ", not true or false; compare it with something";
}

std::string equalityProblem(const ExpressionNode& left, const ExpressionNode& right) {
    for (const auto* side : {&left, &right}) {
        if (side->type == ValueType::TextList) {
            return spell(*side) + " is a list; write \"x\" in " + spell(*side);
        }
    }
    const bool isAddress = left.type == ValueType::Address || right.type == ValueType::Address;
    const ExpressionNode& other = left.type == ValueType::Address ? right : left;
    if (isAddress && other.kind == Kind::Text) {
        return addressProblem(other.text);
    }
    if (left.type != right.type && !isAny(left) && !isAny(right)) {
        return spell(left) + " is " + typeText(left.type) + " and " + spell(right) + " is " +
               typeText(right.type) + ": they are never equal";
    }
    if (left.kind == Kind::Reference && right.kind == Kind::Text) {
        return neverEqual(left, right.text);
    }
    return left.kind == Kind::Text && right.kind == Kind::Reference ? neverEqual(right, left.text)
                                                                    : std::string();
}

std::string orderProblem(const ExpressionNode& left, const ExpressionNode& right) {
    for (const auto* side : {&left, &right}) {
        if (side->type != ValueType::Number && !isAny(*side)) {
            return "only numbers are smaller or greater; " + spell(*side) + " is " + typeText(side->type);
        }
    }
    return {};
}

std::string entryProblem(const ExpressionNode& item, const std::string& entry) {
    if (item.type == ValueType::Address) {
        return isNetwork(entry) ? std::string()
                                : quote(entry) + " is neither an IP address nor a network such as 10.0.0.0/8";
    }
    return item.kind == Kind::Reference ? neverEqual(item, entry) : std::string();
}

tl::expected<ExpressionNode, ExpressionProblem> referenceTo(const std::vector<std::string>& names,
                                                            const std::string& written, std::size_t offset) {
    for (const SubjectName& subject : subjectNames()) {
        const bool isTwo = subject.name.find('.') != std::string_view::npos;
        const std::size_t own = isTwo ? 2 : 1;
        if (names.size() < own || subject.name != (isTwo ? names[0] + "." + names[1] : names[0])) {
            continue;
        }
        ExpressionNode node{.kind = Kind::Reference, .type = subject.type, .subject = subject.subject};
        node.path.assign(names.begin() + static_cast<std::ptrdiff_t>(own), names.end());
        std::string wrong = restProblem(subject, node.path);
        if (!wrong.empty()) {
            return tl::unexpected(ExpressionProblem{std::move(wrong), offset});
        }
        if (subject.subject == Subject::RequestHeader) {
            node.path[0] = lowerCase(node.path[0]);
        }
        return node;
    }
    return tl::unexpected(ExpressionProblem{nothingNamed(written), offset});
}

} // namespace gateway::model
