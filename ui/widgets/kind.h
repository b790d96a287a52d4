#pragma once

#include <QString>
#include <QWidget>

namespace ui {

/// Chooses the look that the style sheet gives to [kind="..."]; call it before the widget is first shown.
inline void setKind(QWidget* widget, const char* kind) {
    widget->setProperty("kind", QString::fromLatin1(kind));
}

/// Changes a property that the style sheet asks for, and shows it.
void restyle(QWidget* widget, const char* property, const QVariant& value);

/// The name by which tests find a widget and the one that a screen reader says.
inline void nameWidget(QWidget* widget, const QString& objectName, const QString& accessibleName) {
    widget->setObjectName(objectName);
    widget->setAccessibleName(accessibleName);
}

} // namespace ui
