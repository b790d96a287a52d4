#include "app/cli/report.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::Error;
using gateway::ErrorKind;
using gateway::fail;
using gateway::Result;

ExitCode exitCodeFor(const Error& error) {
    if (error.code.starts_with("no-such-")) {
        return ExitCode::Conflict;
    }
    switch (error.kind) {
    case ErrorKind::Input:
        return ExitCode::InvalidInput;
    case ErrorKind::Conflict:
        return ExitCode::Conflict;
    case ErrorKind::Environment:
    case ErrorKind::Internal:
        return ExitCode::Environment;
    }
    return ExitCode::Environment;
}

void reportError(const std::string& message) {
    // What went to standard output before must not come after it.
    std::cout.flush();
    std::cerr << "gatehousectl: " << message << '\n';
}

ExitCode reportError(const Error& error) {
    reportError(error.message);
    return exitCodeFor(error);
}

std::string formatProblem(const std::string& file, const gateway::model::Problem& problem) {
    std::string text = file == "-" ? "standard input" : file;
    if (problem.line > 0) {
        text += ':' + std::to_string(problem.line);
        if (problem.column > 0) {
            text += ':' + std::to_string(problem.column);
        }
    }
    text += ": ";
    if (!problem.path.empty()) {
        text += problem.path + ": ";
    }
    return text + problem.message + " [" + gateway::model::problemKindName(problem.kind) + "]";
}

std::string problemsAsJson(const std::string& file, const gateway::model::Problems& problems) {
    nlohmann::json list = nlohmann::json::array();
    for (const gateway::model::Problem& problem : problems) {
        nlohmann::json entry{{"kind", gateway::model::problemKindName(problem.kind)},
                             {"path", problem.path},
                             {"message", problem.message}};
        if (problem.line > 0) {
            entry["line"] = problem.line;
            entry["column"] = problem.column;
        }
        list.push_back(std::move(entry));
    }
    const nlohmann::json report{{"file", file}, {"problems", std::move(list)}};
    return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

ExitCode reportProblems(const std::string& file, const gateway::model::Problems& problems, bool asJson) {
    if (asJson) {
        std::cout << problemsAsJson(file, problems);
        return ExitCode::InvalidInput;
    }
    for (const gateway::model::Problem& problem : problems) {
        std::cerr << formatProblem(file, problem) << '\n';
    }
    return ExitCode::InvalidInput;
}

Result<std::string> readText(const std::string& file) {
    if (file == "-") {
        return std::string(std::istreambuf_iterator<char>(std::cin), {});
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    // A folder opens, but cannot be read.
    if (!stream.is_open() || stream.bad() || (stream.fail() && !stream.eof())) {
        return fail(ErrorKind::Environment, "unreadable-file",
                    "cannot read " + file + ": " + std::strerror(errno));
    }
    return text;
}

} // namespace app::cli
