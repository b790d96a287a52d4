#include "ui/pages/routes_tester.h"

#include "ui/editors/input_text.h"
#include "ui/editors/sentences.h"
#include "ui/models/table_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui {

RouteTester::RouteTester(ConsoleContext& context, QWidget* parent)
    : QFrame(parent)
    , m_context(context)
    , m_method(new QComboBox)
    , m_host(new QLineEdit)
    , m_target(new QLineEdit)
    , m_icon(new QLabel)
    , m_answer(makeLabel({}, "sub"))
    , m_note(makeLabel({}, "sub")) {
    setKind(this, "card");
    nameWidget(m_method, QStringLiteral("tester.method"), tr("Method to test"));
    nameWidget(m_host, QStringLiteral("tester.host"), tr("Host to test"));
    nameWidget(m_target, QStringLiteral("tester.target"), tr("Path and query to test"));
    m_answer->setObjectName(QStringLiteral("tester.answer"));
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        m_method->addItem(QLatin1String(method));
    }
    m_method->setFixedWidth(104);
    m_host->setPlaceholderText(tr("any host"));
    m_target->setPlaceholderText(QStringLiteral("/v1/orders/7?page=1"));
    m_target->setProperty("mono", true);
    m_answer->setWordWrap(true);
    m_note->setWordWrap(true);
    auto* match = new Button(context.theme, tr("Match"), QStringLiteral("tester.match"));

    auto* first = new QHBoxLayout;
    first->setSpacing(8);
    first->addWidget(m_method);
    first->addWidget(m_host, 1);
    auto* second = new QHBoxLayout;
    second->setSpacing(8);
    second->addWidget(m_target, 1);
    second->addWidget(match);
    auto* answer = new QHBoxLayout;
    answer->setSpacing(8);
    answer->addWidget(m_icon, 0, Qt::AlignTop);
    answer->addWidget(m_answer, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(8);
    layout->addWidget(makeLabel(tr("Test a request"), "label"));
    layout->addLayout(first);
    layout->addLayout(second);
    layout->addLayout(answer);
    layout->addWidget(m_note);
    m_icon->hide();
    m_answer->hide();
    connect(match, &Button::clicked, this, &RouteTester::ask);
    connect(m_target, &QLineEdit::returnPressed, this, &RouteTester::ask);
    connect(m_host, &QLineEdit::returnPressed, this, &RouteTester::ask);
}

void RouteTester::open(const FormValues& values) {
    m_route = values.value(QStringLiteral("name"));
    const auto methods = parseList(values.value(QStringLiteral("methods")));
    m_method->setCurrentText(methods.empty() ? QStringLiteral("GET") : toQString(methods.front()));
    const auto hosts = parseList(values.value(QStringLiteral("hosts")));
    QString host = hosts.empty() ? QString() : toQString(hosts.front());
    if (host.startsWith(QStringLiteral("*."))) {
        host.replace(0, 1, QStringLiteral("www"));
    }
    m_host->setText(host);
    const auto example = rewriteExample(values.value(QStringLiteral("path")), QString());
    m_target->setText(example ? example->path : QString());
    m_icon->hide();
    m_answer->hide();
}

void RouteTester::setUnsaved(bool unsaved) {
    m_note->setText(
        unsaved ? tr("Asks the routes as they are saved; what you changed here is not part of it yet.")
                : tr("Asks the routes as they are saved. Nothing is sent."));
}

void RouteTester::ask() {
    gateway::service::MatchQuery query;
    query.method = m_method->currentText().toStdString();
    query.host = m_host->text().trimmed().toStdString();
    query.target = m_target->text().trimmed().toStdString();
    if (query.target.empty()) {
        query.target = "/";
    }
    m_context.service.match(query).then(
        this, [this](const gateway::service::MatchReport& report) { show(report); });
}

void RouteTester::show(const gateway::service::MatchReport& report) {
    QString text = toQString(report.explanation);
    const bool found = report.route.has_value();
    const bool here = found && toQString(*report.route) == m_route;
    if (found) {
        QStringList parts = {here ? tr("Matches this route")
                                  : tr("Goes to another route: %1").arg(toQString(*report.route))};
        for (const auto& capture : report.captures) {
            parts.push_back(QStringLiteral("%1 = %2").arg(toQString(capture.name), toQString(capture.value)));
        }
        parts.push_back(
            tr("forwarded to %1 as %2").arg(toQString(report.service), toQString(report.upstreamPath)));
        if (report.authenticates) {
            parts.push_back(tr("with a valid API key only"));
        }
        text = parts.join(QStringLiteral(", "));
    } else if (text.isEmpty()) {
        text = tr("No route matches; the answer is %1.").arg(report.status);
    }
    m_icon->setPixmap(m_context.theme.pixmap(here    ? QStringLiteral("check-circle")
                                             : found ? QStringLiteral("info")
                                                     : QStringLiteral("alert"),
                                             here    ? Token::Ok
                                             : found ? Token::Muted
                                                     : Token::Warn,
                                             16, devicePixelRatioF()));
    m_answer->setText(text);
    m_icon->show();
    m_answer->show();
}

} // namespace ui
