#include "gateway/net/tls_identity.h"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>

namespace gateway::net {
namespace {

std::string wildcardOf(std::string_view name) {
    const std::size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string() : "*" + std::string(name.substr(dot));
}

} // namespace

Result<X509StackPointer> readCertificateStack(std::string_view pem) {
    X509StackPointer stack(sk_X509_new_null());
    const BioPointer from = crypto::bioOf(pem);
    while (X509* certificate = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)) {
        sk_X509_push(stack.get(), certificate);
    }
    const bool atEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!atEnd || sk_X509_num(stack.get()) == 0) {
        return fail(ErrorKind::Input, "certificate-invalid",
                    "block " + std::to_string(sk_X509_num(stack.get()) + 1) + " is no PEM certificate");
    }
    return stack;
}

Result<void> addAuthorities(X509_STORE& store, std::string_view authorities,
                            std::string_view revocationLists) {
    const auto stack = readCertificateStack(authorities);
    if (!stack) {
        return fail(stack.error());
    }
    for (int i = 0; i < sk_X509_num(stack->get()); ++i) {
        X509_STORE_add_cert(&store, sk_X509_value(stack->get(), i));
    }
    const BioPointer from = crypto::bioOf(revocationLists);
    std::size_t lists = 0;
    while (const X509CrlPointer list{PEM_read_bio_X509_CRL(from.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_crl(&store, list.get());
        ++lists;
    }
    const bool atEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!atEnd || (lists == 0 && revocationLists.find_first_not_of(" \r\n") != std::string_view::npos)) {
        return fail(ErrorKind::Input, "revocations-invalid",
                    "block " + std::to_string(lists + 1) + " is no PEM list of revoked certificates");
    }
    if (lists > 0) {
        X509_STORE_set_flags(&store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    return {};
}

Result<TlsIdentity> TlsIdentity::make(const crypto::KeyPair& pair) {
    auto stack = readCertificateStack(pair.chain);
    if (!stack) {
        return fail(stack.error());
    }
    auto infos = crypto::readCertificates(pair.chain);
    if (!infos) {
        return fail(infos.error());
    }
    TlsIdentity identity;
    identity.leaf.reset(sk_X509_shift(stack->get()));
    identity.chain = std::move(*stack);
    identity.key = pair.key;
    identity.info = std::move(infos->front());
    if (!pair.key) {
        return fail(ErrorKind::Input, "key-missing", "there is no private key");
    }
    if (X509_check_private_key(identity.leaf.get(), pair.key.get()) != 1) {
        ERR_clear_error();
        return fail(ErrorKind::Input, "key-of-another", "the private key is not the certificate's");
    }
    return identity;
}

IdentityTable::IdentityTable(std::vector<TlsIdentity> identities)
    : m_identities(std::move(identities)) {
    for (const TlsIdentity& identity : m_identities) {
        for (const std::string& name : identity.info.names) {
            if (!m_byName.contains(name)) {
                m_byName.emplace(name, choose(name, nullptr));
            }
        }
    }
    if (!m_identities.empty()) {
        const TlsIdentity& first = m_identities.front();
        m_fallback = first.info.names.empty() ? Choice{&first} : choose(first.info.names.front(), &first);
    }
}

IdentityTable::Choice IdentityTable::choose(std::string_view name, const TlsIdentity* first) const {
    Choice choice;
    const auto add = [&](const TlsIdentity& identity) {
        const int kind = EVP_PKEY_get_base_id(identity.key.get());
        const bool hasOne = std::any_of(choice.begin(), choice.end(), [&](const TlsIdentity* other) {
            return EVP_PKEY_get_base_id(other->key.get()) == kind;
        });
        if (!hasOne) {
            choice.push_back(&identity);
        }
    };
    if (first != nullptr) {
        add(*first);
    }
    const auto addAll = [&](std::string_view wanted) {
        for (const TlsIdentity& identity : m_identities) {
            const auto& names = identity.info.names;
            if (std::find(names.begin(), names.end(), wanted) != names.end()) {
                add(identity);
            }
        }
    };
    addAll(name);
    if (!name.starts_with('*')) {
        addAll(wildcardOf(name));
    }
    return choice;
}

const IdentityTable::Choice& IdentityTable::find(std::string_view name) const {
    auto found = m_byName.find(std::string(name));
    if (found == m_byName.end()) {
        found = m_byName.find(wildcardOf(name));
    }
    return found != m_byName.end() ? found->second : m_fallback;
}

const TlsIdentity* IdentityTable::identityOf(const X509* leaf) const noexcept {
    const auto found = std::find_if(m_identities.begin(), m_identities.end(),
                                    [&](const TlsIdentity& identity) { return identity.leaf.get() == leaf; });
    return found != m_identities.end() ? &*found : nullptr;
}

} // namespace gateway::net
