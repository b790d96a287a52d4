#pragma once

#include "gateway/http/head.h"

#include <string>

namespace gateway::http {

/// A request head of its own: what a parsed one says, and the bytes that it says it with. For requests that
/// wait for something while the buffer that they came in goes on to the next.
class HeadCopy {
public:
    HeadCopy() = default;
    HeadCopy(const HeadCopy&) = delete;
    HeadCopy& operator=(const HeadCopy&) = delete;

    /// In place of what was there. Lines that were neighbours in memory are neighbours again.
    void take(const RequestHead& head);
    [[nodiscard]] RequestHead& head() noexcept { return m_head; }
    /// Gives the memory back.
    void clear();

private:
    RequestHead m_head;
    std::string m_text;
};

} // namespace gateway::http
