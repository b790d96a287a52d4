#pragma once

#include "gateway/http/parser.h"

#include <string>

/// Spelling of what was understood, as the case files write it.
[[nodiscard]] inline std::string framingText(gateway::http::Framing framing, std::uint64_t length) {
    switch (framing) {
    case gateway::http::Framing::None:
        return "none";
    case gateway::http::Framing::Length:
        return "length:" + std::to_string(length);
    case gateway::http::Framing::Chunked:
        return "chunked";
    case gateway::http::Framing::UntilClose:
        return "until-close";
    }
    return "?";
}

[[nodiscard]] inline std::string verdictText(const std::optional<gateway::http::Refusal>& refusal) {
    return refusal ? std::to_string(refusal->status) + " " + refusal->code : "accepted";
}

[[nodiscard]] inline std::string yesOrNo(bool value) {
    return value ? "yes" : "no";
}
