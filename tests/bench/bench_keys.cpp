// What checking a presented key costs among 10,000 to 1,000,000, and what a key takes of memory.

#include "gateway/auth/key_table.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

/// What checking a presented key costs with so many keys, in random order; nanoseconds, the median of the
/// better half of many pieces, since other programs disturb some.
double keyCheckNs(std::size_t keys, double& bytes) {
    gateway::auth::KeyTable table;
    table.reserve(keys);
    const auto secretOf = [](std::size_t number) { return "gh_secret-number-" + std::to_string(number); };
    for (std::size_t i = 0; i < keys; ++i) {
        gateway::model::ApiKey key;
        key.id = gateway::model::KeyId{i + 1};
        key.consumer = gateway::model::ConsumerId{1};
        key.hash = gateway::sha256(secretOf(i));
        table.put(key);
    }
    bytes = static_cast<double>(table.memoryBytes()) / static_cast<double>(keys);
    std::mt19937_64 random(3); // NOLINT: the same every time
    constexpr std::size_t piece = 1'000;
    constexpr std::size_t pieces = 500; // more keys than caches hold
    std::vector<double> took;
    std::vector<std::string> asked(piece);
    const gateway::WallTime now = gateway::SystemClock().wallTime();
    for (std::size_t round = 0; round < pieces; ++round) {
        for (std::string& secret : asked) {
            secret = secretOf(random() % keys);
        }
        std::size_t good = 0;
        const auto begin = SteadyClock::now();
        for (const std::string& secret : asked) {
            good += gateway::auth::checkKey(table, secret, now).verdict == gateway::auth::KeyVerdict::Good
                        ? 1
                        : 0;
        }
        took.push_back(std::chrono::duration<double, std::nano>(SteadyClock::now() - begin).count() /
                       static_cast<double>(piece));
        if (good != piece) {
            std::fprintf(stderr, "bench_keys: a key was not found\n");
            std::exit(EXIT_FAILURE);
        }
    }
    std::sort(took.begin(), took.end());
    return took[pieces / 4];
}

} // namespace

int main() {
    std::printf("%10s %14s %12s\n", "keys", "key check ns", "bytes a key");
    for (const std::size_t keys : {10'000U, 100'000U, 1'000'000U}) {
        double bytes = 0;
        const double took = keyCheckNs(keys, bytes);
        std::printf("%10zu %14.1f %12.1f\n", keys, took, bytes);
    }
    return EXIT_SUCCESS;
}
