#include "ui/editors/name_choices.h"

#include "ui/widgets/field.h"

#include <QComboBox>
#include <QSignalBlocker>

namespace ui {

QStringList certificateNames(const gateway::model::Config& config, gateway::model::Certificate::Use use) {
    QStringList names;
    for (const auto& certificate : config.certificates) {
        if (certificate.use == use) {
            names.push_back(QString::fromStdString(certificate.name));
        }
    }
    return names;
}

void offerNames(Field* field, const QString& noneText, const QStringList& names) {
    auto* combo = qobject_cast<QComboBox*>(field->editor());
    const QSignalBlocker quiet(combo);
    const QString chosen = combo->currentData().toString();
    combo->clear();
    combo->addItem(noneText, QString());
    for (const QString& name : names) {
        combo->addItem(name, name);
    }
    if (combo->findData(chosen) < 0) {
        combo->addItem(chosen,
                       chosen); // what is saved stays in sight even where it cannot be chosen any more
    }
    combo->setCurrentIndex(combo->findData(chosen));
}

} // namespace ui
