#pragma once

#include <QStringList>
#include <QWidget>

class QGridLayout;
class QLineEdit;

namespace ui {

class Chip;

/// Any number of a few words, each a chip that is on or off: methods, policies. A word that is chosen but not
/// among the options stays, with a chip of its own.
class ChipsEditor final : public QWidget {
    Q_OBJECT
public:
    ChipsEditor(const QString& objectName, int columns, QWidget* parent = nullptr);

    void setOptions(const QStringList& options);
    /// A line behind the chips for words that are not among the options; Return makes a chip of what it says.
    void allowOthers(const QString& placeholder, const QString& accessibleName, int width = 76);
    /// From now on the words count in the order in which they were chosen.
    void keepOrderOfChoice() { m_keepsOrder = true; }
    /// "GET, POST", in the order of the options, and then what stands in the line for others.
    [[nodiscard]] QString text() const;
    void setText(const QString& text);

Q_SIGNALS:
    void changed();

private:
    void rebuild(const QStringList& chosen);
    [[nodiscard]] QStringList chosenChips() const;
    [[nodiscard]] QStringList typedWords() const;
    void noteChoice(const QString& word, bool on);
    void addOther();

    QString m_name;
    int m_columns;
    QStringList m_options;
    QGridLayout* m_layout;
    QList<Chip*> m_chips;
    QStringList m_order; ///< of choice
    bool m_keepsOrder = false;
    QLineEdit* m_other = nullptr;
};

} // namespace ui
