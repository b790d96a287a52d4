#include "ui/pages/routes_import.h"

#include "gateway/model/edit.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QCheckBox>
#include <QDialog>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPromise>
#include <QThreadPool>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {
namespace {

using gateway::model::Edit;
using gateway::model::Put;
using gateway::model::Remove;

constexpr qint64 fileBytesMax = 64 * 1024 * 1024;
constexpr std::size_t problemsShownMax = 200;

struct Counts {
    qint64 added = 0;
    qint64 changed = 0;
    qint64 removed = 0;
};

Counts countsOf(const std::vector<Edit>& edits) {
    Counts counts;
    for (const Edit& edit : edits) {
        if (std::holds_alternative<Remove>(edit)) {
            ++counts.removed;
        } else {
            const bool known =
                std::visit([](const auto& entity) { return bool(entity.id); }, std::get<Put>(edit).entity);
            ++(known ? counts.changed : counts.added);
        }
    }
    return counts;
}

QDialog* makeDialog(QWidget& window, const QString& objectName, const QString& title, const QString& text) {
    auto* dialog = new QDialog(&window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(dialog, objectName, title);
    dialog->setWindowTitle(title);
    dialog->setMinimumWidth(520);
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(title, "h1"));
    QLabel* about = makeLabel(text, "value");
    about->setWordWrap(true);
    layout->addWidget(about);
    return dialog;
}

} // namespace

ConfigImport::ConfigImport(ConsoleContext& context, QWidget& window)
    : QObject(&window)
    , m_context(context)
    , m_window(window) {}

void ConfigImport::choose() {
    const QString fileName =
        QFileDialog::getOpenFileName(&m_window, tr("Import a configuration"), QString(),
                                     tr("Configurations (*.yaml *.yml *.json);;All files (*)"));
    if (!fileName.isEmpty()) {
        importFile(fileName);
    }
}

void ConfigImport::importFile(const QString& fileName) {
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly) || file.size() > fileBytesMax) {
        const QString why = file.isOpen() ? tr("it is larger than 64 MiB") : file.errorString();
        Q_EMIT finished(tr("%1 cannot be read: %2").arg(QFileInfo(fileName).fileName(), why));
        return;
    }
    auto promise = std::make_shared<QPromise<std::shared_ptr<Read>>>();
    promise->start();
    promise->future().then(this, [this, fileName](const std::shared_ptr<Read>& read) {
        if (*read) {
            confirm(fileName, **read);
        } else {
            showProblems(fileName, read->error());
        }
    });
    // 100,000 routes take seconds to parse: not on the window's thread.
    QThreadPool::globalInstance()->start([promise, text = file.readAll().toStdString()] {
        promise->addResult(std::make_shared<Read>(gateway::model::readConfigFile(text)));
        promise->finish();
    });
}

void ConfigImport::showProblems(const QString& fileName, const gateway::model::Problems& problems) {
    QDialog* dialog =
        makeDialog(m_window, QStringLiteral("import.problems"), tr("This file cannot be imported"),
                   tr("%1 has %2. Nothing was changed.")
                       .arg(QFileInfo(fileName).fileName(),
                            countText(static_cast<qint64>(problems.size()), tr("problem"), tr("problems"))));
    QStringList lines;
    for (std::size_t i = 0; i < std::min(problems.size(), problemsShownMax); ++i) {
        const auto& problem = problems[i];
        const QString where = problem.line > 0 ? tr("Line %1").arg(problem.line) : tr("File");
        lines.push_back(problem.path.empty()
                            ? QStringLiteral("%1: %2").arg(where, toQString(problem.message))
                            : QStringLiteral("%1, %2: %3")
                                  .arg(where, toQString(problem.path), toQString(problem.message)));
    }
    auto* text = new QPlainTextEdit(lines.join(u'\n'));
    nameWidget(text, QStringLiteral("import.problemList"), tr("Problems of the file"));
    text->setReadOnly(true);
    text->setMinimumHeight(180);
    auto* close =
        new Button(m_context.theme, tr("Close"), QStringLiteral("import.close"), Button::Kind::Primary);
    connect(close, &Button::clicked, dialog, &QDialog::accept);
    dialog->layout()->addWidget(text);
    dialog->layout()->addWidget(close);
    dialog->layout()->setAlignment(close, Qt::AlignRight);
    dialog->open();
}

void ConfigImport::confirm(const QString& fileName, const gateway::model::ConfigFile& file) {
    const auto current = m_context.service.current();
    const auto before = current ? current->config : gateway::model::Config{};
    auto edits = gateway::model::difference(before, file.config);
    const Counts counts = countsOf(edits);
    if (edits.empty() && file.keys.empty()) {
        Q_EMIT finished(tr("%1 holds what is here already").arg(QFileInfo(fileName).fileName()));
        return;
    }
    QString text = tr("%1 adds %2 and changes %3.")
                       .arg(QFileInfo(fileName).fileName(),
                            countText(counts.added, tr("entry"), tr("entries")), countText(counts.changed));
    if (!file.keys.empty()) {
        text +=
            tr(" It brings %1.").arg(countText(static_cast<qint64>(file.keys.size()), tr("key"), tr("keys")));
    }
    QDialog* dialog = makeDialog(m_window, QStringLiteral("import.confirm"), tr("Import this file?"), text);
    auto* removes = new QCheckBox(tr("Also delete the %1 that the file does not have")
                                      .arg(countText(counts.removed, tr("entry"), tr("entries"))));
    nameWidget(removes, QStringLiteral("import.removes"), removes->text());
    removes->setVisible(counts.removed > 0);
    auto* cancel = new Button(m_context.theme, tr("Cancel"), QStringLiteral("import.cancel"));
    auto* import =
        new Button(m_context.theme, tr("Import"), QStringLiteral("import.publish"), Button::Kind::Primary);
    import->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(import);
    dialog->layout()->addWidget(removes);
    static_cast<QVBoxLayout*>(dialog->layout())->addLayout(buttons);
    connect(cancel, &Button::clicked, dialog, &QDialog::reject);
    connect(import, &Button::clicked, dialog, &QDialog::accept);
    connect(dialog, &QDialog::accepted, this,
            [this, fileName, removes, edits, keys = file.keys,
             base = current ? current->revision.number : 0]() mutable {
                if (!removes->isChecked()) {
                    std::erase_if(edits,
                                  [](const Edit& edit) { return std::holds_alternative<Remove>(edit); });
                }
                publish(fileName, std::move(edits), std::move(keys), base);
            });
    dialog->open();
}

void ConfigImport::publish(const QString& fileName, std::vector<Edit> edits,
                           std::vector<gateway::model::FileKey> keys, gateway::model::RevisionNumber base) {
    const QString name = QFileInfo(fileName).fileName();
    gateway::model::ConfigChange change;
    change.base = base;
    change.author = m_context.author.toStdString();
    change.message = tr("Import %1").arg(name).toStdString();
    change.edits = std::move(edits);
    using Outcome = tl::expected<gateway::model::Revision, gateway::service::Rejection>;
    m_context.service.publishFile(std::move(change), std::move(keys))
        .then(this, [this, fileName, name](const Outcome& outcome) {
            if (outcome) {
                Q_EMIT finished(tr("Imported %1 · revision %2").arg(name).arg(outcome->number));
            } else if (!outcome.error().problems.empty()) {
                showProblems(fileName, outcome.error().problems);
            } else {
                Q_EMIT finished(tr("Not imported: %1").arg(toQString(outcome.error().error.message)));
            }
        });
}

} // namespace ui
