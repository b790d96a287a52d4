#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

#include <array>
#include <utility>

// The form of a consumer: who it is, by what it is known, and how much it may ask for.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

using IdentityKind = ConsumerIdentity::Kind;

constexpr std::array<std::pair<IdentityKind, const char*>, 4> identityKinds = {{
    {IdentityKind::Subject, "subject"},
    {IdentityKind::CertificateName, "certificate-name"},
    {IdentityKind::CertificateSubject, "certificate-subject"},
    {IdentityKind::CertificateFingerprint, "certificate-fingerprint"},
}};

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

/// A row of kind, value and provider for each.
QString identitiesText(const std::vector<ConsumerIdentity>& identities) {
    QList<QStringList> rows;
    for (const ConsumerIdentity& identity : identities) {
        for (const auto& [kind, id] : identityKinds) {
            if (identity.kind == kind) {
                rows.push_back({QLatin1String(id), text(identity.value), text(identity.provider)});
            }
        }
    }
    return rowsText(rows);
}

std::vector<ConsumerIdentity> identitiesOf(const QString& rows, FieldProblems& problems) {
    std::vector<ConsumerIdentity> identities;
    for (const QStringList& row : rowsOf(rows, 3)) {
        ConsumerIdentity identity;
        for (const auto& [kind, id] : identityKinds) {
            if (row[0] == QLatin1String(id)) {
                identity.kind = kind;
            }
        }
        identity.value = row[1].trimmed().toStdString();
        if (identity.value.empty()) {
            if (!hasProblem(problems, QStringLiteral("identities"))) {
                problems.push_back({QStringLiteral("identities"),
                                    QStringLiteral("Say the subject, name or fingerprint, or take the row "
                                                   "away")});
            }
            continue;
        }
        if (identity.kind == IdentityKind::Subject) {
            identity.provider = row[2].trimmed().toStdString();
        }
        identities.push_back(std::move(identity));
    }
    return identities;
}

} // namespace

FormValues ConsumerForm::toForm(const Consumer& consumer) {
    QStringList attributes;
    for (const auto& [name, value] : consumer.attributes) {
        attributes.push_back(QStringLiteral("%1=%2").arg(text(name), text(value)));
    }
    const OwnRate rate = consumer.rate.value_or(OwnRate{10, std::chrono::seconds(1), 20});
    const QString kind = consumer.kind == ConsumerKind::App    ? QStringLiteral("app")
                         : consumer.kind == ConsumerKind::User ? QStringLiteral("user")
                                                               : QStringLiteral("agent");
    return {
        {QStringLiteral("name"), text(consumer.name)},
        {QStringLiteral("kind"), kind},
        {QStringLiteral("tier"), text(consumer.tier)},
        {QStringLiteral("roles"), listText(consumer.roles)},
        {QStringLiteral("attributes"), attributes.join(u'\n')},
        {QStringLiteral("identities"), identitiesText(consumer.identities)},
        {QStringLiteral("ownRate"), flagText(consumer.rate.has_value())},
        {QStringLiteral("requests"), QString::number(rate.requests)},
        {QStringLiteral("period"), QString::number(rate.period.count())},
        {QStringLiteral("burst"), QString::number(rate.burst)},
        {QStringLiteral("owner"), text(consumer.owner)},
        {QStringLiteral("routes"), listText(consumer.routes)},
    };
}

Consumer ConsumerForm::fromForm(const FormValues& values, ConsumerId id, FieldProblems& problems) {
    Consumer consumer;
    consumer.id = id;
    consumer.name = trimmedValue(values, QStringLiteral("name"));
    const QString kind = values.value(QStringLiteral("kind"));
    consumer.kind = kind == u"user"    ? ConsumerKind::User
                    : kind == u"agent" ? ConsumerKind::Agent
                                       : ConsumerKind::App;
    consumer.tier = trimmedValue(values, QStringLiteral("tier"));
    consumer.roles = parseList(values.value(QStringLiteral("roles")));
    auto attributes = parseAttributes(values.value(QStringLiteral("attributes")));
    if (attributes) {
        consumer.attributes = std::move(*attributes);
    } else {
        problems.push_back({QStringLiteral("attributes"), attributes.error()});
    }
    consumer.identities = identitiesOf(values.value(QStringLiteral("identities")), problems);
    if (isOn(values, QStringLiteral("ownRate"))) {
        OwnRate& rate = consumer.rate.emplace();
        takeValue(rate.requests, parseCount(values.value(QStringLiteral("requests"))),
                  QStringLiteral("requests"), problems);
        rate.period =
            std::chrono::seconds(parseNumber(values.value(QStringLiteral("period")), 1, 86'400).value_or(1));
        takeValue(rate.burst, parseCount(values.value(QStringLiteral("burst"))), QStringLiteral("burst"),
                  problems);
    }
    consumer.owner = trimmedValue(values, QStringLiteral("owner"));
    if (consumer.kind == ConsumerKind::Agent) {
        consumer.routes = parseList(values.value(QStringLiteral("routes")));
    }
    return consumer;
}

FieldPaths ConsumerForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("kind"), QStringLiteral("kind")},
        {QStringLiteral("tier"), QStringLiteral("tier")},
        {QStringLiteral("roles"), QStringLiteral("roles")},
        {QStringLiteral("attributes"), QStringLiteral("attributes")},
        {QStringLiteral("identities"), QStringLiteral("identities")},
        {QStringLiteral("limit"), QStringLiteral("requests")},
        {QStringLiteral("rate"), QStringLiteral("requests")},
        {QStringLiteral("limit.rate"), QStringLiteral("requests")},
        {QStringLiteral("burst"), QStringLiteral("burst")},
        {QStringLiteral("owner"), QStringLiteral("owner")},
        {QStringLiteral("routes"), QStringLiteral("routes")},
    };
}

} // namespace ui
