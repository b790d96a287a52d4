#pragma once

#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/console_window.h"
#include "ui/metrics_series.h"
#include "ui/theme.h"

#include <QSettings>
#include <QTemporaryDir>
#include <memory>

namespace shell {

/// A page that remembers what the window asked of it.
class NotePage : public ui::Page {
    Q_OBJECT
public:
    using ui::Page::Page;

    [[nodiscard]] QString title() const override { return QStringLiteral("Notes"); }
    [[nodiscard]] bool canLeave() override { return !unsaved; }
    void createNew() override { ++created; }
    void reveal(const QString& name) override { revealed = name; }

    bool unsaved = false;
    int created = 0;
    QString revealed;
};

/// A console over a store in a folder of its own: the dashboard and a page of notes under the id "routes".
class Console {
public:
    Console();
    ~Console();

    [[nodiscard]] gateway::service::GatewayService& service() { return *m_service; }
    [[nodiscard]] ui::ConsoleWindow& window() { return *m_window; }
    [[nodiscard]] ui::Theme& theme() { return m_theme; }
    [[nodiscard]] QSettings& settings() { return m_settings; }
    [[nodiscard]] NotePage* notes() {
        return static_cast<NotePage*>(m_window->page(QStringLiteral("routes")));
    }
    [[nodiscard]] int demosStarted() const { return m_demosStarted; }
    [[nodiscard]] QString filePath(const QString& name) const { return m_folder.filePath(name); }

    /// Publishes the shop and waits until the window has seen it; false when that failed. With a port, one
    /// listener on it.
    [[nodiscard]] bool publishShop(std::uint16_t port = 0);
    /// Feeds so many seconds of the shop's traffic through the metrics signal, up to now.
    void feed(int seconds);
    /// Saves a picture of the window into the working directory.
    void shoot(const QString& name, const QSize& size);

    template<class T>
    [[nodiscard]] T* find(const char* objectName) {
        return m_window->findChild<T*>(QString::fromLatin1(objectName));
    }

private:
    QTemporaryDir m_folder;
    gateway::SystemClock m_clock;
    std::unique_ptr<gateway::service::GatewayService> m_service;
    ui::Theme m_theme;
    ui::MetricsSeries m_series;
    QSettings m_settings;
    int m_demosStarted = 0;
    ui::ConsoleContext m_context;
    std::unique_ptr<ui::ConsoleWindow> m_window;
};

} // namespace shell
