#pragma once

#include "gateway/pipeline/request_context.h"
#include "gateway/upstream/failure.h"

namespace gateway::pipeline {

/// What a client is told about a failed upstream.
void setReply(Reply& reply, const upstream::Failure& failure);

} // namespace gateway::pipeline
