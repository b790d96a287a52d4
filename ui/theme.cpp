#include "ui/theme.h"

#include <QApplication>
#include <QFile>
#include <QPainter>
#include <QPalette>
#include <QStyleFactory>
#include <QSvgRenderer>
#include <array>
#include <utility>

// The macro wants to be outside of any namespace; a static library's resources are not linked in without it.
static void initConsoleResources() {
    Q_INIT_RESOURCE(console);
}

namespace ui {

namespace {

struct TokenValue {
    Token token;
    const char* name; ///< in the style sheet, after the @
    QRgb light;
    QRgb dark;
};

constexpr QRgb rgb(unsigned value) {
    return 0xFF000000U | value;
}

// In the order of Token, so that a look-up is an index.
constexpr std::array tokens{
    TokenValue{Token::Bg, "bg", rgb(0xF5F6F8), rgb(0x0B0E14)},
    TokenValue{Token::Surface, "surface", rgb(0xFFFFFF), rgb(0x131820)},
    TokenValue{Token::Raised, "raised", rgb(0xFFFFFF), rgb(0x1A202B)},
    TokenValue{Token::Inset, "inset", rgb(0xF2F4F7), rgb(0x0F141C)},
    TokenValue{Token::Border, "border", rgb(0xE6E8EC), rgb(0x222936)},
    TokenValue{Token::BorderStrong, "borderStrong", rgb(0xD0D5DD), rgb(0x323B4B)},
    TokenValue{Token::Text, "text", rgb(0x111827), rgb(0xE8ECF3)},
    TokenValue{Token::Text2, "text2", rgb(0x475467), rgb(0xA7B1C2)},
    TokenValue{Token::Muted, "muted", rgb(0x667085), rgb(0x8A96A9)},
    TokenValue{Token::Ok, "ok", rgb(0x067647), rgb(0x4ADE9B)},
    TokenValue{Token::OkSoft, "okSoft", rgb(0xE7F8F0), rgb(0x10291F)},
    TokenValue{Token::Warn, "warn", rgb(0xB54708), rgb(0xFBBF5C)},
    TokenValue{Token::WarnSoft, "warnSoft", rgb(0xFEF4E2), rgb(0x2E2312)},
    TokenValue{Token::Bad, "bad", rgb(0xB42318), rgb(0xFB8A80)},
    TokenValue{Token::BadSoft, "badSoft", rgb(0xFEECEB), rgb(0x321A1C)},
    TokenValue{Token::Accent, "accent", rgb(0x4F46E5), rgb(0x6366F1)},
    TokenValue{Token::AccentHover, "accentHover", rgb(0x4338CA), rgb(0x7C7FF7)},
    TokenValue{Token::AccentSoft, "accentSoft", rgb(0xEEF0FF), rgb(0x20244A)},
    TokenValue{Token::AccentText, "accentText", rgb(0x4338CA), rgb(0xB4B9FF)},
    TokenValue{Token::Status2xx, "s2", rgb(0x0EA5A4), rgb(0x2DD4BF)},
    TokenValue{Token::Status3xx, "s3", rgb(0x3B82F6), rgb(0x60A5FA)},
    TokenValue{Token::Status4xx, "s4", rgb(0xF59E0B), rgb(0xFBBF24)},
    TokenValue{Token::Status5xx, "s5", rgb(0xEF4444), rgb(0xF87171)},
    TokenValue{Token::P50, "p50", rgb(0x93A5F8), rgb(0x6E7FD8)},
    TokenValue{Token::P95, "p95", rgb(0x5B5BEF), rgb(0x8B8FFF)},
    TokenValue{Token::P99, "p99", rgb(0xDB2777), rgb(0xF472B6)},
    TokenValue{Token::RateLimited, "rateLimited", rgb(0x8B5CF6), rgb(0xA78BFA)},
    TokenValue{Token::Hover, "hover", rgb(0xF0F2F5), rgb(0x1E2532)},
    TokenValue{Token::Tip, "tip", rgb(0x101828), rgb(0x1A202B)},
    TokenValue{Token::TipBorder, "tipb", rgb(0x101828), rgb(0x323B4B)},
    TokenValue{Token::SegmentOn, "segon", rgb(0xFFFFFF), rgb(0x2A3241)},
    TokenValue{Token::Field, "field", rgb(0xFFFFFF), rgb(0x0F141C)},
    TokenValue{Token::Scroll, "scroll", rgb(0xCBD2DC), rgb(0x313A49)},
};

constexpr bool inOrder() {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (static_cast<std::size_t>(tokens[i].token) != i) {
            return false;
        }
    }
    return static_cast<std::size_t>(Token::Scroll) + 1 == tokens.size();
}
static_assert(inOrder());

QPalette paletteOf(const Theme& theme) {
    QPalette palette;
    palette.setColor(QPalette::Window, theme.color(Token::Bg));
    palette.setColor(QPalette::WindowText, theme.color(Token::Text));
    palette.setColor(QPalette::Base, theme.color(Token::Surface));
    palette.setColor(QPalette::AlternateBase, theme.color(Token::Inset));
    palette.setColor(QPalette::Text, theme.color(Token::Text));
    palette.setColor(QPalette::PlaceholderText, theme.color(Token::Muted));
    palette.setColor(QPalette::Button, theme.color(Token::Raised));
    palette.setColor(QPalette::ButtonText, theme.color(Token::Text));
    palette.setColor(QPalette::BrightText, theme.color(Token::Bad));
    palette.setColor(QPalette::Highlight, theme.color(Token::Accent));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, theme.color(Token::Tip));
    palette.setColor(QPalette::ToolTipText, Qt::white);
    palette.setColor(QPalette::Link, theme.color(Token::AccentText));
    palette.setColor(QPalette::Mid, theme.color(Token::BorderStrong));
    palette.setColor(QPalette::Dark, theme.color(Token::BorderStrong));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, theme.color(Token::Muted));
    }
    return palette;
}

QByteArray fileContent(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

Theme::Theme(QObject* parent)
    : QObject(parent) {
    initConsoleResources();
    // Asked before our own palette covers the desktop's.
    m_systemIsDark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
}

void Theme::setMode(ThemeMode mode) {
    if (mode == m_mode) {
        return;
    }
    m_mode = mode;
    if (m_application != nullptr) {
        apply(*m_application);
    }
    Q_EMIT changed();
}

bool Theme::isDark() const {
    return m_mode == ThemeMode::System ? m_systemIsDark : m_mode == ThemeMode::Dark;
}

void Theme::apply(QApplication& application) {
    if (m_application == nullptr) {
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
        QApplication::setFont(font(13));
        m_application = &application;
    }
    QApplication::setPalette(paletteOf(*this));
    application.setStyleSheet(filledStyleSheet());
}

QColor Theme::color(Token token) const {
    const TokenValue& value = tokens.at(static_cast<std::size_t>(token));
    return QColor::fromRgb(isDark() ? value.dark : value.light);
}

QColor Theme::foreground(Tone tone) const {
    switch (tone) {
    case Tone::Neutral:
        return color(Token::Text2);
    case Tone::Ok:
        return color(Token::Ok);
    case Tone::Warn:
        return color(Token::Warn);
    case Tone::Bad:
        return color(Token::Bad);
    case Tone::Accent:
        return color(Token::AccentText);
    }
    Q_UNREACHABLE();
}

QColor Theme::background(Tone tone) const {
    switch (tone) {
    case Tone::Neutral:
        return isDark() ? color(Token::Hover) : color(Token::Inset);
    case Tone::Ok:
        return color(Token::OkSoft);
    case Tone::Warn:
        return color(Token::WarnSoft);
    case Tone::Bad:
        return color(Token::BadSoft);
    case Tone::Accent:
        return color(Token::AccentSoft);
    }
    Q_UNREACHABLE();
}

QColor Theme::seriesColor(int index) const {
    constexpr std::array order{Token::RateLimited, Token::Status3xx, Token::Status2xx, Token::Status4xx,
                               Token::P99,         Token::P50,       Token::Status5xx, Token::Muted};
    return color(order.at(static_cast<std::size_t>(index) % order.size()));
}

QPixmap Theme::pixmap(const QString& name, Token token, int size, qreal devicePixelRatio) const {
    QByteArray svg = fileContent(QStringLiteral(":/icons/%1.svg").arg(name));
    if (svg.isEmpty()) {
        return {};
    }
    svg.replace("currentColor", color(token).name().toLatin1());
    QSvgRenderer renderer(svg);
    QPixmap picture(QSize(size, size) * devicePixelRatio);
    picture.setDevicePixelRatio(devicePixelRatio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    renderer.render(&painter, QRectF(0, 0, size, size));
    return picture;
}

QIcon Theme::icon(const QString& name, Token token, int size) const {
    QIcon icon;
    for (const qreal ratio : {1.0, 2.0}) {
        const QPixmap normal = pixmap(name, token, size, ratio);
        if (normal.isNull()) {
            return {};
        }
        icon.addPixmap(normal, QIcon::Normal);
        icon.addPixmap(pixmap(name, Token::Muted, size, ratio), QIcon::Disabled);
    }
    return icon;
}

QPixmap Theme::tinted(QPixmap picture, const QColor& color) {
    QPainter painter(&picture);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(picture.rect(), color);
    return picture;
}

QFont Theme::font(int pixelSize, QFont::Weight weight) {
    QFont font;
    font.setFamilies({QStringLiteral("Inter"), QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans"),
                      QStringLiteral("sans-serif")});
    font.setPixelSize(pixelSize);
    font.setWeight(weight);
    return font;
}

QFont Theme::monoFont(int pixelSize) {
    QFont font;
    font.setFamilies(
        {QStringLiteral("DejaVu Sans Mono"), QStringLiteral("Noto Sans Mono"), QStringLiteral("monospace")});
    font.setStyleHint(QFont::Monospace);
    font.setPixelSize(pixelSize);
    return font;
}

QString Theme::filledStyleSheet() const {
    QString sheet = QString::fromUtf8(fileContent(QStringLiteral(":/console.qss")));
    const QString suffix = isDark() ? QStringLiteral("dark") : QStringLiteral("light");
    const auto replaceName = [&sheet](const QString& name, const QString& value) {
        // A name ends where its letters end: @ok is not the start of @okSoft.
        for (qsizetype at = sheet.indexOf(name); at >= 0; at = sheet.indexOf(name, at + 1)) {
            const qsizetype end = at + name.size();
            if (end >= sheet.size() || !sheet.at(end).isLetterOrNumber()) {
                sheet.replace(at, name.size(), value);
            }
        }
    };
    for (const TokenValue& value : tokens) {
        replaceName(QLatin1Char('@') + QLatin1String(value.name), color(value.token).name());
    }
    replaceName(QStringLiteral("@chev"), QStringLiteral(":/icons/chevron-%1.svg").arg(suffix));
    replaceName(QStringLiteral("@sortup"), QStringLiteral(":/icons/sort-up-%1.svg").arg(suffix));
    replaceName(QStringLiteral("@sortdown"), QStringLiteral(":/icons/sort-down-%1.svg").arg(suffix));
    return sheet;
}

} // namespace ui
