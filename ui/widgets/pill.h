#pragma once

#include "ui/theme.h"

#include <QWidget>

class QPainter;

namespace ui {

/// A short text on a soft ground, with or without a dot: "Running", "+4.2 %".
class Pill : public QWidget {
    Q_OBJECT
public:
    explicit Pill(const Theme& theme, const QString& text = {}, Tone tone = Tone::Neutral, bool dot = false,
                  QWidget* parent = nullptr);

    void set(const QString& text, Tone tone);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] Tone tone() const { return m_tone; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QString m_text;
    Tone m_tone;
    bool m_dot;
};

/// Paints a pill at the left of the area, in the middle of its height, elided where it does not fit.
void paintPill(QPainter* painter, const QRect& area, const QString& text, const Theme& theme, Tone tone,
               bool dot);

/// A coloured dot and the word that says the same.
class StatusLabel : public QWidget {
    Q_OBJECT
public:
    explicit StatusLabel(const Theme& theme, const QString& text = {}, Tone tone = Tone::Neutral,
                         QWidget* parent = nullptr);

    void set(const QString& text, Tone tone);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QString m_text;
    Tone m_tone;
};

} // namespace ui
