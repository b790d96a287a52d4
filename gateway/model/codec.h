#pragma once

#include "gateway/base/result.h"
#include "gateway/model/config.h"
#include "gateway/model/problem.h"

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gateway::model {

/// A key as the file gives it: the consumer by name.
struct FileKey {
    std::string consumer;
    ApiKey key;
    bool operator==(const FileKey&) const = default;
};

/// A private key that a file names beside its certificate (`key_file`): to be stored, never to be shown.
struct FilePrivateKey {
    std::string certificate; ///< name
    std::string pem;
};

/// The content of a configuration file.
struct ConfigFile {
    Config config;
    std::vector<FileKey> keys;
    std::vector<FilePrivateKey> privateKeys{};
};

/// The content of a file that the configuration names (`chain_file`, `revocations_file`, `key_file`); an
/// error is told at the field.
using ReadNamedFile = std::function<Result<std::string>(const std::string& path)>;

/// Reads the whole file form (YAML 1.2 or JSON, which is YAML) and returns the content or everything that is
/// wrong with it, with lines. Bounded: at most 64 MiB of text, nesting of 64, no aliases. What the engine
/// does not do yet is read, checked, and then refused as Unsupported. Without `readFile` other files cannot
/// be named.
[[nodiscard]] tl::expected<ConfigFile, Problems> readConfigFile(std::string_view text,
                                                                const ReadNamedFile& readFile = {});

/// The canonical form: stable names, sorted, defaults left out, durations and sizes with units.
[[nodiscard]] std::string writeConfigFile(const ConfigFile& file);

/// One entity as compact JSON, for the store, the audit trail and content hashes: canonical, ids left out.
[[nodiscard]] std::string toJson(const Put& entity);
[[nodiscard]] tl::expected<Put, Problems> fromJson(EntityKind kind, std::uint64_t id, std::string_view json);

} // namespace gateway::model
