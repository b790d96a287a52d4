#pragma once

#include "gateway/base/clock.h"
#include "gateway/model/config.h"

#include <map>
#include <string>
#include <vector>

namespace gateway::service {

/// When people are told that a certificate ends: with a third of its lifetime left (not for those that renew
/// by themselves at that time), seven days before the end, and at the end; once each.
class ExpiryWatch {
public:
    struct Warning {
        std::string name;
        int daysLeft = 0; ///< whole days; -1: it has ended
    };

    /// What is to be told now; of several reasons for one certificate, the last.
    [[nodiscard]] std::vector<Warning> check(const model::Config& config, WallTime now);

private:
    enum class Stage { None, Third, Week, Ended };
    [[nodiscard]] static Stage stageOf(const model::Certificate& certificate, WallTime notBefore,
                                       WallTime notAfter, WallTime now);

    std::map<std::string, Stage> m_told; ///< by fingerprint
};

} // namespace gateway::service
