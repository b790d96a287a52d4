#include "gateway/net/buffer.h"

#include <new>

namespace gateway::net {

void Buffer::grow(std::size_t capacity) {
    if (capacity <= m_capacity) {
        return;
    }
    Buffer larger = m_pool->lend(capacity);
    std::memcpy(larger.m_data, m_data + m_begin, size());
    larger.m_end = size();
    *this = std::move(larger);
}

void Buffer::giveBack() noexcept {
    if (m_data != nullptr) {
        m_pool->take(m_data, m_capacity);
        m_data = nullptr;
        m_capacity = m_begin = m_end = 0;
    }
}

BufferPool::~BufferPool() {
    for (auto& blocks : m_free) {
        for (char* block : blocks) {
            ::operator delete(block);
        }
    }
}

Buffer BufferPool::lend(std::size_t bytes) {
    Buffer buffer;
    buffer.m_pool = this;
    buffer.m_capacity = bytes;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (bytes > sizes[i]) {
            continue;
        }
        buffer.m_capacity = sizes[i];
        if (!m_free[i].empty()) {
            buffer.m_data = m_free[i].back();
            m_free[i].pop_back();
            return buffer;
        }
        break;
    }
    buffer.m_data = static_cast<char*>(::operator new(buffer.m_capacity));
    return buffer;
}

void BufferPool::take(char* data, std::size_t capacity) noexcept {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] == capacity && m_free[i].size() * capacity < keptBytesMax) {
            m_free[i].push_back(data);
            return;
        }
    }
    ::operator delete(data);
}

} // namespace gateway::net
