#pragma once

#include <QString>

#include "gateway/model/config.h"
#include "ui/editors/form.h"

// The parts of forms that routes and policies have in common: what callers have to show and to have.
namespace ui {

/// A line a way, its credentials with tabs between: "api-key", "jwt corp", "introspection corp",
/// "client-certificate".
[[nodiscard]] QString waysText(const std::vector<std::vector<gateway::model::Credential>>& ways);
[[nodiscard]] std::vector<std::vector<gateway::model::Credential>> waysOf(const QString& text);

[[nodiscard]] QString credentialId(const gateway::model::Credential& credential); ///< "jwt corp"
[[nodiscard]] gateway::model::Credential credentialOf(const QString& id);

/// The fields scopes, anyScope, roles, allRoles and when.
void addAuthorize(FormValues& values, const gateway::model::Authorize& authorize);
[[nodiscard]] gateway::model::Authorize readAuthorize(const FormValues& values);
[[nodiscard]] FieldPaths authorizePaths();
/// Of an editor with these fields, whether this is one of them.
[[nodiscard]] bool isAuthorizeField(const QString& field);

} // namespace ui
