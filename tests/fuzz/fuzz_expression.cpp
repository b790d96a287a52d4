#include "gateway/model/expression.h"

#include <algorithm>
#include <cstdlib>

using namespace gateway::model;

namespace {

using Kind = ExpressionNode::Kind;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// What those who run an expression count on.
void checkNode(const ExpressionNode& node, std::size_t depth) {
    require(depth < 1000);
    const std::size_t children = node.children.size();
    switch (node.kind) {
    case Kind::Or:
    case Kind::And:
        require(children >= 2);
        break;
    case Kind::Equal:
    case Kind::NotEqual:
    case Kind::Less:
    case Kind::LessOrEqual:
    case Kind::Greater:
    case Kind::GreaterOrEqual:
        require(children == 2);
        break;
    case Kind::Contains:
        require(children == 2 && node.children[1].kind == Kind::Reference);
        break;
    case Kind::InList:
        require(children == 1 && node.texts.empty() != node.numbers.empty());
        break;
    case Kind::InNetworks:
        require(children == 1 && node.children[0].type == ValueType::Address && !node.texts.empty());
        break;
    case Kind::Matches:
        require(children == 1 && node.pattern != nullptr);
        break;
    case Kind::Not:
        require(children == 1);
        break;
    case Kind::Has:
        require(children == 1 && node.children[0].kind == Kind::Reference);
        break;
    case Kind::Reference:
        require(children == 0 && std::none_of(node.path.begin(), node.path.end(),
                                              [](const std::string& name) { return name.empty(); }));
        break;
    case Kind::Text:
    case Kind::Number:
    case Kind::Boolean:
        require(children == 0);
        break;
    }
    for (const ExpressionNode& child : node.children) {
        checkNode(child, depth + 1);
    }
}

} // namespace

// Whatever the bytes, they are an expression that can be run, or there is a sentence about a place in them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto expression = parseExpression(text)) {
        const ExpressionNode& root = (*expression)->root;
        require(root.type == ValueType::Boolean || root.type == ValueType::Any);
        checkNode(root, 0);
        for (const std::string& name : (*expression)->pathParameters()) {
            require(!name.empty());
        }
    } else {
        require(!expression.error().message.empty() && expression.error().offset <= size);
    }
    if (const auto reference = parseReference(text)) {
        require(reference->kind == Kind::Reference);
        checkNode(*reference, 0);
    }
    return 0;
}
