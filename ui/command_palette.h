#pragma once

#include "ui/palette_search.h"
#include "ui/theme.h"

#include <QPointer>
#include <QWidget>

class QFrame;
class QLabel;
class QLineEdit;
class QListWidget;

namespace ui {

/// Ctrl+K: one line to reach any page, command, route, service or consumer. Lies over its parent; a click
/// beside it or Escape closes it.
class CommandPalette : public QWidget {
    Q_OBJECT
public:
    using Search = std::function<std::vector<PaletteEntry>(const QString& query)>;

    CommandPalette(const Theme& theme, Search search, QWidget* parent);

    void openPalette();
    void closePalette();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    void fill();
    void runCurrent();
    void place();
    bool handleKey(int key);

    const Theme& m_theme;
    Search m_search;
    QFrame* m_box;
    QLabel* m_icon;
    QLineEdit* m_query;
    QListWidget* m_list;
    QLabel* m_nothing;
    std::vector<PaletteEntry> m_entries;
    QPointer<QWidget> m_focusBefore;
};

} // namespace ui
