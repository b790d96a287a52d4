#pragma once

#include "gateway/service/master_key_place.h"

#include <memory>
#include <string>

namespace app {

/// The file named by GATEHOUSE_KEY_FILE, else the one beside the database: gatehouse.key for gatehouse.db.
[[nodiscard]] std::string keyFileOf(const std::string& databaseFile);

/// The master key in a file of its owner's (mode 0600): 64 hex digits.
class KeyFile final : public gateway::service::MasterKeyPlace {
public:
    explicit KeyFile(std::string path)
        : m_path(std::move(path)) {}

    /// Errors (Environment): "key-file-not-private" when others may read it, "bad-key-file",
    /// "unreadable-key-file".
    [[nodiscard]] gateway::Result<std::optional<gateway::crypto::MasterKey>> load() override;
    /// Never replaces a file: "key-file-exists".
    [[nodiscard]] gateway::Result<gateway::crypto::MasterKey> make() override;
    [[nodiscard]] std::string text() const override { return "the key file " + m_path; }

private:
    const std::string m_path;
};

/// What programs without a desktop use.
[[nodiscard]] std::shared_ptr<gateway::service::MasterKeyPlace> keyFilePlace(const std::string& databaseFile);

/// A master key as the text that is kept, and back; nothing for other text.
[[nodiscard]] std::string masterKeyText(const gateway::crypto::MasterKey& key);
[[nodiscard]] std::optional<gateway::crypto::MasterKey> masterKeyOf(std::string_view text);

} // namespace app
