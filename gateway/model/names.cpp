#include "gateway/model/names.h"

#include <algorithm>

namespace gateway::model {
namespace {

bool isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

bool isEntityName(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return isAlphanumeric(c) || c == '.' || c == '_' || c == '-';
    });
}

bool isToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return isAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool isHostName(std::string_view host) {
    if (host.empty() || host.size() > 253) {
        return false;
    }
    while (true) {
        const std::size_t dot = host.find('.');
        const std::string_view label = host.substr(0, dot);
        const bool good = !label.empty() && label.size() <= 63 && label.front() != '-' &&
                          label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                              return isAlphanumeric(c) || c == '-' || c == '_';
                          });
        if (!good) {
            return false;
        }
        if (dot == std::string_view::npos) {
            // A last label of digits alone would be an IPv4 address gone wrong (WHATWG URL, 3.5).
            return !std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
        }
        host.remove_prefix(dot + 1);
    }
}

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

} // namespace gateway::model
