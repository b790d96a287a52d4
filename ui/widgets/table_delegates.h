#pragma once

#include "ui/theme.h"

#include <QStyledItemDelegate>

namespace ui {

/// Data roles that the delegates ask a model for, besides Qt::DisplayRole.
enum TableRole {
    ToneRole = Qt::UserRole + 100, ///< int of a Tone: the colour of a dot or of a number
    RatioRole,                     ///< double 0..1: how full a UsageBarDelegate's bar is
    MethodRole,                    ///< QString: the method badge of a PathDelegate
    DimmedRole,                    ///< bool: shown muted, for instance a disabled route
};

/// Paints a row's ground, its lower line and the focus, and then the content of the cell by paintCell().
/// On its own: plain text, elided, left or as Qt::TextAlignmentRole says.
class CellDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit CellDelegate(const Theme& theme, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    /// `area` is the cell without its padding.
    virtual void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const;
    [[nodiscard]] const Theme& theme() const { return m_theme; }
    [[nodiscard]] QColor textColor(const QModelIndex& index, Token normal = Token::Text) const;

private:
    const Theme& m_theme;
};

/// Paths and other code: the fixed-width font.
class MonoDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// Text in the second colour.
class SecondaryDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// A badge with the method; several methods ("GET, POST") become the first and "+1"; empty: ANY.
class MethodDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

    /// Paints a badge at the left of the area and returns its width.
    static int paintBadge(QPainter* painter, const QRect& area, const QString& methods, const Theme& theme);

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// The badge of MethodRole and the path of DisplayRole in one cell.
class PathDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// A dot in the colour of ToneRole and the text.
class StatusDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// The text on a soft ground in the colour of ToneRole, with a dot: a condition that is to be seen at once.
class PillDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

/// Right-aligned with digits of one width, in the colour of ToneRole where there is one.
class NumberDelegate : public CellDelegate {
    Q_OBJECT
public:
    explicit NumberDelegate(const Theme& theme, QFont::Weight weight = QFont::Normal,
                            QObject* parent = nullptr);

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;

private:
    QFont::Weight m_weight;
};

/// A number and a bar as long as RatioRole says.
class UsageBarDelegate : public CellDelegate {
    Q_OBJECT
public:
    using CellDelegate::CellDelegate;

protected:
    void paintCell(QPainter* painter, const QRect& area, const QModelIndex& index) const override;
};

} // namespace ui
