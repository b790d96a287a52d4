#pragma once

#include "ui/theme.h"

#include <QWidget>

namespace ui {

class FormBinder;

/// The fields of an Authorize: scopes, any scope, roles, all roles, and a rule. Object names begin with
/// `prefix`.
class AuthorizeFields final : public QWidget {
    Q_OBJECT
public:
    AuthorizeFields(const Theme& theme, FormBinder& form, const QString& prefix, QWidget* parent = nullptr);
};

} // namespace ui
