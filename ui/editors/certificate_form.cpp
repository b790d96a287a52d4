#include "gateway/crypto/certificate.h"
#include "ui/editors/entity_forms.h"
#include "ui/editors/form_reading.h"

// The form of a certificate: what it says comes out of its PEM text; the rest is how it is got and renewed.
namespace ui {
namespace {

using namespace gateway::model; // the words of the model, all through this file

QString text(const std::string& value) {
    return QString::fromStdString(value);
}

} // namespace

FormValues CertificateForm::toForm(const Certificate& certificate) {
    const Certificate::Acme acme = certificate.acme.value_or(Certificate::Acme{});
    const bool isAuthority = certificate.use == Certificate::Use::Authority;
    return {
        {QStringLiteral("name"), text(certificate.name)},
        {QStringLiteral("use"), isAuthority ? QStringLiteral("authority") : QStringLiteral("identity")},
        {QStringLiteral("chain"), text(certificate.chain)},
        {QStringLiteral("revocations"), text(certificate.revocations)},
        {QStringLiteral("acme"), flagText(certificate.acme.has_value())},
        {QStringLiteral("directory"), text(acme.directory)},
        {QStringLiteral("directoryAuthority"), text(acme.directoryAuthority)},
        {QStringLiteral("domains"), listText(acme.domains)},
        {QStringLiteral("contact"), text(acme.contact)},
        {QStringLiteral("challenge"), acme.challenge == Certificate::Challenge::TlsAlpn01
                                          ? QStringLiteral("tls-alpn-01")
                                          : QStringLiteral("http-01")},
    };
}

Certificate CertificateForm::fromForm(const FormValues& values, CertificateId id, FieldProblems& problems) {
    Certificate certificate;
    certificate.id = id;
    certificate.name = trimmedValue(values, QStringLiteral("name"));
    certificate.use = values.value(QStringLiteral("use")) == u"authority" ? Certificate::Use::Authority
                                                                          : Certificate::Use::Identity;
    certificate.chain = values.value(QStringLiteral("chain")).toStdString();
    certificate.revocations = values.value(QStringLiteral("revocations")).toStdString();
    if (isOn(values, QStringLiteral("acme"))) {
        Certificate::Acme acme;
        acme.directory = trimmedValue(values, QStringLiteral("directory"));
        acme.directoryAuthority = trimmedValue(values, QStringLiteral("directoryAuthority"));
        acme.domains = parseList(values.value(QStringLiteral("domains")).toLower());
        acme.contact = trimmedValue(values, QStringLiteral("contact"));
        acme.challenge = values.value(QStringLiteral("challenge")) == u"tls-alpn-01"
                             ? Certificate::Challenge::TlsAlpn01
                             : Certificate::Challenge::Http01;
        certificate.acme = std::move(acme);
    }
    if (!trimmedValue(values, QStringLiteral("chain")).empty()) {
        const auto read = gateway::crypto::readCertificates(certificate.chain);
        if (!read) {
            problems.push_back({QStringLiteral("chain"), QString::fromStdString(read.error().message)});
        }
    }
    return certificate;
}

FieldPaths CertificateForm::paths() {
    return {
        {QStringLiteral("certificates.name"), QStringLiteral("name")},
        {QStringLiteral("chain"), QStringLiteral("chain")},
        {QStringLiteral("revocations"), QStringLiteral("revocations")},
        {QStringLiteral("acme.directory"), QStringLiteral("directory")},
        {QStringLiteral("acme.directory_authority"), QStringLiteral("directoryAuthority")},
        {QStringLiteral("acme.domains"), QStringLiteral("domains")},
        {QStringLiteral("acme.contact"), QStringLiteral("contact")},
        {QStringLiteral("acme.challenge"), QStringLiteral("challenge")},
    };
}

} // namespace ui
