#pragma once

#include <QWidget>
#include <functional>

namespace ui {

/// One page of the console. Built when first shown.
class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    [[nodiscard]] virtual QString title() const = 0;
    [[nodiscard]] virtual QString subtitle() const { return {}; }
    /// Something of the page's own for the top bar, made once; null: nothing. The window takes it over.
    [[nodiscard]] virtual QWidget* makeTopBarWidget() { return nullptr; }
    /// Asked before leaving the page or the program. False: the person wants to stay (unsaved changes).
    [[nodiscard]] virtual bool canLeave() { return true; }
    /// Ctrl+N.
    virtual void createNew() {}
    /// Shows one item: from the command palette, from a chart. Unknown names are ignored.
    virtual void reveal(const QString& name) { Q_UNUSED(name) }
    /// One of the commands that its PageEntry names, from the command palette.
    virtual void runCommand(const QString& command) { Q_UNUSED(command) }

Q_SIGNALS:
    void subtitleChanged();
    void message(const QString& text);                                        ///< a toast
    void undoOffered(const QString& text, const std::function<void()>& undo); ///< a toast with Undo
    void pageRequested(const QString& pageId, const QString& name);           ///< go there and reveal
};

} // namespace ui
