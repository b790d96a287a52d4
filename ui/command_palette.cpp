#include "ui/command_palette.h"

#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QApplication>
#include <QGraphicsDropShadowEffect>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>

namespace ui {

namespace {

constexpr int boxWidth = 620;
constexpr int boxHeight = 440;
constexpr int rowHeight = 38;
constexpr int kindRole = Qt::UserRole;

/// An icon, the text, and at the right what it is.
class EntryDelegate : public QStyledItemDelegate {
public:
    EntryDelegate(const Theme& theme, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme) {}

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& /*option*/,
                                 const QModelIndex& /*index*/) const override {
        return {100, rowHeight};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        if (selected) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(m_theme.color(Token::AccentSoft));
            painter->drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 8, 8);
        }
        const QRect row = option.rect.adjusted(12, 0, -12, 0);
        const auto icon = index.data(Qt::DecorationRole).value<QIcon>();
        icon.paint(painter, QRect(row.left(), row.center().y() - 8, 18, 18));
        const QString kind = index.data(kindRole).toString();
        painter->setFont(Theme::font(12));
        painter->setPen(m_theme.color(Token::Muted));
        const int kindWidth = qMin(painter->fontMetrics().horizontalAdvance(kind), row.width() / 2);
        painter->drawText(row, Qt::AlignVCenter | Qt::AlignRight,
                          painter->fontMetrics().elidedText(kind, Qt::ElideMiddle, kindWidth + 1));
        painter->setFont(Theme::font(13, QFont::Medium));
        painter->setPen(m_theme.color(selected ? Token::AccentText : Token::Text));
        const QRect text = row.adjusted(30, 0, -kindWidth - 12, 0);
        painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft,
                          painter->fontMetrics().elidedText(index.data(Qt::DisplayRole).toString(),
                                                            Qt::ElideMiddle, text.width()));
        painter->restore();
    }

private:
    const Theme& m_theme;
};

} // namespace

CommandPalette::CommandPalette(const Theme& theme, Search search, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_search(std::move(search))
    , m_box(new QFrame(this))
    , m_icon(new QLabel)
    , m_query(new QLineEdit)
    , m_list(new QListWidget)
    , m_nothing(makeLabel(tr("Nothing has that in its name or path."), "sub")) {
    nameWidget(this, QStringLiteral("paletteOverlay"), tr("Command palette"));
    nameWidget(m_box, QStringLiteral("palette"), tr("Command palette"));
    setKind(m_box, "palette");
    m_box->setFixedWidth(boxWidth);
    auto* shadow = new QGraphicsDropShadowEffect(m_box);
    shadow->setBlurRadius(48);
    shadow->setOffset(0, 12);
    shadow->setColor(QColor(0, 0, 0, 110));
    m_box->setGraphicsEffect(shadow);

    nameWidget(m_query, QStringLiteral("palette.query"), tr("Search or run a command"));
    m_query->setPlaceholderText(tr("Search or run a command"));
    m_query->installEventFilter(this);
    nameWidget(m_list, QStringLiteral("palette.list"), tr("Results"));
    m_list->setItemDelegate(new EntryDelegate(theme, m_list));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_nothing->setAlignment(Qt::AlignCenter);

    auto* line = new QFrame;
    setKind(line, "hr");
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 0, 4, 0);
    head->addWidget(m_icon);
    head->addWidget(m_query, 1);
    head->addWidget(makeLabel(tr("Esc"), "kbd"), 0, Qt::AlignVCenter);
    auto* layout = new QVBoxLayout(m_box);
    layout->setContentsMargins(12, 8, 12, 12);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(line);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_nothing, 1);

    connect(m_query, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(&m_theme, &Theme::changed, this, [this] {
        if (isVisible()) {
            fill(); // the icons have the theme's colours
        }
    });
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
    parent->installEventFilter(this);
    hide();
}

void CommandPalette::openPalette() {
    if (isVisible()) {
        return;
    }
    m_focusBefore = QApplication::focusWidget();
    m_icon->setPixmap(m_theme.pixmap(QStringLiteral("search"), Token::Muted, 20, devicePixelRatioF()));
    m_query->clear();
    fill();
    place();
    show();
    raise();
    m_query->setFocus(Qt::ShortcutFocusReason);
}

void CommandPalette::closePalette() {
    if (!isVisible()) {
        return;
    }
    hide();
    if (m_focusBefore != nullptr) {
        m_focusBefore->setFocus(Qt::OtherFocusReason);
        m_focusBefore = nullptr;
    }
}

void CommandPalette::fill() {
    m_entries = m_search(m_query->text());
    m_list->clear();
    for (const PaletteEntry& entry : m_entries) {
        auto* item = new QListWidgetItem(m_theme.icon(entry.iconName, Token::Text2, 18), entry.text, m_list);
        item->setData(kindRole, entry.kind);
        item->setData(Qt::AccessibleTextRole, QStringLiteral("%1, %2").arg(entry.text, entry.kind));
    }
    m_list->setVisible(!m_entries.empty());
    m_nothing->setVisible(m_entries.empty());
    if (!m_entries.empty()) {
        m_list->setCurrentRow(0);
        m_list->scrollToTop();
    }
}

void CommandPalette::runCurrent() {
    const int row = m_list->currentRow();
    if (row < 0 || static_cast<std::size_t>(row) >= m_entries.size()) {
        return;
    }
    const std::function<void()> run = m_entries[static_cast<std::size_t>(row)].run;
    closePalette();
    run();
}

void CommandPalette::place() {
    setGeometry(parentWidget()->rect());
    const int height = qMin(boxHeight, this->height() - 160);
    m_box->setFixedHeight(qMax(height, 200));
    m_box->move((width() - m_box->width()) / 2, qMin(110, this->height() / 8));
}

bool CommandPalette::handleKey(int key) {
    const int last = m_list->count() - 1;
    switch (key) {
    case Qt::Key_Escape:
        closePalette();
        return true;
    case Qt::Key_Down:
        m_list->setCurrentRow(m_list->currentRow() < last ? m_list->currentRow() + 1 : 0);
        return true;
    case Qt::Key_Up:
        m_list->setCurrentRow(m_list->currentRow() > 0 ? m_list->currentRow() - 1 : last);
        return true;
    case Qt::Key_PageDown:
        m_list->setCurrentRow(qMin(last, m_list->currentRow() + 8));
        return true;
    case Qt::Key_PageUp:
        m_list->setCurrentRow(qMax(0, m_list->currentRow() - 8));
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        runCurrent();
        return true;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        return true; // the line is the only place to type while the palette is open
    default:
        return false;
    }
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_query && event->type() == QEvent::KeyPress) {
        return handleKey(static_cast<QKeyEvent*>(event)->key());
    }
    if (watched == parent() && event->type() == QEvent::Resize && isVisible()) {
        place();
    }
    return QWidget::eventFilter(watched, event);
}

void CommandPalette::mousePressEvent(QMouseEvent* event) {
    if (!m_box->geometry().contains(event->pos())) {
        closePalette();
    }
}

} // namespace ui
