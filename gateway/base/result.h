#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace gateway {

/// Who has to act on an error.
enum class ErrorKind {
    Input,       ///< What a person or a peer sent cannot work; they must change it.
    Conflict,    ///< The world moved on (stale revision, name taken); look again and retry.
    Environment, ///< A port, a file, a disk: the machine says no. Retry may help after someone acted.
    Internal,    ///< Our own fault.
};

/// An error as a value: a stable code for programs, a sentence with cause and remedy for people.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string code;
    std::string message;
};

template<class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string message) {
    return tl::unexpected<Error>(Error{kind, std::string(code), std::move(message)});
}

} // namespace gateway
