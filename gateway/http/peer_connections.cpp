#include "gateway/http/peer_connections.h"

#include "gateway/base/random.h"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <random>
#include <string_view>

namespace gateway::http {

namespace {

constexpr unsigned countBits = 24;
constexpr std::uint64_t countMask = (std::uint64_t{1} << countBits) - 1;

bool isOf(std::uint64_t word, std::uint64_t tag) noexcept {
    return (word & countMask) != 0 && (word & ~countMask) == tag;
}

constexpr std::string_view refusal =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\n"
    "Cache-Control: no-store\r\nRetry-After: 1\r\nContent-Length: 149\r\nConnection: close\r\n\r\n"
    R"({"type":"about:blank","title":"Too Many Requests","status":429,)"
    R"("detail":"This address has too many connections open.","code":"too-many-connections"})"
    "\n";

enum class Step { Entered, Full, Absent };

Step add(std::atomic<std::uint64_t>& place, std::uint64_t tag, std::uint32_t most) noexcept {
    std::uint64_t word = place.load();
    while (isOf(word, tag)) {
        if ((most != 0 && (word & countMask) >= most) || (word & countMask) == countMask) {
            return Step::Full;
        }
        if (place.compare_exchange_weak(word, word + 1)) {
            return Step::Entered;
        }
    }
    return Step::Absent;
}

} // namespace

PeerConnections::PeerConnections()
    : m_buckets(std::make_unique<Bucket[]>(bucketCount)) {
    std::random_device random;
    m_seed = (static_cast<std::uint64_t>(random()) << 32U) | random();
}

std::uint64_t PeerConnections::hashOf(const net::Endpoint& peer) const noexcept {
    std::uint64_t bits = 0;
    if (peer.storage.ss_family == AF_INET6) {
        const auto* address = reinterpret_cast<const sockaddr_in6*>(&peer.storage);
        std::memcpy(&bits, address->sin6_addr.s6_addr, sizeof bits);
        bits = mixBits(bits ^ 6U);
    } else {
        bits = reinterpret_cast<const sockaddr_in*>(&peer.storage)->sin_addr.s_addr;
    }
    return mixBits(mixBits(bits ^ m_seed) + m_seed);
}

std::optional<std::uint32_t> PeerConnections::enter(const net::Endpoint& peer, std::uint32_t most) noexcept {
    const std::uint64_t hash = hashOf(peer);
    const std::uint64_t tag = hash & ~countMask;
    const auto bucketNumber = static_cast<std::uint32_t>(hash % bucketCount);
    auto& places = m_buckets[bucketNumber].places;
    const auto placeOf = [&](std::uint32_t i) { return bucketNumber * placesEach + i; };
    while (true) {
        for (std::uint32_t i = 0; i < placesEach; ++i) {
            switch (add(places[i], tag, most)) {
            case Step::Entered:
                return placeOf(i);
            case Step::Full:
                return std::nullopt;
            case Step::Absent:
                break;
            }
        }
        const auto isFree = [](const auto& place) { return (place.load() & countMask) == 0; };
        const auto free = std::find_if(places.begin(), places.end(), isFree);
        if (free == places.end()) {
            return uncounted;
        }
        std::uint64_t word = free->load();
        if ((word & countMask) != 0 || !free->compare_exchange_strong(word, tag | 1U)) {
            continue; // somebody was faster, perhaps with the same address
        }
        const auto isTwin = [&](const auto& place) { return &place != &*free && isOf(place.load(), tag); };
        if (std::none_of(places.begin(), places.end(), isTwin)) {
            return placeOf(static_cast<std::uint32_t>(free - places.begin()));
        }
        // Another worker took a place for this address at the same moment; counts must not be split.
        free->fetch_sub(1);
    }
}

void PeerConnections::leave(std::uint32_t place) noexcept {
    if (place != uncounted) {
        m_buckets[place / placesEach].places[place % placesEach].fetch_sub(1);
    }
}

void PeerConnections::refuse(net::Stream& stream) noexcept {
    const iovec all{const_cast<char*>(refusal.data()), refusal.size()};
    // Whether it arrives is up to the peer.
    static_cast<void>(stream.write(&all, 1));
    stream.close();
}

} // namespace gateway::http
