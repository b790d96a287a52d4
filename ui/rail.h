#pragma once

#include "ui/theme.h"

#include <QFrame>
#include <QMap>

class QToolButton;
class QVBoxLayout;

namespace ui {

class GatewayCard;

/// The left edge of the window: the brand, the pages in their sections, the gateway's card.
class Rail : public QFrame {
    Q_OBJECT
public:
    explicit Rail(const Theme& theme, QWidget* parent = nullptr);

    /// Pages of one section come one after the other.
    void addPage(const QString& id, const QString& title, const QString& iconName, const QString& section);
    void setCurrent(const QString& id);
    [[nodiscard]] GatewayCard* gatewayCard() const { return m_card; }

Q_SIGNALS:
    void pageRequested(const QString& id);

private:
    void updateIcons();

    const Theme& m_theme;
    QVBoxLayout* m_pages;
    GatewayCard* m_card;
    QMap<QString, QToolButton*> m_buttons;
    QString m_lastSection;
};

} // namespace ui
