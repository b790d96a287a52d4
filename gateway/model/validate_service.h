#pragma once

#include "gateway/model/reporter.h"
#include "gateway/model/service.h"

namespace gateway::model {

constexpr auto hashOnNeedsConsistentHash =
    "only balance: consistent-hash hashes; choose it, or leave hash_on out";

/// What cannot work in a service, its name aside.
void checkService(const Service& service, Reporter& report);

} // namespace gateway::model
