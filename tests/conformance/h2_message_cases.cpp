#include "tests/conformance/h2_cases.h"

#include <algorithm>

using namespace h2_codes;
using support::Field;
using support::H2Type;
using support::h2::endHeaders;
using support::h2::endStream;
using support::h2::frame;
using support::h2::get;
using support::h2::literals;
using support::h2::none;
using support::h2::post;

namespace {

using Fields = std::vector<Field>;

std::string request(const Fields& fields) {
    return frame(H2Type::Headers, endHeaders | endStream, 1, literals(fields));
}

/// GET with further fields.
std::string with(const Fields& more) {
    return request(get("/case", more));
}

std::string upload(const Fields& more, std::string_view body) {
    return frame(H2Type::Headers, endHeaders, 1, literals(post("/case", more))) +
           frame(H2Type::Data, endStream, 1, body);
}

std::string trailers(const Fields& fields) {
    return frame(H2Type::Headers, endHeaders, 1, literals(post("/case"))) +
           frame(H2Type::Data, none, 1, "x") +
           frame(H2Type::Headers, endHeaders | endStream, 1, literals(fields));
}

/// GET without one of its fields.
Fields without(std::string_view name) {
    Fields fields = get("/case");
    fields.erase(
        std::remove_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; }),
        fields.end());
    return fields;
}

/// GET with another value of a field.
Fields changed(std::string_view name, std::string_view value) {
    Fields fields = get("/case");
    for (Field& field : fields) {
        if (field.name == name) {
            field.value = value;
        }
    }
    return fields;
}

Fields ahead(Fields fields, const Fields& rest) {
    fields.insert(fields.end(), rest.begin(), rest.end());
    return fields;
}

const Fields tunnel{{":method", "CONNECT"},
                    {":protocol", "other"},
                    {":scheme", "http"},
                    {":path", "/case"},
                    {":authority", "gw"}};

} // namespace

std::vector<H2Case> h2MessageCases() {
    return {
        // 8.2
        {"8.2", "an upper-case name", with({{"X-Upper", "1"}}), reset(protocolError)},
        {"8.2", "one upper-case letter", with({{"x-uppeR", "1"}}), reset(protocolError)},
        {"8.2", "an upper-case pseudo-field", request(ahead({{":Method", "GET"}}, without(":method"))),
         reset(protocolError)},
        {"8.2.1", "a name with a space", with({{"x y", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with a colon", with({{"x:y", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with CR", with({{"x\ry", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with LF", with({{"x\ny", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with NUL", with({{std::string("x\0y", 3), "1"}}), reset(protocolError)},
        {"8.2.1", "a name with a control byte", with({{"x\x01y", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with DEL", with({{"x\x7fy", "1"}}), reset(protocolError)},
        {"8.2.1", "a name with a byte above ASCII", with({{"x\xe4y", "1"}}), reset(protocolError)},
        {"8.2.1", "an empty name", with({{"", "1"}}), reset(protocolError)},
        {"8.2.1", "a value with CR", with({{"x-a", "1\r2"}}), reset(protocolError)},
        {"8.2.1", "a value with LF", with({{"x-a", "1\n2"}}), reset(protocolError)},
        {"8.2.1", "a value with CRLF and another field", with({{"x-a", "1\r\nx-client-id: boss"}}),
         reset(protocolError)},
        {"8.2.1", "a value with NUL", with({{"x-a", std::string("1\0", 2)}}), reset(protocolError)},
        {"8.2.1", "a value with a space ahead", with({{"x-a", " 1"}}), reset(protocolError)},
        {"8.2.1", "a value with a space behind", with({{"x-a", "1 "}}), reset(protocolError)},
        {"8.2.1", "a value with a tab ahead", with({{"x-a", "\t1"}}), reset(protocolError)},
        {"8.2.1", "a value with a tab behind", with({{"x-a", "1\t"}}), reset(protocolError)},
        {"8.2.1", "a value with a tab inside", with({{"x-a", "1\t2"}}), answered(200), true},
        {"8.2.1", "an empty value", with({{"x-a", ""}}), answered(200), true},
        {"8.2.1", "a value above ASCII", with({{"x-a", "\xe4\xf6"}}), answered(200), true},
        {"8.2.2", "Connection", with({{"connection", "keep-alive"}}), reset(protocolError)},
        {"8.2.2", "Connection: close", with({{"connection", "close"}}), reset(protocolError)},
        {"8.2.2", "Keep-Alive", with({{"keep-alive", "timeout=5"}}), reset(protocolError)},
        {"8.2.2", "Proxy-Connection", with({{"proxy-connection", "keep-alive"}}), reset(protocolError)},
        {"8.2.2", "Transfer-Encoding", with({{"transfer-encoding", "chunked"}}), reset(protocolError)},
        {"8.2.2", "Transfer-Encoding with a body", upload({{"transfer-encoding", "chunked"}}, "0\r\n\r\n"),
         reset(protocolError)},
        {"8.2.2", "Upgrade", with({{"upgrade", "websocket"}}), reset(protocolError)},
        {"8.2.2", "TE that is more than trailers", with({{"te", "trailers, gzip"}}), reset(protocolError)},
        {"8.2.2", "TE: gzip", with({{"te", "gzip"}}), reset(protocolError)},
        {"8.2.2", "TE: trailers", with({{"te", "trailers"}}), answered(200), true},
        {"8.2.3", "cookie crumbs", with({{"cookie", "a=1"}, {"cookie", "b=2"}}), answered(200), true},
        // 8.3
        {"8.3", "an unknown pseudo-field", request(ahead({{":unknown", "1"}}, get("/case"))),
         reset(protocolError)},
        {"8.3", "a pseudo-field of answers", request(ahead({{":status", "200"}}, get("/case"))),
         reset(protocolError)},
        {"8.3", "a pseudo-field behind a field", request(ahead({{"x-a", "1"}}, get("/case"))),
         reset(protocolError)},
        {"8.3", "the last pseudo-field behind a field",
         request({{":method", "GET"},
                  {":scheme", "http"},
                  {":authority", "gw"},
                  {"x-a", "1"},
                  {":path", "/case"}}),
         reset(protocolError)},
        {"8.3", "a pseudo-field in trailers", trailers({{":path", "/other"}}), reset(protocolError), true},
        {"8.3.1", "no :method", request(without(":method")), reset(protocolError)},
        {"8.3.1", "no :scheme", request(without(":scheme")), reset(protocolError)},
        {"8.3.1", "no :path", request(without(":path")), reset(protocolError)},
        {"8.3.1", "no authority at all", request(without(":authority")), refused()},
        {"8.3.1", "Host in place of :authority", request(ahead(without(":authority"), {{"host", "gw"}})),
         answered(200), true},
        {"8.3.1", "Host that says the same", with({{"host", "gw"}}), answered(200), true},
        {"8.3.1", "Host in another case", with({{"host", "GW"}}), answered(200), true},
        {"8.3.1", "Host that says something else", with({{"host", "other"}}), refused()},
        {"8.3.1", "Host twice", request(ahead(without(":authority"), {{"host", "gw"}, {"host", "gw"}})),
         refused()},
        {"8.3.1", ":method twice", request(ahead({{":method", "GET"}}, get("/case"))), reset(protocolError)},
        {"8.3.1", ":scheme twice", request(ahead({{":scheme", "http"}}, get("/case"))), reset(protocolError)},
        {"8.3.1", ":path twice", request(ahead({{":path", "/case"}}, get("/case"))), reset(protocolError)},
        {"8.3.1", ":authority twice", request(ahead({{":authority", "gw"}}, get("/case"))),
         reset(protocolError)},
        {"8.3.1", "an empty :path", request(changed(":path", "")), reset(protocolError)},
        {"8.3.1", "an empty :method", request(changed(":method", "")), reset(protocolError)},
        {"8.3.1", "an empty :scheme", request(changed(":scheme", "")), refused()},
        {"8.3.1", "an empty :authority", request(changed(":authority", "")), refused()},
        {"8.3.1", ":path without a slash", request(changed(":path", "case")), refused()},
        {"8.3.1", ":path in absolute form", request(changed(":path", "http://other/case")), refused()},
        {"8.3.1", ":path with a space", request(changed(":path", "/a b")), refused()},
        {"8.3.1", ":path with a version", request(changed(":path", "/a HTTP/1.1")), refused()},
        {"8.3.1", ":path with CRLF", request(changed(":path", "/ HTTP/1.1\r\nhost: x\r\n\r\nGET /")),
         refused()},
        {"8.3.1", ":path with a fragment", request(changed(":path", "/a#b")), refused()},
        {"8.3.1", ":path with an escaped slash", request(changed(":path", "/a%2fb")), refused()},
        {"8.3.1", ":path above the root", request(changed(":path", "/../a")), refused()},
        {"8.3.1", ":path with NUL", request(changed(":path", std::string("/a\0b", 4))), refused()},
        {"8.3.1", ":path * with GET", request(changed(":path", "*")), refused()},
        {"8.3.1", "OPTIONS *",
         request({{":method", "OPTIONS"}, {":scheme", "http"}, {":authority", "gw"}, {":path", "*"}}),
         answered(204)},
        {"8.3.1", ":method with a space", request(changed(":method", "GET /x")), refused()},
        {"8.3.1", ":method with CRLF", request(changed(":method", "GET / HTTP/1.1\r\n\r\nGET")), refused()},
        {"8.3.1", "a method that nobody knows", request(changed(":method", "BREW")), answered(200), true},
        {"8.3.1", "TRACE", request(changed(":method", "TRACE")), answered(501)},
        {"8.3.1", ":authority with user information", request(changed(":authority", "user@gw")), refused()},
        {"8.3.1", ":authority with a path", request(changed(":authority", "gw/x")), refused()},
        {"8.3.1", ":authority with CRLF", request(changed(":authority", "gw\r\nx-client-id: boss")),
         refused()},
        {"8.3.1", ":authority with a port", request(changed(":authority", "gw:8080")), answered(200), true},
        {"8.3.1", ":authority with a port beyond 65535", request(changed(":authority", "gw:70000")),
         refused()},
        {"8.3.1", ":scheme https in the clear", request(changed(":scheme", "https")), answered(200), true},
        {"8.3.1", ":scheme of another world", request(changed(":scheme", "ftp")), refused()},
        {"8.3.1", ":scheme with CRLF", request(changed(":scheme", "http\r\nx: y")), refused()},
        // 8.1.1
        {"8.1.1", "a length that fits", upload({{"content-length", "5"}}, "hello"), answered(200), true},
        {"8.1.1", "less than the length says", upload({{"content-length", "6"}}, "hello"),
         reset(protocolError), true},
        {"8.1.1", "more than the length says", upload({{"content-length", "4"}}, "hello"),
         reset(protocolError), true},
        {"8.1.1", "a length without a body", with({{"content-length", "4"}}), reset(protocolError)},
        {"8.1.1", "a length of 0 without a body", with({{"content-length", "0"}}), answered(200), true},
        {"8.1.1", "two lengths", upload({{"content-length", "5"}, {"content-length", "5"}}, "hello"),
         reset(protocolError)},
        {"8.1.1", "two lengths in one field", upload({{"content-length", "5, 5"}}, "hello"),
         reset(protocolError)},
        {"8.1.1", "a negative length", upload({{"content-length", "-5"}}, "hello"), reset(protocolError)},
        {"8.1.1", "a length with a sign", upload({{"content-length", "+5"}}, "hello"), reset(protocolError)},
        {"8.1.1", "an empty length", upload({{"content-length", ""}}, "hello"), reset(protocolError)},
        {"8.1.1", "a length beyond 2^63", upload({{"content-length", "99999999999999999999"}}, "hello"),
         reset(protocolError)},
        {"8.1", "trailers with an upper-case name", trailers({{"X-After", "1"}}), reset(protocolError), true},
        {"8.1", "trailers with Connection", trailers({{"connection", "close"}}), reset(protocolError), true},
        {"8.1", "trailers with CRLF", trailers({{"x-after", "1\r\ny: 2"}}), reset(protocolError), true},
        // 8.5 and RFC 8441
        {"8.5", "CONNECT", request({{":method", "CONNECT"}, {":authority", "gw:443"}}), answered(501)},
        {"8.5", "CONNECT with :path",
         request({{":method", "CONNECT"}, {":authority", "gw:443"}, {":path", "/"}}), refused()},
        {"8.5", "CONNECT with :scheme",
         request({{":method", "CONNECT"}, {":authority", "gw:443"}, {":scheme", "http"}}), refused()},
        {"8.5", "CONNECT without :authority", request({{":method", "CONNECT"}}), refused()},
        {"RFC 8441, 4", ":protocol with another method",
         request(ahead({{":protocol", "websocket"}}, get("/case"))), reset(protocolError)},
        {"RFC 8441, 4", "a protocol that nobody knows",
         frame(H2Type::Headers, endHeaders, 1, literals(tunnel)), answered(501)},
        {"RFC 8441, 4", "an extended CONNECT without :path",
         frame(H2Type::Headers, endHeaders, 1,
               literals({{":method", "CONNECT"},
                         {":protocol", "websocket"},
                         {":scheme", "http"},
                         {":authority", "gw"}})),
         refused()},
        {"RFC 8441, 4", "an extended CONNECT with CRLF in :protocol",
         frame(H2Type::Headers, endHeaders, 1,
               literals({{":method", "CONNECT"},
                         {":protocol", "web\r\nsocket"},
                         {":scheme", "http"},
                         {":path", "/case"},
                         {":authority", "gw"}})),
         refused()},
        // Rules of the gateway's own, the same as for HTTP/1.1.
        {"8.3", "a name that CGI takes for X-Client-ID", with({{"x_client_id", "boss"}}), answered(200),
         true},
        {"8.3", "a name that CGI takes for Content-Length", with({{"content_length", "5"}}), answered(400)},
        {"10.5.1", "more fields than the listener takes", with(Fields(101, Field{"a", "b"})), answered(431)},
        {"10.5.1", "a head larger than the listener takes",
         frame(H2Type::Headers, endStream, 1, literals(get("/case", {{"x-a", std::string(12'000, 'a')}}))) +
             frame(H2Type::Continuation, none, 1, literals({{"x-b", std::string(12'000, 'b')}})) +
             frame(H2Type::Continuation, endHeaders, 1, literals({{"x-c", std::string(12'000, 'c')}})),
         answered(431)},
        {"10.5.1", "a target longer than the listener takes",
         request(changed(":path", "/" + std::string(9'000, 'p'))), answered(414)},
    };
}
