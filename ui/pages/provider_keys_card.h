#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QString>

#include "gateway/service/access_report.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"

class QGridLayout;
class QLabel;

namespace ui {

class Button;
class Pill;

/// The keys of the chosen provider: which there are, since when, and what went wrong.
class ProviderKeysCard final : public Card {
    Q_OBJECT
public:
    explicit ProviderKeysCard(const Theme& theme, QWidget* parent = nullptr);

    /// An empty name: none is chosen. A null report: nobody has asked yet.
    void show(const QString& provider, const gateway::auth::ProviderReport* report, gateway::WallTime now);

Q_SIGNALS:
    void fetchRequested(const QString& provider);

private:
    void showKeys(const gateway::auth::ProviderReport* report);

    QString m_provider;
    Pill* m_state;
    Button* m_fetch;
    QLabel* m_facts;
    QLabel* m_problem;
    QLabel* m_introspection;
    QGridLayout* m_keys;
    QStringList m_shown; ///< ids and kinds
};

} // namespace ui
