#include "ui/editors/rule_editor.h"

#include "gateway/model/expression.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/kind.h"

#include <QPlainTextEdit>
#include <algorithm>

namespace ui {
namespace {

constexpr int editHeight = 74;

QString helpText() {
    return RuleEditor::tr(
        "<p><b>Caller</b><br>consumer.name, consumer.kind, consumer.tier, consumer.owner, consumer.roles, "
        "consumer.attributes.NAME, caller.scopes, caller.method</p>"
        "<p><b>Token</b><br>claims.NAME, claims.NAME.NAME, claims[\"https://x/y\"]</p>"
        "<p><b>Request</b><br>request.method, request.path, request.host, request.address, "
        "request.headers[\"x-name\"], request.query[\"name\"], request.secure, path.NAME</p>"
        "<p><b>Time</b><br>time.hour, time.minute, time.weekday (\"mon\", \"tue\", …)</p>"
        "<p><b>Between them</b><br>and, or, not, ( ), ==, !=, &lt;, &lt;=, &gt;, &gt;=, in [\"a\", \"b\"], "
        "\"x\" in consumer.roles, request.address in [\"10.0.0.0/8\"], matches \"regex\", "
        "has(claims.x)</p>"
        "<p>What is not there makes a comparison unknown, and what comes out as unknown is refused.</p>");
}

} // namespace

RuleEditor::RuleEditor(const Theme& theme, const QString& objectName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_edit(new QPlainTextEdit)
    , m_verdict(wrappedLabel({}, "sub"))
    , m_help(wrappedLabel(helpText(), "sub")) {
    nameWidget(m_edit, objectName + QStringLiteral(".text"), tr("Rule"));
    m_edit->setProperty("mono", true);
    m_edit->setTabChangesFocus(true);
    m_edit->setFixedHeight(editHeight);
    m_edit->setPlaceholderText(QStringLiteral("consumer.tier == \"pro\" or \"admin\" in consumer.roles"));
    setFocusProxy(m_edit);
    m_verdict->setObjectName(objectName + QStringLiteral(".verdict"));
    m_help->setObjectName(objectName + QStringLiteral(".help"));
    m_help->setTextFormat(Qt::RichText);
    m_help->hide();
    auto* toggle = new Button(theme, tr("What can be asked?"), objectName + QStringLiteral(".helpToggle"),
                              Button::Kind::Ghost, QStringLiteral("info"));
    QVBoxLayout* layout = columnIn(this, 4);
    layout->addWidget(m_edit);
    layout->addWidget(m_verdict);
    layout->addWidget(toggle, 0, Qt::AlignLeft);
    layout->addWidget(m_help);
    connect(toggle, &Button::clicked, this, [this] { m_help->setVisible(m_help->isHidden()); });
    connect(m_edit, &QPlainTextEdit::textChanged, this, [this] {
        check();
        Q_EMIT changed();
    });
    connect(&m_theme, &Theme::changed, this, &RuleEditor::check);
    check();
}

QString RuleEditor::text() const {
    return m_edit->toPlainText();
}

void RuleEditor::setText(const QString& text) {
    if (m_edit->toPlainText() != text) {
        m_edit->setPlainText(text);
    }
}

void RuleEditor::check() {
    const QString text = m_edit->toPlainText();
    QList<QTextEdit::ExtraSelection> marks;
    if (text.trimmed().isEmpty()) {
        m_verdict->hide();
        m_edit->setExtraSelections(marks);
        return;
    }
    const QByteArray bytes = text.toUtf8();
    const auto parsed =
        gateway::model::parseExpression({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (parsed) {
        restyle(m_verdict, "kind", QStringLiteral("ok"));
        m_verdict->setText(tr("Understood, and its types fit."));
    } else {
        const auto offset = std::min<qsizetype>(static_cast<qsizetype>(parsed.error().offset), bytes.size());
        const auto at = static_cast<int>(QString::fromUtf8(bytes.left(offset)).size());
        restyle(m_verdict, "kind", QStringLiteral("error"));
        m_verdict->setText(
            tr("At column %1: %2").arg(at + 1).arg(QString::fromStdString(parsed.error().message)));
        QTextEdit::ExtraSelection mark;
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(m_theme.color(Token::Bad));
        mark.cursor = m_edit->textCursor();
        const int end = static_cast<int>(text.size());
        mark.cursor.setPosition(std::max(0, std::min(at, end - 1)));
        mark.cursor.setPosition(end, QTextCursor::KeepAnchor);
        marks.push_back(mark);
    }
    m_edit->setExtraSelections(marks);
    m_verdict->show();
}

} // namespace ui
