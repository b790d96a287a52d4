#include "gateway/service/expiry_watch.h"

#include "gateway/crypto/certificate.h"

namespace gateway::service {

namespace {
constexpr std::chrono::days week{7};
}

ExpiryWatch::Stage ExpiryWatch::stageOf(const model::Certificate& certificate, WallTime notBefore,
                                        WallTime notAfter, WallTime now) {
    if (now >= notAfter) {
        return Stage::Ended;
    }
    const auto third = (notAfter - notBefore) / 3;
    // Those that last a few weeks are told of once.
    const auto last = third < week ? third : WallTime::duration(week);
    if (notAfter - now <= last) {
        return Stage::Week;
    }
    return notAfter - now <= third && !certificate.acme ? Stage::Third : Stage::None;
}

std::vector<ExpiryWatch::Warning> ExpiryWatch::check(const model::Config& config, WallTime now) {
    std::vector<Warning> warnings;
    std::map<std::string, Stage> told;
    for (const model::Certificate& certificate : config.certificates) {
        const auto infos = crypto::readCertificates(certificate.chain);
        if (!infos) {
            continue; // not issued yet
        }
        const crypto::CertificateInfo& leaf = infos->front();
        const Stage stage = stageOf(certificate, leaf.notBefore, leaf.notAfter, now);
        const auto former = m_told.find(leaf.fingerprint);
        if (stage > (former != m_told.end() ? former->second : Stage::None)) {
            const auto left = std::chrono::floor<std::chrono::days>(leaf.notAfter - now);
            warnings.push_back(
                {certificate.name, stage == Stage::Ended ? -1 : static_cast<int>(left.count())});
        }
        told[leaf.fingerprint] = stage;
    }
    m_told = std::move(told);
    return warnings;
}

} // namespace gateway::service
