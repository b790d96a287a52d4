#include "ui/pages/dashboard_cards.h"

#include "ui/charts/sparkline.h"
#include "ui/number_text.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/click_frame.h"
#include "ui/widgets/kind.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_delegates.h"
#include "ui/widgets/table_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QResizeEvent>
#include <algorithm>

namespace ui {

namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

QString joined(const std::vector<std::string>& words) {
    QStringList list;
    for (const std::string& word : words) {
        list.append(text(word));
    }
    return list.join(QStringLiteral(", "));
}

TickStrip::Tick tickOf(HealthTick tick) {
    switch (tick) {
    case HealthTick::Idle:
        return TickStrip::Tick::Idle;
    case HealthTick::Good:
        return TickStrip::Tick::Good;
    case HealthTick::Degraded:
        return TickStrip::Tick::Degraded;
    case HealthTick::Down:
        return TickStrip::Tick::Down;
    }
    return TickStrip::Tick::None;
}

struct ServiceState {
    QString text;
    Tone tone = Tone::Neutral;
    bool isOfNow = true; ///< otherwise of the minutes that the ticks show
};

/// What the gateway does about the service comes before what its answers look like.
ServiceState stateOf(const ServiceWindow& window) {
    using gateway::metrics::BreakerCondition;
    if (window.breaker == BreakerCondition::Open) {
        return {QStringLiteral("Breaker open"), Tone::Bad};
    }
    if (window.panicking) {
        return {QStringLiteral("Panic: all targets are asked"), Tone::Bad};
    }
    if (window.breaker == BreakerCondition::Recovering) {
        return {QStringLiteral("Breaker recovering"), Tone::Warn};
    }
    const TargetTally& targets = window.targets;
    if (targets.isDrained()) {
        return {QStringLiteral("Drained"), Tone::Warn};
    }
    QStringList out;
    if (targets.unhealthy > 0) {
        out.append(QStringLiteral("%1 unhealthy").arg(targets.unhealthy));
    }
    if (targets.ejected > 0) {
        out.append(QStringLiteral("%1 ejected").arg(targets.ejected));
    }
    if (!out.isEmpty()) {
        const bool none = targets.serving == 0;
        return {out.join(QStringLiteral(", ")),
                none || window.state == HealthTick::Down ? Tone::Bad : Tone::Warn};
    }
    switch (window.state) {
    case HealthTick::Idle:
        return {QStringLiteral("No traffic"), Tone::Neutral, false};
    case HealthTick::Good:
        return {QStringLiteral("Healthy"), Tone::Ok, false};
    case HealthTick::Degraded:
        return {QStringLiteral("Degraded"), Tone::Warn, false};
    case HealthTick::Down:
        return {QStringLiteral("Down"), Tone::Bad, false};
    }
    return {};
}

} // namespace

KpiCard::KpiCard(const Theme& theme, const QString& name, const QString& unit, Token token,
                 const QString& objectName)
    : m_name(name)
    , m_unit(unit)
    , m_value(makeLabel(QStringLiteral("0"), "kpi"))
    , m_change(new Pill(theme))
    , m_sparkline(new Sparkline(theme, token)) {
    setObjectName(objectName);
    m_value->setObjectName(objectName + QStringLiteral(".value"));
    m_change->setToolTip(tr("Against a minute ago"));
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(name, "label"));
    head->addStretch(1);
    head->addWidget(m_change);
    // The pill comes and goes; the number below stays where it is.
    head->addSpacing(0);
    auto* headBox = new QWidget;
    headBox->setFixedHeight(24);
    head->setContentsMargins(0, 0, 0, 0);
    headBox->setLayout(head);
    auto* foot = new QHBoxLayout;
    foot->setSpacing(6);
    foot->addWidget(m_value, 0, Qt::AlignBottom);
    QLabel* unitLabel = makeLabel(unit, "unit");
    unitLabel->setContentsMargins(0, 0, 0, 4);
    foot->addWidget(unitLabel, 0, Qt::AlignBottom);
    foot->addStretch(1);
    foot->addWidget(m_sparkline, 2, Qt::AlignBottom);
    body()->setSpacing(4);
    body()->addWidget(headBox);
    body()->addLayout(foot);
}

void KpiCard::setValue(const QString& valueText, const QString& change, Tone tone) {
    m_value->setText(valueText);
    m_change->setVisible(!change.isEmpty());
    m_change->set(change, tone);
    setAccessibleName(QStringLiteral("%1 %2 %3").arg(m_name, valueText, m_unit));
    setAccessibleDescription(change.isEmpty() ? QString() : tr("%1 against a minute ago").arg(change));
}

ServiceHealthCard::ServiceHealthCard(const Theme& theme)
    : Card(tr("Service health"))
    , m_theme(theme)
    , m_grid(new QGridLayout)
    , m_nothing(makeLabel(tr("No services yet. A service is a backend that routes send requests to."), "sub"))
    , m_good(new Pill(theme, {}, Tone::Ok, true))
    , m_degraded(new Pill(theme, {}, Tone::Warn, true))
    , m_down(new Pill(theme, {}, Tone::Bad, true)) {
    setObjectName(QStringLiteral("dashboard.health"));
    for (Pill* pill : {m_good, m_degraded, m_down}) {
        addHeaderWidget(pill);
    }
    auto* all =
        new Button(theme, tr("View all"), QStringLiteral("dashboard.viewServices"), Button::Kind::Ghost);
    setKind(all, "link");
    addHeaderWidget(all);
    connect(all, &Button::clicked, this, [this] { Q_EMIT serviceRequested({}); });
    m_grid->setSpacing(10);
    m_nothing->setWordWrap(true);
    body()->addWidget(m_nothing);
    body()->addLayout(m_grid);
    body()->addStretch(1);
}

void ServiceHealthCard::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    placeTiles();
}

void ServiceHealthCard::placeTiles() {
    const int columns = width() < 430 ? 1 : (width() > 900 ? 3 : 2);
    if (columns == m_columns && m_grid->count() == static_cast<int>(m_tiles.size())) {
        return;
    }
    while (QLayoutItem* item = m_grid->takeAt(0)) {
        delete item;
    }
    for (int i = 0; i < 3; ++i) {
        m_grid->setColumnStretch(i, i < columns ? 1 : 0);
    }
    m_columns = columns;
    for (std::size_t i = 0; i < m_tiles.size(); ++i) {
        const int place = static_cast<int>(i);
        m_grid->addWidget(m_tiles[i].frame, place / columns, place % columns);
    }
}

ServiceHealthCard::Tile ServiceHealthCard::makeTile() {
    Tile tile;
    tile.frame = new ClickFrame(QStringLiteral("dashboard.service.%1").arg(m_tiles.size()));
    tile.name = new StatusLabel(m_theme);
    tile.latency = makeLabel({}, "label");
    tile.ticks = new TickStrip(m_theme);
    tile.state = makeLabel({}, "sub");
    tile.targets = makeLabel({}, "sub");
    auto* head = new QHBoxLayout;
    head->addWidget(tile.name, 1);
    head->addWidget(tile.latency);
    auto* foot = new QHBoxLayout;
    foot->addWidget(tile.state);
    foot->addStretch(1);
    foot->addWidget(tile.targets);
    auto* layout = new QVBoxLayout(tile.frame);
    layout->setContentsMargins(12, 9, 12, 9);
    layout->setSpacing(6);
    layout->addLayout(head);
    layout->addWidget(tile.ticks);
    layout->addLayout(foot);
    connect(tile.frame, &ClickFrame::clicked, this,
            [this, name = tile.name] { Q_EMIT serviceRequested(name->text()); });
    return tile;
}

void ServiceHealthCard::refresh(const MetricsSeries& series, const gateway::model::Config& config) {
    while (m_tiles.size() > config.services.size()) {
        delete m_tiles.back().frame;
        m_tiles.pop_back();
    }
    while (m_tiles.size() < config.services.size()) {
        m_tiles.push_back(makeTile());
    }
    placeTiles();
    m_nothing->setVisible(m_tiles.empty());

    int good = 0;
    int degraded = 0;
    int down = 0;
    std::size_t i = 0;
    for (const gateway::model::Service& service : config.services) {
        const ServiceWindow window = series.service(service.id).value_or(ServiceWindow{});
        const Tone tone = stateOf(window).tone;
        good += tone == Tone::Ok ? 1 : 0;
        degraded += tone == Tone::Warn ? 1 : 0;
        down += tone == Tone::Bad ? 1 : 0;
        showTile(m_tiles[i++], service, window);
    }
    m_good->set(tr("%1 healthy").arg(good), Tone::Ok);
    m_degraded->set(tr("%1 degraded").arg(degraded), Tone::Warn);
    m_down->set(tr("%1 down").arg(down), Tone::Bad);
    m_good->setVisible(good > 0);
    m_degraded->setVisible(degraded > 0);
    m_down->setVisible(down > 0);
}

void ServiceHealthCard::showTile(const Tile& tile, const gateway::model::Service& service,
                                 const ServiceWindow& window) {
    const ServiceState state = stateOf(window);
    std::vector<TickStrip::Tick> ticks;
    for (const HealthTick tick : window.ticks) {
        ticks.push_back(tickOf(tick));
    }
    const std::size_t targets = service.targets.size();
    const bool isKnown = window.targets.all() == targets;
    const std::size_t good = isKnown ? std::min(window.targetsGood, window.targets.serving) : targets;
    tile.name->set(text(service.name), state.tone);
    tile.latency->setText(window.p95Ms > 0 ? latencyText(window.p95Ms) : QString());
    tile.latency->setToolTip(tr("p95 of the upstream's answers"));
    tile.ticks->setTicks(std::move(ticks), MetricsSeries::ticksMax);
    tile.state->setText(state.isOfNow ? state.text : tr("%1 · 6 min").arg(state.text));
    tile.targets->setText(tr("%1/%2 targets").arg(good).arg(targets));
    tile.frame->setToolTip(tr("One tick is ten seconds. Degraded: 5 % of the requests failed or more; "
                              "down: half of them or more."));
    tile.frame->setAccessibleName(tr("%1: %2, %3").arg(text(service.name), state.text, tile.targets->text()));
}

void TopRoutesModel::setRows(std::vector<Row> rows) {
    if (rows.size() == m_rows.size()) {
        m_rows = std::move(rows);
        if (!m_rows.empty()) {
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        }
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int TopRoutesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int TopRoutesModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant TopRoutesModel::data(const QModelIndex& index, int role) const {
    const Row& item = row(index.row());
    if (role == Qt::ToolTipRole) {
        return item.name;
    }
    switch (index.column()) {
    case RouteColumn:
        return role == Qt::DisplayRole ? QVariant(item.path) : role == MethodRole ? item.methods : QVariant();
    case RateColumn:
        if (role == RatioRole) {
            const double highest = m_rows.front().window.requestsPerSecond;
            return highest > 0 ? item.window.requestsPerSecond / highest : 0.0;
        }
        return role == Qt::DisplayRole ? QVariant(rateText(item.window.requestsPerSecond)) : QVariant();
    case LatencyColumn:
        return role == Qt::DisplayRole ? QVariant(latencyText(item.window.p95Ms)) : QVariant();
    case ErrorsColumn:
        if (role == ToneRole) {
            const double ratio = item.window.errorRatio;
            return static_cast<int>(ratio >= 0.05 ? Tone::Bad : ratio >= 0.01 ? Tone::Warn : Tone::Neutral);
        }
        return role == Qt::DisplayRole ? QVariant(percentText(item.window.errorRatio)) : QVariant();
    default:
        return {};
    }
}

QVariant TopRoutesModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole && section >= LatencyColumn) {
        return static_cast<int>(Qt::AlignVCenter | Qt::AlignRight);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case RouteColumn:
        return tr("Route");
    case RateColumn:
        return tr("Req/s");
    case LatencyColumn:
        return tr("p95");
    case ErrorsColumn:
        return tr("5xx");
    default:
        return {};
    }
}

TopRoutesCard::TopRoutesCard(const Theme& theme)
    : Card(tr("Top routes"), tr("last 10 minutes"))
    , m_model(new TopRoutesModel(this))
    , m_table(new TableView(theme, QStringLiteral("dashboard.topRoutes"), tr("Top routes"))) {
    auto* all = new Button(theme, tr("View all"), QStringLiteral("dashboard.viewAll"), Button::Kind::Ghost);
    setKind(all, "link");
    addHeaderWidget(all);
    connect(all, &Button::clicked, this, [this] { Q_EMIT routeRequested({}); });

    m_table->setModel(m_model);
    m_table->setPlainHeader();
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setItemDelegateForColumn(TopRoutesModel::RouteColumn, new PathDelegate(theme, m_table));
    m_table->setItemDelegateForColumn(TopRoutesModel::RateColumn, new UsageBarDelegate(theme, m_table));
    for (const int column : {TopRoutesModel::LatencyColumn, TopRoutesModel::ErrorsColumn}) {
        m_table->setItemDelegateForColumn(column, new NumberDelegate(theme, QFont::Normal, m_table));
    }
    QHeaderView* header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Fixed);
    header->setSectionResizeMode(TopRoutesModel::RouteColumn, QHeaderView::Stretch);
    header->resizeSection(TopRoutesModel::RateColumn, 132);
    header->resizeSection(TopRoutesModel::LatencyColumn, 84);
    header->resizeSection(TopRoutesModel::ErrorsColumn, 74);
    m_table->setFixedHeight(36 + static_cast<int>(rowsMax) * 40 + 2);
    connect(m_table, &TableView::opened, this,
            [this](const QModelIndex& index) { Q_EMIT routeRequested(m_model->row(index.row()).name); });
    body()->addWidget(m_table);
    body()->addStretch(1);
}

void TopRoutesCard::refresh(const MetricsSeries& series, const gateway::model::Config& config) {
    std::vector<TopRoutesModel::Row> rows;
    // A few more than are shown, since a removed route still has its minutes in the window.
    for (const RouteWindow& window : series.topRoutes(rowsMax * 2)) {
        const gateway::model::Route* route = config.routes.findById(window.route);
        if (route != nullptr && rows.size() < rowsMax) {
            rows.push_back(
                {text(route->name), joined(route->match.methods), text(route->match.path), window});
        }
    }
    m_model->setRows(std::move(rows));
}

} // namespace ui
