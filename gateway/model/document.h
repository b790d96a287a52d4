#pragma once

#include "gateway/model/problem.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace gateway::model {

/// A piece of a YAML or JSON text, with where it stands.
struct TextNode {
    enum class Kind { Null, Scalar, Sequence, Map };
    struct Member;

    Kind kind = Kind::Null;
    bool quoted = false; ///< a scalar in quotes, or a block scalar: text, whatever it looks like
    int line = 0;        ///< from 1; 0: not from a file
    int column = 0;
    std::string text;             ///< of a Scalar
    std::vector<TextNode> items;  ///< of a Sequence
    std::vector<Member> members;  ///< of a Map, in the order of the text; names are unique
    std::vector<Member> repeated; ///< members whose name came before, without their values

    [[nodiscard]] const TextNode* find(std::string_view name) const;
    /// The text of a member that is a scalar, else "".
    [[nodiscard]] std::string_view textOf(std::string_view name) const;

    /// What plain scalars mean (YAML 1.2, core schema); everything in quotes is text.
    [[nodiscard]] bool isText() const;
    [[nodiscard]] bool isBoolean() const;
};

struct TextNode::Member {
    std::string name;
    int line = 0;
    int column = 0;
    TextNode value;
};

/// Whether a plain scalar of this text would be a number, true, false or null to a YAML reader.
[[nodiscard]] bool looksTyped(std::string_view plain);

constexpr std::size_t documentBytesMax = 64 * 1024 * 1024;
constexpr std::size_t documentDepthMax = 64;

/// Reads one YAML document (an empty text is Null). Refuses invalid UTF-8, control characters, anchors,
/// aliases, merge keys, tags, non-scalar keys, several documents, and what is over the limits.
[[nodiscard]] tl::expected<TextNode, Problems> parseYaml(std::string_view text);

/// Reads a JSON text into the same tree; lines are 0.
[[nodiscard]] tl::expected<TextNode, Problems> parseJson(std::string_view text);

/// Whether the text is UTF-8 of Unicode scalar values without control characters; tab, line feed and
/// carriage return are taken when `lines`. `badAt` gets the offset of the first byte that is not.
[[nodiscard]] bool isCleanUtf8(std::string_view text, bool lines, std::size_t* badAt = nullptr);

} // namespace gateway::model
