#pragma once

#include <QPushButton>

namespace ui {

/// A filter that is on or off.
class Chip : public QPushButton {
    Q_OBJECT
public:
    Chip(const QString& text, const QString& objectName, QWidget* parent = nullptr);
};

} // namespace ui
