#include "gateway/auth/provider_watch.h"

#include "gateway/auth/provider_url.h"

#include <algorithm>
#include <utility>

namespace gateway::auth {

using namespace std::chrono_literals;

namespace {

constexpr Monotonic::duration wantedEvery = 30s;
constexpr Monotonic::duration backOffFirst = 1s;
constexpr Monotonic::duration backOffMost = 5min;
constexpr Monotonic::duration metadataHolds = 1h;
constexpr Monotonic::duration refreshLeast = 1s;
constexpr std::chrono::milliseconds fetchTimeout = 5s;
constexpr std::size_t answerBytesMax = 1024 * 1024;
// A fleet that was started at one time shall not ask at one time for ever.
constexpr double refreshJitter = 0.1;
constexpr double backOffJitter = 0.2;

bool hasOwnKeys(const model::IdentityProvider& settings) {
    return !settings.jwks.empty() || !settings.secret.empty();
}

bool needsMetadata(const model::IdentityProvider& settings) {
    const bool forKeys = !hasOwnKeys(settings) && settings.jwksUrl.empty();
    return forKeys || (settings.introspection && settings.introspection->endpoint.empty());
}

std::string statusText(const std::string& url, int status) {
    const Result<ProviderUrl> read = readProviderUrl(url);
    return (read ? read->shown() : url) + " answered " + std::to_string(status) +
           (status >= 300 && status < 400 ? "; redirects are not followed." : ".");
}

} // namespace

ProviderWatch::ProviderWatch(const Tools& tools, ProviderPlanPointer plan)
    : m_tools(tools)
    , m_plan(std::move(plan)) {
    if (needsMetadata(m_plan->settings) || !hasOwnKeys(m_plan->settings)) {
        m_due = m_tools.clock.now();
    }
}

void ProviderWatch::announce(ProviderBoard& board, const ProviderPlan& plan, WallTime now) {
    const model::IdentityProvider& settings = plan.settings;
    if (!settings.jwks.empty()) {
        board.begin(plan, "settings", false);
        board.setKeys(plan, KeySet::fromJwks(settings.jwks), now);
        board.keysFrom(plan, "settings");
    } else if (!settings.secret.empty()) {
        board.begin(plan, "secret", false);
        board.setKeys(plan, KeySet::fromSecret(plan.keySecret), now);
        board.keysFrom(plan, "secret");
    } else if (!settings.jwksUrl.empty()) {
        board.begin(plan, "url " + settings.jwksUrl, true);
        const Result<ProviderUrl> url = readProviderUrl(settings.jwksUrl);
        board.keysFrom(plan, url ? url->shown() : settings.jwksUrl);
    } else {
        board.begin(plan, "issuer " + settings.issuer, true);
    }
}

void ProviderWatch::tick() {
    if (m_due && !m_isFetching && m_tools.clock.now() >= *m_due) {
        start(false);
    }
}

std::optional<Monotonic> ProviderWatch::due() const {
    return m_isFetching ? std::nullopt : m_due;
}

void ProviderWatch::start(bool isWanted) {
    if (m_isFetching) {
        m_isWantedAgain = m_isWantedAgain || isWanted;
        return;
    }
    if (!m_due) { // without a plan there is nothing to ask for
        return;
    }
    const Monotonic now = m_tools.clock.now();
    m_isFetching = true;
    m_generation = m_plan->keys->generation();
    if (isWanted) {
        m_wantedFrom = now + wantedEvery;
    }
    m_tools.board.fetching(*m_plan, m_tools.clock.wallTime(), m_wantedFrom);
    const bool isFresh = m_metadata && m_failures == 0 && now < m_metadataFrom + metadataHolds;
    if (!needsMetadata(m_plan->settings) || isFresh) {
        fetchKeys();
        return;
    }
    Result<std::vector<std::string>> documents = metadataUrls(m_plan->settings.issuer);
    if (!documents) {
        failWith("The issuer cannot be asked for its metadata. " + documents.error().message);
        return;
    }
    m_documents = std::move(*documents);
    m_reason.clear();
    discover(0);
}

std::string ProviderWatch::introspectionEndpoint() const {
    const auto& introspection = m_plan->settings.introspection;
    if (introspection && !introspection->endpoint.empty()) {
        return introspection->endpoint;
    }
    return m_metadata ? m_metadata->introspection : std::string();
}

bool ProviderWatch::learnEndpoint() {
    if (!m_isFetching && needsMetadata(m_plan->settings) && m_tools.clock.now() >= m_wantedFrom) {
        start(true);
    }
    return m_isFetching;
}

FetchRequest ProviderWatch::requestFor(const std::string& url) const {
    FetchRequest request;
    request.url = url;
    request.authorities = std::shared_ptr<const std::string>(m_plan, &m_plan->authorities);
    request.timeout = fetchTimeout;
    request.bytesMax = answerBytesMax;
    return request;
}

void ProviderWatch::discover(std::size_t which) {
    m_tools.http.start(requestFor(m_documents[which]),
                       [self = weak_from_this(), which](const Result<FetchAnswer>& answer) {
                           if (const auto watch = self.lock()) {
                               watch->readDocument(which, answer);
                           }
                       });
}

void ProviderWatch::readDocument(std::size_t which, const Result<FetchAnswer>& answer) {
    if (!answer) {
        // All the documents are on one server: who cannot be reached for one cannot be for the others.
        failWith(answer.error().message);
        return;
    }
    const std::string& url = m_documents[which];
    if (answer->status != 200) {
        tryNext(which, statusText(url, answer->status), answer->status == 404);
        return;
    }
    Result<ProviderMetadata> metadata =
        readMetadata(answer->body, m_plan->settings.issuer, url.compare(0, 6, "https:") == 0);
    if (!metadata) {
        tryNext(which, metadata.error().message, false);
        return;
    }
    m_metadata = std::move(*metadata);
    m_metadataFrom = m_tools.clock.now();
    fetchKeys();
}

void ProviderWatch::tryNext(std::size_t which, const std::string& reason, bool isMissing) {
    // That a document is missing says less than what is wrong with one that is there.
    if (m_reason.empty() || !isMissing) {
        m_reason = reason;
    }
    if (which + 1 < m_documents.size()) {
        discover(which + 1);
    } else {
        failWith(m_reason);
    }
}

void ProviderWatch::fetchKeys() {
    const model::IdentityProvider& settings = m_plan->settings;
    if (hasOwnKeys(settings)) {
        succeed({});
        return;
    }
    const std::string url = settings.jwksUrl.empty() ? m_metadata->keys : settings.jwksUrl;
    if (url.empty()) {
        if (settings.introspection) {
            succeed({});
        } else {
            failWith("The metadata names no jwks_uri.");
        }
        return;
    }
    if (const Result<ProviderUrl> read = readProviderUrl(url)) {
        m_tools.board.keysFrom(*m_plan, read->shown());
    }
    m_tools.http.start(requestFor(url), [self = weak_from_this()](const Result<FetchAnswer>& answer) {
        if (const auto watch = self.lock()) {
            watch->readKeys(answer);
        }
    });
}

void ProviderWatch::readKeys(const Result<FetchAnswer>& answer) {
    if (!answer) {
        failWith(answer.error().message);
        return;
    }
    const model::IdentityProvider& settings = m_plan->settings;
    if (answer->status != 200) {
        failWith(statusText(settings.jwksUrl.empty() ? m_metadata->keys : settings.jwksUrl, answer->status));
        return;
    }
    const Result<std::shared_ptr<const KeySet>> keys = KeySet::fromJwks(answer->body);
    if (!keys) {
        failWith("The key set is refused: " + keys.error().message);
        return;
    }
    m_tools.board.setKeys(*m_plan, *keys, m_tools.clock.wallTime());
    succeed(answer->maxAge);
}

Monotonic::duration ProviderWatch::shortened(Monotonic::duration time, double atMostBy) {
    const double part = 1.0 - m_tools.random.fraction() * atMostBy;
    return std::chrono::duration_cast<Monotonic::duration>(time * part);
}

void ProviderWatch::succeed(std::optional<std::chrono::seconds> maxAge) {
    m_failures = 0;
    const Monotonic::duration most = std::max<Monotonic::duration>(m_plan->settings.refresh, refreshLeast);
    Monotonic::duration next = most;
    if (maxAge) {
        next = std::clamp<Monotonic::duration>(*maxAge, most / 10, most);
    }
    m_due = m_tools.clock.now() + shortened(next, refreshJitter);
    m_tools.board.problem(*m_plan, {});
    end();
}

void ProviderWatch::failWith(const std::string& reason) {
    Monotonic::duration wait = backOffFirst;
    for (unsigned i = 0; i < m_failures && wait < backOffMost; ++i) {
        wait *= 2;
    }
    ++m_failures;
    m_due = m_tools.clock.now() + shortened(std::min(wait, backOffMost), backOffJitter);
    m_wantedFrom = std::max(m_wantedFrom, *m_due);
    m_tools.board.problem(*m_plan, reason);
    end();
}

void ProviderWatch::end() {
    m_isFetching = false;
    const bool isMissing =
        std::exchange(m_isWantedAgain, false) && m_plan->keys->generation() == m_generation;
    m_tools.board.fetched(*m_plan, m_wantedFrom);
    // The answer may be older than the key that a token named meanwhile.
    if (isMissing && m_failures == 0 && m_tools.clock.now() >= m_wantedFrom) {
        start(true);
    }
}

} // namespace gateway::auth
