#pragma once

// First, since the moc of Qt 6.4 trips over <compare> when it comes before every header of Qt.
#include <QWidget>

#include "gateway/model/config.h"
#include "ui/certificate_facts.h"
#include "ui/console_context.h"
#include "ui/editors/form.h"

#include <QMap>

class QLabel;

namespace ui {

class CertificateDetails;
class CertificateUses;
class EntityHistory;
class Field;
class FormBinder;
class SegmentedControl;

/// What stands in the drawer of a certificate: what it says, who uses it, where it comes from, its history.
class CertificateEditor final : public QWidget {
    Q_OBJECT
public:
    CertificateEditor(ConsoleContext& context, FormBinder& form, QWidget* parent = nullptr);

    [[nodiscard]] SegmentedControl* tabs() const { return m_tabs; }

    void setConfig(const gateway::model::Config& config);
    void open(const QString& name, bool isNew);
    void showFacts(const CertificateFacts& facts, bool isAuthority, bool keyIsStored);
    /// How it comes and renews by itself, in a sentence; empty: it does not.
    void showRenewal(const QString& text);
    void showConsequences(const FormValues& values);
    void showTabOf(const QString& field);

Q_SIGNALS:
    void pageRequested(const QString& pageId, const QString& name);
    void message(const QString& text);
    void renewalRequested();

private:
    QWidget* buildRenewal(const Theme& theme);
    QWidget* buildSourceTab(FormBinder& form);
    void showTab(const QString& id);

    SegmentedControl* m_tabs;
    QMap<QString, QWidget*> m_pages;
    CertificateDetails* m_details;
    CertificateUses* m_uses;
    QWidget* m_renewal = nullptr;
    QLabel* m_renewalText = nullptr;
    bool m_renews = false;
    EntityHistory* m_history;
    QWidget* m_acme = nullptr;
    Field* m_revocations = nullptr;
    Field* m_directoryAuthority = nullptr;
};

} // namespace ui
