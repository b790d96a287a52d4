#pragma once

#include "gateway/model/codec.h"

#include <QString>
#include <string>

/// A configuration in which every field has a value that is not its default.
[[nodiscard]] gateway::model::ConfigFile everyField();

/// A small configuration without a problem: listener `l`, tier `t`, consumer `c`, service `s`, policy `p`,
/// route `r` for GET /a.
[[nodiscard]] gateway::model::Config smallConfig();

/// A route to service `s`.
[[nodiscard]] gateway::model::Route makeRoute(std::string name, std::string path);

/// "kind path line:column" of each problem, in lines; without the position where `places` is false.
[[nodiscard]] QString listProblems(const gateway::model::Problems& problems, bool places = true);

[[nodiscard]] std::string readTextFile(const QString& path);
