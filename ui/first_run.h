#pragma once

#include "ui/console_context.h"

#include <QWidget>

class QLabel;
class QListWidget;
class QPushButton;

namespace ui {

class Card;

/// Shown while nothing was ever published: the demo, a configuration file, or an empty start.
class FirstRun : public QWidget {
    Q_OBJECT
public:
    explicit FirstRun(ConsoleContext& context, QWidget* parent = nullptr);

    /// Reads and publishes a configuration file, or shows everything that is wrong with it.
    void importFile(const QString& path);
    /// What was begun here did not work out, as is said elsewhere; a choice can be made again.
    void offerAgain();

protected:
    void showEvent(QShowEvent* event) override;

private:
    QPushButton* makeChoice(const QString& objectName, const QString& iconName, const QString& title,
                            const QString& text);
    void chooseFile();
    void startEmpty();
    void setBusy(const QString& what); ///< empty: not busy
    void showProblems(const QString& title, const QStringList& lines);

    ConsoleContext& m_context;
    QPushButton* m_demo;
    QPushButton* m_import;
    QPushButton* m_empty;
    QLabel* m_busy;
    Card* m_problemCard;
    QListWidget* m_problems;
};

} // namespace ui
