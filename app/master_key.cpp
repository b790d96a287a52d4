#include "app/master_key.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace app {

using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;
using gateway::crypto::MasterKey;

namespace {

constexpr mode_t ownerOnly = 0600;
constexpr mode_t rightsOfOthers = 0077;
constexpr std::size_t digitsPerByte = 2;
constexpr std::size_t textBytes = std::tuple_size_v<MasterKey> * digitsPerByte;
constexpr int hexBase = 16;

class Descriptor {
public:
    explicit Descriptor(int number)
        : m_number(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_number >= 0) {
            ::close(m_number);
        }
    }
    [[nodiscard]] int get() const { return m_number; }
    [[nodiscard]] bool isOpen() const { return m_number >= 0; }

private:
    int m_number;
};

tl::unexpected<gateway::Error> systemError(const char* code, const std::string& what, int reason) {
    return fail(ErrorKind::Environment, code, what + ": " + std::strerror(reason));
}

bool writeAll(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

} // namespace

std::string keyFileOf(const std::string& databaseFile) {
    // Read once a program, before it has threads that could change it.
    if (const char* named = std::getenv("GATEHOUSE_KEY_FILE"); // NOLINT(concurrency-mt-unsafe)
        named != nullptr && *named != '\0') {
        return named;
    }
    return std::filesystem::path(databaseFile).replace_extension(".key").string();
}

std::string masterKeyText(const MasterKey& key) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    text.reserve(textBytes);
    for (const std::uint8_t byte : key) {
        text += digits[byte / hexBase];
        text += digits[byte % hexBase];
    }
    return text;
}

std::optional<MasterKey> masterKeyOf(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    if (text.size() != textBytes) {
        return std::nullopt;
    }
    MasterKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        const char* from = text.data() + i * digitsPerByte;
        const auto read = std::from_chars(from, from + digitsPerByte, key[i], hexBase);
        if (read.ec != std::errc() || read.ptr != from + digitsPerByte) {
            return std::nullopt;
        }
    }
    return key;
}

Result<std::optional<MasterKey>> KeyFile::load() {
    const Descriptor file(::open(m_path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.isOpen()) {
        if (errno == ENOENT) {
            return std::optional<MasterKey>();
        }
        return systemError("unreadable-key-file", "the key file " + m_path + " cannot be read", errno);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return systemError("unreadable-key-file", "the key file " + m_path + " cannot be read", errno);
    }
    if ((status.st_mode & rightsOfOthers) != 0) {
        return fail(ErrorKind::Environment, "key-file-not-private",
                    "others may read the key file " + m_path + "; take that right away with `chmod 600 " +
                        m_path + "`");
    }
    std::string text(textBytes + 8, '\0'); // room for a line feed and for noticing what is too long
    const ssize_t length = ::read(file.get(), text.data(), text.size());
    if (length < 0) {
        return systemError("unreadable-key-file", "the key file " + m_path + " cannot be read", errno);
    }
    text.resize(static_cast<std::size_t>(length));
    auto key = masterKeyOf(text);
    gateway::crypto::wipe(text);
    if (!key) {
        return fail(ErrorKind::Environment, "bad-key-file",
                    "the key file " + m_path + " does not hold a master key of 64 hex digits");
    }
    return key;
}

Result<MasterKey> KeyFile::make() {
    const Descriptor file(::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownerOnly));
    if (!file.isOpen()) {
        return systemError(errno == EEXIST ? "key-file-exists" : "unwritable-key-file",
                           "the key file " + m_path + " cannot be made", errno);
    }
    const MasterKey key = gateway::crypto::newMasterKey();
    std::string text = masterKeyText(key) + '\n';
    const bool isWritten = writeAll(file.get(), text);
    const int reason = errno;
    gateway::crypto::wipe(text);
    if (!isWritten) {
        ::unlink(m_path.c_str());
        return systemError("unwritable-key-file", "the key file " + m_path + " cannot be written", reason);
    }
    return key;
}

std::shared_ptr<gateway::service::MasterKeyPlace> keyFilePlace(const std::string& databaseFile) {
    return std::make_shared<KeyFile>(keyFileOf(databaseFile));
}

} // namespace app
