#include "ui/pages/authorize_fields.h"

#include "ui/editors/form_binder.h"
#include "ui/editors/rule_editor.h"
#include "ui/widgets/column.h"

namespace ui {

AuthorizeFields::AuthorizeFields(const Theme& theme, FormBinder& form, const QString& prefix, QWidget* parent)
    : QWidget(parent) {
    QVBoxLayout* layout = columnIn(this);
    const auto add = [&](const char* key, const QString& title, const QString& placeholder,
                         const QString& hint) {
        Field* field = form.add(QLatin1String(key),
                                makeTextField(title, prefix + u'.' + QLatin1String(key), placeholder));
        field->setHint(hint);
        layout->addWidget(field);
    };
    add("scopes", tr("Scopes, all of them"), tr("none; or orders:read, orders:create"),
        tr("Of the key or the token."));
    add("anyScope", tr("Scopes, one of them"), tr("none"), {});
    add("roles", tr("Roles, one of them"), tr("any caller; or partner, internal"),
        tr("Of the consumer or the token."));
    add("allRoles", tr("Roles, all of them"), tr("none"), {});
    const QString key = QStringLiteral("when");
    auto* rule = new RuleEditor(theme, prefix + u'.' + key);
    auto* field = new Field(tr("And only when"), rule, prefix + u'.' + key);
    form.addEditor(key, field, rule);
    layout->addWidget(field);
}

} // namespace ui
