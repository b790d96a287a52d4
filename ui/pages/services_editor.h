#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/editors/form.h"
#include "ui/theme.h"

#include <QMap>

class QLabel;
class QVBoxLayout;

namespace ui {

class Field;
class FormBinder;
class SegmentedControl;
class TargetsEditor;

/// What stands in the drawer of a service: five tabs of fields, with sentences that say what they do.
class ServiceEditor final : public QWidget {
    Q_OBJECT
public:
    ServiceEditor(const Theme& theme, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }
    [[nodiscard]] TargetsEditor& targets() const { return *m_targets; }

    /// Which certificates there are to choose from.
    void setConfig(const gateway::model::Config& config);
    void showFirstTab();
    /// Which fields count, and what all of them do together.
    void showConsequences(const FormValues& values);
    void showTabOf(const QString& field);

private:
    QWidget* buildTargetsTab(FormBinder& form);
    void addTlsSection(FormBinder& form, QVBoxLayout* layout);
    QWidget* buildBalanceTab(FormBinder& form);
    QWidget* buildHealthTab(FormBinder& form);
    QWidget* buildRetriesTab(FormBinder& form);
    QWidget* buildTimeoutsTab(FormBinder& form);

    Field* addField(FormBinder& form, const QString& key, const QString& title, const QString& placeholder,
                    const QString& hint = {});
    Field* addCombo(FormBinder& form, const QString& key, const QString& title,
                    const QList<std::pair<QString, QString>>& items);
    /// A toggle with a title, and below it the fields and a sentence, in sight while it is on.
    void addSection(FormBinder& form, QVBoxLayout* layout, const QString& key, const QString& title,
                    const QString& whatFor, const QList<QList<Field*>>& rows);
    void showSection(const QString& key, bool on, const QString& sentence);
    QLabel* addSentence(const QString& key);
    void say(const QString& key, const QString& sentence);
    void showTab(const QString& id);

    const Theme& m_theme;
    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    QMap<QString, QString> m_tabOfField;
    QString m_tabBeingBuilt;
    QMap<QString, QWidget*> m_sections;
    QMap<QString, QLabel*> m_sentences;
    TargetsEditor* m_targets = nullptr;
    Field* m_hashSource = nullptr;
    Field* m_hashName = nullptr;
    Field* m_authority = nullptr;
    Field* m_certificate = nullptr;
    Field* m_healthPath = nullptr;
    Field* m_healthService = nullptr;
};

} // namespace ui
