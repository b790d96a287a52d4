#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/metrics/metrics_frame.h"
#include "ui/theme.h"

#include <QStringList>
#include <vector>

class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace ui {

class Pill;
class Toggle;

/// The targets of a service: address, weight, whether it drains, and below how it stands right now.
class TargetsEditor final : public QWidget {
    Q_OBJECT
public:
    TargetsEditor(const Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    /// Rows of address, weight and "1" where it drains, as rowsText() writes them.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

    /// What the last frame said, found by address; rows it does not speak of show nothing.
    void setLive(std::vector<gateway::metrics::TargetTraffic> targets, double seconds, bool isChecked);

Q_SIGNALS:
    void changed();

private:
    struct Row {
        QWidget* widget = nullptr;
        QLineEdit* address = nullptr;
        QLineEdit* weight = nullptr;
        Toggle* drain = nullptr;
        QWidget* remove = nullptr;
        QWidget* live = nullptr;
        Pill* pill = nullptr;
        QLabel* traffic = nullptr;
        QLabel* detail = nullptr;
    };

    [[nodiscard]] QWidget* makeHeader() const;
    void addRow(const QStringList& values);
    void buildLive(Row& row) const;
    void removeRow(QWidget* widget);
    void nameRows();
    void showLive(const Row& row) const;

    const Theme& m_theme;
    QString m_name;
    std::vector<Row> m_rows;
    std::vector<gateway::metrics::TargetTraffic> m_live;
    double m_seconds = 1;
    bool m_isChecked = false;
    QWidget* m_header;
    QVBoxLayout* m_layout;
};

} // namespace ui
