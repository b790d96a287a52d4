#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::net {

class BufferPool;

/// A block of memory lent by a pool, with a readable and a writable part. Goes back to the pool when
/// destroyed.
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        if (this != &other) {
            giveBack();
            m_pool = std::exchange(other.m_pool, nullptr);
            m_data = std::exchange(other.m_data, nullptr);
            m_capacity = std::exchange(other.m_capacity, 0);
            m_begin = std::exchange(other.m_begin, 0);
            m_end = std::exchange(other.m_end, 0);
        }
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { giveBack(); }

    [[nodiscard]] explicit operator bool() const noexcept { return m_data != nullptr; }
    [[nodiscard]] std::string_view readable() const noexcept { return {m_data + m_begin, m_end - m_begin}; }
    [[nodiscard]] std::size_t size() const noexcept { return m_end - m_begin; }
    [[nodiscard]] std::size_t capacity() const noexcept { return m_capacity; }
    [[nodiscard]] char* writeBegin() noexcept { return m_data + m_end; }
    [[nodiscard]] std::size_t writable() const noexcept { return m_capacity - m_end; }

    void commit(std::size_t bytes) noexcept { m_end += bytes; }
    void consume(std::size_t bytes) noexcept {
        m_begin += bytes;
        if (m_begin == m_end) {
            m_begin = m_end = 0;
        }
    }
    /// Moves what is readable to the front.
    void compact() noexcept {
        if (m_begin > 0) {
            std::memmove(m_data, m_data + m_begin, size());
            m_end -= m_begin;
            m_begin = 0;
        }
    }
    /// Moves the content into a block of at least `capacity` bytes.
    void grow(std::size_t capacity);
    void giveBack() noexcept;

private:
    friend class BufferPool;
    BufferPool* m_pool = nullptr;
    char* m_data = nullptr;
    std::size_t m_capacity = 0;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
};

/// Blocks of a few sizes, kept for the next who needs one. One a worker; single-threaded.
class BufferPool {
public:
    static constexpr std::size_t smallBytes = 4 * 1024;   ///< heads and small bodies
    static constexpr std::size_t largeBytes = 128 * 1024; ///< bodies that turned out to be long

    BufferPool() = default;
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool();

    /// The smallest block with that many bytes or more.
    [[nodiscard]] Buffer lend(std::size_t bytes = smallBytes);

private:
    friend class Buffer;
    static constexpr std::array<std::size_t, 4> sizes{smallBytes, 16 * 1024, 64 * 1024, largeBytes};
    /// What is kept beyond this goes back to the system, so that a peak does not stay in memory for good.
    static constexpr std::size_t keptBytesMax = 4 * 1024 * 1024;

    void take(char* data, std::size_t capacity) noexcept;

    std::array<std::vector<char*>, sizes.size()> m_free;
};

} // namespace gateway::net
