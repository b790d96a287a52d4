#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace re2 {
class RE2;
}

// Rules about callers and requests, as people write them: `consumer.tier == "pro" and request.method in
// ["GET", "HEAD"]`. Read and checked here, when a config is saved; run by auth::evaluate.
//
//   or, and, not, ( )
//   == != < <= > >=           both sides of one type; < and > for numbers only
//   in ["a", "b"]             one of a list; `"x" in consumer.roles` and `request.address in ["10.0.0.0/8"]`
//   matches "RE2"             the whole text matches; RE2 syntax, checked here
//   has(claims.department)    whether it is there at all
//   "text", 12, 1.5, true, false
//
// In a text a backslash stands before " and \; before anything else it is itself, so that regular expressions
// can be written as they are: matches "/v\d+/.*".
//
// What is not there, or is of another type than it is compared with, makes a comparison unknown. Unknown goes
// on as in SQL (`unknown or true` is true, `not unknown` is unknown), and an expression that comes out as
// unknown is not true: the caller is refused.
namespace gateway::model {

/// What an expression can ask about.
enum class Subject : std::uint8_t {
    ConsumerName,      ///< consumer.name
    ConsumerKind,      ///< consumer.kind: "app", "user", "agent"
    ConsumerTier,      ///< consumer.tier
    ConsumerRoles,     ///< consumer.roles, a list; roles of the token included
    ConsumerOwner,     ///< consumer.owner
    ConsumerAttribute, ///< consumer.attributes.NAME
    CallerScopes,      ///< caller.scopes, a list
    CallerMethod,   ///< caller.method: "api-key", "jwt", "introspection", "client-certificate", "anonymous"
    Claim,          ///< claims.NAME, claims.NAME.NAME, claims["https://x/y"]
    RequestMethod,  ///< request.method
    RequestPath,    ///< request.path, normalised
    RequestHost,    ///< request.host, in lower case, without port
    RequestAddress, ///< request.address: only `in` a list of networks, `==` an address
    RequestHeader,  ///< request.headers["x-name"]
    RequestQuery,   ///< request.query["name"], decoded
    RequestSecure,  ///< request.secure, a boolean
    PathParameter,  ///< path.NAME: what {NAME} of the route took
    TimeHour,       ///< time.hour, 0..23, of the system's time zone
    TimeMinute,     ///< time.minute, 0..59
    TimeWeekday,    ///< time.weekday: "mon", "tue", ...
};

enum class ValueType : std::uint8_t { Text, Number, Boolean, TextList, Address, Any };

/// One node of an expression's tree. Immutable.
struct ExpressionNode {
    enum class Kind : std::uint8_t {
        Or,
        And,
        Not, ///< of children
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual, ///< of two children
        InList,         ///< child 0, in `texts` or `numbers`
        InNetworks,     ///< child 0 is an address; `texts` are networks
        Contains,       ///< child 0 (a text) in child 1 (a list)
        Matches,        ///< child 0, by `pattern`
        Has,            ///< child 0 is a reference
        Reference,      ///< `subject`, with `path`
        Text,
        Number,
        Boolean, ///< a constant
    };
    Kind kind = Kind::Boolean;
    ValueType type = ValueType::Boolean;
    Subject subject = Subject::ConsumerName;
    std::vector<std::string> path{}; ///< of a claim; one name for attributes, headers, query, path
    std::string text{};
    double number = 0;
    bool boolean = false;
    std::vector<std::string> texts{};
    std::vector<double> numbers{};
    std::shared_ptr<const re2::RE2> pattern{};
    std::vector<ExpressionNode> children{};
};

struct Expression {
    std::string source;
    ExpressionNode root;
    /// Names of path parameters that it asks for: the route has to have them.
    [[nodiscard]] std::vector<std::string> pathParameters() const;
    /// Names of tiers that it compares with: they have to be there, as `!=` is true of one that is not.
    [[nodiscard]] std::vector<std::string> tiers() const;
};

/// What is wrong, in a sentence, and where: the number of bytes before it.
struct ExpressionProblem {
    std::string message;
    std::size_t offset = 0;
};

/// At most 4,096 bytes, 64 levels deep.
[[nodiscard]] tl::expected<std::shared_ptr<const Expression>, ExpressionProblem>
parseExpression(std::string_view text);

/// A reference alone, such as `claims.sub` or `consumer.name`: what headers are made of.
[[nodiscard]] tl::expected<ExpressionNode, ExpressionProblem> parseReference(std::string_view text);

} // namespace gateway::model
