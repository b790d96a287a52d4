#include "app/cli/cert_text.h"

#include "app/cli/text_table.h"
#include "gateway/model/scalars.h"

#include <nlohmann/json.hpp>

namespace app::cli {

using gateway::WallTime;
using gateway::crypto::CertificateInfo;
using gateway::model::Certificate;
using gateway::model::formatTime;
using gateway::service::CertificateReport;
using gateway::service::CertificateUser;

namespace {

std::string stateOf(const CertificateReport& report, WallTime now) {
    if (report.chain.empty()) {
        return report.signingRequest.empty() && report.id.value == 0 ? "unreadable" : "waiting";
    }
    if (report.chain.front().notAfter <= now) {
        return "expired";
    }
    if (report.use == Certificate::Use::Identity && !report.hasPrivateKey) {
        return "no-key";
    }
    return report.warnsFrom && *report.warnsFrom <= now ? "ends-soon" : "ok";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text.empty() ? "-" : text;
}

const char* useName(Certificate::Use use) {
    return use == Certificate::Use::Authority ? "authority" : "identity";
}

std::string usersText(const CertificateReport& report) {
    std::vector<std::string> users;
    for (const CertificateUser& user : report.usedBy) {
        users.push_back(std::string(gateway::model::kindName(user.kind)) + ' ' + user.name);
    }
    return joined(users);
}

nlohmann::json toJson(const CertificateInfo& info) {
    return {{"subject", info.subject},
            {"issuer", info.issuer},
            {"names", info.names},
            {"serial", info.serial},
            {"not_before", formatTime(info.notBefore)},
            {"not_after", formatTime(info.notAfter)},
            {"fingerprint", info.fingerprint},
            {"key_fingerprint", info.keyFingerprint},
            {"key", info.key},
            {"authority", info.isAuthority}};
}

nlohmann::json toJson(const CertificateReport& report, WallTime now) {
    nlohmann::json json{{"name", report.name},
                        {"use", useName(report.use)},
                        {"state", stateOf(report, now)},
                        {"private_key", report.hasPrivateKey},
                        {"problems", report.problems},
                        {"used_by", nlohmann::json::array()},
                        {"chain", nlohmann::json::array()}};
    for (const CertificateUser& user : report.usedBy) {
        json["used_by"].push_back({{"kind", gateway::model::kindName(user.kind)}, {"name", user.name}});
    }
    for (const CertificateInfo& info : report.chain) {
        json["chain"].push_back(toJson(info));
    }
    if (report.warnsFrom) {
        json["warns_from"] = formatTime(*report.warnsFrom);
    }
    if (!report.renewal.empty()) {
        json["renewal"] = report.renewal;
    }
    if (!report.signingRequest.empty()) {
        json["signing_request"] = report.signingRequest;
    }
    return json;
}

} // namespace

std::string certificatesAsTable(const std::vector<CertificateReport>& reports, WallTime now) {
    std::vector<TableRow> rows{{"NAME", "USE", "STATE", "EXPIRES", "USED BY", "NAMES"}};
    for (const CertificateReport& report : reports) {
        rows.push_back({report.name, useName(report.use), stateOf(report, now),
                        report.chain.empty() ? "-" : formatTime(report.chain.front().notAfter),
                        usersText(report), report.chain.empty() ? "-" : joined(report.chain.front().names)});
    }
    std::string text = tableText(rows);
    for (const CertificateReport& report : reports) {
        if (!report.renewal.empty()) {
            text += report.name + ": " + report.renewal + '\n';
        }
    }
    return text;
}

std::string certificateAsText(const CertificateReport& report, WallTime now) {
    std::string text = report.name + " (" + useName(report.use) + "): " + stateOf(report, now) + '\n';
    for (std::size_t i = 0; i < report.chain.size(); ++i) {
        const CertificateInfo& info = report.chain[i];
        text += (i == 0 ? "  certificate  " : "  issued by    ") + info.subject + '\n';
        text += "    issuer       " + info.issuer + '\n';
        text += "    names        " + joined(info.names) + '\n';
        text += "    key          " + info.key + '\n';
        text += "    good         " + formatTime(info.notBefore) + " to " + formatTime(info.notAfter) + '\n';
        text += "    serial       " + info.serial + '\n';
        text += "    SHA-256      " + info.fingerprint + '\n';
    }
    if (report.use == Certificate::Use::Identity) {
        text += std::string("  private key  ") + (report.hasPrivateKey ? "stored" : "not stored") + '\n';
    }
    text += "  used by      " + usersText(report) + '\n';
    if (!report.renewal.empty()) {
        text += "  renewal      " + report.renewal + '\n';
    }
    for (const std::string& problem : report.problems) {
        text += "  problem      " + problem + '\n';
    }
    return text + report.signingRequest;
}

std::string certificatesAsJson(const std::vector<CertificateReport>& reports, WallTime now, bool isOne) {
    nlohmann::json list = nlohmann::json::array();
    for (const CertificateReport& report : reports) {
        list.push_back(toJson(report, now));
    }
    const nlohmann::json& shown = isOne && !list.empty() ? list.front() : list;
    return shown.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace app::cli
