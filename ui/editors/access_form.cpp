#include "ui/editors/access_form.h"

#include "ui/editors/form_reading.h"

namespace ui {

using gateway::model::Authorize;
using gateway::model::Credential;

QString credentialId(const Credential& credential) {
    switch (credential.kind) {
    case Credential::Kind::ApiKey:
        return QStringLiteral("api-key");
    case Credential::Kind::Jwt:
        return QStringLiteral("jwt ") + QString::fromStdString(credential.provider);
    case Credential::Kind::Introspection:
        return QStringLiteral("introspection ") + QString::fromStdString(credential.provider);
    case Credential::Kind::ClientCertificate:
        return QStringLiteral("client-certificate");
    }
    return {};
}

Credential credentialOf(const QString& id) {
    const QString kind = id.section(u' ', 0, 0);
    const std::string provider = id.section(u' ', 1).toStdString();
    if (kind == u"jwt") {
        return {Credential::Kind::Jwt, provider};
    }
    if (kind == u"introspection") {
        return {Credential::Kind::Introspection, provider};
    }
    return {kind == u"client-certificate" ? Credential::Kind::ClientCertificate : Credential::Kind::ApiKey,
            {}};
}

QString waysText(const std::vector<std::vector<Credential>>& ways) {
    QStringList lines;
    for (const auto& way : ways) {
        QStringList ids;
        for (const Credential& credential : way) {
            ids.push_back(credentialId(credential));
        }
        lines.push_back(ids.join(u'\t'));
    }
    return lines.join(u'\n');
}

std::vector<std::vector<Credential>> waysOf(const QString& text) {
    std::vector<std::vector<Credential>> ways;
    for (const QString& line : text.split(u'\n', Qt::SkipEmptyParts)) {
        auto& way = ways.emplace_back();
        for (const QString& id : line.split(u'\t', Qt::SkipEmptyParts)) {
            way.push_back(credentialOf(id));
        }
    }
    return ways;
}

void addAuthorize(FormValues& values, const Authorize& authorize) {
    values.insert(QStringLiteral("scopes"), listText(authorize.scopes));
    values.insert(QStringLiteral("anyScope"), listText(authorize.anyScope));
    values.insert(QStringLiteral("roles"), listText(authorize.roles));
    values.insert(QStringLiteral("allRoles"), listText(authorize.allRoles));
    values.insert(QStringLiteral("when"), QString::fromStdString(authorize.when));
}

Authorize readAuthorize(const FormValues& values) {
    Authorize authorize;
    authorize.scopes = parseList(values.value(QStringLiteral("scopes")));
    authorize.anyScope = parseList(values.value(QStringLiteral("anyScope")));
    authorize.roles = parseList(values.value(QStringLiteral("roles")));
    authorize.allRoles = parseList(values.value(QStringLiteral("allRoles")));
    authorize.when = trimmedValue(values, QStringLiteral("when"));
    return authorize;
}

FieldPaths authorizePaths() {
    return {
        {QStringLiteral("authorize.scopes"), QStringLiteral("scopes")},
        {QStringLiteral("authorize.any_scope"), QStringLiteral("anyScope")},
        {QStringLiteral("authorize.roles"), QStringLiteral("roles")},
        {QStringLiteral("authorize.all_roles"), QStringLiteral("allRoles")},
        {QStringLiteral("authorize.when"), QStringLiteral("when")},
        {QStringLiteral("authorize"), QStringLiteral("roles")},
    };
}

bool isAuthorizeField(const QString& field) {
    return field == u"scopes" || field == u"anyScope" || field == u"roles" || field == u"allRoles" ||
           field == u"when";
}

} // namespace ui
