#include "gateway/model/document.h"

#include <algorithm>
#include <exception>
#include <istream>
#include <streambuf>
#include <unordered_set>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace gateway::model {
namespace {

Problem syntaxProblem(int line, int column, std::string message) {
    return Problem{Problem::Kind::Syntax, "", std::move(message), line, column};
}

// Ends yaml-cpp's parse from inside a handler; caught in parseYaml.
struct Refusal : std::exception {
    Refusal(const YAML::Mark& mark, std::string message)
        : problem(syntaxProblem(mark.line + 1, mark.column + 1, std::move(message))) {}
    [[nodiscard]] const char* what() const noexcept override { return problem.message.c_str(); }
    Problem problem;
};

// Builds the tree from events: unlike yaml-cpp's own nodes, events never expand an alias and tell each
// duplicate key.
class TreeBuilder final : public YAML::EventHandler {
public:
    [[nodiscard]] TextNode takeRoot() { return std::move(m_root); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++m_documents > 1) {
            throw Refusal(mark, "the file holds a second document; a configuration is one document without "
                                "another '---'");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuseAnchor(mark, anchor);
        TextNode node = makeNode(TextNode::Kind::Null, mark);
        node.text = "~";
        place(std::move(node), mark);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw Refusal(mark, "aliases ('*name') are not allowed in a configuration; write the value out");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuseAnchor(mark, anchor);
        refuseTag(mark, tag);
        TextNode node = makeNode(TextNode::Kind::Scalar, mark);
        node.quoted = tag == "!";
        node.text = value;
        place(std::move(node), mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(TextNode::Kind::Sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(TextNode::Kind::Map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        TextNode node;
        bool hasName = false; ///< a map's next node is the value of the last member
        std::unordered_set<std::string> names;
    };

    static void refuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            throw Refusal(mark, "anchors ('&name') are not allowed in a configuration");
        }
    }
    static void refuseTag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refusal(mark, "tags ('!name') are not allowed in a configuration");
        }
    }
    static TextNode makeNode(TextNode::Kind kind, const YAML::Mark& mark) {
        TextNode node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }

    void open(TextNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        refuseAnchor(mark, anchor);
        refuseTag(mark, tag);
        if (!m_open.empty() && m_open.back().node.kind == TextNode::Kind::Map && !m_open.back().hasName) {
            throw Refusal(mark, "the name of a field must be a word, not a list or a map");
        }
        if (m_open.size() >= documentDepthMax) {
            throw Refusal(mark, "nested deeper than " + std::to_string(documentDepthMax) + " levels");
        }
        m_open.push_back(Level{makeNode(kind, mark), false, {}});
    }

    void close() {
        TextNode node = std::move(m_open.back().node);
        m_open.pop_back();
        YAML::Mark mark;
        mark.line = node.line - 1;
        mark.column = node.column - 1;
        place(std::move(node), mark);
    }

    void place(TextNode node, const YAML::Mark& mark) {
        if (m_open.empty()) {
            m_root = std::move(node);
            return;
        }
        Level& level = m_open.back();
        if (level.node.kind == TextNode::Kind::Sequence) {
            level.node.items.push_back(std::move(node));
        } else if (level.hasName) {
            TextNode::Member& member = level.node.members.back();
            // Nothing stands where the next thing begins, which is no place to look for it.
            if (node.kind == TextNode::Kind::Null && node.line > member.line) {
                node.line = member.line;
                node.column = member.column;
            }
            member.value = std::move(node);
            level.hasName = false;
            dropDuplicate(level);
        } else {
            if (node.kind == TextNode::Kind::Scalar && !node.quoted && node.text == "<<") {
                throw Refusal(mark, "merge keys ('<<') are not allowed in a configuration");
            }
            level.node.members.push_back(
                TextNode::Member{std::move(node.text), mark.line + 1, mark.column + 1, {}});
            level.hasName = true;
        }
    }

    // The first one stays, so that the rest of the file is checked as well.
    static void dropDuplicate(Level& level) {
        TextNode::Member& member = level.node.members.back();
        if (!level.names.insert(member.name).second) {
            member.value = TextNode{};
            level.node.repeated.push_back(std::move(member));
            level.node.members.pop_back();
        }
    }

    TextNode m_root;
    std::vector<Level> m_open;
    std::size_t m_documents = 0;
};

// Lends the text to yaml-cpp; a string stream would copy it.
class TextBuffer final : public std::streambuf {
public:
    explicit TextBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data()); // streambuf's get area is not const, but only read
        setg(begin, begin, begin + text.size());
    }
};

Problem placeProblem(std::string_view text, std::size_t at, std::string message) {
    const std::string_view before = text.substr(0, at);
    const std::size_t lineStart = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return syntaxProblem(static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                         static_cast<int>(at - lineStart) + 1, std::move(message));
}

} // namespace

tl::expected<TextNode, Problems> parseYaml(std::string_view text) {
    if (text.size() > documentBytesMax) {
        return tl::unexpected(Problems{syntaxProblem(0, 0, "the file is larger than 64 MiB")});
    }
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        text.remove_prefix(3);
    }
    std::size_t badAt = 0;
    if (!isCleanUtf8(text, true, &badAt)) {
        return tl::unexpected(Problems{
            placeProblem(text, badAt, "this is not text in UTF-8, or it holds a control character")});
    }
    TreeBuilder builder;
    try {
        TextBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Refusal& refusal) {
        return tl::unexpected(Problems{refusal.problem});
    } catch (const YAML::Exception& error) {
        return tl::unexpected(Problems{
            syntaxProblem(error.mark.line + 1, error.mark.column + 1, "this is not YAML: " + error.msg)});
    } catch (const std::exception& error) {
        return tl::unexpected(
            Problems{syntaxProblem(0, 0, std::string("the file cannot be read as YAML: ") + error.what())});
    }
    return builder.takeRoot();
}

} // namespace gateway::model
