#include "ui/widgets/table_delegates.h"

#include "ui/widgets/pill.h"

#include <QPainter>
#include <optional>

namespace ui {

namespace {

constexpr int cellPadding = 12;
constexpr int badgeHeight = 20;
constexpr int badgeWidth = 58;

std::optional<Tone> toneOf(const QModelIndex& index) {
    const QVariant value = index.data(ToneRole);
    return value.isValid() ? std::optional(static_cast<Tone>(value.toInt())) : std::nullopt;
}

struct BadgeColors {
    QColor text;
    QColor ground;
};

BadgeColors badgeColors(const QString& method, const Theme& theme) {
    const auto soft = [&theme](QColor color) {
        color.setAlphaF(theme.isDark() ? 0.20F : 0.13F);
        return color;
    };
    const auto strong = [&theme](const QColor& color) {
        // Darkened on white, so that the small letters keep a contrast of 4.5.
        return theme.isDark() ? color : color.darker(155);
    };
    const auto pair = [&](const QColor& color) { return BadgeColors{strong(color), soft(color)}; };
    if (method == QLatin1String("GET") || method == QLatin1String("HEAD")) {
        return pair(theme.color(Token::Status3xx));
    }
    if (method == QLatin1String("POST")) {
        return pair(theme.color(Token::Status2xx));
    }
    if (method == QLatin1String("PUT")) {
        return pair(theme.color(Token::Status4xx));
    }
    if (method == QLatin1String("PATCH")) {
        return pair(theme.color(Token::RateLimited));
    }
    if (method == QLatin1String("DELETE")) {
        return pair(theme.color(Token::Status5xx));
    }
    return {theme.color(Token::Text2), soft(theme.color(Token::Muted))};
}

void drawElided(QPainter* painter, const QRect& area, int alignment, const QString& text,
                Qt::TextElideMode mode = Qt::ElideRight) {
    painter->drawText(area, alignment, painter->fontMetrics().elidedText(text, mode, area.width()));
}

} // namespace

CellDelegate::CellDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme) {}

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    painter->save();
    if (option.state.testFlag(QStyle::State_Selected)) {
        painter->fillRect(option.rect, m_theme.color(Token::AccentSoft));
    } else if (option.state.testFlag(QStyle::State_MouseOver)) {
        painter->fillRect(option.rect, m_theme.color(Token::Hover));
    }
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1),
                      m_theme.color(Token::Border));
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(m_theme.color(Token::Accent));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(Theme::font(13));
    paintCell(painter, option.rect.adjusted(cellPadding, 0, -cellPadding, -1), index);
    painter->restore();
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& /*option*/, const QModelIndex& index) const {
    const QString text = index.data(Qt::DisplayRole).toString();
    return {QFontMetrics(Theme::font(13)).horizontalAdvance(text) + 2 * cellPadding, 40};
}

void CellDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    const QVariant alignment = index.data(Qt::TextAlignmentRole);
    painter->setPen(textColor(index));
    drawElided(painter, area, alignment.isValid() ? alignment.toInt() : Qt::AlignVCenter | Qt::AlignLeft,
               index.data(Qt::DisplayRole).toString());
}

QColor CellDelegate::textColor(const QModelIndex& index, Token normal) const {
    return m_theme.color(index.data(DimmedRole).toBool() ? Token::Muted : normal);
}

void MonoDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    painter->setFont(Theme::monoFont(12));
    painter->setPen(textColor(index));
    drawElided(painter, area, Qt::AlignVCenter | Qt::AlignLeft, index.data(Qt::DisplayRole).toString(),
               Qt::ElideMiddle);
}

void SecondaryDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    painter->setPen(textColor(index, Token::Text2));
    drawElided(painter, area, Qt::AlignVCenter | Qt::AlignLeft, index.data(Qt::DisplayRole).toString());
}

int MethodDelegate::paintBadge(QPainter* painter, const QRect& area, const QString& methods,
                               const Theme& theme) {
    const QStringList list = methods.split(QLatin1String(", "), Qt::SkipEmptyParts);
    const QString first = list.isEmpty() ? QStringLiteral("ANY") : list.first();
    const QString text = list.size() > 1 ? QStringLiteral("%1 +%2").arg(first).arg(list.size() - 1) : first;
    const BadgeColors colors = badgeColors(first, theme);
    const QFont font = Theme::font(11, QFont::Bold);
    const int width = qMax(badgeWidth, QFontMetrics(font).horizontalAdvance(text) + 14);
    const QRectF badge(area.left(), area.center().y() - badgeHeight / 2.0 + 1, width, badgeHeight);
    painter->setPen(Qt::NoPen);
    painter->setBrush(colors.ground);
    painter->drawRoundedRect(badge, 5, 5);
    painter->setPen(colors.text);
    painter->setFont(font);
    painter->drawText(badge, Qt::AlignCenter, text);
    return width;
}

void MethodDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    if (index.data(DimmedRole).toBool()) {
        painter->setOpacity(0.6);
    }
    paintBadge(painter, area, index.data(Qt::DisplayRole).toString(), theme());
}

void PathDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    const int badge = MethodDelegate::paintBadge(painter, area, index.data(MethodRole).toString(), theme());
    painter->setFont(Theme::monoFont(12));
    painter->setPen(textColor(index));
    drawElided(painter, area.adjusted(badge + 12, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
               index.data(Qt::DisplayRole).toString(), Qt::ElideMiddle);
}

void StatusDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    const Tone tone = toneOf(index).value_or(Tone::Neutral);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme().foreground(tone));
    painter->drawEllipse(QRectF(area.left(), area.center().y() - 3, 8, 8));
    painter->setPen(theme().color(tone == Tone::Neutral ? Token::Muted : Token::Text));
    drawElided(painter, area.adjusted(16, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft,
               index.data(Qt::DisplayRole).toString());
}

void PillDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    const Tone tone = toneOf(index).value_or(Tone::Neutral);
    paintPill(painter, area, index.data(Qt::DisplayRole).toString(), theme(), tone, true);
}

NumberDelegate::NumberDelegate(const Theme& theme, QFont::Weight weight, QObject* parent)
    : CellDelegate(theme, parent)
    , m_weight(weight) {}

void NumberDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    const std::optional<Tone> tone = toneOf(index);
    painter->setFont(Theme::font(13, m_weight));
    painter->setPen(tone && *tone != Tone::Neutral
                        ? theme().foreground(*tone)
                        : textColor(index, m_weight > QFont::Normal ? Token::Text : Token::Text2));
    drawElided(painter, area, Qt::AlignVCenter | Qt::AlignRight, index.data(Qt::DisplayRole).toString());
}

void UsageBarDelegate::paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const {
    constexpr int numberWidth = 58;
    constexpr int barHeight = 6;
    painter->setFont(Theme::font(13, QFont::DemiBold));
    painter->setPen(textColor(index));
    painter->drawText(QRect(area.left(), area.top(), numberWidth - 8, area.height()),
                      Qt::AlignVCenter | Qt::AlignRight, index.data(Qt::DisplayRole).toString());
    const QRectF track(area.left() + numberWidth + 4, area.center().y() - barHeight / 2.0 + 1,
                       area.width() - numberWidth - 4, barHeight);
    if (track.width() < barHeight) {
        return;
    }
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme().color(Token::Border));
    painter->drawRoundedRect(track, barHeight / 2.0, barHeight / 2.0);
    const double ratio = qBound(0.0, index.data(RatioRole).toDouble(), 1.0);
    if (ratio > 0) {
        QRectF bar = track;
        bar.setWidth(qMax<qreal>(barHeight, track.width() * ratio));
        painter->setBrush(theme().color(Token::Accent));
        painter->drawRoundedRect(bar, barHeight / 2.0, barHeight / 2.0);
    }
}

} // namespace ui
