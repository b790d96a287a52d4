#pragma once

#include "tests/support/test_certificates.h"
#include "tests/support/test_process.h"

#include <QTemporaryDir>
#include <cstdint>
#include <memory>
#include <string>

namespace support {

/// pebble, the test server of Let's Encrypt for ACME, with a name server for which every name is 127.0.0.1.
/// Both on free ports of the loopback device.
class Pebble {
public:
    struct Wishes {
        std::uint16_t httpPort = 0; ///< where it looks for HTTP-01 challenges
        std::uint16_t tlsPort = 0;  ///< and for those of TLS-ALPN-01
        int noncesRefused = 0;      ///< per cent
        int validitySeconds = 0;    ///< of certificates; 0: five years
    };

    [[nodiscard]] static bool isInstalled();

    explicit Pebble(const Wishes& wishes);

    /// False: it did not start.
    [[nodiscard]] bool isReady() const { return m_isReady; }
    [[nodiscard]] std::string directoryUrl() const;
    /// PEM: who signed the certificate of the directory's server.
    [[nodiscard]] const std::string& authority() const { return m_authority.pem(); }
    /// PEM: the root of the certificates that it issues.
    [[nodiscard]] std::string root() const;
    /// Ends it, and returns what it logged.
    [[nodiscard]] QByteArray endAndTell();

private:
    TestAuthority m_authority{"Authority of the directory"};
    QTemporaryDir m_folder;
    std::uint16_t m_port = 0;
    std::uint16_t m_managementPort = 0;
    std::unique_ptr<TestProcess> m_names;
    std::unique_ptr<TestProcess> m_pebble;
    bool m_isReady = false;
};

} // namespace support
