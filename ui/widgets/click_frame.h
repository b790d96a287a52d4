#pragma once

#include <QFrame>

namespace ui {

/// A frame with things in it that is one button: by mouse, Return and Space.
class ClickFrame : public QFrame {
    Q_OBJECT
public:
    explicit ClickFrame(const QString& objectName, QWidget* parent = nullptr);

Q_SIGNALS:
    void clicked();

protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

} // namespace ui
