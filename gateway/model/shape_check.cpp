#include "gateway/model/shape_check.h"

#include "gateway/base/digest.h"
#include "gateway/model/near_names.h"
#include "gateway/model/scalars.h"
#include "gateway/model/service_words.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace gateway::model {
namespace {

using Sort = Shape::Sort;

std::string shorten(std::string_view text) {
    constexpr std::size_t most = 60;
    if (text.size() <= most) {
        return std::string(text);
    }
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end)) + "...";
}

std::string describe(const TextNode& node) {
    switch (node.kind) {
    case TextNode::Kind::Null:
        return "nothing";
    case TextNode::Kind::Scalar:
        return node.quoted ? "\"" + shorten(node.text) + "\"" : shorten(node.text);
    case TextNode::Kind::Sequence:
        return "a list";
    case TextNode::Kind::Map:
        return "a map";
    }
    return "";
}

const char* expectation(Sort sort) {
    switch (sort) {
    case Sort::Text:
        return "a text";
    case Sort::Words:
        return "one of a few words";
    case Sort::Integer:
        return "a whole number";
    case Sort::Boolean:
        return "true or false";
    case Sort::Duration:
        return "a duration such as 250ms, 10s, 5m or 1h";
    case Sort::Size:
        return "a size such as 512B, 32KiB or 10MiB";
    case Sort::SizeRate:
        return "a rate of bytes such as 1KiB/s";
    case Sort::Rate:
        return "a rate such as 100/minute (per second, minute, hour or day)";
    case Sort::Percent:
        return "a percentage from 0% to 100%";
    case Sort::Time:
        return "a date such as 2027-01-31 or a time such as 2027-01-31T09:30:00Z";
    case Sort::Address:
        return "an address such as 127.0.0.1:8080 or [::1]:8080, with a port from 1 to 65535";
    case Sort::KeyHash:
        return "sha256: and the 64 hexadecimal digits of the SHA-256 of the whole key";
    case Sort::RetryReason:
        return "connect-failure, refused-stream, reset, timeout, or a status: 429 or one from 500 to 599";
    case Sort::List:
        return "a list";
    case Sort::Map:
        return "a map of names to texts";
    case Sort::Object:
        return "a map of fields";
    case Sort::Either:
        return "a text or a map of fields";
    case Sort::Any:
        return "anything";
    }
    return "";
}

class Checker {
public:
    Checker(Strictness strictness, Problems& problems)
        : m_strictness(strictness)
        , m_problems(problems) {}

    void check(const TextNode& node, const Shape& shape, const std::string& path) {
        if (m_problems.size() >= problemsMax) {
            return;
        }
        switch (shape.sort) {
        case Sort::Any:
            return;
        case Sort::List:
            return checkList(node, shape, path);
        case Sort::Map:
            return checkMap(node, shape, path);
        case Sort::Object:
            return checkObject(node, shape, path);
        case Sort::Either:
            return checkEither(node, shape, path);
        default:
            return checkScalar(node, shape, path);
        }
    }

private:
    void add(Problem::Kind kind, const std::string& path, std::string message, int line, int column) {
        m_problems.push_back(Problem{kind, path, std::move(message), line, column});
    }
    void add(Problem::Kind kind, const std::string& path, std::string message, const TextNode& node) {
        add(kind, path, std::move(message), node.line, node.column);
    }
    void addWrongSort(const TextNode& node, const Shape& shape, const std::string& path) {
        add(Problem::Kind::Type, path,
            std::string("must be ") + expectation(shape.sort) + ", not " + describe(node), node);
    }
    void addUnsupported(const char* feature, const std::string& path, int line, int column) {
        add(Problem::Kind::Unsupported, path, std::string(feature) + " is not supported by this version",
            line, column);
    }

    void checkEither(const TextNode& node, const Shape& shape, const std::string& path) {
        if (node.kind == TextNode::Kind::Map) {
            check(node, *shape.item, path);
        } else if (node.kind == TextNode::Kind::Scalar) {
            check(node, *shape.scalar, path);
        } else {
            addWrongSort(node, shape, path);
        }
    }

    void checkList(const TextNode& node, const Shape& shape, const std::string& path) {
        // Nothing is an empty list: people comment the items out one by one.
        if (node.kind != TextNode::Kind::Sequence && node.kind != TextNode::Kind::Null) {
            return addWrongSort(node, shape, path);
        }
        if (m_strictness == Strictness::File && static_cast<std::int64_t>(node.items.size()) < shape.least) {
            add(Problem::Kind::Range, path, "needs at least one item", node);
        }
        for (std::size_t i = 0; i < node.items.size() && m_problems.size() < problemsMax; ++i) {
            const std::string step =
                shape.itemsName != nullptr ? itemStep(node.items[i], i) : "[" + std::to_string(i) + "]";
            check(node.items[i], *shape.item, path + step);
        }
        if (shape.itemsName != nullptr) {
            checkNamesDiffer(node, shape, path);
        }
    }

    void checkNamesDiffer(const TextNode& list, const Shape& shape, const std::string& path) {
        std::unordered_set<std::string_view> names;
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            const TextNode* name = list.items[i].find("name");
            if (name == nullptr || name->kind != TextNode::Kind::Scalar || names.insert(name->text).second) {
                continue;
            }
            add(Problem::Kind::Duplicate, path + itemStep(list.items[i], i) + ".name",
                std::string("there is another ") + shape.itemsName + " named \"" + shorten(name->text) + "\"",
                *name);
        }
    }

    void checkMap(const TextNode& node, const Shape& shape, const std::string& path) {
        if (node.kind != TextNode::Kind::Map) {
            return addWrongSort(node, shape, path);
        }
        checkRepeated(node, path);
        for (const TextNode::Member& member : node.members) {
            check(member.value, *shape.item, path + "." + shorten(member.name));
        }
    }

    void checkRepeated(const TextNode& node, const std::string& path) {
        for (const TextNode::Member& member : node.repeated) {
            add(Problem::Kind::Duplicate, join(path, member.name),
                "the field \"" + shorten(member.name) + "\" is given twice", member.line, member.column);
        }
    }

    void checkObject(const TextNode& node, const Shape& shape, const std::string& path) {
        if (node.kind != TextNode::Kind::Map) {
            return addWrongSort(node, shape, path);
        }
        checkRepeated(node, path);
        for (const TextNode::Member& member : node.members) {
            const auto field = std::find_if(shape.fields.begin(), shape.fields.end(),
                                            [&](const Field& known) { return known.name == member.name; });
            const std::string memberPath = join(path, member.name);
            if (field == shape.fields.end()) {
                if (!shape.open) {
                    addUnknown(member, shape, memberPath);
                }
                continue;
            }
            check(member.value, *field->shape, memberPath);
            const bool given = member.value.kind != TextNode::Kind::Null || field->shape->sort != Sort::List;
            if (field->unsupported != nullptr && given) {
                addUnsupported(field->unsupported, memberPath, member.line, member.column);
            }
        }
        if (m_strictness == Strictness::File) {
            checkPresent(node, shape, path);
        }
    }

    void addUnknown(const TextNode::Member& member, const Shape& shape, const std::string& path) {
        std::string message = "there is no field \"" + shorten(member.name) + "\" here";
        const std::string nearest = nearestField(member.name, shape);
        if (!nearest.empty()) {
            message += "; did you mean \"" + nearest + "\"?";
        } else {
            message += "; the fields are ";
            for (const Field& field : shape.fields) {
                message += (&field == &shape.fields.front() ? "" : ", ") + std::string(field.name);
            }
        }
        add(Problem::Kind::Unknown, path, std::move(message), member.line, member.column);
    }

    void checkPresent(const TextNode& node, const Shape& shape, const std::string& path) {
        std::vector<const Field*> chosen;
        std::string choices;
        for (const Field& field : shape.fields) {
            const bool present = node.find(field.name) != nullptr;
            if (field.need == Field::Need::Required && !present) {
                add(Problem::Kind::Type, join(path, field.name),
                    "the field \"" + std::string(field.name) + "\" is missing", node);
            }
            if (field.need == Field::Need::Choice) {
                choices += (choices.empty() ? "" : ", ") + std::string(field.name);
                if (present) {
                    chosen.push_back(&field);
                }
            }
        }
        if (shape.choice != Shape::Choice::None && chosen.empty()) {
            add(Problem::Kind::Type, path, "one of these fields is missing: " + choices, node);
        }
        if (shape.choice == Shape::Choice::ExactlyOne && chosen.size() > 1) {
            add(Problem::Kind::Range, path,
                "\"" + std::string(chosen[0]->name) + "\" and \"" + std::string(chosen[1]->name) +
                    "\" cannot stand together; choose one",
                node);
        }
    }

    void checkScalar(const TextNode& node, const Shape& shape, const std::string& path) {
        if (node.kind != TextNode::Kind::Scalar) {
            return addWrongSort(node, shape, path);
        }
        switch (shape.sort) {
        case Sort::Text:
            if (!node.isText()) {
                add(Problem::Kind::Type, path,
                    "must be a text; put it in quotes: \"" + shorten(node.text) + "\"", node);
            }
            return;
        case Sort::Words:
            return checkWords(node, shape, path);
        case Sort::Integer:
            return checkInteger(node, shape, path);
        default:
            if (!isWellFormed(node, shape)) {
                addWrongSort(node, shape, path);
            }
        }
    }

    [[nodiscard]] bool isWellFormed(const TextNode& node, const Shape& shape) const {
        switch (shape.sort) {
        case Sort::Boolean:
            return node.isBoolean();
        case Sort::Duration:
            return parseDuration(node.text).has_value();
        case Sort::Size: {
            const auto size = parseSize(node.text);
            return size && static_cast<std::int64_t>(*size) <= shape.most;
        }
        case Sort::SizeRate:
            return parseSizeRate(node.text).has_value();
        case Sort::Rate:
            return parseRate(node.text).has_value();
        case Sort::Percent:
            return parsePercent(node.text).has_value();
        case Sort::Time:
            return parseTime(node.text).has_value();
        case Sort::Address: {
            const auto address = parseHostPort(node.text);
            return address && (address->port != 0 || m_strictness == Strictness::Entity);
        }
        case Sort::KeyHash:
            return node.text.starts_with("sha256:") &&
                   sha256FromHex(std::string_view(node.text).substr(7)).has_value();
        case Sort::RetryReason: {
            Retries ignored;
            return addRetryReason(ignored, node.text);
        }
        default:
            return true;
        }
    }

    void checkWords(const TextNode& node, const Shape& shape, const std::string& path) {
        const auto word = std::find_if(shape.words.begin(), shape.words.end(),
                                       [&](const Word& known) { return known.text == node.text; });
        if (word != shape.words.end() && node.isText()) {
            if (word->unsupported != nullptr) {
                addUnsupported(word->unsupported, path, node.line, node.column);
            }
            return;
        }
        std::string words;
        for (const Word& known : shape.words) {
            words += (words.empty() ? "" : ", ") + std::string(known.text);
        }
        // `minimum: 1.2` is a number to YAML, though the word is right.
        add(Problem::Kind::Type, path,
            word != shape.words.end() ? "must be a text; put it in quotes: \"" + node.text + "\""
                                      : "must be one of: " + words + "; not " + describe(node),
            node);
    }

    void checkInteger(const TextNode& node, const Shape& shape, const std::string& path) {
        const bool digits =
            !node.quoted && !node.text.empty() &&
            node.text.find_first_not_of("0123456789", node.text[0] == '-' ? 1 : 0) == std::string::npos &&
            node.text != "-";
        const std::size_t first = node.text.starts_with('-') ? 1 : 0;
        if (!digits || (node.text.size() > first + 1 && node.text[first] == '0')) {
            return addWrongSort(node, shape, path);
        }
        const auto value = parseSigned(node.text);
        if (!value || *value < shape.least || *value > shape.most) {
            const bool bounded = shape.most != std::numeric_limits<std::int64_t>::max();
            add(Problem::Kind::Range, path,
                bounded ? "must be from " + std::to_string(shape.least) + " to " + std::to_string(shape.most)
                        : "must be " + std::to_string(shape.least) + " or more, and less than 2^63",
                node);
        }
    }

    static std::string join(const std::string& path, std::string_view name) {
        return path.empty() ? shorten(name) : path + "." + shorten(name);
    }

    Strictness m_strictness;
    Problems& m_problems;
};

} // namespace

void checkShape(const TextNode& node, const Shape& shape, const std::string& path, Strictness strictness,
                Problems& problems) {
    Checker(strictness, problems).check(node, shape, path);
}

std::string itemStep(const TextNode& item, std::size_t index) {
    const std::string_view name = item.textOf("name");
    const bool usable =
        !name.empty() && name.size() <= 64 && name.find_first_of("[]") == std::string_view::npos;
    return "[" + (usable ? std::string(name) : std::to_string(index)) + "]";
}

std::string nearestField(std::string_view name, const Shape& shape) {
    if (name.size() > 40) {
        return {};
    }
    // Case and the kind of dash are never what a person means.
    std::string plain(name);
    for (char& c : plain) {
        c = c == '-' || c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    std::string nearest;
    std::size_t nearestDistance = nearDistance(name) + 1;
    for (const Field& field : shape.fields) {
        const bool begins = plain.size() >= 3 && field.name.starts_with(plain);
        const std::size_t distance = begins ? 1 : editDistance(plain, field.name);
        if (distance < nearestDistance) {
            nearest = field.name;
            nearestDistance = distance;
        }
    }
    return nearest;
}

} // namespace gateway::model
