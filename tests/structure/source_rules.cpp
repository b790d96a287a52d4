#include "source_rules.h"

#include <algorithm>
#include <optional>

namespace structure {
namespace {

struct Layer {
    std::string_view folder;
    std::vector<std::string_view> mayInclude; ///< folders, or single headers; itself goes without saying
};

/// Who may include whom, from the top of the house down. An include may skip floors but never goes up, and
/// the parts between pipeline and http do not know one another; only metrics is read by all around it.
const std::vector<Layer>& layers() {
    static const std::vector<Layer> table{
        {"app", {"ui", "db", "gateway"}},
        {"ui",
         {"gateway/service", "gateway/metrics/metrics_frame.h", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"db", {"gateway/service/ports.h", "gateway/model", "gateway/base"}},
        {"gateway/service",
         {"gateway/runtime", "gateway/pipeline", "gateway/routing", "gateway/auth", "gateway/limits",
          "gateway/metrics", "gateway/upstream", "gateway/cache", "gateway/translate", "gateway/http",
          "gateway/net", "gateway/crypto", "gateway/model", "gateway/base"}},
        {"gateway/runtime",
         {"gateway/pipeline", "gateway/routing", "gateway/auth", "gateway/limits", "gateway/metrics",
          "gateway/upstream", "gateway/cache", "gateway/translate", "gateway/http", "gateway/net",
          "gateway/crypto", "gateway/model", "gateway/base"}},
        {"gateway/pipeline",
         {"gateway/routing", "gateway/auth", "gateway/limits", "gateway/metrics", "gateway/upstream",
          "gateway/cache", "gateway/translate", "gateway/http", "gateway/net", "gateway/crypto",
          "gateway/model", "gateway/base"}},
        {"gateway/routing",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/auth",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/limits",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/upstream",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/cache",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/translate",
         {"gateway/metrics", "gateway/http", "gateway/net", "gateway/crypto", "gateway/model",
          "gateway/base"}},
        {"gateway/metrics",
         {"gateway/http", "gateway/net", "gateway/crypto", "gateway/model", "gateway/base"}},
        {"gateway/http", {"gateway/net", "gateway/crypto", "gateway/model", "gateway/base"}},
        {"gateway/net", {"gateway/crypto", "gateway/model", "gateway/base"}},
        {"gateway/crypto", {"gateway/base"}},
        {"gateway/model", {"gateway/base"}},
        {"gateway/base", {}},
    };
    return table;
}

/// Libraries that only some folders may see, by how an include of them begins.
struct Reserved {
    bool (*begins)(std::string_view include);
    bool (*maySee)(std::string_view file);
    std::string_view rule;
};

bool isIn(std::string_view path, std::string_view folder) {
    return path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

const std::vector<Reserved>& reservedLibraries() {
    static const std::vector<Reserved> table{
        {[](std::string_view include) {
             return include.size() > 1 && include[0] == 'Q' &&
                    (include[1] == 't' || (include[1] >= 'A' && include[1] <= 'Z'));
         },
         [](std::string_view file) { return !isIn(file, "gateway") || isIn(file, "gateway/service"); },
         "the engine is free of Qt; only gateway/service may include it"},
        {[](std::string_view include) { return include.starts_with("boost/asio"); },
         [](std::string_view file) {
             return !isIn(file, "gateway") || isIn(file, "gateway/net") || isIn(file, "gateway/http");
         },
         "Boost.Asio shows nowhere above gateway/http"},
        {[](std::string_view include) { return include.starts_with("boost/"); },
         [](std::string_view file) { return isIn(file, "gateway"); }, "Boost is for gateway alone"},
        {[](std::string_view include) { return include.starts_with("QSql") || include == "QtSql"; },
         [](std::string_view file) { return isIn(file, "db"); }, "only db speaks SQL"},
    };
    return table;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

struct Include {
    std::string_view path;
    bool isQuoted = false;
};

std::optional<Include> toInclude(std::string_view line) {
    line = trimmed(line);
    if (!line.starts_with('#')) {
        return std::nullopt;
    }
    line = trimmed(line.substr(1));
    if (!line.starts_with("include")) {
        return std::nullopt;
    }
    line = trimmed(line.substr(std::string_view("include").size()));
    if (line.size() < 2 || (line[0] != '"' && line[0] != '<')) {
        return std::nullopt;
    }
    const std::size_t end = line.find(line[0] == '"' ? '"' : '>', 1);
    return Include{line.substr(1, end == std::string_view::npos ? end : end - 1), line[0] == '"'};
}

const Layer* layerOf(std::string_view path) {
    const auto layer = std::find_if(layers().begin(), layers().end(),
                                    [&](const Layer& candidate) { return isIn(path, candidate.folder); });
    return layer != layers().end() ? &*layer : nullptr;
}

bool isOurs(std::string_view include) {
    return isIn(include, "app") || isIn(include, "ui") || isIn(include, "db") || isIn(include, "gateway");
}

std::string joined(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names) {
        text += (text.empty() ? "" : ", ") + std::string(name);
    }
    return text.empty() ? "nothing of ours" : text;
}

/// The rule that the include breaks, or nothing.
std::optional<std::string> brokenBy(std::string_view file, const Layer& layer, const Include& include) {
    for (const Reserved& library : reservedLibraries()) {
        if (library.begins(include.path) && !library.maySee(file)) {
            return std::string(library.rule);
        }
    }
    if (include.isQuoted && !isOurs(include.path) && !include.path.ends_with(".moc")) {
        return "\"" + std::string(include.path) + "\": an include of ours names the path from the root";
    }
    if (!isOurs(include.path) || isIn(include.path, layer.folder) ||
        std::any_of(layer.mayInclude.begin(), layer.mayInclude.end(),
                    [&](std::string_view allowed) { return isIn(include.path, allowed); })) {
        return std::nullopt;
    }
    return std::string(layer.folder) + " may include " + joined(layer.mayInclude) + "; not " +
           std::string(include.path);
}

} // namespace

std::string Violation::toText() const {
    return file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + rule;
}

std::vector<Violation> checkSource(const std::string& file, std::string_view text) {
    std::vector<Violation> found;
    const Layer* const layer = layerOf(file);
    if (layer == nullptr) {
        found.push_back({file, 0, "the folder has no place in the table of who may include whom"});
        return found;
    }
    const bool isHeader = file.ends_with(".h");
    bool hasPragma = false;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        hasPragma = hasPragma || trimmed(line) == "#pragma once";
        if (isHeader && trimmed(line).starts_with("using namespace")) {
            found.push_back({file, number, "a header has no \"using namespace\""});
        }
        if (const auto include = toInclude(line)) {
            if (const auto rule = brokenBy(file, *layer, *include)) {
                found.push_back({file, number, *rule});
            }
        }
    }
    if (isHeader && !hasPragma) {
        found.push_back({file, 0, "a header has #pragma once"});
    }
    return found;
}

bool listsSource(std::string_view cmakeText, std::string_view source) {
    const std::string_view separators = " \t\r\n();\"";
    while (!cmakeText.empty()) {
        std::string_view line = cmakeText.substr(0, cmakeText.find('\n'));
        cmakeText.remove_prefix(std::min(line.size() + 1, cmakeText.size()));
        line = line.substr(0, line.find('#'));
        while (!line.empty()) {
            const std::size_t length = std::min(line.find_first_of(separators), line.size());
            if (line.substr(0, length) == source) {
                return true;
            }
            line.remove_prefix(std::min(length + 1, line.size()));
        }
    }
    return false;
}

} // namespace structure
