#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

class QCheckBox;

namespace ui {

/// A few things, each of which is chosen or not, one below the other with a sentence each.
class CheckListEditor final : public QWidget {
    Q_OBJECT
public:
    struct Item {
        QString id;
        QString text;
    };

    CheckListEditor(const QString& objectName, const std::vector<Item>& items, QWidget* parent = nullptr);

    /// "connect-failure, reset", in the order of the items.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    struct Line {
        QString id;
        QCheckBox* box = nullptr;
    };
    std::vector<Line> m_lines;
};

} // namespace ui
