#pragma once

#include "ui/editors/form.h"
#include "ui/editors/input_text.h"

// What the forms of all entities read their values with.
namespace ui {

[[nodiscard]] inline std::string trimmedValue(const FormValues& values, const QString& field) {
    return values.value(field).trimmed().toStdString();
}

[[nodiscard]] inline QString flagText(bool on) {
    return on ? QStringLiteral("1") : QStringLiteral("0");
}

[[nodiscard]] inline bool isOn(const FormValues& values, const QString& field) {
    return values.value(field) == u"1";
}

/// Takes the value over, or says at the field why there is none.
template<class To, class From>
void takeValue(To& to, const Parsed<From>& parsed, const QString& field, FieldProblems& problems) {
    if (parsed) {
        to = static_cast<To>(*parsed);
    } else if (!hasProblem(problems, field)) {
        problems.push_back({field, parsed.error()});
    }
}

} // namespace ui
