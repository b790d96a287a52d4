#include "gateway/http/head_copy.h"

#include <functional>
#include <initializer_list>

namespace gateway::http {
namespace {

/// Where `part` is in `whole`; npos: it is elsewhere. By addresses, because equal text is not the same text.
std::size_t offsetIn(std::string_view whole, std::string_view part) noexcept {
    const std::less_equal<> notAfter; // `<=` itself says nothing about pointers into different objects
    return notAfter(whole.data(), part.data()) &&
                   notAfter(part.data() + part.size(), whole.data() + whole.size())
               ? static_cast<std::size_t>(part.data() - whole.data())
               : std::string_view::npos;
}

std::size_t bytesOf(const RequestHead& head) noexcept {
    std::size_t bytes = head.methodText.size() + head.target.size() + head.authority.size() +
                        head.host.size() + head.path.size() + head.query.size();
    for (const Field& field : head.fields) {
        bytes += field.line.size() + field.name.size() + field.value.size();
    }
    return bytes;
}

} // namespace

void HeadCopy::take(const RequestHead& head) {
    m_head = head;
    m_head.pathStorage.clear();
    m_text.clear();
    m_text.reserve(bytesOf(head)); // from here on it stays where it is
    const auto keep = [&](std::string_view& view) {
        const std::size_t at = m_text.size();
        m_text.append(view);
        view = std::string_view(m_text).substr(at);
    };
    for (std::string_view* view :
         {&m_head.methodText, &m_head.target, &m_head.authority, &m_head.host, &m_head.path, &m_head.query}) {
        keep(*view);
    }
    for (Field& field : m_head.fields) {
        const std::string_view former = field.line;
        keep(field.line);
        for (std::string_view* view : {&field.name, &field.value}) {
            const std::size_t offset = offsetIn(former, *view);
            if (offset != std::string_view::npos) {
                *view = field.line.substr(offset, view->size());
            }
        }
    }
    // What is not a part of its line comes last, so that it does not part the lines.
    for (Field& field : m_head.fields) {
        for (std::string_view* view : {&field.name, &field.value}) {
            if (offsetIn(m_text, *view) == std::string_view::npos) {
                keep(*view);
            }
        }
    }
}

void HeadCopy::clear() {
    m_head = RequestHead();
    m_text = std::string();
}

} // namespace gateway::http
