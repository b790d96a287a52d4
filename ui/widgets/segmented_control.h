#pragma once

#include <QFrame>

class QButtonGroup;
class QHBoxLayout;
class QToolButton;

namespace ui {

/// One choice of a few, all of them in sight. Arrow keys move between them.
class SegmentedControl : public QFrame {
    Q_OBJECT
public:
    SegmentedControl(const QString& objectName, const QString& accessibleName, QWidget* parent = nullptr);

    /// The button gets the object name `<objectName>.<id>`.
    QToolButton* addSegment(const QString& id, const QString& text);
    [[nodiscard]] QString current() const;
    /// Does not emit currentChanged(); unknown ids change nothing.
    void setCurrent(const QString& id);
    /// All segments of one width, over the whole width of the control.
    void setEqualWidths(bool equal);

Q_SIGNALS:
    void currentChanged(const QString& id);

private:
    QHBoxLayout* m_layout;
    QButtonGroup* m_group;
    bool m_equalWidths = false;
};

} // namespace ui
