#include "gateway/net/resolver.h"

#include <algorithm>
#include <ares.h>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace gateway::net {
namespace {

struct Question {
    std::string name;
    Resolver::Answer answer;
};

/// ares_library_init() is not safe in two threads at once.
int initLibraryOnce() {
    static const int status = ares_library_init(ARES_LIB_INIT_ALL);
    return status;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) {
        all += all.empty() ? part : "," + part;
    }
    return all;
}

Error errorOf(const std::string& name, int status) {
    const bool isAbsent = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_ENONAME;
    return {ErrorKind::Environment, isAbsent ? "name-not-found" : "name-not-resolved",
            "the name \"" + name + "\" could not be resolved: " + ares_strerror(status)};
}

NameAddresses addressesOf(const ares_addrinfo& found, bool isFromFile) {
    NameAddresses addresses;
    int ttl = INT32_MAX;
    for (const ares_addrinfo_cname* at = found.cnames; at != nullptr; at = at->next) {
        ttl = std::min(ttl, at->ttl);
    }
    for (const ares_addrinfo_node* at = found.nodes; at != nullptr; at = at->ai_next) {
        Endpoint endpoint;
        if (at->ai_addrlen > sizeof endpoint.storage ||
            (at->ai_family != AF_INET && at->ai_family != AF_INET6)) {
            continue;
        }
        ttl = std::min(ttl, at->ai_ttl);
        std::memcpy(&endpoint.storage, at->ai_addr, at->ai_addrlen);
        endpoint.length = at->ai_addrlen;
        const bool isKnown =
            std::any_of(addresses.endpoints.begin(), addresses.endpoints.end(), [&](const Endpoint& other) {
                return other.length == endpoint.length &&
                       std::memcmp(&other.storage, &endpoint.storage, endpoint.length) == 0;
            });
        if (!isKnown) {
            addresses.endpoints.push_back(endpoint);
        }
    }
    if (!isFromFile) {
        addresses.ttl = std::chrono::seconds(std::max(ttl, 0));
    }
    return addresses;
}

} // namespace

struct Resolver::State {
    /// A question that c-ares works on; owned by the callback that it gets.
    struct Lookup {
        State& state;
        Question question;
    };

    explicit State(ResolverOptions theOptions)
        : options(std::move(theOptions))
        , wakeUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
        , thread([this] { run(); }) {}

    ~State() {
        {
            const std::lock_guard lock(mutex);
            isStopping = true;
        }
        wake();
        thread.join();
        ::close(wakeUp);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void wake() const {
        const std::uint64_t one = 1;
        // It fails only when the counter is at its end, and then the thread is awake.
        [[maybe_unused]] const ssize_t written = ::write(wakeUp, &one, sizeof one);
    }

    void run();
    [[nodiscard]] bool takeQuestions();
    void ask(Question question);
    [[nodiscard]] int openChannel();
    void closeChannel();
    [[nodiscard]] bool hasSystemFileChanged();
    void waitAndProcess();
    static void onSocketState(void* state, ares_socket_t socket, int readable, int writable);
    static void onAnswer(void* lookup, int status, int timeouts, ares_addrinfo* found);

    const ResolverOptions options;
    const int wakeUp;

    std::mutex mutex;
    std::vector<Question> questions; // guarded by mutex
    bool isStopping = false;         // guarded by mutex

    // The thread's own.
    ares_channel channel = nullptr;
    std::map<ares_socket_t, short> sockets; ///< with the events of poll that c-ares waits for
    std::vector<pollfd> polled;
    std::size_t open = 0;          ///< questions that c-ares works on
    const Lookup* asked = nullptr; ///< the question that is being handed to c-ares
    bool isClosing = false;        ///< answers are dropped
    timespec systemFileChanged{};  ///< when the channel was made

    std::thread thread; ///< last: everything else is there before it starts
};

void Resolver::State::run() {
    ::pthread_setname_np(::pthread_self(), "gh-resolver");
    while (takeQuestions()) {
        waitAndProcess();
    }
    isClosing = true;
    closeChannel();
}

bool Resolver::State::takeQuestions() {
    std::vector<Question> taken;
    {
        const std::lock_guard lock(mutex);
        if (isStopping) {
            return false;
        }
        taken.swap(questions);
    }
    for (Question& question : taken) {
        ask(std::move(question));
    }
    return true;
}

void Resolver::State::ask(Question question) {
    // A laptop that changed its network, a container that was moved: the servers are others now.
    if (channel != nullptr && open == 0 && hasSystemFileChanged()) {
        closeChannel();
    }
    if (channel == nullptr) {
        if (const int status = openChannel(); status != ARES_SUCCESS) {
            question.answer(fail(errorOf(question.name, status)));
            return;
        }
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    auto lookup = std::make_unique<Lookup>(Lookup{*this, std::move(question)});
    const std::string name = lookup->question.name;
    asked = lookup.get();
    ++open;
    ares_getaddrinfo(channel, name.c_str(), nullptr, &hints, &State::onAnswer, lookup.release());
    asked = nullptr;
}

void Resolver::State::onAnswer(void* argument, int status, int /*timeouts*/, ares_addrinfo* found) {
    const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(argument));
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(found, &ares_freeaddrinfo);
    State& state = lookup->state;
    --state.open;
    if (state.isClosing) {
        return;
    }
    const Question& question = lookup->question;
    if (status != ARES_SUCCESS) {
        question.answer(fail(errorOf(question.name, status)));
        return;
    }
    // c-ares does not say where an answer is from. One that is there before anything could have been received
    // is not from a server.
    const bool isFromFile = state.asked == lookup.get();
    NameAddresses addresses = addressesOf(*found, isFromFile);
    if (addresses.endpoints.empty()) {
        question.answer(fail(errorOf(question.name, ARES_ENODATA)));
        return;
    }
    question.answer(std::move(addresses));
}

int Resolver::State::openChannel() {
    if (const int status = initLibraryOnce(); status != ARES_SUCCESS) {
        return status;
    }
    std::string path = options.systemFile;
    ares_options wanted{};
    wanted.timeout = static_cast<int>(options.timeout.count());
    wanted.tries = options.tries;
    wanted.udp_port = options.port;
    wanted.tcp_port = options.port;
    wanted.sock_state_cb = &State::onSocketState;
    wanted.sock_state_cb_data = this;
    wanted.resolvconf_path = path.data();
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;
    if (!options.servers.empty()) {
        mask |= ARES_OPT_DOMAINS; // none
    }
    [[maybe_unused]] const bool changed = hasSystemFileChanged();
    if (const int status = ares_init_options(&channel, &wanted, mask); status != ARES_SUCCESS) {
        channel = nullptr;
        return status;
    }
    if (!options.servers.empty()) {
        if (const int status = ares_set_servers_ports_csv(channel, joined(options.servers).c_str());
            status != ARES_SUCCESS) {
            closeChannel();
            return status;
        }
    }
    return ARES_SUCCESS;
}

void Resolver::State::closeChannel() {
    if (channel != nullptr) {
        ares_destroy(channel);
        channel = nullptr;
    }
    sockets.clear();
}

bool Resolver::State::hasSystemFileChanged() {
    if (!options.servers.empty()) {
        return false;
    }
    struct stat file {};
    if (::stat(options.systemFile.c_str(), &file) != 0) {
        return false;
    }
    const timespec before = std::exchange(systemFileChanged, file.st_mtim);
    return before.tv_sec != file.st_mtim.tv_sec || before.tv_nsec != file.st_mtim.tv_nsec;
}

void Resolver::State::waitAndProcess() {
    polled.clear();
    polled.push_back({wakeUp, POLLIN, 0});
    for (const auto& [socket, events] : sockets) {
        polled.push_back({socket, events, 0});
    }
    int timeoutMs = -1;
    timeval left{};
    if (channel != nullptr && ares_timeout(channel, nullptr, &left) != nullptr) {
        // Rounded up, so that it is over when poll() returns.
        timeoutMs =
            static_cast<int>(std::min<std::int64_t>(left.tv_sec, 3'600) * 1'000 + left.tv_usec / 1'000) + 1;
    }
    if (::poll(polled.data(), polled.size(), timeoutMs) < 0) {
        return; // a signal
    }
    if (polled.front().revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t read = ::read(wakeUp, &count, sizeof count);
    }
    if (channel == nullptr) {
        return;
    }
    for (std::size_t i = 1; i < polled.size(); ++i) {
        // What an earlier one led to may have closed this one.
        if (polled[i].revents == 0 || !sockets.contains(polled[i].fd)) {
            continue;
        }
        const bool isReadable = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool isWritable = (polled[i].revents & POLLOUT) != 0;
        ares_process_fd(channel, isReadable ? polled[i].fd : ARES_SOCKET_BAD,
                        isWritable ? polled[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // what timed out
}

void Resolver::State::onSocketState(void* argument, ares_socket_t socket, int readable, int writable) {
    State& state = *static_cast<State*>(argument);
    const int events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0);
    if (events == 0) {
        state.sockets.erase(socket);
    } else {
        state.sockets[socket] = static_cast<short>(events);
    }
}

Resolver::Resolver(ResolverOptions options)
    : m_state(std::make_unique<State>(std::move(options))) {}

Resolver::~Resolver() = default;

void Resolver::resolve(std::string name, Answer answer) {
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->questions.push_back({std::move(name), std::move(answer)});
    }
    m_state->wake();
}

} // namespace gateway::net
