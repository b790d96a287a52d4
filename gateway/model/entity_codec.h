#pragma once

#include "gateway/model/codec.h"
#include "gateway/model/document.h"
#include "gateway/model/schema.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace gateway::model {

// Between the tree of a text and the entities; both directions use the same names of fields (schema.cpp).

[[nodiscard]] std::string_view clientCertificatesWord(Listener::ClientCertificates wanted); ///< `off`, ...
[[nodiscard]] std::optional<Listener::ClientCertificates> parseClientCertificates(std::string_view word);

[[nodiscard]] const Shape& entityShape(EntityKind kind);

/// The entity of a tree; what does not fit its shape (see checkShape) is left at its default.
[[nodiscard]] Put entityFromNode(EntityKind kind, const TextNode& node);
[[nodiscard]] ApiKey keyFromNode(const TextNode& node);

/// In the order in which people read the fields; optional fields with their default value are left out.
[[nodiscard]] nlohmann::ordered_json entityToTree(const Put& put);
[[nodiscard]] nlohmann::ordered_json keyToTree(const ApiKey& key);

} // namespace gateway::model
