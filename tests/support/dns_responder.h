#pragma once

#include "tests/support/socket_io.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// What a DnsResponder says about a name.
struct DnsAnswer {
    enum class Kind {
        Records,       ///< the addresses; none of a family: an empty answer
        NoSuchName,    ///< NXDOMAIN
        ServerFailure, ///< SERVFAIL
        Silence,
        Truncated, ///< the bit that says "ask again over TCP", and a TCP connection that is closed
        OverTcp,   ///< the same bit, and the records over TCP
        Cut,       ///< the right answer without the last bytes of its records
        Garbage,   ///< bytes that are no DNS at all
    };
    Kind kind = Kind::NoSuchName;
    std::vector<std::string> addresses; ///< IPv4 and IPv6 literals
    std::uint32_t ttlSeconds = 0;
    std::string alias; ///< the addresses hang on this name, the asked one is a CNAME of it; empty: no CNAME
    std::uint32_t aliasTtlSeconds = 0;
};

/// A DNS server on a UDP and the same TCP port of the loopback device. It knows the names that it was told,
/// and answers all others with NXDOMAIN. Public functions: any thread.
class DnsResponder {
public:
    /// Port 0 lets the system choose.
    explicit DnsResponder(std::string host = "127.0.0.1", std::uint16_t port = 0);
    ~DnsResponder();
    DnsResponder(const DnsResponder&) = delete;
    DnsResponder& operator=(const DnsResponder&) = delete;

    [[nodiscard]] std::string address() const; ///< "127.0.0.1:PORT"
    [[nodiscard]] const std::string& host() const { return m_host; }
    [[nodiscard]] std::uint16_t port() const { return m_port; } ///< 0: it was taken

    /// From now on.
    void setAnswer(const std::string& name, DnsAnswer answer);
    void setAddresses(const std::string& name, std::vector<std::string> addresses, std::uint32_t ttlSeconds);
    void setKind(const std::string& name, DnsAnswer::Kind kind);

    /// How often IPv4 addresses of the name were asked for.
    [[nodiscard]] std::size_t queries(const std::string& name) const;
    /// Waits until there were `count` such queries; false after `patience`.
    [[nodiscard]] bool waitForQueries(const std::string& name, std::size_t count);

private:
    void bindTo(std::uint16_t port);
    void serveUdp();
    void serveTcp();
    void serveConnection(int socket);
    /// Empty: says nothing.
    [[nodiscard]] std::string responseTo(const std::string& query, bool isTcp);

    const std::string m_host;
    Descriptor m_socket;
    Descriptor m_listener;
    Descriptor m_wakeUp; ///< readable once everything has to end
    std::uint16_t m_port = 0;
    mutable std::mutex m_mutex;
    std::condition_variable m_queryCame;
    std::map<std::string, DnsAnswer> m_answers;   // guarded by m_mutex
    std::map<std::string, std::size_t> m_queries; // guarded by m_mutex
    std::thread m_udp;
    std::thread m_tcp;
};

} // namespace support
