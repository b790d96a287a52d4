#include "ui/theme.h"
#include "ui/widgets/field.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/toast.h"
#include "ui/widgets/toggle.h"

#include <QApplication>
#include <QDirIterator>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>

using ui::Theme;
using ui::ThemeMode;
using ui::Token;

namespace {

double luminance(const QColor& color) {
    const auto part = [](float value) {
        const double linear = value <= 0.03928F ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
        return linear;
    };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

/// WCAG 2.1, "contrast ratio".
double contrast(const QColor& a, const QColor& b) {
    const double la = luminance(a);
    const double lb = luminance(b);
    return (qMax(la, lb) + 0.05) / (qMin(la, lb) + 0.05);
}

} // namespace

class ThemeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void textCanBeReadInBothThemes_data();
    void textCanBeReadInBothThemes();
    void noTokenOfTheStyleSheetIsLeftUnfilled();
    void everyIconOfTheSetIsDrawn();
    void anUnknownIconIsNull();
    void aChangedModeIsTold();
    void aFieldSaysItsErrorAndTakesItBack();
    void aToggleFollowsTheKeyboard();
    void aSegmentedControlTellsWhichOneWasClicked();
    void undoIsDoneOnce();
};

void ThemeTest::textCanBeReadInBothThemes_data() {
    QTest::addColumn<int>("text");
    QTest::addColumn<int>("ground");
    const auto row = [](const char* name, Token text, Token ground) {
        QTest::newRow(name) << static_cast<int>(text) << static_cast<int>(ground);
    };
    row("text on surface", Token::Text, Token::Surface);
    row("second text on surface", Token::Text2, Token::Surface);
    row("muted on surface", Token::Muted, Token::Surface);
    row("muted on background", Token::Muted, Token::Bg);
    row("good on its ground", Token::Ok, Token::OkSoft);
    row("warning on its ground", Token::Warn, Token::WarnSoft);
    row("bad on its ground", Token::Bad, Token::BadSoft);
    row("accent text on its ground", Token::AccentText, Token::AccentSoft);
}

void ThemeTest::textCanBeReadInBothThemes() {
    QFETCH(int, text);
    QFETCH(int, ground);
    Theme theme;
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        theme.setMode(mode);
        // WCAG 2.1 AA asks for 4.5 with small text.
        QVERIFY(contrast(theme.color(static_cast<Token>(text)), theme.color(static_cast<Token>(ground))) >=
                4.5);
    }
}

void ThemeTest::noTokenOfTheStyleSheetIsLeftUnfilled() {
    Theme theme;
    theme.apply(*qApp);
    for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
        theme.setMode(mode);
        QString sheet = qApp->styleSheet();
        QVERIFY(!sheet.isEmpty());
        const qsizetype endOfComment = sheet.indexOf(QStringLiteral("*/"));
        QVERIFY(!sheet.mid(endOfComment).contains(QLatin1Char('@')));
    }
    qApp->setStyleSheet({});
}

void ThemeTest::everyIconOfTheSetIsDrawn() {
    const Theme theme;
    int icons = 0;
    QDirIterator files(QStringLiteral(":/icons"));
    while (files.hasNext()) {
        files.next();
        const QImage picture = theme.pixmap(files.fileInfo().completeBaseName(), Token::Text, 24).toImage();
        bool drawn = false;
        for (int y = 0; y < picture.height() && !drawn; ++y) {
            for (int x = 0; x < picture.width() && !drawn; ++x) {
                drawn = picture.pixelColor(x, y).alpha() > 0;
            }
        }
        QVERIFY2(drawn, qPrintable(files.fileName()));
        ++icons;
    }
    QVERIFY(icons > 40);
}

void ThemeTest::anUnknownIconIsNull() {
    QVERIFY(Theme().icon(QStringLiteral("no-such-icon")).isNull());
}

void ThemeTest::aChangedModeIsTold() {
    Theme theme;
    theme.setMode(ThemeMode::Light);
    QSignalSpy changed(&theme, &Theme::changed);
    theme.setMode(ThemeMode::Light);
    QCOMPARE(changed.count(), 0);
    theme.setMode(ThemeMode::Dark);
    QCOMPARE(changed.count(), 1);
    QVERIFY(theme.isDark());
}

void ThemeTest::aFieldSaysItsErrorAndTakesItBack() {
    const std::unique_ptr<ui::Field> field(ui::makeTextField(QStringLiteral("Port"), QStringLiteral("port")));
    field->setHint(QStringLiteral("1 to 65535"));
    field->setError(QStringLiteral("Port 0 cannot be reached."));
    QVERIFY(field->lineEdit()->property("error").toBool());
    QCOMPARE(field->lineEdit()->accessibleDescription(), QStringLiteral("Port 0 cannot be reached."));
    field->clearError();
    QVERIFY(!field->lineEdit()->property("error").toBool());
    QCOMPARE(field->lineEdit()->accessibleDescription(), QStringLiteral("1 to 65535"));
    QCOMPARE(field->lineEdit()->accessibleName(), QStringLiteral("Port"));
}

void ThemeTest::aToggleFollowsTheKeyboard() {
    const Theme theme;
    ui::Toggle toggle(theme, QStringLiteral("Enabled"), QStringLiteral("enabled"));
    toggle.show();
    QSignalSpy toggled(&toggle, &ui::Toggle::toggled);
    QTest::keyClick(&toggle, Qt::Key_Space);
    QVERIFY(toggle.isChecked());
    QTest::keyClick(&toggle, Qt::Key_Return);
    QVERIFY(!toggle.isChecked());
    QCOMPARE(toggled.count(), 2);
}

void ThemeTest::aSegmentedControlTellsWhichOneWasClicked() {
    ui::SegmentedControl control(QStringLiteral("tabs"), QStringLiteral("Parts"));
    control.addSegment(QStringLiteral("match"), QStringLiteral("Match"));
    QToolButton* limits = control.addSegment(QStringLiteral("limits"), QStringLiteral("Limits"));
    QCOMPARE(control.current(), QStringLiteral("match"));
    QSignalSpy changed(&control, &ui::SegmentedControl::currentChanged);
    QTest::mouseClick(limits, Qt::LeftButton);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(control.current(), QStringLiteral("limits"));
}

void ThemeTest::undoIsDoneOnce() {
    const Theme theme;
    QWidget host;
    ui::Toast toast(theme, &host);
    int undone = 0;
    toast.showUndo(QStringLiteral("Route deleted"), [&undone] { ++undone; });
    auto* button = toast.findChild<QPushButton*>(QStringLiteral("toastUndo"));
    QVERIFY(button != nullptr);
    button->click();
    button->click();
    QCOMPARE(undone, 1);
    QVERIFY(toast.isHidden());
}

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
