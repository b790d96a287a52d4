#pragma once

#include "gateway/base/result.h"
#include "gateway/net/address.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gateway::net {

struct ResolverOptions {
    /// "127.0.0.1:5353"; in place of the system's name servers and search domains. Empty: the system's.
    std::vector<std::string> servers;
    std::chrono::milliseconds timeout{2'000}; ///< of the first try; every further round of tries waits longer
    int tries = 3;                            ///< of each server
    std::uint16_t port = 53;                  ///< of servers that name none
    /// Where the system's name servers are listed. Read again when it changed.
    std::string systemFile = "/etc/resolv.conf";
};

/// What a name stands for at the moment.
struct NameAddresses {
    std::vector<Endpoint> endpoints; ///< IPv4 and IPv6, the best first (RFC 6724), each once; the port is 0
    /// The smallest of all records on the way, aliases included. None where the answer came without one, from
    /// the hosts file.
    std::optional<std::chrono::seconds> ttl;
};

/// Asks the hosts file and DNS servers for addresses, on a thread of its own.
/// Thread-safe. Destruction drops what is open: its answers are never called.
class Resolver {
public:
    using Answer = std::function<void(const Result<NameAddresses>& addresses)>;

    explicit Resolver(ResolverOptions options = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// `answer` comes exactly once, on the resolver's thread, which it must not block. Errors: name-not-found
    /// (the name or its addresses do not exist), name-not-resolved (nobody could tell).
    void resolve(std::string name, Answer answer);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace gateway::net
