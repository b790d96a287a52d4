#include "ui/first_run.h"

#include "gateway/model/codec.h"
#include "gateway/model/edit.h"
#include "gateway/service/gateway_service.h"
#include "ui/status_text.h"
#include "ui/theme.h"
#include "ui/widgets/card.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/scroll.h"

#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace ui {

namespace {

using RevisionReply = tl::expected<gateway::model::Revision, gateway::service::Rejection>;

constexpr int columnWidth = 620;
constexpr qint64 fileBytesMax = 64LL * 1024 * 1024; // what readConfigFile() reads at most

QString problemLine(const gateway::model::Problem& problem) {
    QString text = QString::fromStdString(problem.message);
    if (!problem.path.empty()) {
        text = QStringLiteral("%1: %2").arg(QString::fromStdString(problem.path), text);
    }
    return problem.line > 0 ? FirstRun::tr("Line %1 · %2").arg(problem.line).arg(text) : text;
}

} // namespace

FirstRun::FirstRun(ConsoleContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_demo(makeChoice(QStringLiteral("firstRun.demo"), QStringLiteral("zap"), tr("Try the demo"),
                        tr("A small shop: three sample backends and traffic of three tiers, all on this "
                           "machine. The charts move within seconds.")))
    , m_import(makeChoice(QStringLiteral("firstRun.import"), QStringLiteral("upload"),
                          tr("Import a configuration file"),
                          tr("YAML or JSON, as gatehousectl export writes it. It is checked before "
                             "anything is saved.")))
    , m_empty(makeChoice(QStringLiteral("firstRun.empty"), QStringLiteral("plus"), tr("Start empty"),
                         tr("One listener on 127.0.0.1:8080, and nothing else. You add services and "
                            "routes.")))
    , m_busy(makeLabel({}, "sub"))
    , m_problemCard(new Card(tr("The file cannot be used")))
    , m_problems(new QListWidget) {
    nameWidget(this, QStringLiteral("firstRun"), tr("Welcome"));
    setKind(this, "page");
    m_demo->setVisible(static_cast<bool>(m_context.startDemo));
    m_busy->setObjectName(QStringLiteral("firstRun.busy"));
    nameWidget(m_problems, QStringLiteral("firstRun.problems"), tr("Problems of the file"));
    m_problems->setWordWrap(true);
    m_problems->setMinimumHeight(140);
    m_problemCard->body()->addWidget(m_problems);
    m_problemCard->hide();

    QLabel* title = makeLabel(tr("Welcome to Gatehouse"), "kpi");
    QLabel* text = makeLabel(tr("An API gateway on your desk: draw up routes, hand out keys, set limits, and "
                                "watch the traffic. How do you want to begin?"),
                             "unit");
    text->setWordWrap(true);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout;
    column->setSpacing(12);
    column->addStretch(2);
    column->addWidget(title);
    column->addWidget(text);
    column->addSpacing(10);
    column->addWidget(m_demo);
    column->addWidget(m_import);
    column->addWidget(m_empty);
    column->addWidget(m_busy);
    column->addWidget(m_problemCard);
    column->addStretch(3);
    auto* middle = new QWidget;
    middle->setMaximumWidth(columnWidth);
    column->setContentsMargins(0, 0, 0, 0);
    middle->setLayout(column);
    auto* row = new QHBoxLayout(body);
    row->setContentsMargins(24, 24, 24, 24);
    row->addStretch(1);
    row->addWidget(middle, 100);
    row->addStretch(1);
    QScrollArea* scroll = makeScrollArea(QStringLiteral("firstRun.scroll"));
    setScrollBody(scroll, body);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);

    connect(m_demo, &QPushButton::clicked, this, [this] {
        setBusy(tr("Starting the demo…"));
        m_context.startDemo();
    });
    connect(m_import, &QPushButton::clicked, this, &FirstRun::chooseFile);
    connect(m_empty, &QPushButton::clicked, this, &FirstRun::startEmpty);
}

void FirstRun::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    setBusy({});
}

QPushButton* FirstRun::makeChoice(const QString& objectName, const QString& iconName, const QString& title,
                                  const QString& text) {
    auto* button = new QPushButton;
    nameWidget(button, objectName, title);
    button->setAccessibleDescription(text);
    setKind(button, "choice");
    button->setCursor(Qt::PointingHandCursor);
    auto* icon = new QLabel;
    const auto paintIcon = [this, icon, iconName] {
        icon->setPixmap(m_context.theme.pixmap(iconName, Token::AccentText, 26, devicePixelRatioF()));
    };
    paintIcon();
    connect(&m_context.theme, &Theme::changed, icon, paintIcon);
    QLabel* about = makeLabel(text, "sub");
    about->setWordWrap(true);
    auto* words = new QVBoxLayout;
    words->setSpacing(3);
    words->addStretch(1);
    words->addWidget(makeLabel(title, "h2"));
    words->addWidget(about);
    words->addStretch(1);
    auto* layout = new QHBoxLayout(button);
    layout->setContentsMargins(20, 14, 20, 14);
    layout->setSpacing(16);
    layout->addWidget(icon, 0, Qt::AlignVCenter);
    layout->addLayout(words, 1);
    for (QLabel* label : button->findChildren<QLabel*>()) {
        label->setAttribute(Qt::WA_TransparentForMouseEvents);
    }
    return button;
}

void FirstRun::chooseFile() {
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Import a configuration file"), {},
                                     tr("Configurations (*.yaml *.yml *.json);;All files (*)"));
    if (!path.isEmpty()) {
        importFile(path);
    }
}

void FirstRun::importFile(const QString& path) {
    QFile file(path);
    const QString name = QFileInfo(path).fileName();
    if (!file.open(QIODevice::ReadOnly)) {
        showProblems(tr("%1 cannot be read").arg(name), {file.errorString()});
        return;
    }
    if (file.size() > fileBytesMax) {
        showProblems(tr("%1 is too large").arg(name), {tr("A configuration file has at most 64 MiB.")});
        return;
    }
    const QByteArray text = file.readAll();
    auto content = gateway::model::readConfigFile(
        std::string_view(text.constData(), static_cast<std::size_t>(text.size())));
    if (!content) {
        QStringList lines;
        for (const gateway::model::Problem& problem : content.error()) {
            lines.append(problemLine(problem));
        }
        showProblems(tr("%1 cannot be used as it is").arg(name), lines);
        return;
    }
    m_problemCard->hide();
    setBusy(tr("Saving %1…").arg(name));
    gateway::model::ConfigChange change;
    change.author = m_context.author.toStdString();
    change.message = tr("Import of %1").arg(name).toStdString();
    change.edits = gateway::model::difference({}, content->config);
    m_context.service.publishFile(std::move(change), std::move(content->keys))
        .then(this, [this, name](const RevisionReply& reply) {
            setBusy({});
            if (!reply) {
                showProblems(tr("%1 was not saved").arg(name),
                             rejectionText(reply.error()).split(QLatin1Char('\n')));
            }
        });
}

void FirstRun::startEmpty() {
    setBusy(tr("Saving…"));
    gateway::model::Listener listener;
    listener.name = "public";
    listener.port = 8080;
    gateway::model::ConfigChange change;
    change.author = m_context.author.toStdString();
    change.message = tr("An empty start").toStdString();
    change.edits.emplace_back(gateway::model::Put{listener});
    m_context.service.publish(std::move(change)).then(this, [this](const RevisionReply& reply) {
        setBusy({});
        if (!reply) {
            showProblems(tr("That was not saved"), rejectionText(reply.error()).split(QLatin1Char('\n')));
        }
    });
}

void FirstRun::offerAgain() {
    setBusy({});
}

void FirstRun::setBusy(const QString& what) {
    m_busy->setText(what);
    for (QPushButton* button : {m_demo, m_import, m_empty}) {
        button->setEnabled(what.isEmpty());
    }
}

void FirstRun::showProblems(const QString& title, const QStringList& lines) {
    m_problemCard->setTitle(title);
    m_problems->clear();
    m_problems->addItems(lines);
    m_problemCard->show();
}

} // namespace ui
