#include "ui/palette_search.h"

#include <QCoreApplication>
#include <algorithm>

namespace ui {

using gateway::model::Config;
using gateway::model::Route;

namespace {

constexpr int rankPrefix = 0;
constexpr int rankWord = 1;
constexpr int rankInside = 2;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool isWordCharacter(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

QString tr(const char* text) {
    return QCoreApplication::translate("ui::palette", text);
}

template<class T>
struct Hit {
    const T* item;
    int rank;
};

/// The best hits of a collection. `rank` gives the rank of an item or nothing.
template<class Items, class Rank>
auto bestHits(const Items& items, std::size_t limit, const Rank& rank) {
    using T = std::remove_cvref_t<decltype(*items.begin())>;
    std::vector<Hit<T>> hits;
    for (const T& item : items) {
        if (const std::optional<int> found = rank(item)) {
            hits.push_back({&item, *found});
        }
    }
    const std::size_t kept = std::min(limit, hits.size());
    const auto end = hits.begin() + static_cast<std::ptrdiff_t>(kept);
    std::partial_sort(hits.begin(), end, hits.end(), [](const Hit<T>& a, const Hit<T>& b) {
        return a.rank != b.rank ? a.rank < b.rank : a.item->name < b.item->name;
    });
    hits.resize(kept);
    return hits;
}

QString routeText(const Route& route) {
    QString method = route.match.methods.empty() ? QStringLiteral("ANY")
                                                 : QString::fromStdString(route.match.methods.front());
    if (route.match.methods.size() > 1) {
        method += QStringLiteral(" +%1").arg(route.match.methods.size() - 1);
    }
    return QStringLiteral("%1 %2").arg(method, QString::fromStdString(route.match.path));
}

} // namespace

std::optional<int> matchRank(std::string_view text, std::string_view query) {
    if (query.empty()) {
        return rankPrefix;
    }
    std::optional<int> best;
    auto from = text.begin();
    while (true) {
        const auto at = std::search(from, text.end(), query.begin(), query.end(),
                                    [](char a, char b) { return lower(a) == lower(b); });
        if (at == text.end()) {
            return best;
        }
        if (at == text.begin()) {
            return rankPrefix;
        }
        if (!isWordCharacter(*(at - 1))) {
            return rankWord;
        }
        best = rankInside;
        from = at + 1;
    }
}

std::vector<PaletteEntry> searchEntries(const std::vector<PaletteEntry>& entries, const QString& query) {
    struct Ranked {
        const PaletteEntry* entry;
        int rank;
    };
    std::vector<Ranked> ranked;
    const std::string wanted = query.trimmed().toStdString();
    for (const PaletteEntry& entry : entries) {
        if (const std::optional<int> rank = matchRank(entry.text.toStdString(), wanted)) {
            ranked.push_back({&entry, *rank});
        }
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
    std::vector<PaletteEntry> found;
    for (const Ranked& one : ranked) {
        found.push_back(*one.entry);
    }
    return found;
}

std::vector<PaletteEntry> searchConfig(const Config& config, const QString& query, std::size_t limit,
                                       const std::function<void(const QString&, const QString&)>& open) {
    std::vector<PaletteEntry> found;
    const std::string wanted = query.trimmed().toStdString();
    if (wanted.empty()) {
        return found;
    }
    const auto byName = [&wanted](const auto& item) { return matchRank(item.name, wanted); };
    const auto add = [&](const QString& text, const QString& kind, const char* icon, const char* page,
                         const std::string& name) {
        const QString pageId = QString::fromLatin1(page);
        const QString item = QString::fromStdString(name);
        found.push_back(
            {text, kind, QString::fromLatin1(icon), [open, pageId, item] { open(pageId, item); }});
    };
    const auto byPathOrName = [&](const Route& route) -> std::optional<int> {
        const std::optional<int> path = matchRank(route.match.path, wanted);
        const std::optional<int> name = matchRank(route.name, wanted);
        return path && name ? std::min(path, name) : (path ? path : name);
    };
    for (const auto& hit : bestHits(config.routes, limit, byPathOrName)) {
        add(routeText(*hit.item), tr("Route %1").arg(QString::fromStdString(hit.item->name)), "routes",
            "routes", hit.item->name);
    }
    for (const auto& hit : bestHits(config.services, limit, byName)) {
        add(QString::fromStdString(hit.item->name), tr("Service"), "server", "services", hit.item->name);
    }
    for (const auto& hit : bestHits(config.consumers, limit, byName)) {
        add(QString::fromStdString(hit.item->name), tr("Consumer"), "key", "consumers", hit.item->name);
    }
    return found;
}

} // namespace ui
