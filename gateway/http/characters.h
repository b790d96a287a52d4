#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway::http {

/// What a byte may be part of. One table lookup a byte answers all of these at once.
enum CharacterClass : std::uint8_t {
    TokenCharacter = 1,       ///< tchar (RFC 9110, 5.6.2)
    PathCharacter = 2,        ///< pchar, "/" and "%" (RFC 3986, 3.3)
    QueryCharacter = 4,       ///< of PathCharacter and "?", and what browsers leave as it is: | ^ ` { } [ ]
    HostCharacter = 8,        ///< of names in DNS, and "_" and "~"
    UnreservedCharacter = 16, ///< RFC 3986, 2.3
    AliasCharacter = 32,      ///< of TokenCharacter: some servers read it as "-" in field names
    PathSpecialCharacter = 64 ///< "/", "." and "%": the path may need normalising
};

namespace detail {

constexpr void addClass(std::array<std::uint8_t, 256>& table, std::string_view characters, int kind) {
    for (const char c : characters) {
        auto& entry = table[static_cast<unsigned char>(c)];
        entry = static_cast<std::uint8_t>(entry | kind);
    }
}

constexpr std::array<std::uint8_t, 256> makeCharacterClasses() {
    std::array<std::uint8_t, 256> table{};
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view digits = "0123456789";
    constexpr int everywhere =
        TokenCharacter | PathCharacter | QueryCharacter | HostCharacter | UnreservedCharacter;
    addClass(table, letters, everywhere);
    addClass(table, digits, everywhere);
    addClass(table, "-._~", everywhere);
    addClass(table, "!#$%&'*+^`|", TokenCharacter);
    addClass(table, "!$&'()*+,;=:@/%", PathCharacter | QueryCharacter);
    addClass(table, "?|^`{}[]", QueryCharacter);
    addClass(table, "!#$%&'*+.^_`|~", AliasCharacter);
    addClass(table, "/.%", PathSpecialCharacter);
    return table;
}

constexpr std::array<std::int8_t, 256> makeHexValues() {
    std::array<std::int8_t, 256> table{};
    for (auto& entry : table) {
        entry = -1;
    }
    std::int8_t value = 0;
    for (const char c : std::string_view("0123456789abcdef")) {
        table[static_cast<unsigned char>(c)] = value++;
    }
    value = 10;
    for (const char c : std::string_view("ABCDEF")) {
        table[static_cast<unsigned char>(c)] = value++;
    }
    return table;
}

inline constexpr std::array<std::uint8_t, 256> characterClasses = makeCharacterClasses();
inline constexpr std::array<std::int8_t, 256> hexValues = makeHexValues();

} // namespace detail

[[nodiscard]] constexpr unsigned classOf(char c) noexcept {
    return detail::characterClasses[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr bool isA(CharacterClass kind, char c) noexcept {
    return (classOf(c) & static_cast<unsigned>(kind)) != 0;
}

/// 0..15, or -1 when it is no hexadecimal digit.
[[nodiscard]] constexpr int hexValue(char c) noexcept {
    return detail::hexValues[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool isBlank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// A byte that no head may contain but in CRLF; HTAB is none.
[[nodiscard]] constexpr bool isControl(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
}

[[nodiscard]] constexpr char lowered(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] constexpr bool sameIgnoringCase(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] && lowered(a[i]) != lowered(b[i])) {
            return false;
        }
    }
    return true;
}

/// Without white space (SP, HTAB) at either end.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && isBlank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && isBlank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// The first control byte in [begin, end), or `end`. 16 bytes a step where the processor can.
[[nodiscard]] const char* findControl(const char* begin, const char* end) noexcept;

/// Cuts the next element off a comma-separated list (RFC 9110, 5.6.1): trimmed, perhaps empty.
[[nodiscard]] constexpr std::string_view nextListElement(std::string_view& list) noexcept {
    const std::size_t comma = list.find(',');
    const std::string_view element = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    return element;
}

} // namespace gateway::http
