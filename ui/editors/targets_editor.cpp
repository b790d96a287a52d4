#include "ui/editors/targets_editor.h"

#include "ui/editors/input_text.h"
#include "ui/models/service_condition.h"
#include "ui/models/target_tally.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/toggle.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {

namespace {
constexpr int weightWidth = 64;
constexpr int drainWidth = 44;
constexpr int removeWidth = 34;
} // namespace

TargetsEditor::TargetsEditor(const Theme& theme, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(objectName)
    , m_header(makeHeader())
    , m_layout(new QVBoxLayout) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(10);
    auto* add = new Button(theme, tr("Add target"), objectName + QStringLiteral(".add"), Button::Kind::Ghost,
                           QStringLiteral("plus"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_header);
    layout->addLayout(m_layout);
    layout->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &Button::clicked, this, [this] {
        addRow({QString(), QStringLiteral("1")});
        nameRows();
        m_rows.back().address->setFocus();
        Q_EMIT changed();
    });
}

QWidget* TargetsEditor::makeHeader() const {
    auto* header = new QWidget;
    auto* layout = new QHBoxLayout(header);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    const auto add = [layout](const QString& text, int width) {
        QLabel* label = makeLabel(text, "sub");
        if (width > 0) {
            label->setFixedWidth(width);
        }
        layout->addWidget(label, width > 0 ? 0 : 1);
    };
    add(tr("Address"), 0);
    add(tr("Weight"), weightWidth);
    add(tr("Drain"), drainWidth);
    layout->addSpacing(removeWidth);
    return header;
}

QString TargetsEditor::text() const {
    QList<QStringList> rows;
    for (const Row& row : m_rows) {
        rows.push_back({row.address->text(), row.weight->text(),
                        row.drain->isChecked() ? QStringLiteral("1") : QStringLiteral("0")});
    }
    return rowsText(rows);
}

void TargetsEditor::setText(const QString& text) {
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

void TargetsEditor::setLive(std::vector<gateway::metrics::TargetTraffic> targets, double seconds,
                            bool isChecked) {
    m_live = std::move(targets);
    m_seconds = seconds;
    m_isChecked = isChecked;
    for (const Row& row : m_rows) {
        showLive(row);
    }
}

void TargetsEditor::addRow(const QStringList& values) {
    Row row;
    row.widget = new QWidget;
    row.address = new QLineEdit(values.value(0));
    row.address->setProperty("mono", true);
    row.address->setPlaceholderText(QStringLiteral("127.0.0.1:9001 or unix:/path"));
    row.weight = new QLineEdit(values.value(1));
    row.weight->setFixedWidth(weightWidth);
    row.drain = new Toggle(m_theme, tr("Drain"), QString());
    row.drain->setChecked(values.value(2) == u"1");
    row.drain->setToolTip(tr("No new requests; those in flight finish"));
    auto* remove = new IconButton(m_theme, QStringLiteral("x"), tr("Remove this target"), QString());
    row.remove = remove;

    auto* line = new QHBoxLayout;
    line->setSpacing(6);
    line->addWidget(row.address, 1);
    line->addWidget(row.weight);
    line->addWidget(row.drain);
    line->addSpacing(drainWidth - row.drain->sizeHint().width());
    line->addWidget(remove);
    auto* layout = new QVBoxLayout(row.widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(line);
    buildLive(row);
    layout->addWidget(row.live);

    QWidget* widget = row.widget;
    connect(row.weight, &QLineEdit::textChanged, this, &TargetsEditor::changed);
    connect(row.drain, &Toggle::toggled, this, &TargetsEditor::changed);
    connect(row.address, &QLineEdit::textChanged, this, [this, row] {
        showLive(row); // of what stands there now, which may be another target
        Q_EMIT changed();
    });
    connect(remove, &IconButton::clicked, this, [this, widget] { removeRow(widget); });
    m_layout->addWidget(widget);
    widget->show(); // now, not with the next event: the new row is to take the focus
    showLive(row);
    m_rows.push_back(row);
}

void TargetsEditor::buildLive(Row& row) const {
    row.live = new QWidget;
    row.live->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed); // spare room goes below the rows
    row.pill = new Pill(m_theme, {}, Tone::Neutral, true);
    row.traffic = makeLabel({}, "sub");
    row.detail = makeLabel({}, "sub");
    row.detail->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(row.pill);
    line->addWidget(row.traffic, 1);
    auto* layout = new QVBoxLayout(row.live);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addLayout(line);
    layout->addWidget(row.detail);
}

void TargetsEditor::showLive(const Row& row) const {
    const std::string address = row.address->text().trimmed().toStdString();
    const auto* known = findTarget(m_live, address);
    row.live->setVisible(known != nullptr);
    if (known == nullptr) {
        return;
    }
    const Condition condition = conditionOf(*known, m_isChecked);
    row.pill->set(condition.text, condition.tone);
    row.traffic->setText(trafficText(*known, m_seconds));
    row.detail->setText(condition.detail);
    row.detail->setVisible(!condition.detail.isEmpty());
}

void TargetsEditor::removeRow(QWidget* widget) {
    std::erase_if(m_rows, [&](const Row& row) { return row.widget == widget; });
    widget->hide();
    widget->deleteLater();
    nameRows();
    Q_EMIT changed();
}

void TargetsEditor::nameRows() {
    m_header->setVisible(!m_rows.empty());
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const Row& row = m_rows[i];
        const auto name = [&](QWidget* widget, const char* part, const QString& said) {
            nameWidget(widget, QStringLiteral("%1.%2.%3").arg(m_name).arg(i).arg(QLatin1String(part)),
                       said.arg(i + 1));
        };
        name(row.address, "0", tr("Address of target %1"));
        name(row.weight, "1", tr("Weight of target %1"));
        name(row.drain, "drain", tr("Drain target %1"));
        name(row.remove, "remove", tr("Remove target %1"));
        // These say what they show.
        row.pill->setObjectName(QStringLiteral("%1.%2.state").arg(m_name).arg(i));
        row.detail->setObjectName(QStringLiteral("%1.%2.detail").arg(m_name).arg(i));
    }
}

} // namespace ui
