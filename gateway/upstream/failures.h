#pragma once

#include "gateway/upstream/failure.h"

/// What can go wrong on any way to a target.
namespace gateway::upstream::failures {

inline constexpr Failure connectTimeout{FailureKind::ConnectTimeout,
                                        "The upstream did not accept a connection in time."};
inline constexpr Failure connectRefused{FailureKind::ConnectFailed,
                                        "No connection to the upstream could be made."};
inline constexpr Failure exhausted{FailureKind::Exhausted,
                                   "The gateway has no socket left for the upstream."};
inline constexpr Failure responseTimeout{FailureKind::ResponseTimeout,
                                         "The upstream did not answer in time."};
inline constexpr Failure resetEarly{FailureKind::Reset,
                                    "The upstream closed the connection before it answered."};
inline constexpr Failure resetLate{FailureKind::Reset,
                                   "The upstream closed the connection within its answer."};
inline constexpr Failure headTooLarge{FailureKind::BadResponse, "The upstream's response head is too large."};
inline constexpr Failure malformedHead{FailureKind::BadResponse,
                                       "The upstream's response head is malformed."};
inline constexpr Failure endlessInterim{FailureKind::BadResponse,
                                        "The upstream sent interim responses without end."};

} // namespace gateway::upstream::failures
