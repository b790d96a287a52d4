#pragma once

#include "gateway/auth/token.h"

#include <string>
#include <utility>
#include <vector>

namespace gateway::auth {

/// What was looked at of a token: the first fault, and a line each where somebody wants to read them.
/// Sentences are made only then, so that requests do not pay for them.
class CheckList {
public:
    explicit CheckList(std::vector<TokenCheck>* lines) noexcept
        : m_lines(lines) {}

    /// `say` gives a sentence.
    template<class Say>
    void passed(const char* name, Say say) {
        add(name, TokenCheck::Verdict::Passed, say);
    }
    template<class Say>
    void skipped(const char* name, Say say) {
        add(name, TokenCheck::Verdict::Skipped, say);
    }
    template<class Say>
    void failed(TokenFault fault, const char* name, Say say) {
        if (m_fault == TokenFault::None) {
            m_fault = fault;
        }
        add(name, TokenCheck::Verdict::Failed, say);
    }

    [[nodiscard]] TokenFault fault() const noexcept { return m_fault; }
    /// Nobody wants to know more.
    [[nodiscard]] bool isDone() const noexcept { return m_fault != TokenFault::None && m_lines == nullptr; }

private:
    template<class Say>
    void add(const char* name, TokenCheck::Verdict verdict, Say& say) {
        if (m_lines != nullptr) {
            m_lines->push_back({name, verdict, say()});
        }
    }

    std::vector<TokenCheck>* m_lines;
    TokenFault m_fault = TokenFault::None;
};

} // namespace gateway::auth
