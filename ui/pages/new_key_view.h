#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;

namespace ui {

class Button;

/// Shows a key the one time that it can be shown. Object names begin with `id`.
class NewKeyView final : public QWidget {
    Q_OBJECT
public:
    NewKeyView(const Theme& theme, const QString& id, QWidget* parent = nullptr);

    void present(const gateway::service::IssuedKey& issued);
    void forget();

Q_SIGNALS:
    void done();

private:
    QLabel* m_title;
    QLineEdit* m_secret;
    Button* m_copy;
};

} // namespace ui
