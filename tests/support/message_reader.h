#pragma once

#include "tests/support/socket_io.h"

namespace support {

/// Cuts whole messages out of a connection's bytes; keeps what came too early for the next one.
class MessageReader {
public:
    /// `descriptor` is borrowed. `wakeUp`, if not negative, ends every wait once it is readable.
    explicit MessageReader(int descriptor, int wakeUp = -1)
        : m_descriptor(descriptor)
        , m_wakeUp(wakeUp) {}

    /// Start line and fields. Empty: closed, broken or late.
    [[nodiscard]] std::optional<WireMessage> readHead(Deadline deadline);
    /// Fills in the body that the head announces. `untilClose`: what to do without a length (a response's
    /// body runs to the end of the connection, a request has none). False: it broke off.
    [[nodiscard]] bool readBody(WireMessage& message, bool untilClose, Deadline deadline);

    /// Exactly `size` bytes, or fewer when the connection ends or the deadline passes.
    [[nodiscard]] std::string readBytes(std::size_t size, Deadline deadline);
    /// Up to and including `marker`, or whatever came before the end.
    [[nodiscard]] std::string readUntil(std::string_view marker, Deadline deadline);
    /// Everything up to the end of the connection. Empty optional: the deadline passed first.
    [[nodiscard]] std::optional<std::string> readToEnd(Deadline deadline);

private:
    bool fill(Deadline deadline);
    std::string take(std::size_t size);

    int m_descriptor;
    int m_wakeUp;
    std::string m_pending;
};

} // namespace support
