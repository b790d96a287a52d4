#include "ui/widgets/segmented_control.h"

#include "ui/widgets/kind.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QToolButton>

namespace ui {

namespace {
constexpr const char* segmentId = "segmentId";
}

SegmentedControl::SegmentedControl(const QString& objectName, const QString& accessibleName, QWidget* parent)
    : QFrame(parent)
    , m_layout(new QHBoxLayout(this))
    , m_group(new QButtonGroup(this)) {
    nameWidget(this, objectName, accessibleName);
    setKind(this, "segments");
    m_layout->setContentsMargins(3, 3, 3, 3);
    m_layout->setSpacing(2);
    m_group->setExclusive(true);
    connect(m_group, &QButtonGroup::buttonClicked, this, [this](QAbstractButton* button) {
        Q_EMIT currentChanged(button->property(segmentId).toString());
    });
}

QToolButton* SegmentedControl::addSegment(const QString& id, const QString& text) {
    auto* button = new QToolButton;
    nameWidget(button, objectName() + QLatin1Char('.') + id, text);
    button->setText(text);
    button->setProperty(segmentId, id);
    button->setCheckable(true);
    button->setChecked(m_group->buttons().isEmpty());
    button->setFocusPolicy(Qt::StrongFocus);
    button->setCursor(Qt::PointingHandCursor);
    button->setSizePolicy(m_equalWidths ? QSizePolicy::Expanding : QSizePolicy::Preferred,
                          QSizePolicy::Fixed);
    m_group->addButton(button);
    m_layout->addWidget(button, m_equalWidths ? 1 : 0);
    return button;
}

QString SegmentedControl::current() const {
    const QAbstractButton* button = m_group->checkedButton();
    return button != nullptr ? button->property(segmentId).toString() : QString();
}

void SegmentedControl::setCurrent(const QString& id) {
    for (QAbstractButton* button : m_group->buttons()) {
        if (button->property(segmentId).toString() == id) {
            button->setChecked(true);
        }
    }
}

void SegmentedControl::setEqualWidths(bool equal) {
    m_equalWidths = equal;
    for (QAbstractButton* button : m_group->buttons()) {
        button->setSizePolicy(equal ? QSizePolicy::Expanding : QSizePolicy::Preferred, QSizePolicy::Fixed);
        m_layout->setStretchFactor(button, equal ? 1 : 0);
    }
}

} // namespace ui
