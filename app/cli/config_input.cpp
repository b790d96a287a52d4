#include "app/cli/config_input.h"

#include "gateway/model/validate.h"

#include <algorithm>
#include <filesystem>

namespace app::cli {

using gateway::model::ConfigFile;
using gateway::model::EntityKind;

tl::expected<ConfigFile, ExitCode> readConfiguration(const std::string& file, bool problemsAsJson) {
    const auto text = readText(file);
    if (!text) {
        return tl::unexpected(reportError(text.error()));
    }
    // Relative to the file that names them, wherever the command is run.
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    auto content = gateway::model::readConfigFile(
        *text, [&](const std::string& path) { return readText((folder / path).string()); });
    if (!content) {
        return tl::unexpected(reportProblems(file, content.error(), problemsAsJson));
    }
    const gateway::model::Problems problems = gateway::model::validate(content->config);
    if (!problems.empty()) {
        return tl::unexpected(reportProblems(file, problems, problemsAsJson));
    }
    return std::move(*content);
}

std::string countOf(std::size_t count, EntityKind kind) {
    std::string word = count == 1 ? gateway::model::kindName(kind) : gateway::model::kindPlural(kind);
    std::replace(word.begin(), word.end(), '_', ' '); // the file's "identity_providers"
    return std::to_string(count) + ' ' + word;
}

std::string countOfKeys(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " key" : " keys");
}

std::string describeSize(const ConfigFile& content) {
    const gateway::model::Config& config = content.config;
    return countOf(config.certificates.size(), EntityKind::Certificate) + ", " +
           countOf(config.listeners.size(), EntityKind::Listener) + ", " +
           countOf(config.tiers.size(), EntityKind::Tier) + ", " +
           countOf(config.consumers.size(), EntityKind::Consumer) + ", " +
           countOf(config.identityProviders.size(), EntityKind::IdentityProvider) + ", " +
           countOf(config.services.size(), EntityKind::Service) + ", " +
           countOf(config.policies.size(), EntityKind::Policy) + ", " +
           countOf(config.routes.size(), EntityKind::Route) + ", " + countOfKeys(content.keys.size());
}

} // namespace app::cli
