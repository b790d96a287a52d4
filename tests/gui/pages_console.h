#pragma once

#include "db/sqlite_stores.h"
#include "gateway/service/gateway_service.h"
#include "ui/console_context.h"
#include "ui/console_window.h"
#include "ui/metrics_series.h"
#include "ui/theme.h"

#include <QSettings>
#include <QTemporaryDir>
#include <memory>

/// A whole console over a service on a database file of its own, with an online shop in it. The gateway
/// itself is not started: these tests are about what people see and what is published.
class PagesConsole {
public:
    PagesConsole();
    ~PagesConsole();

    [[nodiscard]] ui::ConsoleWindow& window() { return *m_window; }
    [[nodiscard]] gateway::service::GatewayService& service() { return *m_service; }
    [[nodiscard]] ui::Theme& theme() { return *m_theme; }
    [[nodiscard]] const gateway::model::Config& config();
    [[nodiscard]] gateway::model::RevisionNumber revision();
    [[nodiscard]] std::vector<gateway::model::ApiKey> keysOf(const std::string& consumer);

    /// Publishes as somebody else would.
    void publish(std::vector<gateway::model::Edit> edits, const std::string& author,
                 const std::string& message);
    /// One second of the shop's traffic.
    void addTraffic(int second);

    /// The one visible widget of that name; fails the test when there is none.
    template<class T = QWidget>
    [[nodiscard]] T* find(const char* name) {
        return qobject_cast<T*>(findWidget(name));
    }
    /// What a label says, in sight or not; empty when there is none.
    [[nodiscard]] QString text(const char* label);
    void click(const char* name);
    void type(const char* name, const QString& text); ///< in place of what stands there
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    /// Presses the button of a message box that is about to open.
    void answerNextBox(const QString& button);
    [[nodiscard]] QString boxText() const { return m_boxText; } ///< of the box that was answered last

private:
    [[nodiscard]] QWidget* findWidget(const char* name);
    static void giveFocus(QWidget* window);

    QTemporaryDir m_folder;
    gateway::SystemClock m_clock;
    std::unique_ptr<gateway::service::GatewayService> m_service;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<ui::MetricsSeries> m_series;
    std::unique_ptr<ui::ConsoleContext> m_context;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<ui::ConsoleWindow> m_window;
    QString m_boxText;
};
