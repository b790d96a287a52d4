#include "ui/pem_text.h"

namespace ui {

PemText sortPem(std::string_view text) {
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::string_view dashes = "-----";
    PemText sorted;
    while (true) {
        const std::size_t start = text.find(begin);
        if (start == std::string_view::npos) {
            return sorted;
        }
        text.remove_prefix(start);
        const std::size_t labelEnd = text.find(dashes, begin.size());
        if (labelEnd == std::string_view::npos) {
            return sorted;
        }
        const std::string_view label = text.substr(begin.size(), labelEnd - begin.size());
        const std::string end = "-----END " + std::string(label) + "-----";
        const std::size_t stop = text.find(end);
        if (stop == std::string_view::npos) {
            return sorted;
        }
        const std::string block = std::string(text.substr(0, stop + end.size())) + "\n";
        if (label.find("PRIVATE KEY") != std::string_view::npos) {
            sorted.keys += block;
        } else if (label == "X509 CRL") {
            sorted.revocations += block;
        } else if (label.find("CERTIFICATE") != std::string_view::npos &&
                   label.find("REQUEST") == std::string_view::npos) {
            sorted.certificates += block;
        }
        text.remove_prefix(stop + end.size());
    }
}

} // namespace ui
