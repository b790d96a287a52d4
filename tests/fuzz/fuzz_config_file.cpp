#include "gateway/model/codec.h"

#include <cstdlib>

using namespace gateway::model;

// Whatever the bytes, the reader answers; and what it takes it writes, and reads back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto file = readConfigFile(text);
    if (file) {
        const std::string written = writeConfigFile(*file);
        const auto again = readConfigFile(written);
        if (!again || !(again->config == file->config) || writeConfigFile(*again) != written) {
            std::abort();
        }
    }
    for (const EntityKind kind :
         {EntityKind::Consumer, EntityKind::IdentityProvider, EntityKind::Policy, EntityKind::Route}) {
        if (const auto entity = fromJson(kind, 7, text)) {
            const std::string json = toJson(*entity);
            const auto again = fromJson(kind, 7, json);
            if (!again || toJson(*again) != json) {
                std::abort();
            }
        }
    }
    return 0;
}
