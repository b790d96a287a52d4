#include "gateway/model/document.h"

#include <algorithm>
#include <re2/re2.h>

namespace gateway::model {

const TextNode* TextNode::find(std::string_view name) const {
    const auto at = std::find_if(members.begin(), members.end(),
                                 [&](const Member& member) { return member.name == name; });
    return at != members.end() ? &at->value : nullptr;
}

std::string_view TextNode::textOf(std::string_view name) const {
    const TextNode* member = find(name);
    return member != nullptr && member->kind == Kind::Scalar ? std::string_view(member->text)
                                                             : std::string_view();
}

bool TextNode::isText() const {
    return kind == Kind::Scalar && (quoted || !looksTyped(text));
}

bool TextNode::isBoolean() const {
    return kind == Kind::Scalar && !quoted && (text == "true" || text == "false");
}

bool looksTyped(std::string_view plain) {
    static const RE2 typed("|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|"
                           "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|"
                           "[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
    // Nothing that long is a number anyone writes, and most text starts with a letter.
    return plain.size() <= 400 && RE2::FullMatch(re2::StringPiece(plain.data(), plain.size()), typed);
}

namespace {

// Length of the UTF-8 sequence at the front (RFC 3629), or 0.
std::size_t utf8Length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || first > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) {
        return 0;
    }
    return length;
}

} // namespace

bool isCleanUtf8(std::string_view text, bool lines, std::size_t* badAt) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto first = static_cast<unsigned char>(text[at]);
        const bool lineCharacter = first == '\t' || first == '\n' || first == '\r';
        // U+0080 to U+009F are control characters, too; U+FEFF would be taken as a byte order mark.
        const bool control =
            (first < 0x20 && !(lines && lineCharacter)) || first == 0x7F ||
            (first == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) ||
            text.substr(at, 3) == "\xEF\xBB\xBF";
        const std::size_t length = control ? 0 : utf8Length(text.substr(at));
        if (length == 0) {
            if (badAt != nullptr) {
                *badAt = at;
            }
            return false;
        }
        at += length;
    }
    return true;
}

} // namespace gateway::model
