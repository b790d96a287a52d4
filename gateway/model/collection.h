#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::model {

/// Named items in the order of their names. Items never change once they are in; put() replaces. They stand
/// in chunks that copies share: a changed copy costs the chunks that it changed, and what differs between two
/// copies is found without looking at what they share, so that 100,000 items are as quick to edit as 50.
template<class T>
class Collection {
    struct Part;

public:
    using Pointer = std::shared_ptr<const T>;
    using Id = decltype(T::id);
    using Changes = std::map<std::string, Pointer, std::less<>>;

    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = const T*;
        using reference = const T&;
        Iterator() = default;
        reference operator*() const { return *item(); }
        pointer operator->() const { return item().get(); }
        Iterator& operator++() {
            if (++m_at == m_part->chunk->items.size()) {
                ++m_part;
                m_at = 0;
            }
            return *this;
        }
        Iterator operator++(int) {
            Iterator old = *this;
            ++*this;
            return old;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        friend class Collection;
        explicit Iterator(const Part* part)
            : m_part(part) {}
        [[nodiscard]] const Pointer& item() const { return m_part->chunk->items[m_at]; }

        const Part* m_part = nullptr;
        std::size_t m_at = 0;
    };

    [[nodiscard]] Iterator begin() const { return Iterator(m_parts.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(m_parts.data() + m_parts.size()); }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }
    [[nodiscard]] const T& operator[](std::size_t index) const { return *pointer(index); }
    [[nodiscard]] const Pointer& pointer(std::size_t index) const {
        const auto after =
            std::upper_bound(m_parts.begin(), m_parts.end(), index,
                             [](std::size_t wanted, const Part& part) { return wanted < part.start; });
        const Part& part = *std::prev(after);
        return part.chunk->items[index - part.start];
    }

    [[nodiscard]] const T* find(std::string_view name) const { return findPointer(name).get(); }
    /// Null when there is none of that name.
    [[nodiscard]] const Pointer& findPointer(std::string_view name) const {
        if (!m_parts.empty()) {
            const auto& items = m_parts[partOf(name)].chunk->items;
            const auto at = std::lower_bound(
                items.begin(), items.end(), name,
                [](const Pointer& item, std::string_view wanted) { return item->name < wanted; });
            if (at != items.end() && (*at)->name == name) {
                return *at;
            }
        }
        return none();
    }

    /// Linear, though 100,000 take microseconds; for edits, not for requests.
    [[nodiscard]] const T* findById(Id id) const {
        for (const Part& part : m_parts) {
            const auto& ids = part.chunk->ids;
            const auto at = std::find(ids.begin(), ids.end(), id.value);
            if (at != ids.end()) {
                return part.chunk->items[static_cast<std::size_t>(at - ids.begin())].get();
            }
        }
        return nullptr;
    }

    /// Adds the item, in place of the one with its name.
    void put(T item) {
        std::string name = item.name;
        Changes change;
        change.emplace(std::move(name), std::make_shared<const T>(std::move(item)));
        merge(change);
    }

    bool erase(std::string_view name) {
        if (find(name) == nullptr) {
            return false;
        }
        merge({{std::string(name), nullptr}});
        return true;
    }

    bool eraseById(Id id) {
        const T* item = findById(id);
        return item != nullptr && erase(item->name);
    }

    /// Takes many at once; sorts, and keeps the last of those with one name.
    void assign(std::vector<T> items) {
        std::vector<Pointer> sorted;
        sorted.reserve(items.size());
        for (T& item : items) {
            sorted.push_back(std::make_shared<const T>(std::move(item)));
        }
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Pointer& a, const Pointer& b) { return a->name < b->name; });
        std::vector<Pointer> unique;
        unique.reserve(sorted.size());
        for (Pointer& item : sorted) {
            if (!unique.empty() && unique.back()->name == item->name) {
                unique.back() = std::move(item);
            } else {
                unique.push_back(std::move(item));
            }
        }
        m_parts.clear();
        append(std::move(unique));
        count();
    }

    /// Replaces, adds and (null) removes by name, all at once.
    void merge(const Changes& changes) {
        const std::vector<Part> old = std::exchange(m_parts, {});
        m_parts.reserve(old.size() + 1);
        auto change = changes.begin();
        std::size_t next = 0; // chunks before it are done
        while (change != changes.end()) {
            const std::size_t at = partOf(old, change->first);
            m_parts.insert(m_parts.end(), old.begin() + static_cast<std::ptrdiff_t>(next),
                           old.begin() + static_cast<std::ptrdiff_t>(std::min(at, old.size())));
            next = at + 1;
            const auto until = next < old.size() ? changes.lower_bound(old[next].firstName()) : changes.end();
            append(
                mergeItems(at < old.size() ? old[at].chunk->items : std::vector<Pointer>(), change, until));
            change = until;
        }
        if (next < old.size()) {
            m_parts.insert(m_parts.end(), old.begin() + static_cast<std::ptrdiff_t>(next), old.end());
        }
        count();
    }

    /// Calls `visit(former, current)`, both of type Pointer, for each name that has another item in `after`
    /// than in `before`; null where there is none. In the order of the names.
    template<class Visit>
    static void visitDifference(const Collection& before, const Collection& after, const Visit& visit) {
        walk(before, after, [&](const Pointer& former, const Pointer& current) {
            visit(former, current);
            return true;
        });
    }

    friend bool operator==(const Collection& a, const Collection& b) {
        if (a.size() != b.size()) {
            return false;
        }
        bool equal = true;
        walk(a, b, [&](const Pointer& x, const Pointer& y) {
            equal = x && y && *x == *y;
            return equal;
        });
        return equal;
    }

private:
    static constexpr std::size_t chunkMax = 256;
    static constexpr std::size_t chunkWanted = 192; ///< leaves room for what comes later

    struct Chunk {
        std::vector<Pointer> items;     ///< never empty
        std::vector<std::uint64_t> ids; ///< of the items: close together, for findById
    };
    struct Part {
        std::shared_ptr<const Chunk> chunk;
        std::size_t start = 0; ///< position of its first item

        [[nodiscard]] const std::string& firstName() const { return chunk->items.front()->name; }
    };

    static const Pointer& none() {
        static const Pointer null;
        return null;
    }

    /// The chunk that holds the name if any does.
    static std::size_t partOf(const std::vector<Part>& parts, std::string_view name) {
        const auto after =
            std::upper_bound(parts.begin(), parts.end(), name, [](std::string_view wanted, const Part& part) {
                return wanted < part.firstName();
            });
        return after == parts.begin() ? 0 : static_cast<std::size_t>(after - parts.begin()) - 1;
    }
    [[nodiscard]] std::size_t partOf(std::string_view name) const { return partOf(m_parts, name); }

    static std::vector<Pointer> mergeItems(const std::vector<Pointer>& items,
                                           typename Changes::const_iterator change,
                                           typename Changes::const_iterator until) {
        std::vector<Pointer> merged;
        merged.reserve(items.size() + 1);
        const auto take = [&] {
            if (change->second) {
                merged.push_back(change->second);
            }
            ++change;
        };
        for (const Pointer& item : items) {
            while (change != until && change->first < item->name) {
                take();
            }
            if (change == until || change->first != item->name) {
                merged.push_back(item);
            }
        }
        while (change != until) {
            take();
        }
        return merged;
    }

    /// Adds items behind the last chunk: to it where both are small, else in chunks of their own.
    void append(std::vector<Pointer> items) {
        if (items.empty()) {
            return;
        }
        if (!m_parts.empty() && m_parts.back().chunk->items.size() + items.size() <= chunkMax / 2) {
            std::vector<Pointer> joined = m_parts.back().chunk->items;
            joined.insert(joined.end(), items.begin(), items.end());
            items = std::move(joined);
            m_parts.pop_back();
        }
        const std::size_t pieces =
            items.size() <= chunkMax ? 1 : (items.size() + chunkWanted - 1) / chunkWanted;
        for (std::size_t piece = 0; piece < pieces; ++piece) {
            const auto first = static_cast<std::ptrdiff_t>(items.size() * piece / pieces);
            const auto last = static_cast<std::ptrdiff_t>(items.size() * (piece + 1) / pieces);
            auto chunk = std::make_shared<Chunk>();
            chunk->items.assign(items.begin() + first, items.begin() + last);
            chunk->ids.reserve(chunk->items.size());
            for (const Pointer& item : chunk->items) {
                chunk->ids.push_back(item->id.value);
            }
            m_parts.push_back({std::move(chunk), 0});
        }
    }

    void count() {
        m_size = 0;
        for (Part& part : m_parts) {
            part.start = m_size;
            m_size += part.chunk->items.size();
        }
    }

    /// Calls `visit` for what differs until it returns false; skips chunks that both share.
    template<class Visit>
    static void walk(const Collection& before, const Collection& after, const Visit& visit) {
        Iterator b = before.begin();
        Iterator a = after.begin();
        bool goesOn = true;
        while (goesOn && b != before.end() && a != after.end()) {
            if (b.m_at == 0 && a.m_at == 0 && b.m_part->chunk == a.m_part->chunk) {
                ++b.m_part;
                ++a.m_part;
            } else if (b.item() == a.item()) {
                ++b;
                ++a;
            } else if (const int order = b->name.compare(a->name); order == 0) {
                goesOn = visit(b.item(), a.item());
                ++b;
                ++a;
            } else if (order < 0) {
                goesOn = visit(b.item(), none());
                ++b;
            } else {
                goesOn = visit(none(), a.item());
                ++a;
            }
        }
        for (; goesOn && b != before.end(); ++b) {
            goesOn = visit(b.item(), none());
        }
        for (; goesOn && a != after.end(); ++a) {
            goesOn = visit(none(), a.item());
        }
    }

    std::vector<Part> m_parts; ///< in the order of the names
    std::size_t m_size = 0;
};

} // namespace gateway::model
