#include "gateway/auth/http_fetch.h"

#include "gateway/auth/provider_url.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <charconv>
#include <curl/curl.h>
#include <map>
#include <vector>

namespace gateway::auth {

namespace {

constexpr long connectionsKept = 256;   // between exchanges, of all servers together
constexpr std::size_t handlesKept = 64; // so that an exchange needs no new one
constexpr std::size_t reasonBytesMax = 200;

/// libcurl wants to be set up once a process and never leaves.
void setUpCurl() {
    static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    assert(once == CURLE_OK);
    static_cast<void>(once);
}

std::string lowered(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    return lower;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// libcurl's words, in which bytes of the server may be, as a part of a sentence.
std::string tamed(std::string_view text) {
    std::string tame(text.substr(0, reasonBytesMax));
    std::replace_if(
        tame.begin(), tame.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
    return tame;
}

/// One directive of Cache-Control; the smallest age of all of them counts.
void readDirective(std::string_view directive, std::optional<std::chrono::seconds>& age) {
    const auto shorten = [&](std::chrono::seconds to) { age = age ? std::min(*age, to) : to; };
    if (directive == "no-store" || directive == "no-cache") {
        shorten(std::chrono::seconds(0));
        return;
    }
    constexpr std::string_view name = "max-age=";
    if (directive.substr(0, name.size()) != name) {
        return;
    }
    const std::string_view digits = directive.substr(name.size());
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error == std::errc() && end == digits.data() + digits.size()) {
        shorten(std::chrono::seconds(seconds));
    }
}

std::optional<std::chrono::seconds> maxAgeOf(CURL* easy) {
    std::optional<std::chrono::seconds> age;
    curl_header* field = nullptr;
    for (std::size_t i = 0; curl_easy_header(easy, "Cache-Control", i, CURLH_HEADER, -1, &field) == CURLHE_OK;
         ++i) {
        const std::string value = lowered(field->value);
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            readDirective(trimmed(rest.substr(0, comma)), age);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return age;
}

std::string mediaTypeOf(CURL* easy) {
    curl_header* field = nullptr;
    if (curl_easy_header(easy, "Content-Type", 0, CURLH_HEADER, -1, &field) != CURLHE_OK) {
        return {};
    }
    const std::string_view value = field->value;
    return lowered(trimmed(value.substr(0, value.find(';'))));
}

} // namespace

/// One exchange. At a fixed place while libcurl has pointers into it.
struct HttpFetch::Transfer {
    CURL* easy = nullptr;
    FetchRequest request;
    std::string where; ///< the URL without its query
    Done done;
    std::string body;
    bool isTooLarge = false;
    std::array<char, CURL_ERROR_SIZE> reason{};

    static std::size_t take(char* bytes, std::size_t, std::size_t count, void* self) {
        auto& transfer = *static_cast<Transfer*>(self);
        if (transfer.body.size() + count > transfer.request.bytesMax) {
            transfer.isTooLarge = true;
            return 0; // ends the exchange
        }
        transfer.body.append(bytes, count);
        return count;
    }

    void prepare(curl_slist* fields);
    [[nodiscard]] Result<FetchAnswer> read(CURLcode code);
};

struct HttpFetch::State {
    State() {
        setUpCurl();
        multi = curl_multi_init();
        assert(multi != nullptr);
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connectionsKept);
        fields = curl_slist_append(nullptr, "Accept: application/json, application/jwk-set+json;q=0.9");
    }
    ~State() {
        for (const auto& [easy, transfer] : open) {
            curl_multi_remove_handle(multi, easy);
            curl_easy_cleanup(easy);
        }
        for (CURL* easy : spare) {
            curl_easy_cleanup(easy);
        }
        curl_multi_cleanup(multi);
        curl_slist_free_all(fields);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] CURL* takeHandle() {
        if (spare.empty()) {
            return curl_easy_init();
        }
        CURL* easy = spare.back();
        spare.pop_back();
        return easy;
    }
    void giveBack(CURL* easy) {
        if (spare.size() >= handlesKept) {
            curl_easy_cleanup(easy);
            return;
        }
        curl_easy_reset(easy);
        spare.push_back(easy);
    }

    CURLM* multi = nullptr;
    curl_slist* fields = nullptr;
    std::map<CURL*, std::unique_ptr<Transfer>> open;
    std::vector<CURL*> spare;
    std::vector<std::pair<Done, Error>> refused; ///< to be told by run()
};

void HttpFetch::Transfer::prepare(curl_slist* fields) {
    const auto milliseconds = static_cast<long>(request.timeout.count());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A thread that looks up a name cannot be stopped; without this everybody else would wait for it.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.bytesMax));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Gatehouse/" GATEHOUSE_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason.data());
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (request.authorities && !request.authorities->empty()) {
        curl_blob blob{};
        // libcurl only reads it; the request owns it for as long.
        blob.data = const_cast<char*>(request.authorities->data());
        blob.len = request.authorities->size();
        blob.flags = CURL_BLOB_NOCOPY;
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    if (request.form) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.form->c_str());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form->size()));
    }
    if (!request.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
    }
}

Result<FetchAnswer> HttpFetch::Transfer::read(CURLcode code) {
    const auto environment = [this](const char* name, const std::string& what) {
        return fail(ErrorKind::Environment, name, where + " " + what);
    };
    const std::string why = tamed(reason.front() != 0 ? reason.data() : curl_easy_strerror(code));
    if (isTooLarge || code == CURLE_FILESIZE_EXCEEDED) {
        return environment("provider-answer-too-large",
                           "answered with more than " + std::to_string(request.bytesMax / 1024) + " KiB.");
    }
    switch (code) {
    case CURLE_OK:
        break;
    case CURLE_OPERATION_TIMEDOUT:
        return environment("provider-timeout",
                           "did not answer within " + std::to_string(request.timeout.count()) + " ms.");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return environment("provider-untrusted", "cannot be trusted: " + why + ".");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return environment("provider-unreachable", "cannot be reached: " + why + ".");
    default:
        return environment("provider-broken-answer", "gave no proper answer: " + why + ".");
    }
    FetchAnswer answer;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    answer.mediaType = mediaTypeOf(easy);
    answer.maxAge = maxAgeOf(easy);
    answer.body = std::move(body);
    return answer;
}

HttpFetch::HttpFetch()
    : m_state(std::make_unique<State>()) {}

HttpFetch::~HttpFetch() = default;

void HttpFetch::start(FetchRequest request, Done done) {
    const Result<ProviderUrl> url = readProviderUrl(request.url);
    if (!url) {
        m_state->refused.emplace_back(std::move(done), url.error());
        return;
    }
    auto transfer = std::make_unique<Transfer>();
    transfer->easy = m_state->takeHandle();
    transfer->request = std::move(request);
    transfer->where = url->shown();
    transfer->done = std::move(done);
    transfer->prepare(m_state->fields);
    CURL* easy = transfer->easy;
    m_state->open.emplace(easy, std::move(transfer));
    curl_multi_add_handle(m_state->multi, easy);
}

void HttpFetch::run(std::chrono::milliseconds waitMax) {
    State& state = *m_state;
    if (state.refused.empty()) {
        curl_multi_poll(state.multi, nullptr, 0, static_cast<int>(waitMax.count()), nullptr);
    }
    int running = 0;
    curl_multi_perform(state.multi, &running);
    for (auto& [done, error] : std::exchange(state.refused, {})) {
        done(fail(error));
    }
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(state.multi, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const auto found = state.open.find(message->easy_handle);
        const CURLcode code = message->data.result;
        const std::unique_ptr<Transfer> transfer = std::move(found->second);
        state.open.erase(found);
        Result<FetchAnswer> answer = transfer->read(code);
        curl_multi_remove_handle(state.multi, transfer->easy);
        state.giveBack(transfer->easy);
        transfer->done(std::move(answer));
    }
}

void HttpFetch::wakeUp() noexcept {
    curl_multi_wakeup(m_state->multi);
}

std::string formEncoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                             c == '-' || c == '.' || c == '_' || c == '*';
        if (isPlain) {
            encoded += c;
        } else if (c == ' ') {
            encoded += '+';
        } else {
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 0xfU];
        }
    }
    return encoded;
}

} // namespace gateway::auth
