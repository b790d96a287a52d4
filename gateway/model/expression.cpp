#include "gateway/model/expression.h"

#include "gateway/model/expression_text.h"
#include "gateway/model/expression_types.h"
#include "gateway/model/reporter.h"

#include <algorithm>
#include <re2/re2.h>

namespace gateway::model {
namespace {

using Kind = ExpressionNode::Kind;
using Token = ExpressionToken;
using Node = tl::expected<ExpressionNode, ExpressionProblem>;

constexpr std::size_t depthMax = 64;
constexpr std::int64_t patternMemoryMax = 1 << 20;

tl::unexpected<ExpressionProblem> problem(std::string message, std::size_t offset) {
    return tl::unexpected(ExpressionProblem{std::move(message), offset});
}

std::optional<Kind> comparisonOf(const Token& token) {
    static constexpr std::pair<std::string_view, Kind> symbols[] = {
        {"==", Kind::Equal},       {"!=", Kind::NotEqual}, {"<", Kind::Less},
        {"<=", Kind::LessOrEqual}, {">", Kind::Greater},   {">=", Kind::GreaterOrEqual}};
    for (const auto& [symbol, kind] : symbols) {
        if (token.is(symbol)) {
            return kind;
        }
    }
    return std::nullopt;
}

/// Recursive descent; types are checked where two things meet.
class Parser {
public:
    explicit Parser(std::vector<Token> tokens)
        : m_tokens(std::move(tokens)) {}

    Node expression() {
        Node root = orTerm();
        if (!root) {
            return root;
        }
        if (std::string wrong = conditionProblem(*root); !wrong.empty()) {
            return problem(std::move(wrong), 0);
        }
        return atEnd(std::move(root));
    }

    Node referenceAlone() {
        if (peek().kind != Token::Kind::Name) {
            return problem("must be something that can be asked about, such as claims.sub or consumer.name",
                           peek().offset);
        }
        return atEnd(reference());
    }

private:
    [[nodiscard]] const Token& peek() const { return m_tokens[m_at]; }
    const Token& take() { return m_tokens[m_at + 1 < m_tokens.size() ? m_at++ : m_at]; }
    bool takeIf(bool fits) {
        if (fits) {
            take();
        }
        return fits;
    }

    Node atEnd(Node node) {
        if (!node || peek().kind == Token::Kind::End) {
            return node;
        }
        return problem("here should be \"and\", \"or\" or the end, not " + quote(peek().text), peek().offset);
    }

    Node joined(Kind kind, std::string_view word, Node (Parser::*part)()) {
        std::size_t offset = peek().offset;
        Node first = (this->*part)();
        if (!first || !peek().isWord(word)) {
            return first;
        }
        ExpressionNode all{.kind = kind, .type = ValueType::Boolean};
        all.children.push_back(std::move(*first));
        while (true) {
            if (std::string wrong = conditionProblem(all.children.back()); !wrong.empty()) {
                return problem(std::move(wrong), offset);
            }
            if (!takeIf(peek().isWord(word))) {
                return all;
            }
            offset = peek().offset;
            Node next = (this->*part)();
            if (!next) {
                return next;
            }
            all.children.push_back(std::move(*next));
        }
    }

    Node orTerm() { return joined(Kind::Or, "or", &Parser::andTerm); }
    Node andTerm() { return joined(Kind::And, "and", &Parser::notTerm); }

    Node notTerm() {
        if (!takeIf(peek().isWord("not"))) {
            return comparison();
        }
        const std::size_t offset = peek().offset;
        Node inner = deeper(&Parser::notTerm);
        if (!inner) {
            return inner;
        }
        if (std::string wrong = conditionProblem(*inner); !wrong.empty()) {
            return problem(std::move(wrong), offset);
        }
        ExpressionNode node{.kind = Kind::Not, .type = ValueType::Boolean};
        node.children.push_back(std::move(*inner));
        return node;
    }

    Node deeper(Node (Parser::*part)()) {
        if (m_depth == depthMax) {
            return problem("is nested deeper than " + std::to_string(depthMax) + " levels", peek().offset);
        }
        ++m_depth;
        Node node = (this->*part)();
        --m_depth;
        return node;
    }

    Node comparison() {
        const std::size_t offset = peek().offset;
        Node left = operand();
        if (!left) {
            return left;
        }
        if (const auto kind = comparisonOf(peek())) {
            take();
            return compared(*kind, std::move(*left), offset);
        }
        if (takeIf(peek().isWord("in"))) {
            return peek().is("[") ? inList(std::move(*left), offset) : contained(std::move(*left), offset);
        }
        if (takeIf(peek().isWord("matches"))) {
            return matching(std::move(*left), offset);
        }
        if (peek().isWord("not")) {
            return problem("\"not\" stands before the whole comparison: not consumer.tier in [\"free\"]",
                           peek().offset);
        }
        return left;
    }

    Node compared(Kind kind, ExpressionNode left, std::size_t offset) {
        const std::size_t rightOffset = peek().offset;
        Node right = operand();
        if (!right) {
            return right;
        }
        if (comparisonOf(peek())) {
            return problem("two comparisons cannot follow each other; join them with \"and\"", peek().offset);
        }
        if (isConstant(left) && isConstant(*right)) {
            return problem("both sides are fixed, so this is always the same", offset);
        }
        const bool equality = kind == Kind::Equal || kind == Kind::NotEqual;
        if (std::string wrong = equality ? equalityProblem(left, *right) : orderProblem(left, *right);
            !wrong.empty()) {
            return problem(std::move(wrong), isConstant(*right) ? rightOffset : offset);
        }
        ExpressionNode node{.kind = kind, .type = ValueType::Boolean};
        node.children.push_back(std::move(left));
        node.children.push_back(std::move(*right));
        return node;
    }

    Node inList(ExpressionNode item, std::size_t offset) {
        ExpressionNode node{.kind = Kind::InList, .type = ValueType::Boolean};
        const std::size_t listOffset = take().offset;
        do {
            const Token& entry = peek();
            if (entry.kind == Token::Kind::Text) {
                if (std::string wrong = entryProblem(item, entry.text); !wrong.empty()) {
                    return problem(std::move(wrong), entry.offset);
                }
                node.texts.push_back(entry.text);
            } else if (entry.kind == Token::Kind::Number) {
                node.numbers.push_back(entry.number);
            } else {
                return problem("a list holds texts or numbers: [\"a\", \"b\"]", entry.offset);
            }
            take();
        } while (takeIf(peek().is(",")));
        if (!takeIf(peek().is("]"))) {
            return problem("\"]\" is missing after the list", peek().offset);
        }
        if (!node.texts.empty() && !node.numbers.empty()) {
            return problem("a list holds texts or numbers, not both", listOffset);
        }
        if (isConstant(item)) {
            return problem("both sides are fixed, so this is always the same", offset);
        }
        const ValueType of = node.texts.empty() ? ValueType::Number : ValueType::Text;
        if (item.type == ValueType::TextList) {
            return problem(spell(item) + " is a list itself; write \"x\" in " + spell(item), offset);
        }
        if (item.type == ValueType::Address && of == ValueType::Text) {
            node.kind = Kind::InNetworks;
        } else if (item.type != of && !isAny(item)) {
            return problem(spell(item) + " is " + typeText(item.type) + ", and in the list " +
                               (of == ValueType::Text ? "are texts" : "are numbers"),
                           offset);
        }
        node.children.push_back(std::move(item));
        return node;
    }

    Node contained(ExpressionNode item, std::size_t offset) {
        const std::size_t listOffset = peek().offset;
        if (peek().kind != Token::Kind::Name) {
            return problem("after \"in\" comes a list: [\"a\", \"b\"] or consumer.roles", listOffset);
        }
        Node list = reference();
        if (!list) {
            return list;
        }
        if (list->type != ValueType::TextList && !isAny(*list)) {
            return problem(spell(*list) + " is " + typeText(list->type) + ", not a list", listOffset);
        }
        const bool isNumberInClaim = item.type == ValueType::Number && isAny(*list);
        if (item.type != ValueType::Text && !isAny(item) && !isNumberInClaim) {
            return problem(spell(item) + " is " + typeText(item.type) + ", and in the list are texts",
                           offset);
        }
        ExpressionNode node{.kind = Kind::Contains, .type = ValueType::Boolean};
        node.children.push_back(std::move(item));
        node.children.push_back(std::move(*list));
        return node;
    }

    Node matching(ExpressionNode item, std::size_t offset) {
        const Token& pattern = peek();
        if (pattern.kind != Token::Kind::Text) {
            return problem("after \"matches\" comes a regular expression in quotes", pattern.offset);
        }
        if (isConstant(item) || (item.type != ValueType::Text && !isAny(item))) {
            return problem("only texts match; " + spell(item) + " is " +
                               (isConstant(item) ? "fixed" : typeText(item.type)),
                           offset);
        }
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(patternMemoryMax);
        options.set_never_capture(true);
        auto compiled = std::make_shared<const RE2>(pattern.text, options);
        if (!compiled->ok()) {
            return problem("the regular expression does not work: " + compiled->error(), pattern.offset);
        }
        ExpressionNode node{.kind = Kind::Matches, .type = ValueType::Boolean};
        node.text = pattern.text;
        node.pattern = std::move(compiled);
        node.children.push_back(std::move(item));
        take();
        return node;
    }

    Node operand() {
        const Token& token = peek();
        switch (token.kind) {
        case Token::Kind::Text:
            return ExpressionNode{.kind = Kind::Text, .type = ValueType::Text, .text = take().text};
        case Token::Kind::Number:
            return ExpressionNode{.kind = Kind::Number, .type = ValueType::Number, .number = take().number};
        case Token::Kind::Name:
            return named();
        case Token::Kind::Symbol:
            return token.is("(") ? parenthesized() : missing();
        case Token::Kind::End:
            break;
        }
        return missing();
    }

    Node missing() const {
        return problem("something to compare is missing, such as consumer.tier == \"pro\"", peek().offset);
    }

    Node named() {
        for (const std::string_view word : {"and", "or", "not", "in", "matches"}) {
            if (peek().isWord(word)) {
                return missing();
            }
        }
        if (peek().isWord("true") || peek().isWord("false")) {
            return ExpressionNode{.kind = Kind::Boolean, .boolean = take().text == "true"};
        }
        return peek().isWord("has") ? has() : reference();
    }

    Node parenthesized() {
        const std::size_t offset = take().offset;
        Node inner = deeper(&Parser::orTerm);
        if (inner && !takeIf(peek().is(")"))) {
            return problem("\")\" is missing for this", offset);
        }
        return inner;
    }

    Node has() {
        take();
        if (!takeIf(peek().is("("))) {
            return problem("\"has\" is written has(claims.department)", peek().offset);
        }
        if (peek().kind != Token::Kind::Name) {
            return problem("has() asks for one thing, such as claims.department", peek().offset);
        }
        Node asked = reference();
        if (!asked) {
            return asked;
        }
        if (!takeIf(peek().is(")"))) {
            return problem("\")\" is missing after has(" + spell(*asked), peek().offset);
        }
        ExpressionNode node{.kind = Kind::Has, .type = ValueType::Boolean};
        node.children.push_back(std::move(*asked));
        return node;
    }

    Node reference() {
        const Token& name = take();
        std::vector<std::string> names = name.names;
        std::string written = name.text;
        while (peek().is("[") || peek().is(".")) {
            const bool isDot = take().is(".");
            const Token& step = peek();
            if (step.kind != (isDot ? Token::Kind::Name : Token::Kind::Text)) {
                return problem(isDot ? "a name is missing after \".\"" : "in [ ] stands a name in quotes",
                               step.offset);
            }
            isDot ? names.insert(names.end(), step.names.begin(), step.names.end())
                  : names.insert(names.end(), step.text);
            written += isDot ? "." + step.text : "[" + quote(step.text) + "]";
            take();
            if (!isDot && !takeIf(peek().is("]"))) {
                return problem("\"]\" is missing", peek().offset);
            }
        }
        return referenceTo(names, written, name.offset);
    }

    std::vector<Token> m_tokens; ///< never empty; the last is End
    std::size_t m_at = 0;
    std::size_t m_depth = 0;
};

} // namespace

tl::expected<std::shared_ptr<const Expression>, ExpressionProblem> parseExpression(std::string_view text) {
    auto tokens = tokensOf(text);
    if (!tokens) {
        return tl::unexpected(std::move(tokens.error()));
    }
    Node root = Parser(std::move(*tokens)).expression();
    if (!root) {
        return tl::unexpected(std::move(root.error()));
    }
    return std::make_shared<const Expression>(Expression{std::string(text), std::move(*root)});
}

tl::expected<ExpressionNode, ExpressionProblem> parseReference(std::string_view text) {
    auto tokens = tokensOf(text);
    if (!tokens) {
        return tl::unexpected(std::move(tokens.error()));
    }
    return Parser(std::move(*tokens)).referenceAlone();
}

} // namespace gateway::model
