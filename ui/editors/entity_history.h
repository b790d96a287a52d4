#pragma once

#include "ui/console_context.h"

#include <QWidget>

namespace ui {

class HistoryView;

/// The revisions of one entity, loaded when it is opened.
class EntityHistory final : public QWidget {
    Q_OBJECT
public:
    /// `kind` is the word of the audit trail: "route".
    EntityHistory(ConsoleContext& context, const QString& kind, const QString& objectName,
                  QWidget* parent = nullptr);

    void open(const QString& name, bool isNew);

Q_SIGNALS:
    void lastChangeKnown(const QString& text); ///< "updated 3 min ago by anna"

private:
    void load(const QString& name);

    ConsoleContext& m_context;
    QString m_kind;
    QString m_name;
    HistoryView* m_view;
};

} // namespace ui
