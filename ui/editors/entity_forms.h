#pragma once

#include "gateway/model/config.h"
#include "gateway/model/validate.h"
#include "ui/editors/form.h"

namespace ui {

/// An entity as the fields of its editor and back. `toForm` writes every field; `fromForm` reads what can be
/// read and reports the rest, with a default in its place, so that what remains can still be checked.
struct RouteForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Route& route);
    [[nodiscard]] static gateway::model::Route fromForm(const FormValues& values, gateway::model::RouteId id,
                                                        FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct ServiceForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Service& service);
    [[nodiscard]] static gateway::model::Service
    fromForm(const FormValues& values, gateway::model::ServiceId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct ConsumerForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Consumer& consumer);
    [[nodiscard]] static gateway::model::Consumer
    fromForm(const FormValues& values, gateway::model::ConsumerId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct TierForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Tier& tier);
    [[nodiscard]] static gateway::model::Tier fromForm(const FormValues& values, gateway::model::TierId id,
                                                       FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct CertificateForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Certificate& certificate);
    [[nodiscard]] static gateway::model::Certificate
    fromForm(const FormValues& values, gateway::model::CertificateId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct ListenerForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Listener& listener);
    [[nodiscard]] static gateway::model::Listener
    fromForm(const FormValues& values, gateway::model::ListenerId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct PolicyForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::Policy& policy);
    [[nodiscard]] static gateway::model::Policy
    fromForm(const FormValues& values, gateway::model::PolicyId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

struct IdentityProviderForm {
    [[nodiscard]] static FormValues toForm(const gateway::model::IdentityProvider& provider);
    [[nodiscard]] static gateway::model::IdentityProvider
    fromForm(const FormValues& values, gateway::model::IdentityProviderId id, FieldProblems& problems);
    [[nodiscard]] static FieldPaths paths();
};

/// Problems of what was typed and, where that can be read, of what it would do in this config.
template<class Form, class Id>
[[nodiscard]] FieldProblems checkForm(const FormValues& values, Id id, const gateway::model::Config& config) {
    FieldProblems problems;
    auto entity = Form::fromForm(values, id, problems);
    addMissing(problems,
               fieldProblems(gateway::model::validateEntity(config, {std::move(entity)}), Form::paths()));
    return problems;
}

/// A name like this one that is not taken: "orders copy", "orders copy 2"... as the name rules allow.
template<class T>
[[nodiscard]] std::string freeName(const gateway::model::Collection<T>& items, const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; items.find(name) != nullptr; ++number) {
        name = wanted + "-" + std::to_string(number);
    }
    return name;
}

/// The words of a form's fields for people: "hosts" -> "Hosts".
[[nodiscard]] QString fieldTitle(const QString& field);

} // namespace ui
