#pragma once

#include <QByteArray>
#include <cstdint>

namespace app::demo {

/// What a sample backend serves.
enum class Trade { Orders, Inventory, Shipping };

[[nodiscard]] QByteArray tradeName(Trade trade); ///< name of the service: "orders", ...

/// The thing with this number as JSON; the same number always gives the same thing.
[[nodiscard]] QByteArray itemJson(Trade trade, std::uint64_t number);
/// A page of a few things.
[[nodiscard]] QByteArray listJson(Trade trade, std::uint64_t firstNumber);

} // namespace app::demo
