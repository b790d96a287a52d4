#pragma once

#include "gateway/base/strong_id.h"

namespace gateway::model {

// Ids are given once, by the store, and never reused: pools, buckets and counters are keyed by them, so that
// a rename or an edit keeps what was learnt.
using ListenerId = StrongId<struct ListenerTag>;
using TierId = StrongId<struct TierTag>;
using ConsumerId = StrongId<struct ConsumerTag>;
using ServiceId = StrongId<struct ServiceTag>;
using PolicyId = StrongId<struct PolicyTag>;
using RouteId = StrongId<struct RouteTag>;
using CertificateId = StrongId<struct CertificateTag>;
using KeyId = StrongId<struct KeyTag>;
using IdentityProviderId = StrongId<struct IdentityProviderTag>;
using RevocationId = StrongId<struct RevocationTag>;

using RevisionNumber = std::uint64_t;

} // namespace gateway::model
