#pragma once

#include <QList>
#include <QString>
#include <string>

namespace ui {

struct FieldChange {
    QString field;  ///< "match.path", "targets[0].weight"
    QString before; ///< empty: was not there
    QString after;  ///< empty: is gone
    bool operator==(const FieldChange&) const = default;
};

/// What differs between two entities in canonical JSON, field by field, in the order of the names. An empty
/// text is an entity that was not there.
[[nodiscard]] QList<FieldChange> jsonDiff(const std::string& before, const std::string& after);

/// A change as a line for people: "match.path: /v1/a → /v1/b". Of an entity that was there before and after,
/// a field that is not in the JSON has its default.
[[nodiscard]] QString changeLine(const FieldChange& change, bool bothSides);

} // namespace ui
