#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::translate {

/// How a request speaks gRPC, by its content type.
enum class GrpcWire : std::uint8_t {
    None,
    Grpc,    ///< application/grpc, application/grpc+proto, ...
    Web,     ///< application/grpc-web and so on: no trailers, they come as the last frame of the body
    WebText, ///< application/grpc-web-text and so on: the same in base64
};
[[nodiscard]] GrpcWire grpcWireOf(std::string_view contentType) noexcept;

/// The canonical status for an answer of the gateway's own. Where an upstream or the time is to blame it says
/// so; a request that cannot be read is INTERNAL, as gRPC clients take HTTP 400 for (grpc's
/// http-grpc-status-mapping).
[[nodiscard]] int grpcStatusOf(int httpStatus) noexcept;

/// Appends "grpc-status: 14\r\ngrpc-message: ...\r\n", the message percent-encoded.
void appendGrpcStatus(std::string& out, int status, std::string_view message);

/// The value of grpc-timeout: 1 to 8 digits and a unit; nothing when it is malformed. At most 30 days, more
/// is as good as none; what is less than a millisecond, but not 0, is one.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseGrpcTimeout(std::string_view text) noexcept;

} // namespace gateway::translate
