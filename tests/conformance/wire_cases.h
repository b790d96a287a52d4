#pragma once

#include <map>
#include <string>
#include <vector>

/// A case of tests/conformance/data: the files say themselves how they are written.
struct WireCase {
    std::string name;
    std::string rfc;
    std::multimap<std::string, std::string> attributes;
    std::string raw;
    std::string verdict;

    [[nodiscard]] bool has(const std::string& attribute) const { return attributes.count(attribute) != 0; }
    [[nodiscard]] std::string attribute(const std::string& key, const std::string& fallback = {}) const;
    /// The values of an attribute that comes several times, in order.
    [[nodiscard]] std::vector<std::string> all(const std::string& key) const;
};

/// The cases of a file in tests/conformance/data. Ends the test run with a message when the file is
/// unreadable or a case has no bytes' verdict, because a suite that silently lost its cases would pass.
[[nodiscard]] std::vector<WireCase> readWireCases(const std::string& fileName);
