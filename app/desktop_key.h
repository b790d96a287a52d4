#pragma once

#include "app/master_key.h"

namespace app {

/// The keyring of a desktop, which keeps small texts for programs. Functions block, also while a person is
/// asked to unlock it.
class Keyring {
public:
    virtual ~Keyring() = default;
    /// None: it holds none of that name. Error: no keyring answers.
    [[nodiscard]] virtual gateway::Result<std::optional<std::string>> read(const std::string& name) = 0;
    [[nodiscard]] virtual gateway::Result<void> write(const std::string& name, const std::string& text) = 0;
};

/// The master key of a person's databases in their keyring; a key file that is there comes first, and one is
/// made where no keyring answers. Wipes what it remembers when it goes.
class DesktopKey final : public gateway::service::MasterKeyPlace {
public:
    DesktopKey(std::string keyFile, std::unique_ptr<Keyring> keyring);
    DesktopKey(const DesktopKey&) = delete;
    DesktopKey& operator=(const DesktopKey&) = delete;
    ~DesktopKey() override;

    [[nodiscard]] gateway::Result<std::optional<gateway::crypto::MasterKey>> load() override;
    [[nodiscard]] gateway::Result<gateway::crypto::MasterKey> make() override;
    [[nodiscard]] std::string text() const override;

private:
    KeyFile m_file;
    std::unique_ptr<Keyring> m_keyring;
    std::optional<gateway::crypto::MasterKey> m_known; ///< so that the keyring is asked once
};

/// The keyring that the desktop has; null where there is no desktop session.
[[nodiscard]] std::unique_ptr<Keyring> systemKeyring();

/// What the console uses.
[[nodiscard]] std::shared_ptr<gateway::service::MasterKeyPlace>
desktopKeyPlace(const std::string& databaseFile);

} // namespace app
