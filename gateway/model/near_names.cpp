#include "gateway/model/near_names.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace gateway::model {

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

std::size_t nearDistance(std::string_view written) {
    return std::max<std::size_t>(1, std::min<std::size_t>(3, written.size() / 3));
}

} // namespace gateway::model
