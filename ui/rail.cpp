#include "ui/rail.h"

#include "ui/gateway_card.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace ui {

namespace {
constexpr int railWidth = 228;
constexpr const char* iconProperty = "iconName";
} // namespace

Rail::Rail(const Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_pages(new QVBoxLayout)
    , m_card(new GatewayCard(theme)) {
    nameWidget(this, QStringLiteral("rail"), tr("Pages"));
    setKind(this, "rail");
    setFixedWidth(railWidth);

    auto* mark = new QLabel;
    mark->setPixmap(
        QIcon(QStringLiteral(":/icons/gatehouse.svg")).pixmap(QSize(36, 36), devicePixelRatioF()));
    mark->setAccessibleName(tr("Gatehouse"));
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    words->addWidget(makeLabel(tr("Gatehouse"), "brand"));
    words->addWidget(makeLabel(tr("API gateway"), "brandSub"));
    auto* brand = new QHBoxLayout;
    brand->setContentsMargins(6, 0, 0, 6);
    brand->setSpacing(10);
    brand->addWidget(mark);
    brand->addLayout(words, 1);

    m_pages->setSpacing(2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 14, 12, 14);
    layout->setSpacing(0);
    layout->addLayout(brand);
    layout->addLayout(m_pages);
    layout->addStretch(1);
    layout->addWidget(m_card);
    connect(&m_theme, &Theme::changed, this, &Rail::updateIcons);
}

void Rail::addPage(const QString& id, const QString& title, const QString& iconName, const QString& section) {
    if (section != m_lastSection) {
        m_pages->addWidget(makeLabel(section, "railSection"));
        m_lastSection = section;
    }
    auto* button = new QToolButton;
    nameWidget(button, QStringLiteral("nav.") + id, title);
    setKind(button, "nav");
    // An ampersand on its own would underline the letter after it.
    button->setText(QStringLiteral("  ") + QString(title).replace(u'&', QStringLiteral("&&")));
    button->setProperty(iconProperty, iconName);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setIconSize(QSize(18, 18));
    button->setCheckable(true);
    button->setFixedHeight(36);
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setCursor(Qt::PointingHandCursor);
    if (const int number = static_cast<int>(m_buttons.size()) + 1; number <= 9) {
        button->setToolTip(tr("%1 (Ctrl+%2)").arg(title).arg(number));
    }
    m_buttons.insert(id, button);
    m_pages->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, id, button] {
        // The window may refuse to leave the page; it then says which button is down.
        button->setChecked(!button->isChecked());
        Q_EMIT pageRequested(id);
    });
    updateIcons();
}

void Rail::setCurrent(const QString& id) {
    for (auto it = m_buttons.cbegin(); it != m_buttons.cend(); ++it) {
        it.value()->setChecked(it.key() == id);
    }
    updateIcons();
}

void Rail::updateIcons() {
    for (QToolButton* button : m_buttons) {
        button->setIcon(m_theme.icon(button->property(iconProperty).toString(),
                                     button->isChecked() ? Token::AccentText : Token::Text2, 18));
    }
}

} // namespace ui
