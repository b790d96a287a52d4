#pragma once

#include <string>
#include <vector>

namespace app::cli {

/// A row of a table in the terminal; the first one has the headings. All have the same number of cells.
using TableRow = std::vector<std::string>;

/// A line for each row, in which the cells of a column begin below one another; the last column is as long as
/// it is.
[[nodiscard]] std::vector<std::string> alignColumns(const std::vector<TableRow>& rows);
/// All of them, each with its end.
[[nodiscard]] std::string tableText(const std::vector<TableRow>& rows);

} // namespace app::cli
