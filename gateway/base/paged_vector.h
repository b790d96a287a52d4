#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace gateway {

/// A vector in pages that copies share: a changed copy costs the pages that it changed. Reading takes one
/// load more than with a plain vector, of a pointer that is nearly always cached. Any number of threads may
/// read copies; each copy is changed by one thread, before others see it.
template<class T, std::size_t PageSize>
class PagedVector {
    static_assert(PageSize > 0 && (PageSize & (PageSize - 1)) == 0, "a power of two");

public:
    PagedVector() = default;
    PagedVector(const PagedVector& other)
        : m_pages(other.m_pages)
        , m_size(other.m_size) {}
    PagedVector(PagedVector&& other) noexcept
        : m_pages(std::move(other.m_pages))
        , m_owned(std::move(other.m_owned))
        , m_size(std::exchange(other.m_size, 0)) {}
    PagedVector& operator=(PagedVector other) noexcept {
        m_pages.swap(other.m_pages);
        m_owned.swap(other.m_owned);
        std::swap(m_size, other.m_size);
        return *this;
    }
    ~PagedVector() = default;

    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
        return (*m_pages[index / PageSize])[index % PageSize];
    }

    /// The element, in a page that nobody else sees.
    [[nodiscard]] T& edit(std::size_t index) {
        const std::size_t page = index / PageSize;
        m_owned.resize(m_pages.size(), false);
        if (!m_owned[page]) {
            m_pages[page] = std::make_shared<Page>(*m_pages[page]);
            m_owned[page] = true;
        }
        return (*m_pages[page])[index % PageSize];
    }

    void push_back(T value) {
        if (m_size % PageSize == 0) {
            m_owned.resize(m_pages.size(), false);
            m_pages.push_back(std::make_shared<Page>());
            m_owned.push_back(true);
        }
        edit(m_size++) = std::move(value);
    }

    void resize(std::size_t size, const T& value = T()) {
        while (m_size < size) {
            push_back(value);
        }
    }

    /// To be called once the changes are done, before a copy is taken: from then on the pages are shared.
    void seal() noexcept { m_owned.clear(); }

    /// How many pages this one does not share with `other`, for those who want to know what a change cost.
    [[nodiscard]] std::size_t pagesNotIn(const PagedVector& other) const noexcept {
        std::size_t count = 0;
        for (std::size_t page = 0; page < m_pages.size(); ++page) {
            count += page >= other.m_pages.size() || m_pages[page] != other.m_pages[page] ? 1 : 0;
        }
        return count;
    }

private:
    using Page = std::array<T, PageSize>;

    std::vector<std::shared_ptr<Page>> m_pages;
    std::vector<bool> m_owned; ///< pages that were made or copied since the last seal()
    std::size_t m_size = 0;
};

} // namespace gateway
