#include "app/cli/cert_options.h"

#include "app/cli/report.h"

#include <array>
#include <utility>

namespace app::cli {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::crypto::KeyKind;
using gateway::service::CertificateImport;

namespace {

constexpr std::array keyKinds{
    std::pair{"ecdsa-p256", KeyKind::EcdsaP256}, std::pair{"ecdsa-p384", KeyKind::EcdsaP384},
    std::pair{"rsa-2048", KeyKind::Rsa2048},     std::pair{"rsa-4096", KeyKind::Rsa4096},
    std::pair{"ed25519", KeyKind::Ed25519},
};

Result<void> readInto(std::string& text, const std::string& file) {
    if (file.empty()) {
        return {};
    }
    auto read = readText(file);
    if (!read) {
        return fail(std::move(read.error()));
    }
    text = std::move(*read);
    return {};
}

} // namespace

std::vector<std::string> keyKindNames() {
    std::vector<std::string> names;
    for (const auto& [name, kind] : keyKinds) {
        names.emplace_back(name);
    }
    return names;
}

std::optional<KeyKind> keyKindOf(const std::string& name) {
    for (const auto& [known, kind] : keyKinds) {
        if (known == name) {
            return kind;
        }
    }
    return std::nullopt;
}

gateway::crypto::SubjectRequest subjectOf(const CertSubjectOptions& options) {
    gateway::crypto::SubjectRequest subject;
    subject.names = options.names;
    subject.commonName = options.commonName;
    if (subject.commonName.empty() && !options.names.empty()) {
        subject.commonName = options.names.front();
    }
    subject.organization = options.organization;
    return subject;
}

Result<CertificateImport> readImportFiles(const CertImportOptions& options) {
    if (options.chain.empty() == options.pkcs12.empty()) {
        return fail(ErrorKind::Input, "bad-import", "name either --chain FILE or --pkcs12 FILE");
    }
    CertificateImport import;
    import.name = options.name;
    import.author = options.author;
    if (options.isAuthority) {
        import.use = gateway::model::Certificate::Use::Authority;
    }
    for (const auto& [text, file] :
         {std::pair(&import.chain, &options.chain), std::pair(&import.privateKey, &options.key),
          std::pair(&import.pkcs12, &options.pkcs12), std::pair(&import.passphrase, &options.passphraseFile),
          std::pair(&import.revocations, &options.revocations)}) {
        if (auto read = readInto(*text, *file); !read) {
            return fail(std::move(read.error()));
        }
    }
    // Editors end a file with a line feed, which belongs to no passphrase.
    while (!import.passphrase.empty() &&
           (import.passphrase.back() == '\n' || import.passphrase.back() == '\r')) {
        import.passphrase.pop_back();
    }
    return import;
}

} // namespace app::cli
