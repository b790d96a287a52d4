#include "gateway/http/characters.h"

#include "gateway/http/writer.h"

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace gateway::http {

const char* findControl(const char* begin, const char* end) noexcept {
#ifdef __SSE2__
    const __m128i lastControl = _mm_set1_epi8(0x1F);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7F);
    while (end - begin >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, lastControl), bytes);
        const __m128i found =
            _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, del));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
        if (mask != 0) {
            return begin + std::countr_zero(mask);
        }
        begin += 16;
    }
#endif
    while (begin != end && !isControl(*begin)) {
        ++begin;
    }
    return begin;
}

bool isToken(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return isA(TokenCharacter, c); });
}

bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept {
    return sameIgnoringCase(a, b);
}

} // namespace gateway::http
