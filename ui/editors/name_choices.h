#pragma once

#include <QStringList>

#include "gateway/model/config.h"

namespace ui {

class Field;

/// Certificates of this use by name, in the order of the config.
[[nodiscard]] QStringList certificateNames(const gateway::model::Config& config,
                                           gateway::model::Certificate::Use use);

/// Makes a field's combo box offer these names, below one item for none of them; what is chosen stays.
void offerNames(Field* field, const QString& noneText, const QStringList& names);

} // namespace ui
