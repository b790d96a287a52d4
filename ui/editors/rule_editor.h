#pragma once

#include "ui/theme.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;

namespace ui {

/// A rule about callers and requests: read and type-checked as it is typed; what is wrong is underlined.
class RuleEditor final : public QWidget {
    Q_OBJECT
public:
    RuleEditor(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    void check();

    const Theme& m_theme;
    QPlainTextEdit* m_edit;
    QLabel* m_verdict;
    QLabel* m_help;
};

} // namespace ui
