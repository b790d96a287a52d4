#include "app/cli/text_table.h"

#include <algorithm>

namespace app::cli {

std::vector<std::string> alignColumns(const std::vector<TableRow>& rows) {
    constexpr std::size_t gap = 2;
    std::vector<std::size_t> widths(rows.front().size());
    for (const TableRow& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::vector<std::string> lines;
    for (const TableRow& row : rows) {
        std::string& line = lines.emplace_back();
        for (std::size_t column = 0; column + 1 < row.size(); ++column) {
            line += row[column] + std::string(widths[column] - row[column].size() + gap, ' ');
        }
        line += row.back();
    }
    return lines;
}

std::string tableText(const std::vector<TableRow>& rows) {
    std::string text;
    for (const std::string& line : alignColumns(rows)) {
        text += line + '\n';
    }
    return text;
}

} // namespace app::cli
