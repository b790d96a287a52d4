#include "ui/widgets/pill.h"

#include <QPainter>

namespace ui {

namespace {

constexpr int pillHeight = 24;
constexpr int pillPadding = 10;
constexpr int dotSize = 7;
constexpr int dotGap = 6;

QFont pillFont() {
    return Theme::font(12, QFont::DemiBold);
}

} // namespace

Pill::Pill(const Theme& theme, const QString& text, Tone tone, bool dot, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_tone(tone)
    , m_dot(dot) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    set(text, tone);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&Pill::update));
}

void Pill::set(const QString& text, Tone tone) {
    m_tone = tone;
    if (text != m_text) {
        m_text = text;
        setAccessibleName(text);
        updateGeometry();
    }
    update();
}

QSize Pill::sizeHint() const {
    const int text = QFontMetrics(pillFont()).horizontalAdvance(m_text);
    return {text + 2 * pillPadding + (m_dot ? dotSize + dotGap : 0), pillHeight};
}

void Pill::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    paintPill(&painter, rect(), m_text, m_theme, m_tone, m_dot);
}

void paintPill(QPainter* painter, const QRect& area, const QString& text, const Theme& theme, Tone tone,
               bool dot) {
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(pillFont());
    const int before = pillPadding + (dot ? dotSize + dotGap : 0);
    const QString shown =
        painter->fontMetrics().elidedText(text, Qt::ElideRight, area.width() - before - pillPadding + 1);
    const int width = before + painter->fontMetrics().horizontalAdvance(shown) + pillPadding;
    const QRectF box(area.left(), area.top() + (area.height() - pillHeight) / 2.0, width, pillHeight);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme.background(tone));
    painter->drawRoundedRect(box, pillHeight / 2.0, pillHeight / 2.0);
    if (dot) {
        painter->setBrush(theme.foreground(tone));
        painter->drawEllipse(
            QRectF(box.left() + pillPadding, box.center().y() - dotSize / 2.0, dotSize, dotSize));
    }
    painter->setPen(theme.foreground(tone));
    painter->drawText(box.adjusted(before, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, shown);
}

StatusLabel::StatusLabel(const Theme& theme, const QString& text, Tone tone, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_tone(tone) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    set(text, tone);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&StatusLabel::update));
}

void StatusLabel::set(const QString& text, Tone tone) {
    m_tone = tone;
    if (text != m_text) {
        m_text = text;
        setAccessibleName(text);
        updateGeometry();
    }
    update();
}

QSize StatusLabel::sizeHint() const {
    return {QFontMetrics(Theme::font(13)).horizontalAdvance(m_text) + 18, 20};
}

void StatusLabel::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.foreground(m_tone));
    painter.drawEllipse(QRectF(1, height() / 2.0 - 4, 8, 8));
    painter.setPen(m_theme.color(m_tone == Tone::Neutral ? Token::Muted : Token::Text));
    painter.setFont(Theme::font(13));
    painter.drawText(QRectF(16, 0, width() - 16, height()), Qt::AlignVCenter | Qt::AlignLeft, m_text);
}

} // namespace ui
