#include "gateway/routing/conditions.h"

#include <algorithm>
#include <array>

namespace gateway::routing {
namespace {

using http::Method;
using model::NameValue;

struct NamedMethod {
    Method method;
    std::string_view name;
};

constexpr std::array<NamedMethod, 9> knownMethods{{{Method::Get, "GET"},
                                                   {Method::Head, "HEAD"},
                                                   {Method::Post, "POST"},
                                                   {Method::Put, "PUT"},
                                                   {Method::Patch, "PATCH"},
                                                   {Method::Delete, "DELETE"},
                                                   {Method::Options, "OPTIONS"},
                                                   {Method::Trace, "TRACE"},
                                                   {Method::Connect, "CONNECT"}}};

constexpr std::string_view anyValue = "*";

char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equalsInAnyCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lowered(x) == lowered(y); });
}

int hexValue(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char letter = lowered(digit);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Takes one decoded character off the front of a query parameter. "%" without two digits is itself.
char takeDecoded(std::string_view& encoded) {
    const char first = encoded.front();
    if (first == '%' && encoded.size() >= 3) {
        const int high = hexValue(encoded[1]);
        const int low = hexValue(encoded[2]);
        if (high >= 0 && low >= 0) {
            encoded.remove_prefix(3);
            return static_cast<char>(high * 16 + low);
        }
    }
    encoded.remove_prefix(1);
    return first == '+' ? ' ' : first;
}

bool decodesTo(std::string_view encoded, std::string_view wanted) {
    for (const char c : wanted) {
        if (encoded.empty() || takeDecoded(encoded) != c) {
            return false;
        }
    }
    return encoded.empty();
}

bool hasHeader(const http::RequestHead& head, const NameValue& wanted) {
    return std::any_of(head.fields.begin(), head.fields.end(), [&](const http::Field& field) {
        return equalsInAnyCase(field.name, wanted.name) &&
               (wanted.value == anyValue || field.value == wanted.value);
    });
}

bool hasParameter(std::string_view query, const NameValue& wanted) {
    while (!query.empty()) {
        const std::string_view parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(parameter.size() + 1, query.size()));
        const std::string_view name = parameter.substr(0, parameter.find('='));
        const std::string_view value = parameter.substr(std::min(name.size() + 1, parameter.size()));
        if (decodesTo(name, wanted.name) && (wanted.value == anyValue || decodesTo(value, wanted.value))) {
            return true;
        }
    }
    return false;
}

} // namespace

MethodSet::MethodSet(const std::vector<std::string>& names)
    : m_mask(names.empty() ? all : 0) {
    for (const std::string& name : names) {
        const auto* const known =
            std::find_if(knownMethods.begin(), knownMethods.end(),
                         [&](const NamedMethod& candidate) { return candidate.name == name; });
        if (known == knownMethods.end()) {
            m_mask |= maskOf(Method::Other);
            m_others.push_back(name);
            continue;
        }
        m_mask |= maskOf(known->method);
        if (known->method == Method::Get) {
            m_mask |= maskOf(Method::Head);
        }
    }
}

bool MethodSet::names(std::string_view text) const noexcept {
    return std::find(m_others.begin(), m_others.end(), text) != m_others.end();
}

void MethodSet::add(const MethodSet& other) {
    m_mask |= other.m_mask;
    for (const std::string& name : other.m_others) {
        if (!names(name)) {
            m_others.insert(std::upper_bound(m_others.begin(), m_others.end(), name), name);
        }
    }
}

std::string MethodSet::toText() const {
    std::string text;
    const auto append = [&](std::string_view name) { text.append(text.empty() ? "" : ", ").append(name); };
    for (const NamedMethod& known : knownMethods) {
        if ((m_mask & maskOf(known.method)) != 0) {
            append(known.name);
        }
    }
    for (const std::string& name : m_others) {
        append(name);
    }
    return text;
}

Conditions::Conditions(const model::Match& match)
    : m_headers(match.headers)
    , m_query(match.query) {}

bool Conditions::hold(const http::RequestHead& head) const noexcept {
    return std::all_of(m_headers.begin(), m_headers.end(),
                       [&](const NameValue& wanted) { return hasHeader(head, wanted); }) &&
           std::all_of(m_query.begin(), m_query.end(),
                       [&](const NameValue& wanted) { return hasParameter(head.query, wanted); });
}

} // namespace gateway::routing
