#pragma once

#include "gateway/base/clock.h"
#include "gateway/base/result.h"
#include "gateway/net/resolver.h"
#include "gateway/runtime/name_table.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gateway::runtime {

/// Keeps the addresses of targets fresh whose hosts are names: asks again when a time to live ends, and keeps
/// the last good addresses while nobody answers.
/// Public functions belong to the control thread. Threads start with the first name.
class AddressBook {
public:
    /// Called on the control thread, from within setTargets(), or on the resolver's, never twice at once. It
    /// must neither block nor call the book.
    using OnChange = std::function<void(std::vector<AddressChange> changes)>;

    AddressBook(const Clock& clock, net::ResolverOptions options, OnChange onChange);
    ~AddressBook(); ///< no call of `onChange` after it
    AddressBook(const AddressBook&) = delete;
    AddressBook& operator=(const AddressBook&) = delete;

    /// All targets from now on; addresses as hosts are passed over. See NameTable::setTargets.
    void setTargets(const std::vector<NamedTarget>& targets);

    /// What answers said, without asking anybody; none: the host is no name of a target, or nobody knew it
    /// yet.
    [[nodiscard]] std::optional<std::vector<net::Endpoint>> endpointsOf(const std::string& host,
                                                                        std::uint16_t port) const;
    /// Asks the book's name servers, and blocks until they answered.
    [[nodiscard]] Result<std::vector<net::Endpoint>> resolve(const std::string& host, std::uint16_t port);

private:
    [[nodiscard]] net::Resolver& resolver();
    void run();
    void onAnswer(const std::string& name, const Result<net::NameAddresses>& addresses);

    const Clock& m_clock;
    const net::ResolverOptions m_options;
    const OnChange m_onChange;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    NameTable m_names;                         // guarded by m_mutex
    bool m_stopping = false;                   // guarded by m_mutex
    std::unique_ptr<net::Resolver> m_resolver; ///< there before m_thread
    std::thread m_thread;
};

} // namespace gateway::runtime
