#pragma once

#include <barrier>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

/// Runs `work` for each of so many workers, on threads that start together, as often as it is told. After
/// each round `check` runs alone and says whether to go on.
inline void atOnce(
    std::size_t workers, int rounds, const std::function<void(std::size_t worker)>& work,
    const std::function<bool()>& check = [] { return true; }) {
    std::barrier line(static_cast<std::ptrdiff_t>(workers) + 1);
    bool isGoingOn = rounds > 0;
    std::vector<std::thread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            for (line.arrive_and_wait(); isGoingOn; line.arrive_and_wait()) {
                work(worker);
                line.arrive_and_wait();
            }
        });
    }
    while (isGoingOn) {
        line.arrive_and_wait(); // they start
        line.arrive_and_wait(); // they are done
        --rounds;
        isGoingOn = check() && rounds > 0;
    }
    line.arrive_and_wait(); // they see the end
    for (std::thread& thread : threads) {
        thread.join();
    }
}
