#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace ui {

/// A bordered panel: title, subtitle, room at the right of them, and a body.
class Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(const QString& title = {}, const QString& subtitle = {}, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    void setSubtitle(const QString& subtitle);
    /// Puts the widget at the right end of the header; several go from left to right.
    void addHeaderWidget(QWidget* widget);
    [[nodiscard]] QVBoxLayout* body() const { return m_body; }

private:
    QLabel* m_title;
    QLabel* m_subtitle;
    QWidget* m_header;
    QHBoxLayout* m_headerLayout;
    QVBoxLayout* m_body;
};

/// A label in one of the style sheet's looks: "h1", "h2", "sub", "label", "value", "mono", "error".
[[nodiscard]] QLabel* makeLabel(const QString& text, const char* kind, QWidget* parent = nullptr);

} // namespace ui
