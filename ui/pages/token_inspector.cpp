#include "ui/pages/token_inspector.h"

#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/column.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/field.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/scroll.h"

#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>

namespace ui {

using gateway::auth::TokenCheck;
using gateway::auth::TokenFault;
using gateway::service::TokenReport;

namespace {

constexpr int jsonLinesMax = 16;
constexpr int jsonLineHeight = 17;

/// Of a check: its icon, its colour, and the word that says the same.
struct Look {
    const char* icon;
    Token token;
    QString word;
};

Look lookOf(TokenCheck::Verdict verdict) {
    switch (verdict) {
    case TokenCheck::Verdict::Passed:
        return {"check-circle", Token::Ok, TokenInspector::tr("Passed")};
    case TokenCheck::Verdict::Failed:
        return {"x", Token::Bad, TokenInspector::tr("Failed")};
    case TokenCheck::Verdict::Skipped:
        return {"minus", Token::Muted, TokenInspector::tr("Not looked at")};
    }
    return {};
}

} // namespace

TokenInspector::TokenInspector(ConsoleContext& context, QWidget* parent)
    : QDialog(parent)
    , m_context(context) {
    setAttribute(Qt::WA_DeleteOnClose);
    nameWidget(this, QStringLiteral("inspector"), tr("Inspect a token"));
    setWindowTitle(tr("Inspect a token"));
    resize(960, 680);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(22, 20, 22, 18);
    layout->setSpacing(20);
    QWidget* input = buildInput();
    input->setFixedWidth(340);
    layout->addWidget(input);
    layout->addWidget(buildResult(), 1);
    auto* send = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
    connect(send, &QShortcut::activated, this, &TokenInspector::inspect);
    m_token->setFocus();
}

QWidget* TokenInspector::buildInput() {
    auto* side = new QWidget;
    QVBoxLayout* layout = columnIn(side);
    layout->addWidget(makeLabel(tr("Inspect a token"), "h1"));
    layout->addWidget(wrappedLabel(tr("What the gateway would make of it, check by check. Nothing is kept: "
                                      "closing this window forgets it."),
                                   "sub"));
    m_token = new QPlainTextEdit;
    m_token->setProperty("mono", true);
    m_token->setPlaceholderText(tr("Paste a JWT, an opaque token or an API key"));
    m_token->setTabChangesFocus(true);
    m_token->setWordWrapMode(QTextOption::WrapAnywhere);
    layout->addWidget(new Field(tr("Token"), m_token, QStringLiteral("inspector.token")), 1);
    m_provider = new QComboBox;
    m_provider->addItem(tr("the one that the token names"), QString());
    if (const auto config = m_context.service.current()) {
        for (const auto& provider : config->config.identityProviders) {
            m_provider->addItem(toQString(provider.name), toQString(provider.name));
        }
    }
    layout->addWidget(new Field(tr("Provider"), m_provider, QStringLiteral("inspector.provider")));
    m_certificate = makeTextField(tr("Client certificate that comes with it"),
                                  QStringLiteral("inspector.certificate"), tr("none; or its SHA-256"), true);
    layout->addWidget(m_certificate);
    m_time = makeTextField(tr("At"), QStringLiteral("inspector.time"), tr("now; or 2026-11-24 08:15"));
    layout->addWidget(m_time);
    m_problem = wrappedLabel({}, "error");
    m_problem->setObjectName(QStringLiteral("inspector.problem"));
    m_problem->hide();
    layout->addWidget(m_problem);
    auto* close = new Button(m_context.theme, tr("Close"), QStringLiteral("inspector.close"));
    close->setAutoDefault(false);
    m_inspect = new Button(m_context.theme, tr("Inspect"), QStringLiteral("inspector.inspect"),
                           Button::Kind::Primary, QStringLiteral("eye"));
    m_inspect->setDefault(true);
    m_inspect->setToolTip(tr("Ctrl+Return"));
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(close);
    buttons->addWidget(m_inspect);
    layout->addLayout(buttons);
    connect(close, &Button::clicked, this, &QDialog::reject);
    connect(m_inspect, &Button::clicked, this, &TokenInspector::inspect);
    return side;
}

QWidget* TokenInspector::buildResult() {
    m_stack = new QStackedWidget;
    m_stack->addWidget(new EmptyState(
        m_context.theme, QStringLiteral("eye"), tr("Nothing inspected yet"),
        tr("Its signature, issuer, audience, lifetime and binding are looked at one by one, and who it would "
           "be here: consumer, tier, scopes and roles.")));
    auto* content = new QWidget;
    m_result = columnIn(content, 8);
    QScrollArea* area = makeScrollArea(QStringLiteral("inspector.result"));
    area->setAccessibleName(tr("What was found"));
    setScrollBody(area, content);
    m_stack->addWidget(area);
    auto* frame = new QFrame;
    setKind(frame, "inset");
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(16, 14, 8, 14);
    layout->addWidget(m_stack);
    return frame;
}

void TokenInspector::showProblem(const QString& text) {
    m_problem->setText(text);
    m_problem->setVisible(!text.isEmpty());
}

void TokenInspector::inspect() {
    gateway::service::TokenQuery query;
    query.token = m_token->toPlainText().simplified().remove(u' ').toStdString();
    query.provider = m_provider->currentData().toString().toStdString();
    query.certificateFingerprint =
        m_certificate->lineEdit()->text().remove(u':').remove(u' ').toLower().toStdString();
    const QString time = m_time->lineEdit()->text().trimmed();
    m_time->clearError();
    showProblem(query.token.empty() ? tr("Paste a token first") : QString());
    if (query.token.empty()) {
        return;
    }
    if (!time.isEmpty()) {
        const QDateTime at = QDateTime::fromString(time, QStringLiteral("yyyy-MM-dd hh:mm"));
        if (!at.isValid()) {
            m_time->setError(tr("Write it like 2026-11-24 08:15"));
            return;
        }
        query.at = gateway::WallTime(std::chrono::milliseconds(at.toMSecsSinceEpoch()));
    }
    m_inspect->setEnabled(false);
    using Outcome = tl::expected<TokenReport, gateway::service::Rejection>;
    m_context.service.inspectToken(std::move(query)).then(this, [this](const Outcome& outcome) {
        m_inspect->setEnabled(true);
        if (outcome) {
            show(*outcome);
        } else {
            showProblem(toQString(outcome.error().error.message));
        }
    });
}

void TokenInspector::show(const TokenReport& report) {
    clearLayout(*m_result);
    const bool good = report.fault == TokenFault::None;
    auto* head = new QWidget;
    auto* headLayout = new QHBoxLayout(head);
    headLayout->setContentsMargins(0, 0, 0, 4);
    headLayout->setSpacing(10);
    auto* pill =
        new Pill(m_context.theme, good ? tr("Good") : tr("Refused"), good ? Tone::Ok : Tone::Bad, true);
    pill->setObjectName(QStringLiteral("inspector.pill"));
    pill->setAccessibleName(good ? tr("Good") : tr("Refused"));
    QLabel* verdict = wrappedLabel(toQString(report.verdict), "value");
    verdict->setObjectName(QStringLiteral("inspector.verdict"));
    headLayout->addWidget(pill, 0, Qt::AlignTop);
    headLayout->addWidget(verdict, 1);
    m_result->addWidget(head);
    addFact(tr("Kind"), toQString(report.kind), "kind");
    addFact(tr("Provider"), toQString(report.provider), "provider");
    addFact(tr("Consumer"),
            report.consumer.empty() ? (good ? tr("none of the consumers") : QString())
                                    : toQString(report.consumer),
            "consumer");
    addFact(tr("Tier"), toQString(report.tier), "tier");
    addFact(tr("Scopes"), joined(report.scopes, QStringLiteral(", ")), "scopes");
    addFact(tr("Roles"), joined(report.roles, QStringLiteral(", ")), "roles");
    addFact(tr("Good until"), report.expires ? timeText(*report.expires) : QString(), "expires");
    if (!report.checks.empty()) {
        m_result->addSpacing(6);
        m_result->addWidget(makeLabel(tr("Checks"), "label"));
    }
    for (std::size_t i = 0; i < report.checks.size(); ++i) {
        addCheck(report.checks[i], static_cast<int>(i));
    }
    addJson(tr("Header"), report.header, "header");
    addJson(tr("Claims"), report.claims, "claims");
    m_result->addStretch(1);
    m_stack->setCurrentIndex(1);
}

void TokenInspector::addFact(const QString& name, const QString& value, const char* objectName) {
    if (value.isEmpty()) {
        return;
    }
    auto* line = new QWidget;
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    QLabel* title = makeLabel(name, "label");
    title->setFixedWidth(86);
    QLabel* text = wrappedLabel(value, "value");
    text->setObjectName(QStringLiteral("inspector.") + QLatin1String(objectName));
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(title, 0, Qt::AlignTop);
    layout->addWidget(text, 1);
    m_result->addWidget(line);
}

void TokenInspector::addCheck(const TokenCheck& check, int number) {
    const Look look = lookOf(check.verdict);
    auto* line = new QWidget;
    nameWidget(line, QStringLiteral("inspector.check.%1").arg(number),
               tr("%1: %2. %3").arg(toQString(check.name), look.word, toQString(check.detail)));
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    auto* icon = new QLabel;
    icon->setPixmap(m_context.theme.pixmap(QLatin1String(look.icon), look.token, 16, devicePixelRatioF()));
    icon->setToolTip(look.word);
    QLabel* name = makeLabel(toQString(check.name), "value");
    name->setFixedWidth(120);
    QLabel* detail = wrappedLabel(
        check.detail.empty() ? look.word : look.word + QStringLiteral(" · ") + toQString(check.detail),
        check.verdict == TokenCheck::Verdict::Failed ? "error" : "sub");
    detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(icon, 0, Qt::AlignTop);
    layout->addWidget(name, 0, Qt::AlignTop);
    layout->addWidget(detail, 1);
    m_result->addWidget(line);
}

void TokenInspector::addJson(const QString& title, const std::string& json, const char* objectName) {
    if (json.empty()) {
        return;
    }
    m_result->addSpacing(6);
    m_result->addWidget(makeLabel(title, "label"));
    auto* text = new QPlainTextEdit(toQString(json));
    nameWidget(text, QStringLiteral("inspector.") + QLatin1String(objectName), title);
    text->setReadOnly(true);
    text->setProperty("mono", true);
    text->setTabChangesFocus(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setFixedHeight(qMin(text->document()->blockCount(), jsonLinesMax) * jsonLineHeight + 22);
    m_result->addWidget(text);
}

void TokenInspector::forget() {
    m_token->clear();
    m_certificate->lineEdit()->clear();
    clearLayout(*m_result);
    m_stack->setCurrentIndex(0);
}

void TokenInspector::done(int result) {
    forget();
    QDialog::done(result);
}

} // namespace ui
