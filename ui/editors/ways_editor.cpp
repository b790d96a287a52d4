#include "ui/editors/ways_editor.h"

#include "ui/access_text.h"
#include "ui/editors/access_form.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <algorithm>

namespace ui {
namespace {

QString choiceText(const QString& id) {
    const QString text = credentialText(credentialOf(id));
    return text.left(1).toUpper() + text.mid(1);
}

} // namespace

WaysEditor::WaysEditor(const Theme& theme, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(objectName)
    , m_layout(new QVBoxLayout) {
    m_layout->setSpacing(8);
    auto* add = new Button(theme, tr("Add another way"), objectName + QStringLiteral(".add"),
                           Button::Kind::Ghost, QStringLiteral("plus"));
    m_add = add;
    QVBoxLayout* layout = columnIn(this, 8);
    layout->addLayout(m_layout);
    layout->addWidget(add, 0, Qt::AlignLeft);
    connect(add, &Button::clicked, this, [this] {
        addWay({freeCredential(nullptr)});
        nameAll();
        m_ways.back().choices.front()->setFocus();
        Q_EMIT changed();
    });
}

void WaysEditor::setProviders(const QStringList& providers) {
    if (providers == m_providers) {
        return;
    }
    m_providers = providers;
    for (const Way& way : m_ways) {
        for (QComboBox* choice : way.choices) {
            const QSignalBlocker quiet(choice);
            fill(*choice, choice->currentData().toString());
        }
    }
}

QString WaysEditor::text() const {
    QStringList lines;
    for (const Way& way : m_ways) {
        QStringList ids;
        for (const QComboBox* choice : way.choices) {
            ids.push_back(choice->currentData().toString());
        }
        lines.push_back(ids.join(u'\t'));
    }
    return lines.join(u'\n');
}

void WaysEditor::setText(const QString& text) {
    if (text == this->text()) {
        return;
    }
    for (const Way& way : m_ways) {
        way.widget->hide();
        way.widget->deleteLater();
    }
    m_ways.clear();
    for (const QString& line : text.split(u'\n', Qt::SkipEmptyParts)) {
        addWay(line.split(u'\t', Qt::SkipEmptyParts));
    }
    nameAll();
}

void WaysEditor::addWay(const QStringList& credentials) {
    Way way;
    way.widget = new QFrame;
    setKind(way.widget, "inset");
    auto* layout = new QVBoxLayout(way.widget);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->setSpacing(6);
    way.title = makeLabel({}, "label");
    way.lines = new QVBoxLayout;
    way.lines->setSpacing(6);
    auto* more = new Button(m_theme, tr("and…"), QString(), Button::Kind::Ghost, QStringLiteral("plus"));
    more->setToolTip(tr("Callers of this way have to show this, too"));
    layout->addWidget(way.title);
    layout->addLayout(way.lines);
    layout->addWidget(more, 0, Qt::AlignLeft);
    QWidget* widget = way.widget;
    connect(more, &Button::clicked, this, [this, widget] {
        addCredential(widget, freeCredential(widget));
        nameAll();
        Q_EMIT changed();
    });
    m_layout->addWidget(widget);
    m_ways.push_back(std::move(way));
    for (const QString& id : credentials) {
        addCredential(widget, id);
    }
    widget->show(); // now, not with the next event: what is new is to take the focus
}

void WaysEditor::addCredential(QWidget* widget, const QString& id) {
    const auto way = std::find_if(m_ways.begin(), m_ways.end(),
                                  [widget](const Way& each) { return each.widget == widget; });
    auto* choice = new QComboBox;
    choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    choice->setMinimumContentsLength(12);
    fill(*choice, id);
    auto* remove = new IconButton(m_theme, QStringLiteral("x"), tr("Remove"), QString());
    auto* line = new QWidget;
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(choice, 1);
    layout->addWidget(remove);
    way->lines->addWidget(line);
    way->choices.push_back(choice);
    line->show();
    connect(choice, &QComboBox::currentIndexChanged, this, &WaysEditor::changed);
    connect(remove, &IconButton::clicked, this, [this, widget, choice] { removeCredential(widget, choice); });
}

void WaysEditor::removeCredential(QWidget* widget, QComboBox* choice) {
    const auto way = std::find_if(m_ways.begin(), m_ways.end(),
                                  [widget](const Way& each) { return each.widget == widget; });
    std::erase(way->choices, choice);
    QWidget* gone = way->choices.empty() ? widget : choice->parentWidget();
    if (way->choices.empty()) {
        m_ways.erase(way);
    }
    m_add->setFocus();
    gone->hide();
    gone->deleteLater();
    nameAll();
    Q_EMIT changed();
}

void WaysEditor::fill(QComboBox& choice, const QString& chosen) const {
    QStringList ids = {QStringLiteral("api-key")};
    for (const QString& provider : m_providers) {
        ids.push_back(QStringLiteral("jwt ") + provider);
        ids.push_back(QStringLiteral("introspection ") + provider);
    }
    ids.push_back(QStringLiteral("client-certificate"));
    if (!chosen.isEmpty() && !ids.contains(chosen)) {
        ids.push_back(chosen); // what is saved stays in sight even where it cannot be chosen any more
    }
    choice.clear();
    for (const QString& id : std::as_const(ids)) {
        choice.addItem(choiceText(id), id);
    }
    choice.setCurrentIndex(std::max(0, choice.findData(chosen)));
}

/// What is not there yet: of a way, or of all ways where each is one credential.
QString WaysEditor::freeCredential(const QWidget* of) const {
    QStringList taken;
    for (const Way& way : m_ways) {
        if (of == nullptr || way.widget == of) {
            for (const QComboBox* choice : way.choices) {
                taken.push_back(choice->currentData().toString());
            }
        }
    }
    QStringList wanted = {QStringLiteral("api-key")};
    for (const QString& provider : m_providers) {
        wanted.push_back(QStringLiteral("jwt ") + provider);
    }
    wanted.push_back(QStringLiteral("client-certificate"));
    for (const QString& id : std::as_const(wanted)) {
        if (!taken.contains(id)) {
            return id;
        }
    }
    return QStringLiteral("client-certificate");
}

void WaysEditor::nameAll() {
    for (std::size_t i = 0; i < m_ways.size(); ++i) {
        Way& way = m_ways[i];
        way.title->setText(i == 0 ? tr("Callers show") : tr("or"));
        for (std::size_t at = 0; at < way.choices.size(); ++at) {
            nameWidget(way.choices[at], QStringLiteral("%1.%2.%3").arg(m_name).arg(i).arg(at),
                       tr("Credential %1 of way %2").arg(at + 1).arg(i + 1));
            if (auto* remove = way.choices[at]->parentWidget()->findChild<IconButton*>()) {
                nameWidget(remove, QStringLiteral("%1.%2.%3.remove").arg(m_name).arg(i).arg(at),
                           tr("Remove credential %1 of way %2").arg(at + 1).arg(i + 1));
            }
        }
        if (auto* more = way.widget->findChild<Button*>()) {
            nameWidget(more, QStringLiteral("%1.%2.and").arg(m_name).arg(i),
                       tr("Ask for one more credential in way %1").arg(i + 1));
        }
    }
}

} // namespace ui
