#include "ui/editors/identities_editor.h"

#include "ui/editors/input_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <algorithm>

namespace ui {

IdentitiesEditor::IdentitiesEditor(const Theme& theme, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(objectName)
    , m_layout(new QVBoxLayout) {
    m_layout->setSpacing(8);
    auto* add = new Button(theme, tr("Add an identity"), objectName + QStringLiteral(".add"),
                           Button::Kind::Ghost, QStringLiteral("plus"));
    m_add = add;
    QVBoxLayout* layout = columnIn(this, 8);
    layout->addLayout(m_layout);
    layout->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &Button::clicked, this, [this] {
        addRow({QStringLiteral("subject"), QString(), m_providers.value(0)});
        nameRows();
        m_rows.back().value->setFocus();
        Q_EMIT changed();
    });
}

void IdentitiesEditor::setProviders(const QStringList& providers) {
    m_providers = providers;
    for (const Row& row : m_rows) {
        const QSignalBlocker quiet(row.provider);
        fillProviders(*row.provider, row.provider->currentData().toString());
    }
}

QString IdentitiesEditor::text() const {
    QList<QStringList> rows;
    for (const Row& row : m_rows) {
        const QString kind = row.kind->currentData().toString();
        rows.push_back({kind, row.value->text(),
                        kind == u"subject" ? row.provider->currentData().toString() : QString()});
    }
    return rowsText(rows);
}

void IdentitiesEditor::setText(const QString& text) {
    if (text == this->text()) {
        return;
    }
    for (const Row& row : m_rows) {
        row.widget->hide();
        row.widget->deleteLater();
    }
    m_rows.clear();
    for (const QStringList& values : rowsOf(text, 3)) {
        addRow(values);
    }
    nameRows();
}

void IdentitiesEditor::addRow(const QStringList& values) {
    Row row;
    row.widget = new QFrame;
    setKind(row.widget, "inset");
    row.kind = new QComboBox;
    row.kind->addItem(tr("Subject of tokens"), QStringLiteral("subject"));
    row.kind->addItem(tr("Name in its certificate"), QStringLiteral("certificate-name"));
    row.kind->addItem(tr("Subject of its certificate"), QStringLiteral("certificate-subject"));
    row.kind->addItem(tr("Certificate, by SHA-256"), QStringLiteral("certificate-fingerprint"));
    row.kind->setCurrentIndex(std::max(0, row.kind->findData(values.value(0))));
    row.provider = new QComboBox;
    fillProviders(*row.provider, values.value(2));
    for (QComboBox* combo : {row.kind, row.provider}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(8);
    }
    row.value = new QLineEdit(values.value(1));
    row.value->setProperty("mono", true);
    auto* remove = new IconButton(m_theme, QStringLiteral("x"), tr("Remove"), QString());
    auto* head = new QHBoxLayout;
    head->setSpacing(6);
    head->addWidget(row.kind, 3);
    head->addWidget(row.provider, 2);
    head->addWidget(remove);
    auto* layout = new QVBoxLayout(row.widget);
    layout->setContentsMargins(10, 8, 8, 10);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(row.value);
    QWidget* widget = row.widget;
    connect(remove, &IconButton::clicked, this, [this, widget] { removeRow(widget); });
    connect(row.value, &QLineEdit::textChanged, this, &IdentitiesEditor::changed);
    connect(row.provider, &QComboBox::currentIndexChanged, this, &IdentitiesEditor::changed);
    connect(row.kind, &QComboBox::currentIndexChanged, this, [this, row] {
        followKind(row);
        Q_EMIT changed();
    });
    m_layout->addWidget(widget);
    widget->show(); // now, not with the next event: the new row is to take the focus
    followKind(row);
    m_rows.push_back(row);
}

void IdentitiesEditor::followKind(const Row& row) {
    const QString kind = row.kind->currentData().toString();
    row.provider->setVisible(kind == u"subject");
    row.value->setPlaceholderText(kind == u"subject"               ? QStringLiteral("auth0|1234")
                                  : kind == u"certificate-name"    ? QStringLiteral("client.example.com")
                                  : kind == u"certificate-subject" ? QStringLiteral("CN=client,O=Acme")
                                                                   : QStringLiteral("3fa2…"));
}

void IdentitiesEditor::removeRow(QWidget* widget) {
    std::erase_if(m_rows, [widget](const Row& row) { return row.widget == widget; });
    m_add->setFocus();
    widget->hide();
    widget->deleteLater();
    nameRows();
    Q_EMIT changed();
}

void IdentitiesEditor::fillProviders(QComboBox& combo, const QString& chosen) const {
    combo.clear();
    combo.addItem(tr("of any issuer"), QString());
    QStringList names = m_providers;
    if (!chosen.isEmpty() && !names.contains(chosen)) {
        names.push_back(chosen); // what is saved stays in sight even where it cannot be chosen any more
    }
    for (const QString& name : std::as_const(names)) {
        combo.addItem(tr("of %1").arg(name), name);
    }
    combo.setCurrentIndex(std::max(0, combo.findData(chosen)));
}

void IdentitiesEditor::nameRows() {
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const Row& row = m_rows[i];
        const QString name = QStringLiteral("%1.%2.").arg(m_name).arg(i);
        nameWidget(row.kind, name + QStringLiteral("kind"), tr("Kind of identity %1").arg(i + 1));
        nameWidget(row.provider, name + QStringLiteral("provider"), tr("Issuer of identity %1").arg(i + 1));
        nameWidget(row.value, name + QStringLiteral("value"), tr("Identity %1").arg(i + 1));
        if (auto* remove = row.widget->findChild<IconButton*>()) {
            nameWidget(remove, name + QStringLiteral("remove"), tr("Remove identity %1").arg(i + 1));
        }
    }
}

} // namespace ui
