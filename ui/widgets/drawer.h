#pragma once

#include "ui/theme.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace ui {

class Button;
class Pill;

/// The editor panel at the right of a page, 440 wide: a header, a body that scrolls, and a footer that says
/// what is unsaved. Put it last into the page's horizontal layout; it starts hidden. Ctrl+S saves, Escape
/// asks to close.
class Drawer : public QFrame {
    Q_OBJECT
public:
    Drawer(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setTitle(const QString& title, const QString& subtitle = {});
    /// At the right of the title, before the close button; for instance the toggle "enabled".
    void addHeaderWidget(QWidget* widget);
    /// Below the title and not scrolled; for instance a SegmentedControl as tabs.
    void setTopWidget(QWidget* widget);
    /// Takes over the widget and scrolls it.
    void setBody(QWidget* body);
    /// At the left of Discard; for instance "Delete".
    void addFooterWidget(QWidget* widget);

    /// 0: nothing to save; the pill and Discard are hidden and Save is disabled.
    void setUnsaved(int changes);
    /// What keeps the whole from being saved, above the footer; empty: nothing.
    void setProblem(const QString& text);
    /// While a save is under way.
    void setBusy(bool busy);
    void setSaveText(const QString& text);
    [[nodiscard]] Button* saveButton() const { return m_save; }
    [[nodiscard]] Button* discardButton() const { return m_discard; }

Q_SIGNALS:
    void saveRequested();
    void discardRequested();
    void closeRequested();

private:
    void updateButtons();

    QLabel* m_title;
    QLabel* m_subtitle;
    QHBoxLayout* m_headerWidgets;
    QVBoxLayout* m_top;
    QScrollArea* m_scroll;
    QFrame* m_problemBox;
    QLabel* m_problem;
    Pill* m_unsavedPill;
    QHBoxLayout* m_footerWidgets;
    Button* m_discard;
    Button* m_save;
    int m_unsaved = 0;
    bool m_busy = false;
};

} // namespace ui
