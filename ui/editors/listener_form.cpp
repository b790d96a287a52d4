#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

#include <algorithm>
#include <limits>

// The form of a listener: where requests come in, and what is spoken there.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

QString clientCertificatesText(Listener::ClientCertificates wanted) {
    switch (wanted) {
    case Listener::ClientCertificates::Off:
        break;
    case Listener::ClientCertificates::Optional:
        return QStringLiteral("optional");
    case Listener::ClientCertificates::Required:
        return QStringLiteral("required");
    }
    return QStringLiteral("off");
}

Listener::ClientCertificates clientCertificatesOf(const QString& word) {
    return word == u"required"   ? Listener::ClientCertificates::Required
           : word == u"optional" ? Listener::ClientCertificates::Optional
                                 : Listener::ClientCertificates::Off;
}

void addTls(FormValues& values, const Listener& listener) {
    const Listener::Tls tls = listener.tls.value_or(Listener::Tls{});
    values.insert({
        {QStringLiteral("tls"), flagText(listener.tls.has_value())},
        {QStringLiteral("certificates"), listText(tls.certificates)},
        {QStringLiteral("tlsMinimum"), tls.onlyTls13 ? QStringLiteral("1.3") : QStringLiteral("1.2")},
        {QStringLiteral("clientCertificates"), clientCertificatesText(tls.clientCertificates)},
        {QStringLiteral("clientAuthority"), text(tls.clientAuthority)},
    });
}

std::optional<Listener::Tls> tlsOf(const FormValues& values) {
    if (!isOn(values, QStringLiteral("tls"))) {
        return std::nullopt;
    }
    Listener::Tls tls;
    tls.certificates = parseList(values.value(QStringLiteral("certificates")));
    tls.onlyTls13 = values.value(QStringLiteral("tlsMinimum")) == u"1.3";
    tls.clientCertificates = clientCertificatesOf(values.value(QStringLiteral("clientCertificates")));
    if (tls.clientCertificates != Listener::ClientCertificates::Off) {
        tls.clientAuthority = trimmedValue(values, QStringLiteral("clientAuthority"));
    }
    return tls;
}

void readLimits(Listener::Limits& limits, const FormValues& values, FieldProblems& problems) {
    const auto bytes = [&](auto& to, const QString& field) {
        takeValue(to, parseBytes(values.value(field)), field, problems);
    };
    const auto count = [&](std::uint32_t& to, const QString& field) {
        takeValue(to, parseCount(values.value(field)), field, problems);
    };
    std::uint64_t headBytes = limits.headBytesMax;
    bytes(headBytes, QStringLiteral("headBytes"));
    // One too large to be held becomes the largest, which the model refuses just the same.
    limits.headBytesMax = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(headBytes, std::numeric_limits<std::uint32_t>::max()));
    count(limits.headersMax, QStringLiteral("headers"));
    bytes(limits.bodyBytesMax, QStringLiteral("bodyBytes"));
    count(limits.streamsMax, QStringLiteral("streams"));
    takeValue(limits.connectionsPerPeer,
              parseOptionalCount(values.value(QStringLiteral("connectionsPerPeer"))),
              QStringLiteral("connectionsPerPeer"), problems);
}

void readTimeouts(Listener::Timeouts& timeouts, const FormValues& values, FieldProblems& problems) {
    const auto duration = [&](std::chrono::milliseconds& to, const QString& field) {
        takeValue(to, parseDuration(values.value(field)), field, problems);
    };
    duration(timeouts.header, QStringLiteral("headerTimeout"));
    duration(timeouts.body, QStringLiteral("bodyTimeout"));
    duration(timeouts.idle, QStringLiteral("idleTimeout"));
    duration(timeouts.write, QStringLiteral("writeTimeout"));
    takeValue(timeouts.bodyMinRate, parseOptionalByteRate(values.value(QStringLiteral("bodyMinRate"))),
              QStringLiteral("bodyMinRate"), problems);
}

} // namespace

FormValues ListenerForm::toForm(const Listener& listener) {
    FormValues values = {
        {QStringLiteral("name"), text(listener.name)},
        {QStringLiteral("host"), text(listener.host)},
        {QStringLiteral("port"), listener.port == 0 ? QString() : QString::number(listener.port)},
        {QStringLiteral("keyHeader"), text(listener.keyHeader)},
        {QStringLiteral("keyQuery"), text(listener.keyQuery)},
        {QStringLiteral("http2"), flagText(listener.http2)},
        {QStringLiteral("webSocket"), flagText(listener.webSocket)},
        {QStringLiteral("proxyProtocol"), flagText(listener.proxyProtocol)},
        {QStringLiteral("trustedProxies"), listText(listener.trustedProxies)},
        {QStringLiteral("policies"), listText(listener.policies)},
        {QStringLiteral("headBytes"), bytesText(listener.limits.headBytesMax)},
        {QStringLiteral("headers"), QString::number(listener.limits.headersMax)},
        {QStringLiteral("bodyBytes"), bytesText(listener.limits.bodyBytesMax)},
        {QStringLiteral("streams"), QString::number(listener.limits.streamsMax)},
        {QStringLiteral("headerTimeout"), durationInputText(listener.timeouts.header)},
        {QStringLiteral("bodyTimeout"), durationInputText(listener.timeouts.body)},
        {QStringLiteral("idleTimeout"), durationInputText(listener.timeouts.idle)},
        {QStringLiteral("writeTimeout"), durationInputText(listener.timeouts.write)},
        {QStringLiteral("bodyMinRate"), optionalByteRateText(listener.timeouts.bodyMinRate)},
        {QStringLiteral("connectionsPerPeer"), optionalNumberText(listener.limits.connectionsPerPeer)},
    };
    addTls(values, listener);
    return values;
}

Listener ListenerForm::fromForm(const FormValues& values, ListenerId id, FieldProblems& problems) {
    Listener listener;
    listener.id = id;
    listener.name = trimmedValue(values, QStringLiteral("name"));
    listener.host = trimmedValue(values, QStringLiteral("host"));
    takeValue(listener.port, parsePort(values.value(QStringLiteral("port"))), QStringLiteral("port"),
              problems);
    listener.keyHeader = trimmedValue(values, QStringLiteral("keyHeader"));
    listener.keyQuery = trimmedValue(values, QStringLiteral("keyQuery"));
    listener.tls = tlsOf(values);
    listener.http2 = isOn(values, QStringLiteral("http2"));
    listener.webSocket = isOn(values, QStringLiteral("webSocket"));
    listener.proxyProtocol = isOn(values, QStringLiteral("proxyProtocol"));
    listener.trustedProxies = parseList(values.value(QStringLiteral("trustedProxies")));
    listener.policies = parseList(values.value(QStringLiteral("policies")));
    readLimits(listener.limits, values, problems);
    readTimeouts(listener.timeouts, values, problems);
    return listener;
}

FieldPaths ListenerForm::paths() {
    return {
        {QStringLiteral("name"), QStringLiteral("name")},
        {QStringLiteral("address"), QStringLiteral("host")},
        {QStringLiteral("host"), QStringLiteral("host")},
        {QStringLiteral("port"), QStringLiteral("port")},
        {QStringLiteral("api_key.header"), QStringLiteral("keyHeader")},
        {QStringLiteral("api_key.query"), QStringLiteral("keyQuery")},
        {QStringLiteral("tls.certificates"), QStringLiteral("certificates")},
        {QStringLiteral("tls.client_authority"), QStringLiteral("clientAuthority")},
        {QStringLiteral("tls.client_certificates"), QStringLiteral("clientCertificates")},
        {QStringLiteral("proxy_protocol"), QStringLiteral("trustedProxies")},
        {QStringLiteral("trusted_proxies"), QStringLiteral("trustedProxies")},
        {QStringLiteral("policies"), QStringLiteral("policies")},
        {QStringLiteral("header_bytes"), QStringLiteral("headBytes")},
        {QStringLiteral("headers"), QStringLiteral("headers")},
        {QStringLiteral("body"), QStringLiteral("bodyBytes")},
        {QStringLiteral("limits.streams"), QStringLiteral("streams")},
        {QStringLiteral("header"), QStringLiteral("headerTimeout")},
        {QStringLiteral("timeouts.body"), QStringLiteral("bodyTimeout")},
        {QStringLiteral("idle"), QStringLiteral("idleTimeout")},
        {QStringLiteral("write"), QStringLiteral("writeTimeout")},
        {QStringLiteral("body_min_rate"), QStringLiteral("bodyMinRate")},
        {QStringLiteral("connections_per_peer"), QStringLiteral("connectionsPerPeer")},
    };
}

} // namespace ui
