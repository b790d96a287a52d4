#include "tests/support/dns_responder.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace support {
namespace {

// Both threads wait for the destructor's wake-up.
constexpr std::chrono::milliseconds forever{600'000};

// Sizes and values of RFC 1035, section 4, and RFC 3596.
constexpr std::size_t headerBytes = 12;
constexpr std::uint16_t typeA = 1;
constexpr std::uint16_t typeCname = 5;
constexpr std::uint16_t typeAaaa = 28;
constexpr std::uint16_t classInternet = 1;

void appendNumber16(std::string& to, std::uint32_t value) {
    to.push_back(static_cast<char>((value >> 8U) & 0xffU));
    to.push_back(static_cast<char>(value & 0xffU));
}

void appendNumber32(std::string& to, std::uint32_t value) {
    appendNumber16(to, value >> 16U);
    appendNumber16(to, value & 0xffffU);
}

std::uint16_t number16(const std::string& bytes, std::size_t at) {
    return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[at]) << 8) |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

/// Labels with their lengths.
std::string encoded(const std::string& name) {
    std::string bytes;
    for (std::size_t start = 0; start < name.size();) {
        const std::size_t end = std::min(name.find('.', start), name.size());
        bytes.push_back(static_cast<char>(end - start));
        bytes.append(name, start, end - start);
        start = end + 1;
    }
    bytes.push_back('\0');
    return bytes;
}

void appendRecord(std::string& to, const std::string& name, std::uint16_t type, std::uint32_t ttlSeconds,
                  const std::string& data) {
    to += encoded(name);
    appendNumber16(to, type);
    appendNumber16(to, classInternet);
    appendNumber32(to, ttlSeconds);
    appendNumber16(to, static_cast<std::uint32_t>(data.size()));
    to += data;
}

/// The address as it goes into a record of the type; empty: it is of the other family.
std::string addressData(const std::string& address, std::uint16_t type) {
    std::string data(type == typeA ? sizeof(in_addr) : sizeof(in6_addr), '\0');
    return ::inet_pton(type == typeA ? AF_INET : AF_INET6, address.c_str(), data.data()) == 1 ? data
                                                                                              : std::string();
}

struct Query {
    std::string name;
    std::uint16_t type = 0;
    std::size_t questionEnd = 0;
};

Query parse(const std::string& bytes) {
    Query query;
    std::size_t at = headerBytes;
    while (at < bytes.size() && bytes[at] != '\0') {
        const auto length = static_cast<std::size_t>(bytes[at]);
        if (!query.name.empty()) {
            query.name += '.';
        }
        query.name += bytes.substr(at + 1, length);
        at += 1 + length;
    }
    if (at + 5 <= bytes.size()) {
        query.type = number16(bytes, at + 1);
        query.questionEnd = at + 5;
    }
    return query;
}

std::string responseWith(const DnsAnswer& answer, const Query& query, const std::string& question,
                         bool isTcp) {
    std::uint32_t code = 0;
    std::uint32_t count = 0;
    std::string records;
    if (answer.kind == DnsAnswer::Kind::NoSuchName) {
        code = 3;
    } else if (answer.kind == DnsAnswer::Kind::ServerFailure) {
        code = 2;
    } else {
        const std::string& owner = answer.alias.empty() ? query.name : answer.alias;
        if (!answer.alias.empty()) {
            appendRecord(records, query.name, typeCname, answer.aliasTtlSeconds, encoded(answer.alias));
            ++count;
        }
        for (const std::string& address : answer.addresses) {
            const std::string data = addressData(address, query.type);
            if (!data.empty()) {
                appendRecord(records, owner, query.type, answer.ttlSeconds, data);
                ++count;
            }
        }
    }
    const bool isCutShort =
        answer.kind == DnsAnswer::Kind::Truncated || (answer.kind == DnsAnswer::Kind::OverTcp && !isTcp);
    const std::uint32_t truncated = isCutShort ? 0x0200U : 0U;
    std::string response = question.substr(0, 2);         // the query's identifier
    appendNumber16(response, 0x8180U | truncated | code); // a response; recursion was wanted and is there
    appendNumber16(response, 1);
    appendNumber16(response, count);
    appendNumber32(response, 0); // no authority, nothing additional
    response += question.substr(headerBytes);
    response += records;
    if (answer.kind == DnsAnswer::Kind::Cut && count > 0) {
        response.resize(response.size() - 3);
    }
    return response;
}

} // namespace

DnsResponder::DnsResponder(std::string host, std::uint16_t port)
    : m_host(std::move(host))
    , m_wakeUp(::eventfd(0, EFD_CLOEXEC)) {
    // A port that the system finds free for UDP may be taken for TCP, by a connection that somebody opened.
    constexpr int triesMax = 100;
    int triesLeft = port == 0 ? triesMax : 1;
    while (!m_listener && triesLeft-- > 0) {
        bindTo(port);
    }
    m_udp = std::thread([this] { serveUdp(); });
    m_tcp = std::thread([this] { serveTcp(); });
}

void DnsResponder::bindTo(std::uint16_t port) {
    m_socket = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, m_host.c_str(), &address.sin_addr);
    if (::bind(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        m_port = localPort(m_socket.get());
        m_listener = listenOnLoopback(m_port, m_host);
    }
}

DnsResponder::~DnsResponder() {
    const std::uint64_t one = 1;
    // A write to an eventfd that nobody else writes to cannot fail.
    [[maybe_unused]] const ssize_t written = ::write(m_wakeUp.get(), &one, sizeof one);
    m_udp.join();
    m_tcp.join();
}

std::string DnsResponder::address() const {
    return m_host + ":" + std::to_string(m_port);
}

void DnsResponder::setAnswer(const std::string& name, DnsAnswer answer) {
    const std::lock_guard lock(m_mutex);
    m_answers[name] = std::move(answer);
}

void DnsResponder::setAddresses(const std::string& name, std::vector<std::string> addresses,
                                std::uint32_t ttlSeconds) {
    DnsAnswer answer;
    answer.kind = DnsAnswer::Kind::Records;
    answer.addresses = std::move(addresses);
    answer.ttlSeconds = ttlSeconds;
    setAnswer(name, std::move(answer));
}

void DnsResponder::setKind(const std::string& name, DnsAnswer::Kind kind) {
    const std::lock_guard lock(m_mutex);
    m_answers[name].kind = kind;
}

std::size_t DnsResponder::queries(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_queries.find(name);
    return found == m_queries.end() ? 0 : found->second;
}

bool DnsResponder::waitForQueries(const std::string& name, std::size_t count) {
    std::unique_lock lock(m_mutex);
    return m_queryCame.wait_for(lock, patience, [&] { return m_queries[name] >= count; });
}

std::string DnsResponder::responseTo(const std::string& query, bool isTcp) {
    const Query parsed = parse(query);
    if (parsed.questionEnd == 0) {
        return {};
    }
    DnsAnswer answer;
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_answers.find(parsed.name); found != m_answers.end()) {
            answer = found->second;
        }
        if (parsed.type == typeA) {
            ++m_queries[parsed.name];
        }
    }
    m_queryCame.notify_all();
    if (answer.kind == DnsAnswer::Kind::Silence || (isTcp && answer.kind != DnsAnswer::Kind::OverTcp)) {
        return {};
    }
    if (answer.kind == DnsAnswer::Kind::Garbage) {
        // The identifier is right, so that a resolver looks at the rest.
        return query.substr(0, 2) + std::string(40, '\xff');
    }
    return responseWith(answer, parsed, query.substr(0, parsed.questionEnd), isTcp);
}

void DnsResponder::serveUdp() {
    while (waitReadable(m_socket.get(), deadlineIn(forever), m_wakeUp.get())) {
        std::string query(512, '\0');
        sockaddr_in peer{};
        socklen_t peerSize = sizeof peer;
        const ssize_t received = ::recvfrom(m_socket.get(), query.data(), query.size(), 0,
                                            reinterpret_cast<sockaddr*>(&peer), &peerSize);
        if (received < static_cast<ssize_t>(headerBytes)) {
            continue;
        }
        query.resize(static_cast<std::size_t>(received));
        const std::string response = responseTo(query, false);
        if (!response.empty()) {
            ::sendto(m_socket.get(), response.data(), response.size(), 0,
                     reinterpret_cast<const sockaddr*>(&peer), peerSize);
        }
    }
}

void DnsResponder::serveTcp() {
    while (waitReadable(m_listener.get(), deadlineIn(forever), m_wakeUp.get())) {
        const Descriptor socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket) {
            serveConnection(socket.get());
        }
    }
}

/// Until the peer closes, or there is nothing to say.
void DnsResponder::serveConnection(int socket) {
    std::string received;
    while (true) {
        // Each message comes after its length, in two bytes (RFC 1035, section 4.2.2).
        while (received.size() < 2 || received.size() < 2U + number16(received, 0)) {
            if (receiveSome(socket, received, deadlineIn(forever), m_wakeUp.get()).value_or(0) == 0) {
                return;
            }
        }
        const std::size_t end = 2U + number16(received, 0);
        const std::string response = responseTo(received.substr(2, end - 2), true);
        received.erase(0, end);
        if (response.empty()) {
            return;
        }
        std::string message;
        appendNumber16(message, static_cast<std::uint32_t>(response.size()));
        if (!sendAll(socket, message + response, deadlineIn(patience))) {
            return;
        }
    }
}

} // namespace support
