#include "ui/pages/key_files.h"

#include "gateway/service/gateway_service.h"
#include "gateway/service/key_transfer.h"
#include "ui/models/table_text.h"
#include "ui/pages/certificate_make_dialogs.h"

#include <QFile>
#include <QFileDialog>
#include <QFileInfo>

namespace ui {

using gateway::service::KeyTransfer;
using gateway::service::Rejection;

namespace {
constexpr qint64 fileBytesMax = 64 * 1024 * 1024;
} // namespace

KeyFiles::KeyFiles(ConsoleContext& context, QWidget& parent)
    : QObject(&parent)
    , m_context(context)
    , m_parent(parent) {}

void KeyFiles::chooseImport() {
    const QString chosen =
        QFileDialog::getOpenFileName(&m_parent, tr("Import keys by their hashes"), {},
                                     tr("Keys (*.jsonl *.json *.yaml *.yml);;All files (*)"));
    if (!chosen.isEmpty()) {
        importFrom(chosen);
    }
}

void KeyFiles::importFrom(const QString& fileName) {
    QFile file(fileName);
    const QString shown = QFileInfo(fileName).fileName();
    if (!file.open(QIODevice::ReadOnly) || file.size() > fileBytesMax) {
        Q_EMIT message(tr("%1 was not read: %2")
                           .arg(shown, file.isOpen() ? tr("it is larger than 64 MiB") : file.errorString()));
        return;
    }
    const QByteArray text = file.readAll();
    auto keys = gateway::service::readKeyTransfers({text.constData(), static_cast<std::size_t>(text.size())});
    if (!keys) {
        Q_EMIT message(tr("%1 was not taken: %2").arg(shown, toQString(keys.error().message)));
        return;
    }
    using Outcome = tl::expected<std::size_t, Rejection>;
    m_context.service.importKeys(std::move(*keys), m_context.author.toStdString())
        .then(this, [this, shown](const Outcome& outcome) {
            Q_EMIT message(
                outcome
                    ? tr("Imported %1").arg(countText(static_cast<qint64>(*outcome), tr("key"), tr("keys")))
                    : tr("%1 was not taken: %2").arg(shown, toQString(outcome.error().error.message)));
        });
}

void KeyFiles::chooseExport(quint64 consumer, const QString& name) {
    using Outcome = tl::expected<std::vector<KeyTransfer>, Rejection>;
    m_context.service.exportKeys(gateway::model::ConsumerId{consumer})
        .then(this, [this, name](const Outcome& outcome) {
            if (!outcome) {
                Q_EMIT message(toQString(outcome.error().error.message));
                return;
            }
            const QString said =
                saveText(&m_parent, tr("Export keys by their hashes"), name + QStringLiteral(".jsonl"),
                         toQString(gateway::service::writeKeyTransfers(*outcome)));
            if (!said.isEmpty()) {
                Q_EMIT message(said);
            }
        });
}

} // namespace ui
