#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

// The form of an identity provider.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

QString keysFromOf(const IdentityProvider& provider) {
    return !provider.jwksUrl.empty()  ? QStringLiteral("url")
           : !provider.jwks.empty()   ? QStringLiteral("settings")
           : !provider.secret.empty() ? QStringLiteral("secret")
                                      : QStringLiteral("discovery");
}

void takeDuration(std::chrono::milliseconds& to, const FormValues& values, const QString& field,
                  FieldProblems& problems, bool isOptional = false) {
    const QString typed = values.value(field);
    takeValue(to, isOptional ? parseOptionalDuration(typed) : parseDuration(typed), field, problems);
}

void takeKeys(IdentityProvider& provider, const FormValues& values, FieldProblems& problems) {
    const QString from = values.value(QStringLiteral("keysFrom"));
    const auto need = [&](const QString& field, const QString& sentence) {
        std::string value = trimmedValue(values, field);
        if (value.empty()) {
            problems.push_back({field, sentence});
        }
        return value;
    };
    if (from == u"url") {
        provider.jwksUrl = need(QStringLiteral("jwksUrl"), QStringLiteral("Say where the key set is"));
    } else if (from == u"settings") {
        provider.jwks =
            need(QStringLiteral("jwks"), QStringLiteral("Paste the key set: JSON with a list “keys”"));
    } else if (from == u"secret") {
        provider.secret = need(QStringLiteral("secret"),
                               QStringLiteral("Store the secret that tokens are signed with, or name it"));
    }
}

} // namespace

FormValues IdentityProviderForm::toForm(const IdentityProvider& provider) {
    const auto introspection = provider.introspection.value_or(IdentityProvider::Introspection{});
    return {
        {QStringLiteral("name"), text(provider.name)},
        {QStringLiteral("issuer"), text(provider.issuer)},
        {QStringLiteral("audience"), listText(provider.audience)},
        {QStringLiteral("algorithms"), listText(provider.algorithms)},
        {QStringLiteral("keysFrom"), keysFromOf(provider)},
        {QStringLiteral("jwksUrl"), text(provider.jwksUrl)},
        {QStringLiteral("jwks"), text(provider.jwks)},
        {QStringLiteral("secret"), text(provider.secret)},
        {QStringLiteral("authority"), text(provider.authority)},
        {QStringLiteral("refresh"), durationInputText(provider.refresh)},
        {QStringLiteral("types"), listText(provider.types)},
        {QStringLiteral("leeway"), durationInputText(provider.leeway)},
        {QStringLiteral("lifetimeMax"), durationInputText(provider.lifetimeMax)},
        {QStringLiteral("tokenBytesMax"), bytesText(provider.tokenBytesMax)},
        {QStringLiteral("requiredClaims"), listText(provider.requiredClaims)},
        {QStringLiteral("certificateBound"), flagText(provider.certificateBound)},
        {QStringLiteral("senderConstrained"), flagText(provider.senderConstrained)},
        {QStringLiteral("introspection"), flagText(provider.introspection.has_value())},
        {QStringLiteral("endpoint"), text(introspection.endpoint)},
        {QStringLiteral("clientId"), text(introspection.clientId)},
        {QStringLiteral("clientSecret"), text(introspection.clientSecret)},
        {QStringLiteral("cache"), optionalDurationText(introspection.cache)},
        {QStringLiteral("timeout"), durationInputText(introspection.timeout)},
        {QStringLiteral("consumerClaim"), text(provider.consumerClaim)},
        {QStringLiteral("tierClaim"), text(provider.tierClaim)},
        {QStringLiteral("tier"), text(provider.tier)},
        {QStringLiteral("scopesClaim"), text(provider.scopesClaim)},
        {QStringLiteral("rolesClaim"), text(provider.rolesClaim)},
    };
}

IdentityProvider IdentityProviderForm::fromForm(const FormValues& values, IdentityProviderId id,
                                                FieldProblems& problems) {
    IdentityProvider provider;
    provider.id = id;
    provider.name = trimmedValue(values, QStringLiteral("name"));
    provider.issuer = trimmedValue(values, QStringLiteral("issuer"));
    provider.audience = parseList(values.value(QStringLiteral("audience")));
    provider.algorithms = parseList(values.value(QStringLiteral("algorithms")));
    takeKeys(provider, values, problems);
    provider.authority = trimmedValue(values, QStringLiteral("authority"));
    takeDuration(provider.refresh, values, QStringLiteral("refresh"), problems);
    provider.types = parseList(values.value(QStringLiteral("types")));
    takeDuration(provider.leeway, values, QStringLiteral("leeway"), problems);
    takeDuration(provider.lifetimeMax, values, QStringLiteral("lifetimeMax"), problems);
    takeValue(provider.tokenBytesMax, parseBytes(values.value(QStringLiteral("tokenBytesMax"))),
              QStringLiteral("tokenBytesMax"), problems);
    provider.requiredClaims = parseList(values.value(QStringLiteral("requiredClaims")));
    provider.certificateBound = isOn(values, QStringLiteral("certificateBound"));
    provider.senderConstrained = isOn(values, QStringLiteral("senderConstrained"));
    if (isOn(values, QStringLiteral("introspection"))) {
        auto& introspection = provider.introspection.emplace();
        introspection.endpoint = trimmedValue(values, QStringLiteral("endpoint"));
        introspection.clientId = trimmedValue(values, QStringLiteral("clientId"));
        introspection.clientSecret = trimmedValue(values, QStringLiteral("clientSecret"));
        takeDuration(introspection.cache, values, QStringLiteral("cache"), problems, true);
        takeDuration(introspection.timeout, values, QStringLiteral("timeout"), problems);
    }
    provider.consumerClaim = trimmedValue(values, QStringLiteral("consumerClaim"));
    provider.tierClaim = trimmedValue(values, QStringLiteral("tierClaim"));
    provider.tier = trimmedValue(values, QStringLiteral("tier"));
    provider.scopesClaim = trimmedValue(values, QStringLiteral("scopesClaim"));
    provider.rolesClaim = trimmedValue(values, QStringLiteral("rolesClaim"));
    return provider;
}

FieldPaths IdentityProviderForm::paths() {
    return {
        {QStringLiteral("identity_providers.name"), QStringLiteral("name")},
        {QStringLiteral("issuer"), QStringLiteral("issuer")},
        {QStringLiteral("audience"), QStringLiteral("audience")},
        {QStringLiteral("algorithms"), QStringLiteral("algorithms")},
        {QStringLiteral("identity_providers.jwks"), QStringLiteral("jwksUrl")},
        {QStringLiteral("jwks_file"), QStringLiteral("jwks")},
        {QStringLiteral("keys"), QStringLiteral("jwks")},
        {QStringLiteral("identity_providers.secret"), QStringLiteral("secret")},
        {QStringLiteral("authority"), QStringLiteral("authority")},
        {QStringLiteral("refresh"), QStringLiteral("refresh")},
        {QStringLiteral("types"), QStringLiteral("types")},
        {QStringLiteral("leeway"), QStringLiteral("leeway")},
        {QStringLiteral("max_lifetime"), QStringLiteral("lifetimeMax")},
        {QStringLiteral("max_bytes"), QStringLiteral("tokenBytesMax")},
        {QStringLiteral("required_claims"), QStringLiteral("requiredClaims")},
        {QStringLiteral("introspection"), QStringLiteral("endpoint")},
        {QStringLiteral("introspection.endpoint"), QStringLiteral("endpoint")},
        {QStringLiteral("introspection.client_id"), QStringLiteral("clientId")},
        {QStringLiteral("introspection.client_secret"), QStringLiteral("clientSecret")},
        {QStringLiteral("introspection.cache"), QStringLiteral("cache")},
        {QStringLiteral("introspection.timeout"), QStringLiteral("timeout")},
        {QStringLiteral("consumer"), QStringLiteral("consumerClaim")},
        {QStringLiteral("tier.claim"), QStringLiteral("tierClaim")},
        {QStringLiteral("tier.default"), QStringLiteral("tier")},
        {QStringLiteral("tier"), QStringLiteral("tier")},
        {QStringLiteral("scopes"), QStringLiteral("scopesClaim")},
        {QStringLiteral("roles"), QStringLiteral("rolesClaim")},
    };
}

} // namespace ui
