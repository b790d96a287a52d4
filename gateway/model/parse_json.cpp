#include "gateway/model/document.h"

#include <nlohmann/json.hpp>

namespace gateway::model {
namespace {

// Builds the tree as the parser goes, so that nesting is bounded before anything recurses.
class JsonBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    [[nodiscard]] TextNode takeRoot() { return std::move(m_root); }
    [[nodiscard]] const std::string& refusal() const { return m_refusal; }

    bool null() override { return place(TextNode{}); }
    bool boolean(bool value) override { return scalar(value ? "true" : "false", false); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value), false); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value), false); }
    bool number_float(number_float_t /*value*/, const string_t& text) override { return scalar(text, false); }
    bool string(string_t& value) override { return scalar(value, true); }
    bool binary(binary_t& /*value*/) override { return refuse("binary values are not JSON"); }
    bool start_object(std::size_t /*size*/) override { return open(TextNode::Kind::Map); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*size*/) override { return open(TextNode::Kind::Sequence); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (m_open.back().find(name) != nullptr) {
            return refuse("the field '" + name + "' is given twice");
        }
        m_open.back().members.push_back(TextNode::Member{name, 0, 0, {}});
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& error) override {
        return refuse(error.what());
    }

private:
    bool refuse(std::string message) {
        m_refusal = std::move(message);
        return false;
    }
    bool scalar(std::string text, bool quoted) {
        TextNode node;
        node.kind = TextNode::Kind::Scalar;
        node.quoted = quoted;
        node.text = std::move(text);
        return place(std::move(node));
    }
    bool open(TextNode::Kind kind) {
        if (m_open.size() >= documentDepthMax) {
            return refuse("nested deeper than " + std::to_string(documentDepthMax) + " levels");
        }
        TextNode node;
        node.kind = kind;
        m_open.push_back(std::move(node));
        return true;
    }
    bool close() {
        TextNode node = std::move(m_open.back());
        m_open.pop_back();
        return place(std::move(node));
    }
    bool place(TextNode node) {
        if (m_open.empty()) {
            m_root = std::move(node);
        } else if (m_open.back().kind == TextNode::Kind::Sequence) {
            m_open.back().items.push_back(std::move(node));
        } else {
            m_open.back().members.back().value = std::move(node);
        }
        return true;
    }

    TextNode m_root;
    std::vector<TextNode> m_open;
    std::string m_refusal;
};

} // namespace

tl::expected<TextNode, Problems> parseJson(std::string_view text) {
    JsonBuilder builder;
    if (!nlohmann::json::sax_parse(text, &builder)) {
        return tl::unexpected(
            Problems{Problem{Problem::Kind::Syntax, "", "this is not JSON: " + builder.refusal(), 0, 0}});
    }
    return builder.takeRoot();
}

} // namespace gateway::model
