#include "gateway/http/h2_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace gateway::http {

H2Memory::H2Memory() noexcept {
    m_functions.mem_user_data = this;
    m_functions.malloc = [](std::size_t bytes, void* self) {
        return static_cast<H2Memory*>(self)->take(bytes);
    };
    m_functions.free = [](void* memory, void* self) { static_cast<H2Memory*>(self)->give(memory); };
    m_functions.calloc = [](std::size_t count, std::size_t bytes, void* self) -> void* {
        if (bytes != 0 && count > std::numeric_limits<std::size_t>::max() / bytes) {
            return nullptr;
        }
        void* const memory = static_cast<H2Memory*>(self)->take(count * bytes);
        return memory != nullptr ? std::memset(memory, 0, count * bytes) : nullptr;
    };
    m_functions.realloc = [](void* memory, std::size_t bytes, void* self) {
        return static_cast<H2Memory*>(self)->resize(memory, bytes);
    };
}

H2Memory::~H2Memory() {
    for (Kept& kept : m_kept) {
        while (kept.first != nullptr) {
            Piece* const piece = kept.first;
            kept.first = piece->next;
            std::free(piece);
        }
    }
}

void* H2Memory::take(std::size_t bytes) noexcept {
    const std::size_t index = bytes > 0 ? (bytes - 1) / classBytes : 0;
    std::size_t room = bytes;
    if (index < classes) {
        Kept& kept = m_kept[index];
        if (Piece* const piece = kept.first) {
            kept.first = piece->next;
            --kept.count;
            return piece + 1;
        }
        room = (index + 1) * classBytes;
    } else if (bytes > std::numeric_limits<std::size_t>::max() - sizeof(Piece)) {
        return nullptr;
    }
    void* const memory = std::malloc(sizeof(Piece) + room);
    return memory != nullptr ? new (memory) Piece{nullptr, room} + 1 : nullptr;
}

void H2Memory::give(void* memory) noexcept {
    if (memory == nullptr) {
        return;
    }
    Piece* const piece = static_cast<Piece*>(memory) - 1;
    const std::size_t index = (piece->bytes - 1) / classBytes;
    if (index >= classes || m_kept[index].count + 1 > keptMax) {
        std::free(piece);
        return;
    }
    Kept& kept = m_kept[index];
    piece->next = kept.first;
    kept.first = piece;
    ++kept.count;
}

void* H2Memory::resize(void* memory, std::size_t bytes) noexcept {
    if (memory == nullptr) {
        return take(bytes);
    }
    const std::size_t room = (static_cast<Piece*>(memory) - 1)->bytes;
    if (bytes > 0 && bytes <= room) {
        return memory;
    }
    void* const moved = take(bytes);
    if (moved != nullptr) {
        std::memcpy(moved, memory, std::min(room, bytes));
        give(memory);
    }
    return moved;
}

} // namespace gateway::http
