#pragma once

#include "gateway/http/head.h"
#include "gateway/translate/base64_stream.h"
#include "gateway/translate/grpc.h"

#include <string>
#include <string_view>

namespace gateway::translate {

/// Translates one call from gRPC-Web to gRPC and its answer back. Streaming: holds a piece at a time and what
/// base64 leaves over. Single-threaded; reused from call to call.
class GrpcWebCall {
public:
    /// Before a request with that content type, which is one of gRPC-Web.
    void begin(GrpcWire wire, std::string_view contentType);
    [[nodiscard]] bool isActive() const noexcept { return m_wire != GrpcWire::None; }
    void end() noexcept { m_wire = GrpcWire::None; }
    [[nodiscard]] bool isText() const noexcept { return m_wire == GrpcWire::WebText; }

    /// What to send upstream as the content type.
    [[nodiscard]] const std::string& contentType() const noexcept { return m_contentType; }
    /// A piece of the request's body as gRPC has it; valid until the next call. False: it is no base64.
    [[nodiscard]] bool toGrpc(std::string_view piece, std::string_view& translated);
    /// Whether the request's body may end here.
    [[nodiscard]] bool isRequestWhole() const noexcept { return !isText() || m_decoder.isComplete(); }

    /// The head to answer with; what belongs into the last frame is taken out of it. `fields` gets the lines
    /// to add.
    void toWebHead(const http::ResponseHead& head, http::ResponseHead& translated, std::string& fields);
    /// A piece of the answer's body; valid until the next call.
    [[nodiscard]] std::string_view toWeb(std::string_view piece);
    /// The frame that ends the body. `trailers` are whole lines.
    [[nodiscard]] std::string_view lastFrame(std::string_view trailers);

private:
    GrpcWire m_wire = GrpcWire::None;
    std::string m_contentType;
    std::string m_subtype;     ///< "+proto", or empty
    std::string m_statusLines; ///< that came in the head, where there was nothing else to come
    std::string m_out;
    Base64Decoder m_decoder;
};

} // namespace gateway::translate
