#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::crypto {

/// Secrets in the clear, by name, as long as the gateway runs. Thread-safe.
class SecretValues {
public:
    ~SecretValues(); ///< wipes them
    void put(const std::string& name, std::string value);
    void erase(const std::string& name);
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

private:
    mutable std::mutex m_mutex;
    std::map<std::string, std::string, std::less<>> m_values;
};

} // namespace gateway::crypto
