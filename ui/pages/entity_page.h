#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_binder.h"
#include "ui/models/indexed_table_model.h"
#include "ui/page.h"

#include <QTimer>
#include <optional>

class QHBoxLayout;
class QLabel;
class QStackedWidget;
class QVBoxLayout;

namespace ui {

class Button;
class Drawer;
class SearchEdit;
class TableView;

/// What the pages of routes, services, consumers, tiers and listeners have in common: a table with a filter,
/// a drawer that edits one entity, and the way of an edit: check -> publish -> published or refused.
class EntityPage : public Page {
    Q_OBJECT
public:
    [[nodiscard]] QString subtitle() const override;
    [[nodiscard]] bool canLeave() override;
    void createNew() override;
    void reveal(const QString& name) override;

protected:
    struct Texts {
        QString id; ///< "routes": object names begin with it, settings are kept under it
        QString one;
        QString many;
        QString icon;
        QString filterHint;
        QString newText;
        QString emptyTitle;
        QString emptyText;
        QStringList keyHints; ///< pairs of a key and what it does
    };
    using Edits = std::vector<gateway::model::Edit>;

    /// Takes over the model.
    EntityPage(ConsoleContext& context, const Texts& texts, IndexedTableModel* model, int stretchColumn);

    // What an entity of this page is.
    virtual void showConfig() = 0; ///< config() is new
    virtual void showFrame(const gateway::metrics::MetricsFrame& frame) = 0;
    [[nodiscard]] virtual quint64 idOfName(const QString& name) const = 0;
    [[nodiscard]] virtual QString nameOfId(quint64 id) const = 0;
    [[nodiscard]] virtual std::optional<FormValues> formOf(quint64 id) const = 0;
    [[nodiscard]] virtual FormValues blankForm() const = 0;
    [[nodiscard]] virtual QString freeNameLike(const QString& name) const = 0;
    [[nodiscard]] virtual FieldProblems check(const FormValues& values, quint64 id) const = 0;
    [[nodiscard]] virtual FieldPaths problemPaths() const = 0;
    [[nodiscard]] virtual Edits editsOf(const FormValues& values, quint64 id) const = 0;
    [[nodiscard]] virtual gateway::model::Edit removalOf(quint64 id) const = 0;
    /// Puts the entity back as it is now, as a new one.
    [[nodiscard]] virtual std::optional<gateway::model::Edit> restorationOf(quint64 id) const = 0;

    // What a page may add.
    virtual void editorOpened() {}                                   ///< with another entity
    virtual void valuesChanged() {}                                  ///< those that stand in the editor
    virtual void showField(const QString& field) { Q_UNUSED(field) } ///< before it gets the focus
    virtual void toggleSelected() {}                                 ///< Space
    /// A sentence that a person must agree to; empty: nothing is lost that Undo would not bring back.
    [[nodiscard]] virtual QString deleteWarning(const QStringList& names) const {
        Q_UNUSED(names)
        return {};
    }

    /// Why these cannot be deleted, in a sentence; empty: they can.
    [[nodiscard]] virtual QString deleteRefusal(const QStringList& names) const {
        Q_UNUSED(names)
        return {};
    }

    [[nodiscard]] ConsoleContext& context() const { return m_context; }
    [[nodiscard]] const gateway::service::PublishedConfigPointer& config() const { return m_config; }
    [[nodiscard]] const gateway::model::Config& currentConfig() const;
    [[nodiscard]] TableView& table() const { return *m_table; }
    [[nodiscard]] Drawer& drawer() const { return *m_drawer; }
    [[nodiscard]] FormBinder& form() { return m_form; }
    [[nodiscard]] const EditSession& session() const { return m_session; }
    [[nodiscard]] quint64 editedId() const { return m_editedId; }
    [[nodiscard]] std::vector<quint64> selectedIds() const;
    [[nodiscard]] QString objectId(const QString& part) const;

    void addTool(QWidget* widget, bool hiddenBesideDrawer); ///< right of the filter
    void addAction(QWidget* widget);                        ///< left of New
    void addAbove(QWidget* widget);
    void addBelow(QWidget* widget, int stretch);

    /// Once all widgets are there.
    void start();
    void openEditor(quint64 id);
    void closeEditor();
    void setValue(const QString& field, const QString& value); ///< as if it had been typed
    void updateCounts();

    using Done = std::function<void(const gateway::model::Revision&)>;
    /// Publishes on top of the config that is shown; a refusal becomes a message. An open editor that stands
    /// on that config takes the change over and keeps what was typed.
    void publish(Edits edits, const QString& message, const Done& done);
    [[nodiscard]] QString rejectionText(const gateway::service::Rejection& rejection) const;

private:
    void buildMain();
    void buildShortcuts();
    void buildToolbar(QVBoxLayout* layout);
    void buildFooter(QVBoxLayout* layout);
    void takeConfig(const gateway::service::PublishedConfigPointer& config);
    void followConfigInEditor();
    void openSession(EditSession session, quint64 id);
    void openNew(const FormValues& values);
    void cloneCurrent();
    void selectOnly(int row);
    void deleteSelected();
    void onEdited(const QString& field, const QString& value);
    void checkNow();
    void save();
    void saved(const gateway::model::Revision& revision, const QString& name);
    void rejected(const gateway::service::Rejection& rejection);
    void followPublished(gateway::model::RevisionNumber base, gateway::model::RevisionNumber published);
    void keepFocusInDrawer();
    void offerReload(const QString& text);
    void reloadKeepingValues();
    void rebase(const FormValues& theirs);
    void discard();
    [[nodiscard]] bool mayDropEdits();
    [[nodiscard]] bool confirmDeletion(const QStringList& names);
    void requestClose();
    void onCurrentChanged();
    void setEditorVisible(bool visible);

    ConsoleContext& m_context;
    Texts m_texts;
    IndexedTableModel& m_model; ///< a child of this page
    gateway::service::PublishedConfigPointer m_config;
    FormBinder m_form;
    EditSession m_session;
    QTimer m_checkTimer;
    quint64 m_editedId = 0;
    gateway::model::RevisionNumber m_base = 0; ///< the revision that the open editor began with
    QString m_savedName;                       ///< saved, and waited for in the next config
    bool m_open = false;
    bool m_attempted = false; ///< a save was tried: all problems are shown, also of untouched fields
    bool m_busy = false;
    int m_publishing = 0; ///< changes beside the editor whose answers say whether the next config is theirs
    bool m_reloadWanted = false;

    QVBoxLayout* m_mainLayout;
    QHBoxLayout* m_tools;
    QHBoxLayout* m_actions;
    SearchEdit* m_search;
    Button* m_new;
    QStackedWidget* m_stack;
    TableView* m_table;
    QLabel* m_counts;
    QWidget* m_hints;
    QList<QWidget*> m_hiddenBesideDrawer;
    Drawer* m_drawer;
    Button* m_reload;
};

/// The part that depends on the type of the entity alone.
template<class Form, class Entity, gateway::model::Collection<Entity> gateway::model::Config::*Items,
         gateway::model::EntityKind Kind>
class EntityPageOf : public EntityPage {
protected:
    using EntityPage::EntityPage;
    using Id = decltype(Entity::id);

    [[nodiscard]] const gateway::model::Collection<Entity>& items() const { return currentConfig().*Items; }

    [[nodiscard]] quint64 idOfName(const QString& name) const override {
        const Entity* entity = items().find(name.toStdString());
        return entity != nullptr ? entity->id.value : 0;
    }
    [[nodiscard]] QString nameOfId(quint64 id) const override {
        const Entity* entity = items().findById(Id{id});
        return entity != nullptr ? QString::fromStdString(entity->name) : QString();
    }
    [[nodiscard]] std::optional<FormValues> formOf(quint64 id) const override {
        const Entity* entity = items().findById(Id{id});
        return entity != nullptr ? std::optional(Form::toForm(*entity)) : std::nullopt;
    }
    [[nodiscard]] FormValues blankForm() const override { return Form::toForm(Entity{}); }
    [[nodiscard]] QString freeNameLike(const QString& name) const override {
        return QString::fromStdString(freeName(items(), name.toStdString() + "-copy"));
    }
    [[nodiscard]] FieldProblems check(const FormValues& values, quint64 id) const override {
        return checkForm<Form>(values, Id{id}, currentConfig());
    }
    [[nodiscard]] FieldPaths problemPaths() const override { return Form::paths(); }
    [[nodiscard]] Edits editsOf(const FormValues& values, quint64 id) const override {
        FieldProblems ignored; // check() has said them all
        return {gateway::model::Put{Form::fromForm(values, Id{id}, ignored)}};
    }
    [[nodiscard]] gateway::model::Edit removalOf(quint64 id) const override {
        return gateway::model::Remove{Kind, id};
    }
    [[nodiscard]] std::optional<gateway::model::Edit> restorationOf(quint64 id) const override {
        const Entity* entity = items().findById(Id{id});
        if (entity == nullptr) {
            return std::nullopt;
        }
        Entity copy = *entity;
        copy.id = {};
        return gateway::model::Put{std::move(copy)};
    }
};

} // namespace ui
