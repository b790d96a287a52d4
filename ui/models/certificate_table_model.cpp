#include "ui/models/certificate_table_model.h"

#include "ui/models/table_text.h"
#include "ui/widgets/table_delegates.h"

#include <utility>

namespace ui {

using gateway::model::Certificate;

namespace {

std::vector<TableColumn> certificateColumns() {
    return {
        {QStringLiteral("name"), QStringLiteral("Name"), false, false, 130},
        {QStringLiteral("use"), QStringLiteral("Use"), false, false, 90, 700},
        {QStringLiteral("names"), QStringLiteral("Covers"), false, false, 220},
        {QStringLiteral("issuer"), QStringLiteral("Issuer"), false, false, 140, 760},
        {QStringLiteral("key"), QStringLiteral("Key"), false, false, 110, 900},
        {QStringLiteral("expires"), QStringLiteral("Expires"), false, false, 150},
        {QStringLiteral("privateKey"), QStringLiteral("Private key"), false, false, 110, 640},
        {QStringLiteral("usedBy"), QStringLiteral("Used by"), false, false, 150, 820},
    };
}

} // namespace

CertificateTableModel::CertificateTableModel(QObject* parent)
    : IndexedTableModel(certificateColumns(), parent) {}

void CertificateTableModel::setConfig(gateway::service::PublishedConfigPointer config,
                                      gateway::WallTime now) {
    replaceItems([&] {
        m_config = std::move(config);
        m_now = now;
        m_facts.clear();
        for (const Certificate& each : m_config->config.certificates) {
            m_facts.push_back(factsOf(m_config->config, each, now));
        }
    });
}

void CertificateTableModel::setStoredKeys(std::set<std::string> fingerprints) {
    replaceItems([&] { m_storedKeys = std::move(fingerprints); });
}

int CertificateTableModel::itemCount() const {
    return m_config ? static_cast<int>(m_config->config.certificates.size()) : 0;
}

const CertificateFacts* CertificateTableModel::factsOfId(quint64 id) const {
    for (int item = 0; item < itemCount(); ++item) {
        if (itemId(item) == id) {
            return &facts(item);
        }
    }
    return nullptr;
}

bool CertificateTableModel::hasKey(const CertificateFacts& facts) const {
    return facts.leaf() != nullptr && m_storedKeys.contains(facts.leaf()->keyFingerprint);
}

quint64 CertificateTableModel::itemId(int item) const {
    return certificate(item).id.value;
}

QVariant CertificateTableModel::itemData(int item, int column, int role) const {
    if (role == ToneRole && (column == Expires || column == PrivateKey)) {
        return static_cast<int>(tone(item, column));
    }
    if (role == SortRole && column == Expires) {
        const auto* leaf = facts(item).leaf();
        return leaf == nullptr ? 0.0 : static_cast<double>(leaf->notAfter.time_since_epoch().count());
    }
    if (role == Qt::ToolTipRole && column == Expires && facts(item).leaf() != nullptr) {
        return timeText(facts(item).leaf()->notAfter);
    }
    if (role == Qt::ToolTipRole && (column == Names || column == UsedBy)) {
        return text(item, column);
    }
    return role == Qt::DisplayRole || role == SortRole ? QVariant(text(item, column)) : QVariant();
}

QString CertificateTableModel::text(int item, int column) const {
    const Certificate& of = certificate(item);
    const CertificateFacts& known = facts(item);
    const auto* leaf = known.leaf();
    const bool isIdentity = of.use == Certificate::Use::Identity;
    switch (column) {
    case Name:
        return toQString(of.name);
    case Use:
        return isIdentity ? QStringLiteral("Identity") : QStringLiteral("Authority");
    case Names:
        return leaf != nullptr ? coveredNames(*leaf)
               : of.acme       ? joined(of.acme->domains, QStringLiteral(", "))
                               : noValue();
    case Issuer:
        return leaf == nullptr       ? noValue()
               : isSelfSigned(*leaf) ? QStringLiteral("itself")
                                     : commonName(leaf->issuer);
    case Key:
        return leaf != nullptr ? toQString(leaf->key) : noValue();
    case Expires:
        return leaf != nullptr    ? expiryText(*leaf, m_now)
               : of.chain.empty() ? QStringLiteral("waiting for ACME")
                                  : QStringLiteral("not to be read");
    case PrivateKey:
        return !isIdentity || leaf == nullptr ? noValue()
               : hasKey(known)                ? QStringLiteral("Stored")
                                              : QStringLiteral("Missing");
    case UsedBy: {
        QStringList names;
        for (const CertificateUse& use : known.uses) {
            names.push_back(use.name);
        }
        return names.isEmpty() ? noValue() : names.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

Tone CertificateTableModel::tone(int item, int column) const {
    const auto* leaf = facts(item).leaf();
    if (column == PrivateKey) {
        const bool asked = certificate(item).use == Certificate::Use::Identity && leaf != nullptr;
        return !asked ? Tone::Neutral : hasKey(facts(item)) ? Tone::Ok : Tone::Bad;
    }
    if (leaf == nullptr) {
        return certificate(item).chain.empty() ? Tone::Neutral : Tone::Bad;
    }
    return expiryTone(expiryLevel(*leaf, m_now));
}

void CertificateTableModel::appendSearchText(int item, std::string& text) const {
    for (const int column : {Name, Use, Names, Issuer, Key, UsedBy}) {
        text += this->text(item, column).toStdString() + ' ';
    }
}

const Certificate& CertificateTableModel::certificate(int item) const {
    return m_config->config.certificates[static_cast<std::size_t>(item)];
}

const CertificateFacts& CertificateTableModel::facts(int item) const {
    return m_facts[static_cast<std::size_t>(item)];
}

} // namespace ui
