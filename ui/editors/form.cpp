#include "ui/editors/form.h"

#include <algorithm>

namespace ui {
namespace {

/// The names along a path, without what stands in brackets: `routes[a.b].match.hosts[1]` -> routes, match,
/// hosts.
QStringList segmentsOf(const QString& path) {
    QStringList segments;
    QString segment;
    int depth = 0;
    for (const QChar c : path) {
        if (c == u'[') {
            ++depth;
        } else if (c == u']') {
            depth = std::max(0, depth - 1);
        } else if (depth == 0 && c == u'.') {
            segments.push_back(segment);
            segment.clear();
        } else if (depth == 0) {
            segment += c;
        }
    }
    segments.push_back(segment);
    return segments;
}

/// Empty: the form has no field for that.
QString fieldAt(const FieldPaths& paths, const QString& path) {
    const auto at =
        std::find_if(paths.cbegin(), paths.cend(), [&](const auto& pair) { return pair.first == path; });
    return at != paths.cend() ? at->second : QString();
}

} // namespace

EditSession::EditSession(FormValues original, bool isNew)
    : m_original(std::move(original))
    , m_values(m_original)
    , m_isNew(isNew) {}

void EditSession::setValue(const QString& field, const QString& value) {
    m_values.insert(field, value);
}

QStringList EditSession::changedFields() const {
    QStringList changed;
    for (auto at = m_values.cbegin(); at != m_values.cend(); ++at) {
        if (m_original.value(at.key()) != at.value()) {
            changed.push_back(at.key());
        }
    }
    return changed;
}

QStringList EditSession::rebase(const FormValues& theirs) {
    QStringList conflicts;
    for (auto at = theirs.cbegin(); at != theirs.cend(); ++at) {
        const QString before = m_original.value(at.key());
        const QString mine = m_values.value(at.key());
        if (mine == before) {
            m_values.insert(at.key(), at.value());
        } else if (at.value() != before && at.value() != mine) {
            conflicts.push_back(at.key());
        }
    }
    m_original = theirs;
    return conflicts;
}

FieldProblems fieldProblems(const gateway::model::Problems& problems, const FieldPaths& paths) {
    FieldProblems mapped;
    for (const auto& problem : problems) {
        const QStringList segments = segmentsOf(QString::fromStdString(problem.path));
        QString field;
        // The first segment is the collection ("routes"), never a field.
        for (qsizetype i = segments.size() - 1; i >= 1 && field.isEmpty(); --i) {
            // The longer name first: a listener has a timeouts.header and an api_key.header.
            field = fieldAt(paths, segments[i - 1] + u'.' + segments[i]);
            if (field.isEmpty()) {
                field = fieldAt(paths, segments[i]);
            }
        }
        mapped.push_back({field, QString::fromStdString(problem.message)});
    }
    return mapped;
}

bool hasProblem(const FieldProblems& problems, const QString& field) {
    return std::any_of(problems.cbegin(), problems.cend(),
                       [&](const FieldProblem& problem) { return problem.field == field; });
}

void addMissing(FieldProblems& problems, const FieldProblems& more) {
    for (const FieldProblem& problem : more) {
        if (problem.field.isEmpty() || !hasProblem(problems, problem.field)) {
            problems.push_back(problem);
        }
    }
}

} // namespace ui
