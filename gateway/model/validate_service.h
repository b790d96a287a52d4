#pragma once

#include "gateway/model/reporter.h"
#include "gateway/model/service.h"

namespace gateway::model {

/// What cannot work in a service, its name aside.
void checkService(const Service& service, Reporter& report);

} // namespace gateway::model
