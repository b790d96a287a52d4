#include "ui/console_window.h"

#include "ui/command_palette.h"
#include "ui/first_run.h"
#include "ui/gateway_card.h"
#include "ui/metrics_series.h"
#include "ui/rail.h"
#include "ui/status_text.h"
#include "ui/theme.h"
#include "ui/top_bar.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/toast.h"

#include <QHBoxLayout>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

namespace ui {

using gateway::service::GatewayService;
using gateway::service::GatewayState;
using gateway::service::GatewayStatus;

namespace {

constexpr const char* geometryKey = "window/geometry";
constexpr const char* pageKey = "window/page";
constexpr const char* themeKey = "appearance/theme";

QString themeName(ThemeMode mode) {
    switch (mode) {
    case ThemeMode::System:
        return QStringLiteral("system");
    case ThemeMode::Light:
        return QStringLiteral("light");
    case ThemeMode::Dark:
        return QStringLiteral("dark");
    }
    return {};
}

ThemeMode themeMode(const QString& name) {
    if (name == QLatin1String("light")) {
        return ThemeMode::Light;
    }
    return name == QLatin1String("dark") ? ThemeMode::Dark : ThemeMode::System;
}

} // namespace

ConsoleWindow::ConsoleWindow(ConsoleContext& context, QSettings& settings, std::vector<PageEntry> pages,
                             QWidget* parent)
    : QMainWindow(parent)
    , m_context(context)
    , m_settings(settings)
    , m_entries(std::move(pages))
    , m_rail(new Rail(context.theme))
    , m_topBar(new TopBar(context.theme))
    , m_banner(new Banner(context.theme, QStringLiteral("banner")))
    , m_stack(new QStackedWidget)
    , m_firstRun(new FirstRun(context)) {
    setObjectName(QStringLiteral("consoleWindow"));
    setWindowTitle(tr("Gatehouse"));
    setWindowIcon(QIcon(QStringLiteral(":/icons/gatehouse.svg")));
    setMinimumSize(900, 600);
    m_context.theme.setMode(themeMode(m_settings.value(QLatin1String(themeKey)).toString()));
    buildFrame();
    m_toast = new Toast(context.theme, this);
    m_palette = new CommandPalette(
        context.theme, [this](const QString& query) { return search(query); }, this);
    buildShortcuts();
    connectService();
    restoreSettings();
    // Nothing is chosen yet; the first Tab goes to the first page.
    centralWidget()->setFocus();
}

ConsoleWindow::~ConsoleWindow() = default;

void ConsoleWindow::buildFrame() {
    for (const PageEntry& entry : m_entries) {
        m_rail->addPage(entry.id, entry.title, entry.iconName, entry.section);
    }
    m_stack->addWidget(m_firstRun);
    auto* bannerMargin = new QVBoxLayout;
    bannerMargin->setContentsMargins(24, 14, 24, 0);
    bannerMargin->addWidget(m_banner);
    m_bannerBox = new QWidget;
    setKind(m_bannerBox, "page");
    m_bannerBox->setLayout(bannerMargin);
    // Hidden as a whole, since its margins are there even while the banner is not.
    m_bannerBox->hide();

    auto* central = new QWidget;
    setKind(central, "central");
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_topBar);
    right->addWidget(m_bannerBox);
    right->addWidget(m_stack, 1);
    auto* layout = new QHBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_rail);
    layout->addLayout(right, 1);
    setCentralWidget(central);

    connect(m_rail, &Rail::pageRequested, this, [this](const QString& id) { openPage(id); });
    connect(m_topBar, &TopBar::paletteRequested, this, [this] { m_palette->openPalette(); });
    connect(m_topBar, &TopBar::themeToggled, this, [this] {
        m_context.theme.setMode(m_context.theme.isDark() ? ThemeMode::Light : ThemeMode::Dark);
    });
    connect(&m_context.theme, &Theme::changed, this,
            [this] { m_settings.setValue(QLatin1String(themeKey), themeName(m_context.theme.mode())); });
    connect(m_banner, &Banner::actionRequested, this, [this] {
        if (m_status.state == GatewayState::Running) {
            reloadGateway();
        } else {
            startGateway();
        }
    });
    connect(m_banner, &Banner::dismissed, this, [this] {
        m_problemText.clear();
        m_dismissed = m_status.message;
        updateBanner();
    });
    GatewayCard* card = m_rail->gatewayCard();
    connect(card, &GatewayCard::startRequested, this, &ConsoleWindow::startGateway);
    connect(card, &GatewayCard::stopRequested, this, &ConsoleWindow::stopGateway);
    connect(card, &GatewayCard::reloadRequested, this, &ConsoleWindow::reloadGateway);
}

void ConsoleWindow::buildShortcuts() {
    const auto add = [this](const QKeySequence& keys, const std::function<void()>& action) {
        auto* shortcut = new QShortcut(keys, this);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    for (std::size_t i = 0; i < std::min<std::size_t>(m_entries.size(), 9); ++i) {
        add(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)),
            [this, id = m_entries[i].id] { openPage(id); });
    }
    add(QKeySequence(QStringLiteral("Ctrl+K")), [this] { m_palette->openPalette(); });
    add(QKeySequence::New, [this] {
        if (Page* current = page(m_currentPage)) {
            current->createNew();
        }
    });
    add(QKeySequence(Qt::Key_F5), [this] { reloadGateway(); });
    add(QKeySequence(QStringLiteral("Ctrl+Q")), [this] { close(); });
}

void ConsoleWindow::connectService() {
    GatewayService& service = m_context.service;
    connect(&service, &GatewayService::statusChanged, this, &ConsoleWindow::takeStatus);
    connect(&service, &GatewayService::metrics, this,
            [this](const gateway::metrics::MetricsFrame& frame) { m_context.series.add(frame); });
    connect(&service, &GatewayService::published, this, [this] { updateFirstRun(); });
    m_second.setInterval(1000);
    connect(&m_second, &QTimer::timeout, this, [this] {
        const auto now = std::chrono::system_clock::now();
        m_rail->gatewayCard()->setNow(now);
        // A frame may be late by a bit; only then is its second known to be without one.
        m_context.series.passTime(now - std::chrono::milliseconds(1500));
    });
    m_second.start();
    takeStatus(service.status());
}

void ConsoleWindow::restoreSettings() {
    resize(1440, 900);
    restoreGeometry(m_settings.value(QLatin1String(geometryKey)).toByteArray());
    if (m_entries.empty()) {
        return;
    }
    const QString last = m_settings.value(QLatin1String(pageKey)).toString();
    if (!openPage(last)) {
        openPage(m_entries.front().id);
    }
}

Page* ConsoleWindow::page(const QString& id) const {
    const auto at = m_pages.find(id);
    return at != m_pages.end() ? at->second : nullptr;
}

Page* ConsoleWindow::ensurePage(const QString& id) {
    if (Page* built = page(id)) {
        return built;
    }
    const auto entry = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&id](const PageEntry& candidate) { return candidate.id == id; });
    if (entry == m_entries.end()) {
        return nullptr;
    }
    Page* made = entry->make(m_context);
    m_pages[id] = made;
    m_stack->addWidget(made);
    QWidget* const topBarWidget = made->makeTopBarWidget();
    if (topBarWidget != nullptr) {
        // Owned from the start: the top bar takes it only while its page is shown.
        topBarWidget->setParent(this);
        topBarWidget->hide();
    }
    m_topBarWidgets[id] = topBarWidget;
    connect(made, &Page::subtitleChanged, this, &ConsoleWindow::updateTitle);
    connect(made, &Page::message, this, &ConsoleWindow::showMessage);
    connect(made, &Page::undoOffered, m_toast, &Toast::showUndo);
    connect(made, &Page::pageRequested, this, &ConsoleWindow::openPage);
    return made;
}

bool ConsoleWindow::openPage(const QString& id, const QString& name) {
    Page* current = page(m_currentPage);
    if (id != m_currentPage && current != nullptr && !current->canLeave()) {
        m_rail->setCurrent(m_currentPage);
        return false;
    }
    Page* wanted = ensurePage(id);
    if (wanted == nullptr) {
        return false;
    }
    m_currentPage = id;
    m_settings.setValue(QLatin1String(pageKey), id);
    m_rail->setCurrent(id);
    updateFirstRun();
    if (!name.isEmpty()) {
        wanted->reveal(name);
    }
    return true;
}

void ConsoleWindow::updateFirstRun() {
    const auto current = m_context.service.current();
    const bool nothingSaved = current == nullptr || current->revision.number == 0;
    // The first page is where people land; the others can be looked at before anything is saved.
    const bool welcome = nothingSaved && !m_entries.empty() && m_currentPage == m_entries.front().id;
    QWidget* shown = welcome ? static_cast<QWidget*>(m_firstRun) : page(m_currentPage);
    if (shown != nullptr) {
        m_stack->setCurrentWidget(shown);
    }
    updateTitle();
}

void ConsoleWindow::updateTitle() {
    const Page* current = page(m_currentPage);
    const bool welcome = m_stack->currentWidget() == m_firstRun;
    if (welcome) {
        m_topBar->setTitle(tr("Welcome"), tr("Nothing is saved yet"));
    } else if (current != nullptr) {
        m_topBar->setTitle(current->title(), current->subtitle());
    }
    const auto widget = m_topBarWidgets.find(m_currentPage);
    m_topBar->setPageWidget(welcome || widget == m_topBarWidgets.end() ? nullptr : widget->second);
}

void ConsoleWindow::takeStatus(const GatewayStatus& status) {
    m_status = status;
    GatewayStatus shown = status;
    if (const auto current = m_context.service.current()) {
        for (std::string& address : shown.addresses) {
            const QString url = addressUrl(current->config, address);
            if (url.startsWith(QStringLiteral("https:"))) {
                address = url.toStdString();
            }
        }
    }
    m_rail->gatewayCard()->setStatus(shown);
    if (status.message != m_dismissed) {
        m_dismissed.clear();
    }
    updateBanner();
}

void ConsoleWindow::updateBanner() {
    const std::optional<BannerText> banner = bannerText(m_status);
    if (!m_problemText.isEmpty()) {
        m_banner->present(m_problemTitle, m_problemText, true);
    } else if (banner && (m_dismissed.empty() || m_dismissed != m_status.message)) {
        m_banner->present(banner->title, banner->text, banner->isBad,
                          m_status.state == GatewayState::Failed ? tr("Start again") : tr("Reload"));
    } else {
        m_banner->hide();
    }
    m_bannerBox->setVisible(!m_banner->isHidden());
}

void ConsoleWindow::showMessage(const QString& text) {
    m_toast->showMessage(text);
}

void ConsoleWindow::showProblem(const QString& title, const QString& text) {
    m_problemTitle = title;
    m_problemText = text;
    if (!text.isEmpty()) {
        m_firstRun->offerAgain();
    }
    updateBanner();
}

void ConsoleWindow::present() {
    if (isMinimized()) {
        showNormal();
    }
    show();
    raise();
    activateWindow();
}

} // namespace ui
