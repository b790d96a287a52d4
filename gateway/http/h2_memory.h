#pragma once

#include <array>
#include <cstddef>
#include <nghttp2/nghttp2.h>

namespace gateway::http {

/// The memory of nghttp2's sessions: what it gives back with each frame, field and stream is kept for the
/// next one, up to a bound, instead of going through the allocator each time. Must outlive the sessions.
/// Single-threaded.
class H2Memory {
public:
    H2Memory() noexcept;
    ~H2Memory();
    H2Memory(const H2Memory&) = delete;
    H2Memory& operator=(const H2Memory&) = delete;

    /// For nghttp2_session_*_new3(), which copies it.
    [[nodiscard]] nghttp2_mem* functions() noexcept { return &m_functions; }

private:
    static constexpr std::size_t classBytes = 32; ///< sizes are rounded up to multiples of it
    static constexpr std::size_t classes = 32;    ///< larger ones are rare, and are not kept
#ifdef __SANITIZE_ADDRESS__
    static constexpr std::size_t keptMax = 0; ///< so that nothing is hidden from it
#else
    static constexpr std::size_t keptMax = 256; ///< of each class
#endif

    /// In front of each piece; as long as the alignment that nghttp2 may expect.
    struct alignas(std::max_align_t) Piece {
        Piece* next = nullptr; ///< while it is kept
        std::size_t bytes = 0; ///< that can be used
    };
    struct Kept {
        Piece* first = nullptr;
        std::size_t count = 0;
    };

    [[nodiscard]] void* take(std::size_t bytes) noexcept;
    void give(void* memory) noexcept;
    [[nodiscard]] void* resize(void* memory, std::size_t bytes) noexcept;

    nghttp2_mem m_functions{};
    std::array<Kept, classes> m_kept{};
};

} // namespace gateway::http
