#pragma once

#include "gateway/base/paged_vector.h"
#include "gateway/model/consumer.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway::pipeline {

/// Which consumer an identity may be of: an open-addressing table of hashes whose copies share what they did
/// not change. It keeps no texts; whoever asks compares with what the consumer says of itself.
class IdentityIndex {
public:
    /// `provider` is the name of who vouches for a subject; empty of the other kinds.
    [[nodiscard]] static std::uint64_t hashOf(model::ConsumerIdentity::Kind kind, std::string_view provider,
                                              std::string_view value) noexcept;

    void put(std::uint64_t hash, model::ConsumerId consumer);
    void erase(std::uint64_t hash, model::ConsumerId consumer);
    /// To be called once the changes are done.
    void seal() noexcept { m_slots.seal(); }
    [[nodiscard]] std::size_t pagesNotIn(const IdentityIndex& other) const noexcept {
        return m_slots.pagesNotIn(other.m_slots);
    }

    /// Calls `isIt(consumer)` for each one that has the hash, until one is.
    template<class IsIt>
    [[nodiscard]] bool visit(std::uint64_t hash, const IsIt& isIt) const {
        if (m_slots.empty()) {
            return false;
        }
        const std::size_t mask = m_slots.size() - 1;
        for (std::size_t at = hash & mask; m_slots[at].isTaken; at = (at + 1) & mask) {
            if (m_slots[at].hash == hash && m_slots[at].consumer && isIt(m_slots[at].consumer)) {
                return true;
            }
        }
        return false;
    }

private:
    struct Slot {
        std::uint64_t hash = 0;
        model::ConsumerId consumer; ///< 0: it went
        bool isTaken = false;       ///< also when it went, so that what lies behind it is found
    };

    void insert(std::uint64_t hash, model::ConsumerId consumer);
    void growWhenHalfFull();

    PagedVector<Slot, 256> m_slots;
    std::size_t m_taken = 0;
};

} // namespace gateway::pipeline
