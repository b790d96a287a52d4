#pragma once

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>
#include <QPixmap>

class QApplication;

namespace ui {

enum class ThemeMode { System, Light, Dark };

/// The colours of the console by what they are for. Each has a light and a dark value.
enum class Token {
    Bg,
    Surface,
    Raised,
    Inset,
    Border,
    BorderStrong,
    Text,
    Text2,
    Muted,
    Ok,
    OkSoft,
    Warn,
    WarnSoft,
    Bad,
    BadSoft,
    Accent,
    AccentHover,
    AccentSoft,
    AccentText,
    Status2xx,
    Status3xx,
    Status4xx,
    Status5xx,
    P50,
    P95,
    P99,
    RateLimited,
    Hover,
    Tip,
    TipBorder,
    SegmentOn,
    Field,
    Scroll,
};

/// What a pill, a dot or a status says by its colour; the text next to it says the same.
enum class Tone { Neutral, Ok, Warn, Bad, Accent };

/// Colours, fonts and icons of the console, light or dark. GUI thread.
class Theme : public QObject {
    Q_OBJECT
public:
    explicit Theme(QObject* parent = nullptr);

    [[nodiscard]] ThemeMode mode() const { return m_mode; }
    void setMode(ThemeMode mode);
    [[nodiscard]] bool isDark() const;

    /// Gives the application its style, palette, font and style sheet, now and whenever the mode changes.
    void apply(QApplication& application);

    [[nodiscard]] QColor color(Token token) const;
    [[nodiscard]] QColor foreground(Tone tone) const;
    [[nodiscard]] QColor background(Tone tone) const;
    /// The colour of the nth of several series of equal standing, such as tiers.
    [[nodiscard]] QColor seriesColor(int index) const;

    /// The icon of the set in resources/icons in the colour of the token; a null icon for an unknown name.
    [[nodiscard]] QIcon icon(const QString& name, Token token = Token::Text2, int size = 18) const;
    [[nodiscard]] QPixmap pixmap(const QString& name, Token token, int size,
                                 qreal devicePixelRatio = 1) const;

    /// The picture's shape in one colour.
    [[nodiscard]] static QPixmap tinted(QPixmap picture, const QColor& color);

    /// Inter with the given size in pixels.
    [[nodiscard]] static QFont font(int pixelSize, QFont::Weight weight = QFont::Normal);
    [[nodiscard]] static QFont monoFont(int pixelSize);

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] QString filledStyleSheet() const;

    ThemeMode m_mode = ThemeMode::System;
    bool m_systemIsDark = false;
    QApplication* m_application = nullptr;
};

} // namespace ui
