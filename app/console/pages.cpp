#include "app/console/pages.h"

#include "ui/pages/certificates_page.h"
#include "ui/pages/changes_page.h"
#include "ui/pages/consumers_page.h"
#include "ui/pages/dashboard_page.h"
#include "ui/pages/policies_page.h"
#include "ui/pages/providers_page.h"
#include "ui/pages/routes_page.h"
#include "ui/pages/services_page.h"
#include "ui/pages/settings_page.h"
#include "ui/pages/tiers_page.h"

#include <QCoreApplication>

namespace app::console {

namespace {

QString text(const char* source) {
    return QCoreApplication::translate("Console", source);
}

template<class PageType>
ui::PageEntry entry(const char* id, const char* title, const char* icon, const char* section,
                    std::vector<ui::PageEntry::Command> commands = {}) {
    return {.id = QString::fromLatin1(id),
            .title = text(title),
            .iconName = QString::fromLatin1(icon),
            .section = text(section),
            .make = [](ui::ConsoleContext& context) -> ui::Page* { return new PageType(context); },
            .commands = std::move(commands)};
}

} // namespace

std::vector<ui::PageEntry> consolePages() {
    return {entry<ui::DashboardPage>("dashboard", "Dashboard", "dashboard", "Monitor"),
            entry<ui::RoutesPage>("routes", "Routes", "routes", "Configure"),
            entry<ui::ServicesPage>("services", "Services", "server", "Configure"),
            entry<ui::ConsumersPage>(
                "consumers", "Consumers & keys", "key", "Configure",
                {{QStringLiteral("revocations"), text("Revocations…"), QStringLiteral("x")}}),
            entry<ui::TiersPage>("tiers", "Tiers & limits", "gauge", "Configure"),
            entry<ui::PoliciesPage>("policies", "Policies", "lock", "Configure"),
            entry<ui::ProvidersPage>(
                "providers", "Identity providers", "user", "Configure",
                {{QStringLiteral("inspect"), text("Inspect a token…"), QStringLiteral("eye")}}),
            entry<ui::CertificatesPage>("certificates", "Certificates", "shield", "Configure"),
            entry<ui::ChangesPage>("changes", "Changes & audit", "changes", "Operate"),
            entry<ui::SettingsPage>("settings", "Settings", "settings", "Operate")};
}

} // namespace app::console
