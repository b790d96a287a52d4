#include "gateway/runtime/address_book.h"

#include <future>
#include <pthread.h>
#include <utility>

namespace gateway::runtime {

AddressBook::AddressBook(const Clock& clock, net::ResolverOptions options, OnChange onChange)
    : m_clock(clock)
    , m_options(std::move(options))
    , m_onChange(std::move(onChange))
    , m_names(std::random_device{}()) {}

AddressBook::~AddressBook() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    if (m_thread.joinable()) {
        m_thread.join();
    }
    // Answers use what is declared before it.
    m_resolver.reset();
}

net::Resolver& AddressBook::resolver() {
    if (!m_resolver) {
        m_resolver = std::make_unique<net::Resolver>(m_options);
    }
    return *m_resolver;
}

void AddressBook::setTargets(const std::vector<NamedTarget>& targets) {
    bool hasNames = false;
    {
        // The callback is called under the lock, so that an older change never overtakes a newer one.
        const std::lock_guard lock(m_mutex);
        auto changes = m_names.setTargets(targets, m_clock.now());
        hasNames = m_names.nextDue().has_value();
        if (!changes.empty()) {
            m_onChange(std::move(changes));
        }
    }
    if (hasNames && !m_thread.joinable()) {
        [[maybe_unused]] const net::Resolver& started = resolver();
        m_thread = std::thread([this] { run(); });
    }
    m_changed.notify_all();
}

std::optional<std::vector<net::Endpoint>> AddressBook::endpointsOf(const std::string& host,
                                                                   std::uint16_t port) const {
    const std::lock_guard lock(m_mutex);
    return m_names.endpointsOf(host, port);
}

Result<std::vector<net::Endpoint>> AddressBook::resolve(const std::string& host, std::uint16_t port) {
    // Shared, since the thread that sets it may be awake a moment longer than the one that waits.
    const auto promise = std::make_shared<std::promise<Result<net::NameAddresses>>>();
    auto answered = promise->get_future();
    resolver().resolve(host,
                       [promise](const Result<net::NameAddresses>& answer) { promise->set_value(answer); });
    const auto answer = answered.get();
    if (!answer) {
        return fail(answer.error());
    }
    std::vector<net::Endpoint> endpoints;
    for (const net::Endpoint& address : answer->endpoints) {
        endpoints.push_back(address.withPort(port));
    }
    return endpoints;
}

void AddressBook::run() {
    ::pthread_setname_np(::pthread_self(), "gh-names");
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        const Monotonic now = m_clock.now();
        for (const std::string& name : m_names.takeDue(now)) {
            m_resolver->resolve(name, [this, name](const auto& addresses) { onAnswer(name, addresses); });
        }
        if (const auto next = m_names.nextDue()) {
            m_changed.wait_for(lock, *next - now);
        } else {
            m_changed.wait(lock);
        }
    }
}

void AddressBook::onAnswer(const std::string& name, const Result<net::NameAddresses>& addresses) {
    {
        const std::lock_guard lock(m_mutex);
        auto changes = m_names.answer(name, addresses, m_clock.now());
        if (!changes.empty()) {
            m_onChange(std::move(changes));
        }
    }
    m_changed.notify_all();
}

} // namespace gateway::runtime
