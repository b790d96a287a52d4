#pragma once

#include "gateway/auth/token.h"
#include "gateway/model/revocation.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace gateway::auth {

/// What holds no more. Immutable.
class RevocationSet {
public:
    explicit RevocationSet(const std::vector<model::Revocation>& revocations);

    [[nodiscard]] bool isRevoked(const Token& token) const noexcept;
    [[nodiscard]] bool isRevoked(model::ConsumerId consumer) const noexcept;
    [[nodiscard]] bool isEmpty() const noexcept;

private:
    struct Index;
    std::shared_ptr<const Index> m_index;
};

/// The revocations of a running gateway. One thread writes, any number read. A worker keeps the set that
/// current() gave it and asks changes() at each request: as soon as set() has returned, the next request on
/// every worker sees it.
class Revocations {
public:
    Revocations();
    void set(const std::vector<model::Revocation>& revocations);
    [[nodiscard]] std::uint64_t changes() const noexcept { return m_changes.load(std::memory_order_acquire); }
    [[nodiscard]] std::shared_ptr<const RevocationSet> current() const; ///< takes a lock

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const RevocationSet> m_current;
    std::atomic<std::uint64_t> m_changes{0};
};

} // namespace gateway::auth
