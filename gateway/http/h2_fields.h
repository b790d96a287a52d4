#pragma once

#include <nghttp2/nghttp2.h>
#include <string_view>
#include <vector>

namespace gateway::http {

/// Takes field lines ("Name: value" CRLF) apart into what nghttp2 sends; appends to `fields`. Stops at an
/// empty line and returns what follows it. The names keep their case: nghttp2 copies them in lower case.
/// Fields that are a connection's own (RFC 9113, 8.2.2) are left out. The views stay the text's.
std::string_view appendFields(std::vector<nghttp2_nv>& fields, std::string_view lines);

/// The same for a whole head of an answer, as the HTTP/1.1 writer makes it: the status line becomes :status.
/// `fields` is replaced.
std::string_view readHead(std::vector<nghttp2_nv>& fields, std::string_view head);

} // namespace gateway::http
