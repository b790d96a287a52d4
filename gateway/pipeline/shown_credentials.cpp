#include "gateway/pipeline/shown_credentials.h"

#include "gateway/http/characters.h"
#include "gateway/pipeline/stages.h"
#include "gateway/translate/base64_stream.h"

namespace gateway::pipeline {
namespace {

/// What follows the scheme (RFC 9110, 11.4), or nothing where it is another one.
std::string_view afterScheme(std::string_view value, std::string_view scheme) noexcept {
    if (value.size() <= scheme.size() || value[scheme.size()] != ' ' ||
        !http::sameIgnoringCase(value.substr(0, scheme.size()), scheme)) {
        return {};
    }
    return http::trimmed(value.substr(scheme.size()));
}

/// False: it is none of the schemes.
bool readAuthorization(ShownCredentials& shown, std::string_view value) {
    if (const auto bearer = afterScheme(value, "Bearer"); !bearer.empty()) {
        shown.token = bearer;
    } else if (const auto basic = afterScheme(value, "Basic"); !basic.empty()) {
        shown.basic = basic;
    } else if (const auto bound = afterScheme(value, "DPoP"); !bound.empty()) {
        shown.token = bound;
        shown.isDpop = true;
    } else {
        return false;
    }
    return true;
}

void readFields(RequestContext& context, ShownCredentials& shown) {
    const std::string_view keyHeader = context.listener->keyHeader;
    bool hasAuthorization = false;
    bool hasProof = false;
    for (const http::Field& field : context.head->fields) {
        if (field.known == http::KnownField::Authorization) {
            shown.isAmbiguous = shown.isAmbiguous || hasAuthorization;
            hasAuthorization = true;
            // A listener may read keys there, too: then what names no scheme is one.
            if (readAuthorization(shown, field.value)) {
                continue;
            }
        }
        if (field.name.size() == keyHeader.size() && http::sameIgnoringCase(field.name, keyHeader)) {
            shown.isAmbiguous = shown.isAmbiguous || shown.hasKey;
            shown.hasKey = true;
            shown.key = field.value;
            context.keyField = context.listener->keyHeader;
        } else if (field.name.size() == 4 && http::sameIgnoringCase(field.name, "DPoP")) {
            shown.isAmbiguous = shown.isAmbiguous || hasProof; // RFC 9449, 4.3
            hasProof = true;
            shown.proof = field.value;
        }
    }
}

} // namespace

std::string_view ShownCredentials::basicUser(std::string& text) const {
    text.clear();
    translate::Base64Decoder decoder;
    if (!decoder.decode(basic, text) || !decoder.isComplete() || text.size() < 2 || text.back() != ':') {
        return {};
    }
    const std::string_view user = std::string_view(text).substr(0, text.size() - 1);
    return user.find(':') == std::string_view::npos ? user : std::string_view();
}

ShownCredentials findCredentials(RequestContext& context) {
    ShownCredentials shown;
    readFields(context, shown);
    if (!context.listener->keyQuery.empty() && context.head->hasQuery) {
        std::string_view inQuery;
        const std::size_t times = takeFromQuery(context, context.listener->keyQuery, inQuery);
        if (times > 0) {
            shown.isAmbiguous = shown.isAmbiguous || times > 1 || shown.hasKey;
            shown.hasKey = true;
            shown.key = inQuery;
        }
    }
    return shown;
}

} // namespace gateway::pipeline
