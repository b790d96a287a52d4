#pragma once

#include "ui/theme.h"

#include <QStringList>
#include <QWidget>
#include <vector>

class QComboBox;
class QLineEdit;
class QVBoxLayout;

namespace ui {

/// By what a consumer is known beside its keys: subjects of tokens, and client certificates.
class IdentitiesEditor final : public QWidget {
    Q_OBJECT
public:
    IdentitiesEditor(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    /// Names of the identity providers that there are.
    void setProviders(const QStringList& providers);
    /// Rows of kind, value and provider, as rowsText() writes them.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    struct Row {
        QWidget* widget = nullptr;
        QComboBox* kind = nullptr;
        QComboBox* provider = nullptr;
        QLineEdit* value = nullptr;
    };

    void addRow(const QStringList& values);
    void removeRow(QWidget* widget);
    void fillProviders(QComboBox& combo, const QString& chosen) const;
    static void followKind(const Row& row);
    void nameRows();

    const Theme& m_theme;
    QString m_name;
    QStringList m_providers;
    std::vector<Row> m_rows;
    QVBoxLayout* m_layout;
    QWidget* m_add = nullptr; ///< gets the focus of what is taken away
};

} // namespace ui
