#pragma once

#include "ui/theme.h"

#include <QStringList>
#include <QWidget>
#include <vector>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ui {

/// The ways in which callers may show who they are: any one of them is enough, and a way is all of its
/// credentials.
class WaysEditor final : public QWidget {
    Q_OBJECT
public:
    WaysEditor(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    /// Names of the identity providers that there are.
    void setProviders(const QStringList& providers);
    /// As waysText() writes it.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    struct Way {
        QWidget* widget = nullptr;
        QLabel* title = nullptr;
        QVBoxLayout* lines = nullptr;
        std::vector<QComboBox*> choices;
    };

    void addWay(const QStringList& credentials);
    void addCredential(QWidget* way, const QString& id);
    void removeCredential(QWidget* way, QComboBox* choice);
    void fill(QComboBox& choice, const QString& chosen) const;
    void nameAll();
    [[nodiscard]] QString freeCredential(const QWidget* way) const;

    const Theme& m_theme;
    QString m_name;
    QStringList m_providers;
    std::vector<Way> m_ways;
    QVBoxLayout* m_layout;
    QWidget* m_add = nullptr; ///< gets the focus of what is taken away
};

} // namespace ui
