#include "ui/editors/access_form.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

// The form of a policy: each of its rules is switched on and off by a field of its own.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

std::vector<IdentityHeader> headersOf(const FormValues& values, FieldProblems& problems) {
    std::vector<IdentityHeader> headers;
    const QString field = QStringLiteral("headers");
    for (const QStringList& row : rowsOf(values.value(field), 2)) {
        const QString name = row[0].trimmed();
        const QString value = row[1].trimmed();
        if (name.isEmpty() && value.isEmpty()) {
            continue;
        }
        if ((name.isEmpty() || value.isEmpty()) && !hasProblem(problems, field)) {
            problems.push_back(
                {field, name.isEmpty()
                            ? QStringLiteral("A header needs a name")
                            : QStringLiteral("Say what %1 is made of, such as claims.sub").arg(name)});
        }
        headers.push_back({name.toStdString(), value.toStdString()});
    }
    return headers;
}

ForwardIdentity identityOf(const FormValues& values, FieldProblems& problems) {
    ForwardIdentity identity;
    identity.headers = headersOf(values, problems);
    identity.forwardCredential = isOn(values, QStringLiteral("forwardCredential"));
    if (isOn(values, QStringLiteral("token"))) {
        ForwardIdentity::Token token;
        token.header = trimmedValue(values, QStringLiteral("tokenHeader"));
        token.audience = trimmedValue(values, QStringLiteral("tokenAudience"));
        std::chrono::milliseconds lifetime = token.lifetime;
        takeValue(lifetime, parseDuration(values.value(QStringLiteral("tokenLifetime"))),
                  QStringLiteral("tokenLifetime"), problems);
        token.lifetime = std::chrono::duration_cast<std::chrono::seconds>(lifetime);
        token.claims = parseList(values.value(QStringLiteral("tokenClaims")));
        identity.token.push_back(std::move(token));
    }
    return identity;
}

} // namespace

FormValues PolicyForm::toForm(const Policy& policy) {
    const Authenticate authenticate = policy.authenticate.value_or(byApiKey());
    const ForwardIdentity identity = policy.identity.value_or(ForwardIdentity{});
    const auto token = identity.token.empty() ? ForwardIdentity::Token{} : identity.token.front();
    const Hsts hsts = policy.hsts.value_or(Hsts{});
    QList<QStringList> headers;
    for (const IdentityHeader& header : identity.headers) {
        headers.push_back({text(header.name), text(header.value)});
    }
    FormValues values{
        {QStringLiteral("name"), text(policy.name)},
        {QStringLiteral("everywhere"), flagText(policy.everywhere)},
        {QStringLiteral("authenticate"), flagText(policy.authenticate.has_value())},
        {QStringLiteral("ways"), waysText(authenticate.anyOf)},
        {QStringLiteral("anonymous"), flagText(authenticate.anonymous)},
        {QStringLiteral("anonymousTier"), text(authenticate.anonymousTier)},
        {QStringLiteral("identity"), flagText(policy.identity.has_value())},
        {QStringLiteral("headers"), rowsText(headers)},
        {QStringLiteral("token"), flagText(!identity.token.empty())},
        {QStringLiteral("tokenHeader"), text(token.header)},
        {QStringLiteral("tokenAudience"), text(token.audience)},
        {QStringLiteral("tokenLifetime"), durationInputText(token.lifetime)},
        {QStringLiteral("tokenClaims"), listText(token.claims)},
        {QStringLiteral("forwardCredential"), flagText(identity.forwardCredential)},
        {QStringLiteral("hsts"), flagText(policy.hsts.has_value())},
        {QStringLiteral("hstsDays"), QString::number(hsts.maxAge.count() / 86'400)},
        {QStringLiteral("hstsSubdomains"), flagText(hsts.includeSubdomains)},
        {QStringLiteral("hstsPreload"), flagText(hsts.preload)},
        {QStringLiteral("httpsRedirect"), flagText(policy.httpsRedirect.has_value())},
        {QStringLiteral("redirectPort"),
         QString::number(policy.httpsRedirect.value_or(HttpsRedirect{}).port)},
    };
    if (hsts.maxAge.count() % 86'400 != 0) {
        values.insert(QStringLiteral("hstsDays"), QStringLiteral("%1s").arg(hsts.maxAge.count()));
    }
    addAuthorize(values, policy.authorize.value_or(Authorize{}));
    return values;
}

Policy PolicyForm::fromForm(const FormValues& values, PolicyId id, FieldProblems& problems) {
    Policy policy;
    policy.id = id;
    policy.name = trimmedValue(values, QStringLiteral("name"));
    policy.everywhere = isOn(values, QStringLiteral("everywhere"));
    if (isOn(values, QStringLiteral("authenticate"))) {
        policy.authenticate = Authenticate{
            waysOf(values.value(QStringLiteral("ways"))), isOn(values, QStringLiteral("anonymous")), {}};
        if (policy.authenticate->anonymous) {
            policy.authenticate->anonymousTier = trimmedValue(values, QStringLiteral("anonymousTier"));
        }
        if (policy.authenticate->anyOf.empty() && !policy.authenticate->anonymous) {
            problems.push_back(
                {QStringLiteral("ways"), QStringLiteral("Say at least one way in which callers show who they "
                                                        "are")});
        }
    }
    if (Authorize authorize = readAuthorize(values); !authorize.isEmpty()) {
        policy.authorize = std::move(authorize);
    }
    if (isOn(values, QStringLiteral("identity"))) {
        policy.identity = identityOf(values, problems);
    }
    if (isOn(values, QStringLiteral("hsts"))) {
        policy.hsts = Hsts{
            {}, isOn(values, QStringLiteral("hstsSubdomains")), isOn(values, QStringLiteral("hstsPreload"))};
        const QString days = values.value(QStringLiteral("hstsDays")).trimmed();
        std::int64_t seconds = 0;
        if (days.endsWith(u's')) {
            takeValue(seconds, parseNumber(days.chopped(1), 0, 3'153'600'000), QStringLiteral("hstsDays"),
                      problems);
        } else {
            takeValue(seconds, parseNumber(days, 0, 36'500), QStringLiteral("hstsDays"), problems);
            seconds *= 86'400;
        }
        policy.hsts->maxAge = std::chrono::seconds(seconds);
    }
    if (isOn(values, QStringLiteral("httpsRedirect"))) {
        policy.httpsRedirect.emplace();
        takeValue(policy.httpsRedirect->port, parsePort(values.value(QStringLiteral("redirectPort"))),
                  QStringLiteral("redirectPort"), problems);
    }
    return policy;
}

FieldPaths PolicyForm::paths() {
    FieldPaths paths{
        {QStringLiteral("policies.name"), QStringLiteral("name")},
        {QStringLiteral("authenticate"), QStringLiteral("ways")},
        {QStringLiteral("authenticate.anonymous"), QStringLiteral("anonymousTier")},
        {QStringLiteral("anonymous.tier"), QStringLiteral("anonymousTier")},
        {QStringLiteral("identity.headers"), QStringLiteral("headers")},
        {QStringLiteral("token.header"), QStringLiteral("tokenHeader")},
        {QStringLiteral("token.audience"), QStringLiteral("tokenAudience")},
        {QStringLiteral("token.lifetime"), QStringLiteral("tokenLifetime")},
        {QStringLiteral("token.claims"), QStringLiteral("tokenClaims")},
        {QStringLiteral("hsts"), QStringLiteral("hstsDays")},
        {QStringLiteral("https_redirect"), QStringLiteral("redirectPort")},
    };
    return paths + authorizePaths();
}

} // namespace ui
