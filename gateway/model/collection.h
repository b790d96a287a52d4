#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::model {

/// Named items in the order of their names. Copies share the items, so that a changed copy of 100,000 costs a
/// millisecond, not a deep copy. Items never change once they are in; put() replaces.
template<class T>
class Collection {
public:
    using Pointer = std::shared_ptr<const T>;
    using Id = decltype(T::id);

    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = const T*;
        using reference = const T&;
        Iterator() = default;
        explicit Iterator(typename std::vector<Pointer>::const_iterator at)
            : m_at(at) {}
        reference operator*() const { return **m_at; }
        pointer operator->() const { return m_at->get(); }
        Iterator& operator++() {
            ++m_at;
            return *this;
        }
        Iterator operator++(int) {
            Iterator old = *this;
            ++m_at;
            return old;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        typename std::vector<Pointer>::const_iterator m_at;
    };

    [[nodiscard]] Iterator begin() const { return Iterator(m_items.begin()); }
    [[nodiscard]] Iterator end() const { return Iterator(m_items.end()); }
    [[nodiscard]] std::size_t size() const { return m_items.size(); }
    [[nodiscard]] bool empty() const { return m_items.empty(); }
    [[nodiscard]] const T& operator[](std::size_t index) const { return *m_items[index]; }
    [[nodiscard]] const Pointer& pointer(std::size_t index) const { return m_items[index]; }

    [[nodiscard]] const T* find(std::string_view name) const {
        const auto at = lowerBound(name);
        return at != m_items.end() && (*at)->name == name ? at->get() : nullptr;
    }

    /// Linear; for edits, not for requests.
    [[nodiscard]] const T* findById(Id id) const {
        const auto at =
            std::find_if(m_items.begin(), m_items.end(), [&](const Pointer& item) { return item->id == id; });
        return at != m_items.end() ? at->get() : nullptr;
    }

    /// Adds the item, in place of the one with its name.
    void put(T item) {
        auto pointer = std::make_shared<const T>(std::move(item));
        const auto at = lowerBound(pointer->name);
        if (at != m_items.end() && (*at)->name == pointer->name) {
            m_items[static_cast<std::size_t>(at - m_items.begin())] = std::move(pointer);
        } else {
            m_items.insert(at, std::move(pointer));
        }
    }

    bool erase(std::string_view name) {
        const auto at = lowerBound(name);
        if (at == m_items.end() || (*at)->name != name) {
            return false;
        }
        m_items.erase(at);
        return true;
    }

    bool eraseById(Id id) {
        return std::erase_if(m_items, [&](const Pointer& item) { return item->id == id; }) > 0;
    }

    /// Takes many at once; sorts, and keeps the last of those with one name.
    void assign(std::vector<T> items) {
        m_items.clear();
        m_items.reserve(items.size());
        for (T& item : items) {
            m_items.push_back(std::make_shared<const T>(std::move(item)));
        }
        std::stable_sort(m_items.begin(), m_items.end(),
                         [](const Pointer& a, const Pointer& b) { return a->name < b->name; });
        std::vector<Pointer> unique;
        unique.reserve(m_items.size());
        for (Pointer& item : m_items) {
            if (!unique.empty() && unique.back()->name == item->name) {
                unique.back() = std::move(item);
            } else {
                unique.push_back(std::move(item));
            }
        }
        m_items = std::move(unique);
    }

    /// Replaces, adds and (null) removes by name, all at once and in linear time.
    void merge(const std::map<std::string, Pointer, std::less<>>& changes) {
        std::vector<Pointer> merged;
        merged.reserve(m_items.size() + changes.size());
        auto change = changes.begin();
        for (Pointer& item : m_items) {
            for (; change != changes.end() && change->first < item->name; ++change) {
                if (change->second) {
                    merged.push_back(change->second);
                }
            }
            if (change == changes.end() || change->first != item->name) {
                merged.push_back(std::move(item));
            }
        }
        for (; change != changes.end(); ++change) {
            if (change->second) {
                merged.push_back(change->second);
            }
        }
        m_items = std::move(merged);
    }

    friend bool operator==(const Collection& a, const Collection& b) {
        return std::equal(a.m_items.begin(), a.m_items.end(), b.m_items.begin(), b.m_items.end(),
                          [](const Pointer& x, const Pointer& y) { return x == y || *x == *y; });
    }

private:
    auto lowerBound(std::string_view name) const {
        return std::lower_bound(
            m_items.begin(), m_items.end(), name,
            [](const Pointer& item, std::string_view wanted) { return item->name < wanted; });
    }

    std::vector<Pointer> m_items;
};

} // namespace gateway::model
