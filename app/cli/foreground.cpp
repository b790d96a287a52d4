#include "app/cli/foreground.h"

#include <QCoreApplication>
#include <algorithm>
#include <iostream>

namespace app::cli {

using gateway::service::GatewayService;
using gateway::service::GatewayState;
using gateway::service::GatewayStatus;
using gateway::service::Rejection;

namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

/// The problems of a rejection, and the reason if there are none.
void reportRejection(const Rejection& rejection) {
    for (const gateway::model::Problem& problem : rejection.problems) {
        std::cerr << formatProblem("configuration", problem) << '\n';
    }
    reportError(rejection.error.message);
}

} // namespace

Foreground::Foreground(ServiceHost& host)
    : m_host(host) {
    connect(&m_host.service(), &GatewayService::statusChanged, this, &Foreground::report);
    connect(&m_host.service(), &GatewayService::certificateWarning, this,
            [](const std::string& name, int daysLeft) {
                reportError(daysLeft < 0 ? "the certificate " + name + " has expired"
                                         : "the certificate " + name + " ends in " +
                                               std::to_string(daysLeft) + " days");
            });
    connect(&m_signals, &ProcessSignals::endRequested, this, &Foreground::end);
    connect(&m_signals, &ProcessSignals::reloadRequested, this, &Foreground::reload);
}

ExitCode Foreground::run() {
    start();
    return wait();
}

ExitCode Foreground::wait() {
    QCoreApplication::exec();
    return m_exitCode;
}

void Foreground::start() {
    m_host.service().start().then(this, [this](const tl::expected<GatewayStatus, Rejection>& started) {
        if (!started) {
            reportRejection(started.error());
            m_exitCode = exitCodeFor(started.error().error);
            end();
        } else if (started->addresses.empty()) {
            std::cout << "no listeners yet: waiting for `gatehousectl apply --db " << m_host.databaseFile()
                      << " FILE`" << std::endl;
        }
    });
}

void Foreground::endWith(const gateway::Error& error) {
    m_exitCode = reportError(error);
    end();
}

void Foreground::end() {
    if (m_ending) {
        return;
    }
    m_ending = true;
    if (m_beforeEnd) {
        m_beforeEnd();
    }
    m_host.service().stop().then(this, [](const tl::expected<GatewayStatus, Rejection>& stopped) {
        if (stopped && !stopped->message.empty()) {
            reportError(stopped->message);
        }
        QCoreApplication::quit();
    });
}

void Foreground::reload() {
    m_host.service().reload().then(this, [](const tl::expected<GatewayStatus, Rejection>& reloaded) {
        if (!reloaded) {
            reportRejection(reloaded.error());
        }
    });
}

void Foreground::report(const GatewayStatus& status) {
    const std::vector<std::string> before = std::exchange(m_addresses, status.addresses);
    for (const std::string& address : m_addresses) {
        if (!contains(before, address)) {
            std::cout << "listening on " << address << '\n';
        }
    }
    if (status.state == GatewayState::Draining) {
        std::cout << "draining\n";
    } else if (status.state == GatewayState::Running) {
        for (const std::string& address : before) {
            if (!contains(m_addresses, address)) {
                std::cout << "no longer listening on " << address << '\n';
            }
        }
        if (status.liveRevision != std::exchange(m_liveRevision, status.liveRevision)) {
            std::cout << "revision " << status.liveRevision << " is live\n";
        }
        // A change that could not be taken up; whoever made it may be another program.
        if (status.message != std::exchange(m_message, status.message) && !status.message.empty()) {
            reportError(status.message);
        }
    }
    std::cout.flush();
}

} // namespace app::cli
