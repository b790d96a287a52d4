#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;

namespace ui {

/// A label, the editor under it, and a line for what is wrong with the value or, while nothing is, a hint.
/// Takes over the editor: its object name is `objectName`, its accessible name the label.
class Field : public QWidget {
    Q_OBJECT
public:
    Field(const QString& label, QWidget* editor, const QString& objectName, QWidget* parent = nullptr);

    [[nodiscard]] QWidget* editor() const { return m_editor; }
    [[nodiscard]] QLineEdit* lineEdit() const; ///< null when the editor is something else

    /// Marks the editor and says why; an empty text takes the mark away.
    void setError(const QString& text);
    void clearError() { setError({}); }
    [[nodiscard]] QString error() const { return m_error; }
    void setHint(const QString& text);

private:
    void showLine();

    QWidget* m_editor;
    QLabel* m_line;
    QString m_label;
    QString m_error;
    QString m_hint;
};

/// A field with a new line edit in it.
[[nodiscard]] Field* makeTextField(const QString& label, const QString& objectName,
                                   const QString& placeholder = {}, bool mono = false);

} // namespace ui
