#pragma once

#include <cstdlib>

/// An invariant that holds in every build, so that the fuzzer sees its breach as a crash.
inline void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}
