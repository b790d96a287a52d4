#include "ui/pages/dashboard_page.h"

#include "ui/certificate_facts.h"
#include "ui/charts/sparkline.h"
#include "ui/curl_line.h"
#include "ui/metrics_series.h"
#include "ui/number_text.h"
#include "ui/pages/connections_card.h"
#include "ui/pages/dashboard_cards.h"
#include "ui/status_text.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/scroll.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QStackedLayout>
#include <QTime>
#include <algorithm>

namespace ui {

using gateway::model::Tier;
using gateway::model::TierId;
using gateway::service::GatewayService;
using gateway::service::GatewayState;

namespace {

constexpr std::size_t tiersShownMax = 6;
// Below these widths of the page, cards go under one another instead of next to each other.
constexpr int twoColumnsFrom = 830;
constexpr int twoTablesFrom = 1000;

double ratePerSecond(const Tier& tier) {
    return static_cast<double>(tier.requests) / static_cast<double>(std::max<long>(tier.period.count(), 1));
}

std::vector<double> column(const std::vector<TrafficPoint>& points, double (*value)(const TrafficPoint&)) {
    std::vector<double> values;
    values.reserve(points.size());
    std::transform(points.begin(), points.end(), std::back_inserter(values), value);
    return values;
}

std::vector<ChartSeries> reversed(std::vector<ChartSeries> series) {
    std::reverse(series.begin(), series.end());
    return series;
}

} // namespace

DashboardPage::DashboardPage(ConsoleContext& context, QWidget* parent)
    : Page(parent)
    , m_context(context)
    , m_stack(new QStackedLayout(this))
    , m_kpiGrid(new QGridLayout)
    , m_chartGrid(new QGridLayout)
    , m_health(new ServiceHealthCard(context.theme))
    , m_topRoutes(new TopRoutesCard(context.theme))
    , m_connections(new ConnectionsCard)
    , m_certificates(new Banner(context.theme, QStringLiteral("dashboard.certificates"))) {
    nameWidget(this, QStringLiteral("dashboard"), title());
    setKind(this, "page");
    m_stack->addWidget(buildCharts());
    m_empty = buildEmpty();
    m_stack->addWidget(m_empty);

    connect(&m_context.series, &MetricsSeries::updated, this, [this] {
        if (!m_paused && isVisible()) {
            refresh();
        }
    });
    connect(&m_context.service, &GatewayService::statusChanged, this, [this] { refreshEmpty(); });
    connect(&m_context.service, &GatewayService::published, this, [this] {
        refreshCertificates();
        refresh();
    });
    connect(&m_context.service, &GatewayService::certificateWarning, this, [this] { refreshCertificates(); });
    connect(&m_context.theme, &Theme::changed, this, [this] {
        for (const ChartCard& card : {m_traffic, m_latency, m_errors, m_rateLimited}) {
            card.chart->update();
        }
    });
    connect(m_health, &ServiceHealthCard::serviceRequested, this,
            [this](const QString& name) { Q_EMIT pageRequested(QStringLiteral("services"), name); });
    connect(m_certificates, &Banner::actionRequested, this,
            [this] { Q_EMIT pageRequested(QStringLiteral("certificates"), m_endingFirst); });
    connect(m_certificates, &Banner::dismissed, m_certificates, &QWidget::hide);
    connect(m_topRoutes, &TopRoutesCard::routeRequested, this,
            [this](const QString& name) { Q_EMIT pageRequested(QStringLiteral("routes"), name); });
    refreshCertificates();
    refresh();
}

QString DashboardPage::subtitle() const {
    return m_paused ? tr("Paused at %1").arg(m_pausedAt) : tr("All routes · refreshed every second");
}

QWidget* DashboardPage::makeTopBarWidget() {
    m_pauseButton = new Button(m_context.theme, tr("Pause"), QStringLiteral("dashboard.pause"),
                               Button::Kind::Secondary, QStringLiteral("pause"));
    m_pauseButton->setToolTip(tr("Hold the charts still"));
    connect(m_pauseButton, &Button::clicked, this, [this] { setPaused(!m_paused); });
    return m_pauseButton;
}

void DashboardPage::setPaused(bool paused) {
    m_paused = paused;
    m_pausedAt = QTime::currentTime().toString(QStringLiteral("HH:mm:ss"));
    if (m_pauseButton != nullptr) {
        m_pauseButton->setText(paused ? tr("Live") : tr("Pause"));
        m_pauseButton->setAccessibleName(m_pauseButton->text());
        m_pauseButton->setIconName(paused ? QStringLiteral("play") : QStringLiteral("pause"));
        m_pauseButton->setToolTip(paused ? tr("Follow the traffic again") : tr("Hold the charts still"));
    }
    if (!paused) {
        refresh();
    }
    Q_EMIT subtitleChanged();
}

std::function<QColor()> DashboardPage::colorOf(Token token) const {
    return [&theme = m_context.theme, token] { return theme.color(token); };
}

DashboardPage::ChartCard DashboardPage::makeChart(const QString& title, const QString& subtitle,
                                                  TimeChart::Mode mode, const QString& unit,
                                                  const QString& objectName) {
    ChartCard card;
    card.card = new Card(title, subtitle);
    card.card->layout()->setContentsMargins(18, 14, 6, 8);
    card.legend = new ChartLegend(m_context.theme);
    card.card->addHeaderWidget(card.legend);
    // The chart reaches further to the right than the header, since "now" needs room under the last point.
    auto* gap = new QWidget;
    gap->setFixedWidth(4);
    card.card->addHeaderWidget(gap);
    card.chart = new TimeChart(m_context.theme, mode, unit, objectName, title);
    card.card->body()->addWidget(card.chart);
    return card;
}

QWidget* DashboardPage::buildCharts() {
    Theme& theme = m_context.theme;
    m_kpis = {
        new KpiCard(theme, tr("Requests"), tr("req/s"), Token::Accent, QStringLiteral("kpi.requests")),
        new KpiCard(theme, tr("Latency p95"), tr("ms"), Token::P95, QStringLiteral("kpi.latency")),
        new KpiCard(theme, tr("Error rate"), tr("%"), Token::Status5xx, QStringLiteral("kpi.errors")),
        new KpiCard(theme, tr("Rate-limited"), tr("req/s"), Token::RateLimited,
                    QStringLiteral("kpi.rateLimited")),
    };
    m_kpis[2]->setToolTip(tr("Answers of 500 and above, of all answers"));

    m_traffic = makeChart(tr("Traffic"), tr("by status class"), TimeChart::Mode::Stacked, tr("/s"),
                          QStringLiteral("chart.traffic"));
    const std::vector<ChartSeries> classes{
        {QStringLiteral("2xx"), colorOf(Token::Status2xx), BucketBy::Mean, true},
        {QStringLiteral("3xx"), colorOf(Token::Status3xx), BucketBy::Mean, true},
        {QStringLiteral("4xx"), colorOf(Token::Status4xx), BucketBy::Mean, true},
        {QStringLiteral("5xx"), colorOf(Token::Status5xx), BucketBy::Mean, true}};
    m_traffic.chart->setSeries(classes);
    m_traffic.legend->setSeries(classes);

    m_latency = makeChart(tr("Latency"), tr("gateway + upstream, ms"), TimeChart::Mode::Lines, tr("ms"),
                          QStringLiteral("chart.latency"));
    const std::vector<ChartSeries> latencies{
        {QStringLiteral("p50"), colorOf(Token::P50), BucketBy::MeanOfBusy, false},
        {QStringLiteral("p95"), colorOf(Token::P95), BucketBy::MeanOfBusy, true},
        {QStringLiteral("p99"), colorOf(Token::P99), BucketBy::Max, false}};
    m_latency.chart->setSeries(latencies);
    m_latency.legend->setSeries(reversed(latencies));

    m_errors = makeChart(tr("Errors"), tr("per second"), TimeChart::Mode::Lines, tr("/s"),
                         QStringLiteral("chart.errors"));
    const std::vector<ChartSeries> errors{
        {QStringLiteral("4xx"), colorOf(Token::Status4xx), BucketBy::Max, true},
        {QStringLiteral("5xx"), colorOf(Token::Status5xx), BucketBy::Max, true}};
    m_errors.chart->setSeries(errors);
    m_errors.legend->setSeries(errors);

    m_rateLimited = makeChart(tr("Rate-limited"), tr("by tier"), TimeChart::Mode::Stacked, tr("/s"),
                              QStringLiteral("chart.rateLimited"));

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(24, 20, 24, 24);
    layout->setSpacing(16);
    m_kpiGrid->setSpacing(16);
    m_chartGrid->setSpacing(16);
    m_certificates->hide();
    layout->addWidget(m_certificates);
    layout->addLayout(m_kpiGrid);
    layout->addLayout(m_chartGrid);
    layout->addStretch(1);
    QScrollArea* scroll = makeScrollArea(QStringLiteral("dashboard.scroll"));
    setScrollBody(scroll, body);
    place();
    return scroll;
}

void DashboardPage::place() {
    const int pageWidth = width();
    const int columns = pageWidth < twoColumnsFrom ? 1 : 2;
    const int tableColumns = pageWidth < twoTablesFrom ? 1 : 2;
    const int shape = columns * 10 + tableColumns;
    if (shape == m_layoutColumns) {
        return;
    }
    m_layoutColumns = shape;
    const int kpiColumns = columns == 1 ? 2 : 4;
    for (int i = 0; i < 4; ++i) {
        m_kpiGrid->addWidget(m_kpis[static_cast<std::size_t>(i)], i / kpiColumns, i % kpiColumns);
        m_kpiGrid->setColumnStretch(i, i < kpiColumns ? 1 : 0);
    }
    const std::vector<QWidget*> charts{m_traffic.card, m_latency.card, m_errors.card, m_rateLimited.card};
    for (int i = 0; i < 4; ++i) {
        QWidget* chart = charts[static_cast<std::size_t>(i)];
        chart->setFixedHeight(i < 2 ? 260 : 220);
        m_chartGrid->addWidget(chart, i / columns, i % columns);
    }
    const int below = 4;
    const int span = tableColumns == 1 ? 2 : 1;
    m_chartGrid->addWidget(m_health, below, 0, 1, span);
    m_chartGrid->addWidget(m_topRoutes, below + (tableColumns == 1 ? 1 : 0), tableColumns - 1, 1, span);
    m_chartGrid->addWidget(m_connections, below + 2, 0, 1, 2);
    m_chartGrid->setColumnStretch(0, 1);
    m_chartGrid->setColumnStretch(1, columns == 1 ? 0 : 1);
}

void DashboardPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    place();
}

void DashboardPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (!m_paused) {
        refresh();
    }
}

QWidget* DashboardPage::buildEmpty() {
    m_emptyState = new EmptyState(m_context.theme, QStringLiteral("activity"), {}, {});
    m_start = m_emptyState->addPrimary(tr("Start the gateway"), QStringLiteral("dashboard.start"),
                                       [this] { m_context.service.start(); });
    m_newRoute = m_emptyState->addSecondary(tr("Show the routes"), QStringLiteral("dashboard.routes"),
                                            [this] { Q_EMIT pageRequested(QStringLiteral("routes"), {}); });
    m_curlBox = new QFrame;
    setKind(m_curlBox, "inset");
    m_curl = makeLabel({}, "mono");
    m_curl->setObjectName(QStringLiteral("dashboard.curl"));
    m_curl->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* copy = new IconButton(m_context.theme, QStringLiteral("copy"), tr("Copy the command"),
                                QStringLiteral("dashboard.copyCurl"));
    connect(copy, &IconButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_curl->text());
        Q_EMIT message(tr("Copied"));
    });
    auto* boxLayout = new QHBoxLayout(m_curlBox);
    boxLayout->setContentsMargins(14, 6, 6, 6);
    boxLayout->addWidget(m_curl, 1);
    boxLayout->addWidget(copy);
    m_emptyState->insertBelowText(m_curlBox);
    return m_emptyState;
}

void DashboardPage::refreshEmpty() {
    const gateway::service::GatewayStatus status = m_context.service.status();
    const auto current = m_context.service.current();
    const bool running = status.state == GatewayState::Running;
    m_start->setVisible(status.state == GatewayState::Stopped || status.state == GatewayState::Failed);
    m_curlBox->setVisible(running && !status.addresses.empty());
    if (!running) {
        const bool stopped = status.state != GatewayState::Starting;
        m_emptyState->setTexts(stopped ? tr("The gateway is stopped") : tr("The gateway is starting"),
                               tr("Start it, and its traffic shows here: requests, latency, errors, and who "
                                  "runs into a limit."));
        return;
    }
    QStringList addresses;
    for (const std::string& address : status.addresses) {
        addresses.append(current ? addressUrl(current->config, address) : QString::fromStdString(address));
    }
    m_emptyState->setTexts(tr("Waiting for the first request"),
                           tr("The gateway listens on %1. Send it a request, and the charts begin to move.")
                               .arg(addresses.join(QStringLiteral(", "))));
    if (current != nullptr && !status.addresses.empty()) {
        m_curl->setText(QString::fromStdString(curlLine(current->config, status.addresses.front())));
    }
}

void DashboardPage::refresh() {
    const auto current = m_context.service.current();
    if (!m_context.series.hasTraffic() || current == nullptr) {
        refreshEmpty();
        m_stack->setCurrentWidget(m_empty);
        return;
    }
    m_stack->setCurrentIndex(0);
    refreshKpis();
    refreshCharts();
    refreshTiers();
    m_health->refresh(m_context.series, current->config);
    m_topRoutes->refresh(m_context.series, current->config);
    m_connections->show(m_context.series.lastFrame());
}

void DashboardPage::refreshKpis() {
    const std::vector<TrafficPoint>& points = m_context.series.points();
    const Kpis kpis = kpisOf(points);

    QString change;
    Tone tone = Tone::Neutral;
    if (kpis.requests.minuteAgo && *kpis.requests.minuteAgo > 0) {
        const double percent = (kpis.requests.now / *kpis.requests.minuteAgo - 1) * 100;
        change = tr("%1 %").arg(signedText(percent, std::abs(percent) < 10 ? 1 : 0));
    }
    m_kpis[0]->setValue(rateText(kpis.requests.now), change, tone);

    change.clear();
    if (kpis.p95Ms.minuteAgo && *kpis.p95Ms.minuteAgo > 0) {
        const double difference = kpis.p95Ms.now - *kpis.p95Ms.minuteAgo;
        change = tr("%1 ms").arg(signedText(difference, std::abs(difference) < 100 ? 1 : 0));
        tone = difference > 0.2 * *kpis.p95Ms.minuteAgo ? Tone::Warn
               : difference < 0                         ? Tone::Ok
                                                        : Tone::Neutral;
    }
    m_kpis[1]->setValue(QString::number(kpis.p95Ms.now, 'f', kpis.p95Ms.now < 99.95 ? 1 : 0), change, tone);

    change.clear();
    tone = Tone::Neutral;
    if (kpis.errorRatio.minuteAgo) {
        const double difference = (kpis.errorRatio.now - *kpis.errorRatio.minuteAgo) * 100;
        change = signedText(difference, 2);
        tone = difference >= 0.005 ? Tone::Warn : difference <= -0.005 ? Tone::Ok : Tone::Neutral;
    }
    m_kpis[2]->setValue(QString::number(kpis.errorRatio.now * 100, 'f', 2), change, tone);

    change.clear();
    if (kpis.rateLimited.minuteAgo) {
        const double difference = kpis.rateLimited.now - *kpis.rateLimited.minuteAgo;
        change = tr("%1 /s").arg(signedText(difference, 1));
    }
    m_kpis[3]->setValue(rateText(kpis.rateLimited.now), change, Tone::Neutral);

    const std::uint64_t seen = m_context.series.secondsSeen();
    const auto spark = [&](std::size_t card, double (*value)(const TrafficPoint&), BucketBy by) {
        m_kpis[card]->sparkline()->setPoints(bucketed(column(points, value), seen, 10, by), 600);
    };
    spark(
        0, [](const TrafficPoint& point) { return point.requests; }, BucketBy::Mean);
    spark(
        1, [](const TrafficPoint& point) { return point.p95Ms; }, BucketBy::MeanOfBusy);
    spark(
        2,
        [](const TrafficPoint& point) {
            return point.requests > 0 ? point.byClass[5] / point.requests : 0.0;
        },
        BucketBy::Mean);
    spark(
        3, [](const TrafficPoint& point) { return point.rateLimited; }, BucketBy::Mean);
}

void DashboardPage::refreshCharts() {
    const std::vector<TrafficPoint>& points = m_context.series.points();
    const std::uint64_t seen = m_context.series.secondsSeen();
    const auto twos = column(points, [](const TrafficPoint& point) { return point.byClass[2]; });
    const auto threes = column(points, [](const TrafficPoint& point) { return point.byClass[3]; });
    const auto fours = column(points, [](const TrafficPoint& point) { return point.byClass[4]; });
    const auto fives = column(points, [](const TrafficPoint& point) { return point.byClass[5]; });
    m_traffic.chart->setData({twos, threes, fours, fives}, seen);
    m_errors.chart->setData({fours, fives}, seen);
    m_latency.chart->setData({column(points, [](const TrafficPoint& point) { return point.p50Ms; }),
                              column(points, [](const TrafficPoint& point) { return point.p95Ms; }),
                              column(points, [](const TrafficPoint& point) { return point.p99Ms; })},
                             seen);
}

void DashboardPage::refreshCertificates() {
    const auto current = m_context.service.current();
    const auto warnings = current ? expiryWarnings(current->config, std::chrono::system_clock::now())
                                  : std::vector<ExpiryWarning>();
    if (warnings.empty()) {
        m_certificates->hide();
        return;
    }
    m_endingFirst = warnings.front().name;
    QString text = warnings.front().sentence;
    if (warnings.size() > 1) {
        text += tr(" And %1 more.").arg(warnings.size() - 1);
    }
    m_certificates->present(tr("Certificates"), text, warnings.front().level != ExpiryLevel::Soon,
                            tr("Show it"));
}

void DashboardPage::refreshTiers() {
    const MetricsSeries& series = m_context.series;
    const auto current = m_context.service.current();
    std::vector<const Tier*> tiers;
    for (const Tier& tier : current->config.tiers) {
        tiers.push_back(&tier);
    }
    // The slowest tier first: it is the one that is limited most, and it keeps its colour.
    std::stable_sort(tiers.begin(), tiers.end(),
                     [](const Tier* a, const Tier* b) { return ratePerSecond(*a) < ratePerSecond(*b); });
    const std::size_t alone = tiers.size() > tiersShownMax ? tiersShownMax - 1 : tiers.size();

    std::vector<TierId> shown;
    std::vector<ChartSeries> styles;
    std::vector<std::vector<double>> values;
    for (std::size_t i = 0; i < tiers.size(); ++i) {
        std::vector<double> seconds = series.rateLimitedOfTier(tiers[i]->id);
        seconds.resize(series.points().size(), 0.0);
        if (i > alone) {
            std::transform(seconds.begin(), seconds.end(), values.back().begin(), values.back().begin(),
                           std::plus<>());
            continue;
        }
        const auto index = static_cast<int>(i);
        shown.push_back(i < alone ? tiers[i]->id : TierId{});
        styles.push_back({i < alone ? QString::fromStdString(tiers[i]->name) : tr("other tiers"),
                          [&theme = m_context.theme, index] { return theme.seriesColor(index); },
                          BucketBy::Mean, true});
        values.push_back(std::move(seconds));
    }
    if (shown != m_tiers) {
        m_tiers = shown;
        m_rateLimited.chart->setSeries(styles);
    }
    m_rateLimited.legend->setSeries(styles);
    m_rateLimited.chart->setData(std::move(values), series.secondsSeen());
}

} // namespace ui
