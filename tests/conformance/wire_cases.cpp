#include "tests/conformance/wire_cases.h"

#include <QtGlobal>

#include <fstream>

namespace {

// "\{5*a}" is "aaaaa".
std::string repeated(const std::string& text) {
    const std::size_t star = text.find('*');
    if (star == std::string::npos || star + 2 != text.size()) {
        qFatal("unreadable repetition: %s", text.c_str());
    }
    return std::string(std::stoul(text.substr(0, star)), text.back());
}

std::string unescaped(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        const char kind = i + 1 < text.size() ? text[i + 1] : '\0';
        ++i;
        if (kind == 'r') {
            bytes += '\r';
        } else if (kind == 'n') {
            bytes += '\n';
        } else if (kind == 't') {
            bytes += '\t';
        } else if (kind == '\\') {
            bytes += '\\';
        } else if (kind == 'x') {
            bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else if (kind == '{') {
            const std::size_t end = text.find('}', i);
            bytes += repeated(text.substr(i + 1, end - i - 1));
            i = end;
        } else {
            qFatal("unknown escape in: %s", text.c_str());
        }
    }
    return bytes;
}

} // namespace

std::string WireCase::attribute(const std::string& key, const std::string& fallback) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? fallback : found->second;
}

std::vector<std::string> WireCase::all(const std::string& key) const {
    std::vector<std::string> values;
    const auto [begin, end] = attributes.equal_range(key);
    for (auto at = begin; at != end; ++at) {
        values.push_back(at->second);
    }
    return values;
}

std::vector<WireCase> readWireCases(const std::string& fileName) {
    std::ifstream file(std::string(GATEHOUSE_CONFORMANCE_DATA "/") + fileName);
    if (!file) {
        qFatal("cannot read %s", fileName.c_str());
    }
    std::vector<WireCase> cases;
    std::string line;
    bool isOpen = false;
    while (std::getline(file, line)) {
        const std::size_t space = line.find(' ');
        const std::string word = line.substr(0, space);
        const std::string rest = space == std::string::npos ? std::string() : line.substr(space + 1);
        if (word == "==") {
            cases.push_back({rest, {}, {}, {}, {}});
            isOpen = true;
        } else if (line.empty() || word == "#" || (line.front() == '#' && !isOpen)) {
            continue;
        } else if (!isOpen) {
            qFatal("line outside a case: %s", line.c_str());
        } else if (word == "=") {
            cases.back().verdict = rest;
            isOpen = false;
        } else if (word == ">") {
            cases.back().raw += unescaped(rest);
        } else if (word == "rfc") {
            cases.back().rfc = rest;
        } else {
            cases.back().attributes.emplace(word, unescaped(rest));
        }
    }
    if (isOpen || cases.empty()) {
        qFatal("%s ends within a case or has none", fileName.c_str());
    }
    return cases;
}
