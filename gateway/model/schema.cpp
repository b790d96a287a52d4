#include "gateway/model/schema.h"

namespace gateway::model {
namespace {

using Sort = Shape::Sort;
constexpr auto required = Field::Need::Required;
constexpr auto optional = Field::Need::Optional;
constexpr auto choice = Field::Need::Choice;
constexpr std::int64_t unsigned32Max = std::numeric_limits<std::uint32_t>::max();

constexpr Shape text{.sort = Sort::Text};
constexpr Shape boolean{.sort = Sort::Boolean};
constexpr Shape duration{.sort = Sort::Duration};
constexpr Shape percent{.sort = Sort::Percent};
constexpr Shape time{.sort = Sort::Time};
constexpr Shape count{.sort = Sort::Integer, .least = 1};
constexpr Shape httpStatus{.sort = Sort::Integer, .least = 100, .most = 599};
constexpr Shape any{.sort = Sort::Any};
constexpr Shape texts{.sort = Sort::List, .item = &text};
constexpr Shape someTexts{.sort = Sort::List, .least = 1, .item = &text};
constexpr Shape textMap{.sort = Sort::Map, .item = &text};

// Listeners.
constexpr Word protocolWords[] = {{"http1"}, {"http2"}, {"websocket"}};
constexpr Shape protocol{.sort = Sort::Words, .words = protocolWords};
constexpr Shape protocols{.sort = Sort::List, .least = 1, .item = &protocol};
constexpr Shape size32{.sort = Sort::Size, .most = unsigned32Max};
constexpr Shape size{.sort = Sort::Size};
constexpr Shape sizeRate{.sort = Sort::SizeRate};
constexpr Shape count32{.sort = Sort::Integer, .most = unsigned32Max};
constexpr Field limitFields[] = {{"header_bytes", &size32},
                                 {"headers", &count32},
                                 {"body", &size},
                                 {"connections_per_peer", &count32},
                                 {"streams", &count32}};
constexpr Shape limits{.sort = Sort::Object, .fields = limitFields};
constexpr Field listenerTimeoutFields[] = {{"header", &duration},
                                           {"body", &duration},
                                           {"idle", &duration},
                                           {"body_min_rate", &sizeRate},
                                           {"write", &duration}};
constexpr Shape listenerTimeouts{.sort = Sort::Object, .fields = listenerTimeoutFields};
constexpr Field apiKeyFields[] = {{"header", &text}, {"query", &text}};
constexpr Shape apiKey{.sort = Sort::Object, .fields = apiKeyFields};
constexpr Word tlsWords[] = {{"1.2"}, {"1.3"}};
constexpr Shape tlsVersion{.sort = Sort::Words, .words = tlsWords};
constexpr Word clientCertificateWords[] = {{"off"}, {"optional"}, {"required"}};
constexpr Shape clientCertificates{.sort = Sort::Words, .words = clientCertificateWords};
constexpr Field tlsFields[] = {{"certificates", &someTexts, required},
                               {"minimum", &tlsVersion},
                               {"client_certificates", &clientCertificates},
                               {"client_authority", &text}};
constexpr Shape tls{.sort = Sort::Object, .fields = tlsFields};
constexpr Shape address{.sort = Sort::Address};
constexpr Field listenerFields[] = {{"name", &text, required},
                                    {"address", &address, required},
                                    {"protocols", &protocols},
                                    {"limits", &limits},
                                    {"timeouts", &listenerTimeouts},
                                    {"api_key", &apiKey},
                                    {"tls", &tls},
                                    {"proxy_protocol", &boolean},
                                    {"trusted_proxies", &texts},
                                    {"policies", &texts},
                                    {"keys_path", &text},
                                    {"metadata", &boolean}};

// Tiers.
constexpr Shape rate{.sort = Sort::Rate};
constexpr Shape requests{.sort = Sort::Integer};
constexpr Field quotaFields[] = {{"day", &count}, {"month", &count}};
constexpr Shape quota{.sort = Sort::Object, .fields = quotaFields};
constexpr Word storeDownWords[] = {{"limit-locally"}, {"admit"}, {"refuse"}};
constexpr Shape storeDown{.sort = Sort::Words, .words = storeDownWords};
constexpr Field tierFields[] = {
    {"name", &text, required},
    {"rate", &rate, required},
    {"burst", &requests, required},
    {"quota", &quota, optional, "a quota per day or month"},
    {"concurrency", &count, optional, "a limit of concurrent requests"},
    {"when_store_is_down", &storeDown, optional, "a shared store of counters"},
};

// Consumers.
constexpr Word kindWords[] = {{"app"}, {"user"}, {"agent"}};
constexpr Shape consumerKind{.sort = Sort::Words, .words = kindWords};
constexpr Shape keyHash{.sort = Sort::KeyHash};
constexpr Field keyFields[] = {{"name", &text, required}, {"prefix", &text},  {"hash", &keyHash, required},
                               {"expires", &time},        {"scopes", &texts}, {"addresses", &texts},
                               {"disabled", &boolean}};
constexpr Shape key{.sort = Sort::Object, .fields = keyFields};
constexpr Shape keys{.sort = Sort::List, .item = &key, .itemsName = "key"};
constexpr Field identityFields[] = {{"subject", &text, choice},
                                    {"certificate_name", &text, choice},
                                    {"certificate_subject", &text, choice},
                                    {"certificate_fingerprint", &text, choice},
                                    {"provider", &text}};
constexpr Shape identity{.sort = Sort::Object, .fields = identityFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape identities{.sort = Sort::List, .item = &identity};
constexpr Field ownRateFields[] = {{"rate", &rate, required}, {"burst", &requests, required}};
constexpr Shape ownRate{.sort = Sort::Object, .fields = ownRateFields};
constexpr Field consumerFields[] = {{"name", &text, required}, {"kind", &consumerKind},
                                    {"tier", &text, required}, {"roles", &texts},
                                    {"attributes", &textMap},  {"identities", &identities},
                                    {"limit", &ownRate},       {"owner", &text},
                                    {"routes", &texts},        {"keys", &keys}};

// Identity providers, environments.
constexpr Word algorithmWords[] = {{"RS256"}, {"RS384"}, {"RS512"}, {"PS256"}, {"PS384"},
                                   {"PS512"}, {"ES256"}, {"ES384"}, {"ES512"}, {"EdDSA"},
                                   {"HS256"}, {"HS384"}, {"HS512"}};
constexpr Shape algorithm{.sort = Sort::Words, .words = algorithmWords};
constexpr Shape algorithms{.sort = Sort::List, .least = 1, .item = &algorithm};
constexpr Field claimFields[] = {{"claim", &text, required}};
constexpr Shape claim{.sort = Sort::Object, .fields = claimFields};
constexpr Field tierClaimFields[] = {{"default", &text, choice}, {"claim", &text, choice}};
constexpr Shape tierClaim{
    .sort = Sort::Object, .fields = tierClaimFields, .choice = Shape::Choice::AtLeastOne};
constexpr Field introspectionFields[] = {{"endpoint", &text},
                                         {"client_id", &text, required},
                                         {"client_secret", &text, required},
                                         {"cache", &duration},
                                         {"timeout", &duration}};
constexpr Shape introspection{.sort = Sort::Object, .fields = introspectionFields};
constexpr Shape openObject{.sort = Sort::Object, .open = true};
constexpr Field providerFields[] = {{"name", &text, required},
                                    {"issuer", &text, required},
                                    {"audience", &texts},
                                    {"algorithms", &algorithms},
                                    {"jwks", &text},
                                    {"jwks_file", &text},
                                    {"keys", &text},
                                    {"secret", &text},
                                    {"authority", &text},
                                    {"types", &texts},
                                    {"leeway", &duration},
                                    {"max_lifetime", &duration},
                                    {"max_bytes", &size32},
                                    {"required_claims", &texts},
                                    {"refresh", &duration},
                                    {"certificate_bound", &boolean},
                                    {"sender_constrained", &boolean},
                                    {"introspection", &introspection},
                                    {"consumer", &claim},
                                    {"tier", &tierClaim},
                                    {"scopes", &claim},
                                    {"roles", &claim}};
constexpr Field nameOnly[] = {{"name", &text, required}};
constexpr Shape namedOpenObject{.sort = Sort::Object, .fields = nameOnly, .open = true};

// Services.
constexpr Word serviceProtocolWords[] = {{"http"}, {"http2"}, {"grpc"}, {"graphql", "GraphQL to a service"}};
constexpr Shape serviceProtocol{.sort = Sort::Words, .words = serviceProtocolWords};
constexpr Word balanceWords[] = {{"round-robin"}, {"least-requests"}, {"random-two"}, {"consistent-hash"}};
constexpr Shape balance{.sort = Sort::Words, .words = balanceWords};
constexpr Word hashOnWords[] = {{"address"}, {"consumer"}};
constexpr Shape hashOnWord{.sort = Sort::Words, .words = hashOnWords};
constexpr Field hashOnFields[] = {{"header", &text, choice}, {"cookie", &text, choice}};
constexpr Shape hashOnObject{
    .sort = Sort::Object, .fields = hashOnFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape hashOn{.sort = Sort::Either, .item = &hashOnObject, .scalar = &hashOnWord};
constexpr Field targetFields[] = {{"address", &address, required}, {"weight", &count32}, {"drain", &boolean}};
constexpr Shape targetObject{.sort = Sort::Object, .fields = targetFields};
constexpr Shape target{.sort = Sort::Either, .item = &targetObject, .scalar = &address};
constexpr Shape targets{.sort = Sort::List, .item = &target};
// Whom to ask about; "" is the server as a whole.
constexpr Shape grpcService{.sort = Sort::Text};
constexpr Field serviceTlsFields[] = {
    {"verify", &boolean}, {"server_name", &text}, {"authority", &text}, {"certificate", &text}};
constexpr Shape serviceTls{.sort = Sort::Object, .fields = serviceTlsFields};
constexpr Field healthFields[] = {{"path", &text, choice},       {"grpc", &grpcService, choice},
                                  {"interval", &duration},       {"timeout", &duration},
                                  {"unhealthy_after", &count32}, {"healthy_after", &count32}};
constexpr Shape health{.sort = Sort::Object, .fields = healthFields, .choice = Shape::Choice::ExactlyOne};
constexpr Field outlierFields[] = {
    {"consecutive_errors", &count32}, {"eject", &duration}, {"at_most", &percent}};
constexpr Shape outlier{.sort = Sort::Object, .fields = outlierFields};
constexpr Field breakerFields[] = {
    {"error_ratio", &percent}, {"samples", &count32}, {"open", &duration}, {"recover", &duration}};
constexpr Shape breaker{.sort = Sort::Object, .fields = breakerFields};
constexpr Field serviceTimeoutFields[] = {
    {"connect", &duration}, {"response", &duration},    {"idle", &duration},           {"attempt", &duration},
    {"request", &duration}, {"stream_idle", &duration}, {"stream_lifetime", &duration}};
constexpr Shape serviceTimeouts{.sort = Sort::Object, .fields = serviceTimeoutFields};
constexpr Shape retryReason{.sort = Sort::RetryReason};
constexpr Shape retryReasonList{.sort = Sort::List, .item = &retryReason};
constexpr Field retryFields[] = {{"attempts", &count32}, {"on", &retryReasonList}, {"budget", &percent}};
constexpr Shape retries{.sort = Sort::Object, .fields = retryFields};
constexpr Field serviceFields[] = {{"name", &text, required}, {"protocol", &serviceProtocol},
                                   {"tls", &serviceTls},      {"targets", &targets, required},
                                   {"balance", &balance},     {"hash_on", &hashOn},
                                   {"slow_start", &duration}, {"concurrency", &count32},
                                   {"health", &health},       {"outlier", &outlier},
                                   {"breaker", &breaker},     {"timeouts", &serviceTimeouts},
                                   {"retries", &retries},     {"policies", &texts}};

// Certificates.
constexpr Word certificateUseWords[] = {{"identity"}, {"authority"}};
constexpr Shape certificateUse{.sort = Sort::Words, .words = certificateUseWords};
constexpr Word challengeWords[] = {{"http-01"}, {"tls-alpn-01"}};
constexpr Shape challenge{.sort = Sort::Words, .words = challengeWords};
constexpr Field acmeFields[] = {{"directory", &text, required},
                                {"directory_authority", &text},
                                {"domains", &someTexts, required},
                                {"contact", &text},
                                {"challenge", &challenge}};
constexpr Shape acme{.sort = Sort::Object, .fields = acmeFields};
constexpr Field certificateFields[] = {
    {"name", &text, required},   {"use", &certificateUse}, {"chain", &text},       {"chain_file", &text},
    {"revocations_file", &text}, {"key_file", &text},      {"revocations", &text}, {"acme", &acme}};

// Rules: in a policy, and some directly in a route.
constexpr Word credentialWords[] = {{"api-key"}, {"client-certificate"}};
constexpr Shape credentialWord{.sort = Sort::Words, .words = credentialWords};
constexpr Field tokenFields[] = {{"jwt", &text, choice}, {"introspection", &text, choice}};
constexpr Shape token{.sort = Sort::Object, .fields = tokenFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape credential{.sort = Sort::Either, .item = &token, .scalar = &credentialWord};
constexpr Shape credentials{.sort = Sort::List, .least = 1, .item = &credential};
constexpr Field wayFields[] = {
    {"jwt", &text, choice}, {"introspection", &text, choice}, {"all_of", &credentials, choice}};
constexpr Shape wayObject{.sort = Sort::Object, .fields = wayFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape way{.sort = Sort::Either, .item = &wayObject, .scalar = &credentialWord};
constexpr Shape ways{.sort = Sort::List, .least = 1, .item = &way};
constexpr Field anonymousFields[] = {{"tier", &text, required}};
constexpr Shape anonymous{.sort = Sort::Object, .fields = anonymousFields};
constexpr Field authenticateFields[] = {{"any_of", &ways, choice},
                                        {"all_of", &credentials, choice},
                                        {"jwt", &text, choice},
                                        {"introspection", &text, choice},
                                        {"anonymous", &anonymous}};
constexpr Shape authenticateObject{
    .sort = Sort::Object, .fields = authenticateFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape authenticate{.sort = Sort::Either, .item = &authenticateObject, .scalar = &credentialWord};
constexpr Field authorizeFields[] = {
    {"scopes", &texts}, {"any_scope", &texts}, {"roles", &texts}, {"all_roles", &texts}, {"when", &text}};
constexpr Shape authorize{.sort = Sort::Object, .fields = authorizeFields};
constexpr Field identityTokenFields[] = {
    {"header", &text}, {"audience", &text}, {"lifetime", &duration}, {"claims", &texts}};
constexpr Shape identityToken{.sort = Sort::Object, .fields = identityTokenFields};
constexpr Field forwardFields[] = {
    {"headers", &textMap}, {"token", &identityToken}, {"forward_credential", &boolean}};
constexpr Shape forwardIdentity{.sort = Sort::Object, .fields = forwardFields};
constexpr Field corsFields[] = {
    {"origins", &someTexts, required}, {"methods", &texts},   {"headers", &texts}, {"expose", &texts},
    {"credentials", &boolean},         {"max_age", &duration}};
constexpr Shape cors{.sort = Sort::Object, .fields = corsFields};
constexpr Field transformFields[] = {{"set", &textMap}, {"add", &textMap}, {"remove", &texts}};
constexpr Shape transform{.sort = Sort::Object, .fields = transformFields};
constexpr Field limitRuleFields[] = {{"rate", &rate}, {"burst", &count}, {"concurrency", &count}};
constexpr Shape limitRule{.sort = Sort::Object, .fields = limitRuleFields};
constexpr Field cacheFields[] = {{"ttl", &duration}, {"vary", &texts}};
constexpr Shape cache{.sort = Sort::Object, .fields = cacheFields};
constexpr Field bodyFields[] = {{"schema", &text, required}};
constexpr Shape bodySchema{.sort = Sort::Object, .fields = bodyFields};
constexpr Field validateFields[] = {{"body", &bodySchema}};
constexpr Shape validateRule{.sort = Sort::Object, .fields = validateFields};
constexpr Field hstsFields[] = {
    {"max_age", &duration}, {"include_subdomains", &boolean}, {"preload", &boolean}};
constexpr Shape hsts{.sort = Sort::Object, .fields = hstsFields};
constexpr Shape portNumber{.sort = Sort::Integer, .least = 1, .most = 65'535};
constexpr Field httpsRedirectFields[] = {{"port", &portNumber}};
constexpr Shape httpsRedirect{.sort = Sort::Object, .fields = httpsRedirectFields};

constexpr auto corsWords = "CORS";
constexpr auto requestWords = "transforming requests";
constexpr auto responseWords = "transforming responses";
constexpr auto limitWords = "a limit outside a tier";
constexpr auto cacheWords = "caching of responses";
constexpr auto validateWords = "validating of requests";

constexpr Field policyFields[] = {{"name", &text, required},
                                  {"authenticate", &authenticate, choice},
                                  {"hsts", &hsts, choice},
                                  {"https_redirect", &httpsRedirect, choice},
                                  {"authorize", &authorize, choice},
                                  {"identity", &forwardIdentity, choice},
                                  {"everywhere", &boolean},
                                  {"cors", &cors, choice, corsWords},
                                  {"transform_request", &transform, choice, requestWords},
                                  {"transform_response", &transform, choice, responseWords},
                                  {"limit", &limitRule, choice, limitWords},
                                  {"cache", &cache, choice, cacheWords},
                                  {"validate", &validateRule, choice, validateWords}};

// Routes.
constexpr Field matchFields[] = {{"hosts", &texts},
                                 {"path", &text, required},
                                 {"methods", &texts},
                                 {"headers", &textMap},
                                 {"query", &textMap}};
constexpr Shape match{.sort = Sort::Object, .fields = matchFields};
constexpr Field splitFields[] = {{"service", &text, required}, {"weight", &count, required}};
constexpr Shape splitItem{.sort = Sort::Object, .fields = splitFields};
constexpr Shape split{.sort = Sort::List, .least = 1, .item = &splitItem};
constexpr Field aggregateFields[] = {{"service", &text, required},
                                     {"path", &text, required},
                                     {"as", &text, required},
                                     {"required", &boolean},
                                     {"timeout", &duration}};
constexpr Shape aggregateItem{.sort = Sort::Object, .fields = aggregateFields};
constexpr Shape aggregate{.sort = Sort::List, .least = 1, .item = &aggregateItem};
constexpr Shape redirectStatus{.sort = Sort::Integer, .least = 300, .most = 308};
constexpr Field mockFields[] = {{"status", &httpStatus}, {"headers", &textMap}, {"body", &any}};
constexpr Shape mock{.sort = Sort::Object, .fields = mockFields};
constexpr Field actionFields[] = {
    {"service", &text, choice},
    {"rewrite", &text},
    {"split", &split, choice, "splitting traffic between services"},
    {"aggregate", &aggregate, choice, "aggregation of several services"},
    {"translate", &openObject, choice, "translation between protocols"},
    {"redirect", &text, choice, "redirection"},
    {"status", &redirectStatus, optional, "a status of the gateway's own"},
    {"mock", &mock, choice, "mock responses"},
};
constexpr Shape action{.sort = Sort::Object, .fields = actionFields, .choice = Shape::Choice::ExactlyOne};
constexpr Shape priority{.sort = Sort::Integer,
                         .least = std::numeric_limits<std::int32_t>::min(),
                         .most = std::numeric_limits<std::int32_t>::max()};
constexpr Field routeFields[] = {{"name", &text, required},
                                 {"enabled", &boolean},
                                 {"priority", &priority},
                                 {"match", &match, required},
                                 {"action", &action, required},
                                 {"policies", &texts},
                                 {"stream", &boolean},
                                 {"authorize", &authorize},
                                 {"waives", &texts},
                                 {"cors", &cors, optional, corsWords},
                                 {"transform_request", &transform, optional, requestWords},
                                 {"transform_response", &transform, optional, responseWords},
                                 {"limit", &limitRule, optional, limitWords},
                                 {"validate", &validateRule, optional, validateWords},
                                 {"cache", &cache, optional, cacheWords},
                                 {"version", &text, optional, "matching by version"},
                                 {"deprecated", &time, optional, "announcing deprecation"},
                                 {"sunset", &time, optional, "announcing a sunset"}};

// Checks.
constexpr Field callerFields[] = {{"consumer", &text}, {"tier", &text}};
constexpr Shape callerObject{.sort = Sort::Object, .fields = callerFields};
constexpr Shape caller{.sort = Sort::Either, .item = &callerObject, .scalar = &text};
constexpr Field requestFields[] = {{"method", &text}, {"url", &text, required}, {"host", &text},
                                   {"as", &caller},   {"headers", &textMap},    {"body", &any}};
constexpr Shape request{.sort = Sort::Object, .fields = requestFields};
constexpr Field answerFields[] = {
    {"status", &httpStatus}, {"route", &text}, {"headers", &textMap}, {"body", &any}};
constexpr Shape answer{.sort = Sort::Object, .fields = answerFields};
constexpr Field expectFields[] = {{"status", &httpStatus}, {"route", &text},   {"headers", &textMap},
                                  {"body", &any},          {"first", &answer}, {"last", &answer}};
constexpr Shape expect{.sort = Sort::Object, .fields = expectFields};
constexpr Field checkFields[] = {{"name", &text, required},
                                 {"request", &request, required},
                                 {"repeat", &count},
                                 {"expect", &expect, required}};
constexpr Shape check{.sort = Sort::Object, .fields = checkFields};

constexpr Shape listeners{.sort = Sort::List, .item = &listenerShape, .itemsName = "listener"};
constexpr Shape tiers{.sort = Sort::List, .item = &tierShape, .itemsName = "tier"};
constexpr Shape consumers{.sort = Sort::List, .item = &consumerShape, .itemsName = "consumer"};
constexpr Shape providers{
    .sort = Sort::List, .item = &identityProviderShape, .itemsName = "identity provider"};
constexpr Shape certificates{.sort = Sort::List, .item = &certificateShape, .itemsName = "certificate"};
constexpr Shape environments{.sort = Sort::List, .item = &namedOpenObject, .itemsName = "environment"};
constexpr Shape services{.sort = Sort::List, .item = &serviceShape, .itemsName = "service"};
constexpr Shape policies{.sort = Sort::List, .item = &policyShape, .itemsName = "policy"};
constexpr Shape routes{.sort = Sort::List, .item = &routeShape, .itemsName = "route"};
constexpr Shape checks{.sort = Sort::List, .item = &check, .itemsName = "check"};
constexpr Field fileFields[] = {{"certificates", &certificates},
                                {"listeners", &listeners},
                                {"tiers", &tiers},
                                {"consumers", &consumers},
                                {"identity_providers", &providers},
                                {"environments", &environments, optional, "a set of environments"},
                                {"services", &services},
                                {"policies", &policies},
                                {"routes", &routes},
                                {"checks", &checks, optional, "running saved checks"}};

} // namespace

constexpr Shape certificateShape{.sort = Sort::Object, .fields = certificateFields};
constexpr Shape listenerShape{.sort = Sort::Object, .fields = listenerFields};
constexpr Shape tierShape{.sort = Sort::Object, .fields = tierFields};
constexpr Shape consumerShape{.sort = Sort::Object, .fields = consumerFields};
constexpr Shape identityProviderShape{.sort = Sort::Object, .fields = providerFields};
constexpr Shape serviceShape{.sort = Sort::Object, .fields = serviceFields};
constexpr Shape policyShape{
    .sort = Sort::Object, .fields = policyFields, .choice = Shape::Choice::AtLeastOne};
constexpr Shape routeShape{.sort = Sort::Object, .fields = routeFields};
constexpr Shape fileShape{.sort = Sort::Object, .fields = fileFields};

} // namespace gateway::model
