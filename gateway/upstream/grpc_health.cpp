#include "gateway/upstream/grpc_health.h"

#include "gateway/http/characters.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

namespace gateway::upstream::grpc_health {
namespace {

constexpr std::size_t prefixBytes = 5; // a flag and the length

void putVarint(std::string& out, std::uint64_t value) {
    while (value >= 0x80U) {
        out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> takeVarint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

/// The enumeration's number, 0 where it is left out; nothing: that is no HealthCheckResponse.
std::optional<std::uint64_t> servingStatus(std::string_view message) {
    std::uint64_t status = 0;
    while (!message.empty()) {
        const auto tag = takeVarint(message);
        const auto value = tag ? takeVarint(message) : std::nullopt;
        if (!value) {
            return std::nullopt;
        }
        if (*tag == 0x08) {
            status = *value;
        } else if ((*tag & 7U) == 2) {
            message.remove_prefix(std::min<std::size_t>(*value, message.size()));
        } else if ((*tag & 7U) != 0) {
            return std::nullopt;
        }
    }
    return status;
}

std::string statusName(std::string_view status) {
    constexpr std::string_view names[] = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    std::size_t number = 0;
    for (const char c : status) {
        number = http::isDigit(c) && number < 100 ? number * 10 + static_cast<std::size_t>(c - '0') : 100;
    }
    return number < std::size(names) ? std::string(names[number]) : "an unknown status";
}

} // namespace

std::string request(std::string_view service) {
    std::string message;
    if (!service.empty()) {
        message.push_back('\x0A'); // field 1, length-delimited
        putVarint(message, service.size());
        message.append(service);
    }
    std::string framed(1, '\0');
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        framed.push_back(static_cast<char>((message.size() >> (shift - 8)) & 0xFFU));
    }
    return framed.append(message);
}

std::string problemOf(std::string_view status, std::string_view body) {
    if (status.empty()) {
        return "the answer is no answer of gRPC.";
    }
    if (status == "12") {
        return "the server does not have the health service (UNIMPLEMENTED).";
    }
    if (status == "5") {
        return "the server does not know that service (NOT_FOUND).";
    }
    if (status != "0") {
        return "the answer was " + statusName(status) + ".";
    }
    const auto serving = body.size() >= prefixBytes ? servingStatus(body.substr(prefixBytes)) : std::nullopt;
    constexpr std::string_view names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
    if (!serving || *serving >= std::size(names)) {
        return "the answer is no health status.";
    }
    return *serving == 1 ? std::string() : "the answer was " + std::string(names[*serving]) + ".";
}

std::string_view trailer(std::string_view lines, std::string_view name) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find("\r\n"), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const std::size_t colon = std::min(line.find(':'), line.size());
        if (colon < line.size() && http::sameIgnoringCase(line.substr(0, colon), name)) {
            return http::trimmed(line.substr(colon + 1));
        }
    }
    return {};
}

} // namespace gateway::upstream::grpc_health
