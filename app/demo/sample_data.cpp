#include "app/demo/sample_data.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <array>
#include <random>

namespace app::demo {

namespace {

struct Product {
    const char* sku;
    const char* name;
    int cents;
};

constexpr std::array products{
    Product{"KB-210", "Mechanical keyboard", 11900}, Product{"MS-044", "Vertical mouse", 5900},
    Product{"DK-130", "Standing desk", 48900},       Product{"LM-007", "Desk lamp", 3950},
    Product{"HD-320", "Headphones", 14900},          Product{"CB-012", "USB-C cable, 2 m", 1290},
    Product{"MN-271", "27-inch monitor", 32900},     Product{"CH-505", "Office chair", 27900},
};
constexpr std::array customers{"Ada Novak",    "Ben Okafor",  "Chiara Russo", "Dilan Aydin",
                               "Emil Larsson", "Fatima Khan", "Goran Petrov", "Hanna Weiss"};
constexpr std::array orderStates{"placed", "paid", "packed", "shipped", "delivered"};
constexpr std::array warehouses{"hamburg-1", "rotterdam-2", "lyon-1"};
constexpr std::array carriers{"Northpost", "Fleetline", "Harbour Express"};
constexpr std::array shipmentStates{"label-created", "in-transit", "out-for-delivery", "delivered"};
constexpr std::uint64_t itemsPerPage = 5;

using Random = std::mt19937_64;

template<class Array>
auto pick(const Array& choices, Random& random) {
    return choices[random() % choices.size()];
}

int between(int low, int high, Random& random) {
    return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
}

QString moment(Random& random) {
    static const QDateTime start(QDate(2026, 1, 5), QTime(8, 0), Qt::UTC);
    return start.addSecs(between(0, 180 * 86'400, random)).toString(Qt::ISODate);
}

QJsonObject order(std::uint64_t number, Random& random) {
    QJsonArray lines;
    int total = 0;
    for (int i = between(1, 3, random); i > 0; --i) {
        const Product product = pick(products, random);
        const int quantity = between(1, 3, random);
        total += quantity * product.cents;
        lines.append(QJsonObject{{QStringLiteral("sku"), QLatin1String(product.sku)},
                                 {QStringLiteral("name"), QLatin1String(product.name)},
                                 {QStringLiteral("quantity"), quantity},
                                 {QStringLiteral("unit_price_cents"), product.cents}});
    }
    return {{QStringLiteral("id"), QString::number(number)},
            {QStringLiteral("status"), QLatin1String(pick(orderStates, random))},
            {QStringLiteral("customer"), QLatin1String(pick(customers, random))},
            {QStringLiteral("placed_at"), moment(random)},
            {QStringLiteral("currency"), QStringLiteral("EUR")},
            {QStringLiteral("total_cents"), total},
            {QStringLiteral("lines"), lines}};
}

QJsonObject stock(std::uint64_t number, Random& random) {
    const Product& product = products[number % products.size()];
    return {{QStringLiteral("id"), QString::number(number)},
            {QStringLiteral("sku"), QLatin1String(product.sku)},
            {QStringLiteral("name"), QLatin1String(product.name)},
            {QStringLiteral("warehouse"), QLatin1String(pick(warehouses, random))},
            {QStringLiteral("on_hand"), between(0, 400, random)},
            {QStringLiteral("reserved"), between(0, 40, random)},
            {QStringLiteral("counted_at"), moment(random)}};
}

QJsonObject shipment(std::uint64_t number, Random& random) {
    return {{QStringLiteral("id"), QString::number(number)},
            {QStringLiteral("carrier"), QLatin1String(pick(carriers, random))},
            {QStringLiteral("status"), QLatin1String(pick(shipmentStates, random))},
            {QStringLiteral("tracking"),
             QStringLiteral("GH%1").arg(random() % 1'000'000'000, 9, 10, QLatin1Char('0'))},
            {QStringLiteral("parcels"), between(1, 4, random)},
            {QStringLiteral("weight_grams"), between(150, 24'000, random)},
            {QStringLiteral("updated_at"), moment(random)}};
}

QJsonObject item(Trade trade, std::uint64_t number) {
    Random random(number);
    switch (trade) {
    case Trade::Orders:
        return order(number, random);
    case Trade::Inventory:
        return stock(number, random);
    case Trade::Shipping:
        return shipment(number, random);
    }
    return {};
}

} // namespace

QByteArray tradeName(Trade trade) {
    switch (trade) {
    case Trade::Orders:
        return "orders";
    case Trade::Inventory:
        return "inventory";
    case Trade::Shipping:
        return "shipping";
    }
    return {};
}

QByteArray itemJson(Trade trade, std::uint64_t number) {
    return QJsonDocument(item(trade, number)).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray listJson(Trade trade, std::uint64_t firstNumber) {
    QJsonArray items;
    for (std::uint64_t i = 0; i < itemsPerPage; ++i) {
        items.append(item(trade, firstNumber + i));
    }
    const QJsonObject page{{QStringLiteral("items"), items},
                           {QStringLiteral("next"), QString::number(firstNumber + itemsPerPage)}};
    return QJsonDocument(page).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace app::demo
