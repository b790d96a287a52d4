#include "gateway/model/expression_text.h"

#include "gateway/model/document.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gateway::model {
namespace {

using Kind = ExpressionToken::Kind;

constexpr std::size_t expressionBytesMax = 4096;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Nothing is subtracted here, so that names can have a dash, as those of headers do.
bool isNamePart(char c) {
    return isNameStart(c) || isDigit(c) || c == '-';
}

struct Slip {
    std::string_view written;
    std::string_view hint;
};

// What other languages would write.
constexpr Slip slips[] = {{"&&", "write and"},
                          {"||", "write or"},
                          {"=~", "write matches"},
                          {"'", "a text stands in double quotes: \"like this\""},
                          {"=", "two values are compared with =="},
                          {"!", "write not, or != to compare"},
                          {"{", "a list stands in [ and ]"},
                          {"$", "a name stands by itself: consumer.tier"}};

class Tokenizer {
public:
    explicit Tokenizer(std::string_view text)
        : m_text(text) {}

    tl::expected<std::vector<ExpressionToken>, ExpressionProblem> run() {
        std::vector<ExpressionToken> tokens;
        while (true) {
            m_at = std::min(m_text.find_first_not_of(" \t\r\n", m_at), m_text.size());
            m_token = ExpressionToken{};
            m_token.offset = m_at;
            if (m_at == m_text.size()) {
                tokens.push_back(std::move(m_token));
                return tokens;
            }
            if (std::string problem = next(); !problem.empty()) {
                return tl::unexpected(ExpressionProblem{std::move(problem), m_token.offset});
            }
            tokens.push_back(std::move(m_token));
        }
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }

    /// What is wrong; empty: nothing.
    std::string next() {
        const char c = peek();
        if (isNameStart(c)) {
            return name();
        }
        if (isDigit(c) || (c == '-' && isDigit(peek(1)))) {
            return number();
        }
        return c == '"' ? quotedText() : symbol();
    }

    std::string name() {
        m_token.kind = Kind::Name;
        while (true) {
            const std::size_t begin = m_at;
            while (isNamePart(peek())) {
                ++m_at;
            }
            if (begin == m_at) {
                m_token.offset = m_at;
                return "a name is missing after \".\"";
            }
            m_token.names.emplace_back(m_text.substr(begin, m_at - begin));
            if (peek() != '.') {
                break;
            }
            ++m_at;
        }
        m_token.text = m_text.substr(m_token.offset, m_at - m_token.offset);
        return {};
    }

    std::string number() {
        m_token.kind = Kind::Number;
        const char* begin = m_text.data() + m_at;
        const char* end = m_text.data() + m_text.size();
        const auto [after, error] = std::from_chars(begin, end, m_token.number, std::chars_format::fixed);
        m_at += static_cast<std::size_t>(after - begin);
        m_token.text.assign(begin, after);
        // Beyond 2^53 not every whole number is a double.
        if (error != std::errc() || !(std::abs(m_token.number) <= 9'007'199'254'740'992.0)) {
            return "the number is too large";
        }
        if (isNamePart(peek()) || peek() == '.') {
            return "after the number is something that does not belong to it";
        }
        return {};
    }

    std::string quotedText() {
        m_token.kind = Kind::Text;
        ++m_at;
        while (m_at < m_text.size() && m_text[m_at] != '"') {
            if (m_text[m_at] == '\\' && (peek(1) == '"' || peek(1) == '\\')) {
                ++m_at;
            }
            m_token.text += m_text[m_at++];
        }
        if (m_at == m_text.size()) {
            return "the text has no end: \" is missing";
        }
        ++m_at;
        return {};
    }

    std::string symbol() {
        m_token.kind = Kind::Symbol;
        static constexpr std::string_view symbols[] = {"==", "!=", "<=", ">=", "<", ">",
                                                       "(",  ")",  "[",  "]",  ",", "."};
        const std::string_view rest = m_text.substr(m_at);
        for (const std::string_view known : symbols) {
            if (rest.starts_with(known)) {
                m_token.text = known;
                m_at += known.size();
                return {};
            }
        }
        for (const Slip& slip : slips) {
            if (rest.starts_with(slip.written)) {
                return "\"" + std::string(slip.written) + "\" means nothing here; " + std::string(slip.hint);
            }
        }
        // A character of several bytes is shown whole.
        std::size_t size = 1;
        while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xC0U) == 0x80U) {
            ++size;
        }
        return "\"" + std::string(rest.substr(0, size)) + "\" means nothing here";
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    ExpressionToken m_token;
};

} // namespace

tl::expected<std::vector<ExpressionToken>, ExpressionProblem> tokensOf(std::string_view text) {
    if (text.size() > expressionBytesMax) {
        return tl::unexpected(ExpressionProblem{
            "is longer than " + std::to_string(expressionBytesMax) + " bytes", expressionBytesMax});
    }
    std::size_t badAt = 0;
    if (!isCleanUtf8(text, true, &badAt)) {
        return tl::unexpected(ExpressionProblem{"has a character that is not allowed", badAt});
    }
    return Tokenizer(text).run();
}

} // namespace gateway::model
