#include "gateway/auth/replay_memory.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace gateway::auth {

namespace {

constexpr unsigned stepBits = 16;
constexpr std::chrono::seconds step{4};
constexpr auto stepsMax = static_cast<std::uint16_t>(ReplayMemory::spanMax / step + 2);

/// Goes round every three days; entries count for two minutes.
std::uint16_t stepOf(WallTime time) {
    return static_cast<std::uint16_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()) / step);
}

/// Whether an entry still counts. One step more than it has to: clocks are not read at the very same moment.
bool counts(std::uint64_t entry, std::uint16_t now) {
    const auto left = static_cast<std::uint16_t>(static_cast<std::uint16_t>(entry) + 1 - now);
    return entry != 0 && left <= stepsMax;
}

} // namespace

ReplayMemory::ReplayMemory(std::size_t entries)
    : m_secret(randomToken(256))
    , m_groups(std::max(entries / neighbours, std::size_t{1}))
    , m_slots(std::make_unique<Slot[]>(m_groups * neighbours)) {}

ReplayMemory::Verdict ReplayMemory::remember(std::string_view what, WallTime now, WallTime until) {
    const Sha256 digest = sha256(m_secret + std::string(what));
    std::uint64_t tag = 0;
    std::uint64_t place = 0;
    std::memcpy(&tag, digest.data(), sizeof tag);
    std::memcpy(&place, digest.data() + sizeof tag, sizeof place);
    const std::uint16_t currentStep = stepOf(now);
    // Never 0, which is a slot that was never used.
    const std::uint64_t mine = (tag << stepBits) | (std::uint64_t{1} << 63U) | stepOf(until);
    const auto isSame = [&](std::uint64_t entry) { return (entry ^ mine) >> stepBits == 0; };
    Slot* const group = m_slots.get() + place % m_groups * neighbours;

    for (std::size_t i = 0; i < neighbours; ++i) {
        const std::uint64_t entry = group[i].load();
        if (isSame(entry) && counts(entry, currentStep)) {
            return Verdict::Seen;
        }
    }
    for (std::size_t i = 0; i < neighbours; ++i) {
        std::uint64_t entry = group[i].load();
        if (counts(entry, currentStep) || !group[i].compare_exchange_strong(entry, mine)) {
            continue;
        }
        // Somebody may have brought the same at this moment and put it elsewhere. Both wrote before they look
        // here, so that one of them at least sees the other.
        for (std::size_t other = 0; other < neighbours; ++other) {
            const std::uint64_t theirs = group[other].load();
            if (other != i && isSame(theirs) && counts(theirs, currentStep)) {
                return Verdict::Seen;
            }
        }
        return Verdict::New;
    }
    return Verdict::Full;
}

} // namespace gateway::auth
