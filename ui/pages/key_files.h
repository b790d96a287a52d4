#pragma once

#include "ui/console_context.h"

#include <QObject>

namespace ui {

/// Keys by their hashes, from and to files: never a key itself.
class KeyFiles final : public QObject {
    Q_OBJECT
public:
    KeyFiles(ConsoleContext& context, QWidget& parent);

    void chooseImport();
    /// `consumer` 0: of all.
    void chooseExport(quint64 consumer, const QString& name);
    void importFrom(const QString& fileName);

Q_SIGNALS:
    void message(const QString& text);

private:
    ConsoleContext& m_context;
    QWidget& m_parent;
};

} // namespace ui
