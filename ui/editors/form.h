#pragma once

#include "gateway/model/problem.h"

#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>
#include <utility>

namespace ui {

/// What stands in the fields of an editor, as text, by the field's key. Text, because a half-typed number
/// must be kept as it is.
using FormValues = QMap<QString, QString>;

struct FieldProblem {
    QString field;   ///< key of a form value; empty: of the entity as a whole
    QString message; ///< a sentence
};
using FieldProblems = QList<FieldProblem>;

/// An open editor without its window: what it began with, what stands there now.
class EditSession {
public:
    EditSession() = default;
    EditSession(FormValues original, bool isNew);

    [[nodiscard]] const FormValues& values() const { return m_values; }
    [[nodiscard]] const FormValues& original() const { return m_original; }
    [[nodiscard]] bool isNew() const { return m_isNew; }
    void setValue(const QString& field, const QString& value);

    [[nodiscard]] QStringList changedFields() const;
    [[nodiscard]] bool isDirty() const { return !changedFields().isEmpty(); }
    void discard() { m_values = m_original; }

    /// Someone else published: fields that were not touched here take the new value, typed ones stay.
    /// Returns the fields that both sides changed, differently.
    QStringList rebase(const FormValues& theirs);

private:
    FormValues m_original;
    FormValues m_values;
    bool m_isNew = false;
};

/// Where a problem of validate() belongs in a form. Pairs of a segment of the problem's path, or of two with
/// a dot between them, and a field's key; the last that is known decides: `routes[a].match.hosts[1]` is the
/// field "hosts".
using FieldPaths = QList<std::pair<QString, QString>>;
[[nodiscard]] FieldProblems fieldProblems(const gateway::model::Problems& problems, const FieldPaths& paths);

[[nodiscard]] bool hasProblem(const FieldProblems& problems, const QString& field);
/// Of `more`, what is not yet said of a field: the first thing wrong with a field is enough to read.
void addMissing(FieldProblems& problems, const FieldProblems& more);

} // namespace ui
