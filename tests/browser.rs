//! The product in real browsers: the built program, Chromium, two people at once; with JavaScript
//! and without it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

mod common;
#[path = "browser/live.rs"]
mod live;
#[path = "browser/qr.rs"]
mod qr;
#[path = "browser/ticket.rs"]
mod ticket;

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use common::{Client, Install, PASSWORD, PATIENCE, Server, choose_cryptography, skipped, until};
use serde_json::{Value, json};
use thirtyfour::{
    By, ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, TypingData, WebDriver, WebElement,
};

const PHONE: u32 = 360;
const DESK: u32 = 1280;
const WIDE: u32 = 1920;
const SESSIONS: &str = "/dashboard/settings/sessions";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_browsers_from_registration_to_the_end_of_a_session() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        let one = driver.open(&server, scripts).await;
        let two = driver.open(&server, scripts).await;

        one.goto("/register").await;
        one.fill(&[("username", "Анна"), ("email", "anna@example.ru"), ("password", PASSWORD)]).await;
        one.click("main form button.primary").await;
        one.is_at("/dashboard").await;

        two.goto(SESSIONS).await;
        two.is_at("/login").await;
        assert_eq!(two.count(".peek").await, usize::from(scripts), "scripts run only where they should");
        two.fill(&[("email", "anna@example.ru"), ("password", PASSWORD)]).await;
        two.click("main form button.primary").await;
        // Where they were heading before they were asked to sign in.
        two.is_at(SESSIONS).await;

        one.goto(SESSIONS).await;
        one.has("li.session", 2).await;
        one.has("li.session.current", 1).await;
        assert_eq!(
            (one.count("li.session.current .now").await, one.count("li.session.current end-session").await),
            (1, 0)
        );
        one.has("li.session:not(.current) end-session button", 1).await;
        one.set_mark().await;
        one.click("end-session button").await;
        one.has("li.session", 1).await;
        one.has("li.session.current", 1).await;
        assert_eq!(one.has_mark().await, scripts, "with scripts nothing is loaded anew, without them all is");
        one.has("[popovertarget=end-others]", 0).await;

        // A page with scripts hears of it and leaves by itself.
        if !scripts {
            two.click("a[href='/dashboard']:not(.brand)").await;
        }
        two.is_at("/login").await;
        one.goto("/dashboard").await;
        one.is_at("/dashboard").await;
        one.has("section[aria-labelledby=tile-sessions] li", 1).await;

        // The rest of a day with sessions: a name for the device, "end all others", out.
        two.fill(&[("email", "anna@example.ru"), ("password", PASSWORD)]).await;
        two.click("main form button.primary").await;
        two.is_at(if scripts { SESSIONS } else { "/dashboard" }).await;
        one.goto(SESSIONS).await;
        one.click("li.session.current .rename summary").await;
        one.fill_in("li.session.current .rename", "name", "Мой ноутбук").await;
        one.click("li.session.current .rename button").await;
        until("the new name", async || one.text("li.session.current h2").await.contains("Мой ноутбук").then_some(()))
            .await;
        one.click("[popovertarget=end-others]:not([popovertargetaction])").await;
        one.click("#end-others button.danger").await;
        one.has("li.session", 1).await;
        two.goto("/dashboard").await;
        two.is_at("/login").await;
        one.click("button.me").await;
        one.click("form[action='/logout'] button").await;
        one.is_at("/login").await;
        one.has(".banner.good", 1).await;
        for browser in [one, two] {
            browser.is_calm(&[]).await;
            browser.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_password_the_switches_and_the_keyboard() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    install.add_user("anna@example.ru", "customer");
    for scripts in [true, false] {
        let browser = driver.open(&server, scripts).await;
        browser.goto("/login").await;

        browser.set_mark().await;
        browser.click("button[name=theme][value=dark]").await;
        browser.has("html[data-theme=dark]", 1).await;
        assert_eq!(browser.has_mark().await, scripts, "with scripts the theme changes without a new page");
        until("the theme to be kept", async || browser.driver.get_named_cookie("theme").await.ok()).await;
        browser.goto("/register").await;
        browser.has("html[data-theme=dark]", 1).await;
        browser.has("button[name=theme][value=dark][aria-pressed=true]", 1).await;
        browser.goto("/login").await;
        for lang in ["en", "ru"] {
            browser.click(&format!("button[name=lang][value={lang}]")).await;
            browser.has(&format!("html[lang={lang}]"), 1).await;
        }

        browser.fill(&[("email", "anna@example.ru"), ("password", "совсем не тот пароль")]).await;
        browser.click("main form button.primary").await;
        browser.has("main form .banner.bad[role=alert]", 1).await;
        assert_eq!(browser.value("#email").await, "anna@example.ru");
        assert_eq!(browser.value("#password").await, "");
        browser.goto("/register").await;
        browser.fill(&[("username", "Анна"), ("email", "anna@example.ru"), ("password", PASSWORD)]).await;
        browser.click("main form button.primary").await;
        browser.has("#email[aria-invalid=true][aria-describedby]", 1).await;
        browser.has("#email-error", 1).await;
        assert_eq!(browser.value("#username").await, "Анна");

        // Keys alone: the e-mail has the focus from the start.
        browser.goto("/login").await;
        until("the focus in the e-mail", async || (browser.focused("id").await == "email").then_some(())).await;
        browser.keys("anna@example.ru" + Key::Tab).await;
        until("the focus in the password", async || (browser.focused("id").await == "password").then_some(())).await;
        browser.keys(PASSWORD + Key::Enter).await;
        browser.is_at("/dashboard").await;
        // The first stop leads past the navigation.
        browser.has("button.me", 1).await;
        browser.keys(Key::Tab).await;
        assert_eq!(browser.focused("className").await, "skip");
        browser.keys(Key::Enter).await;
        until("the focus in the content", async || (browser.focused("id").await == "main").then_some(())).await;
        browser.focus("button.me").await;
        browser.keys(Key::Enter).await;
        browser.has("#me-menu:popover-open", 1).await;
        browser.focus("form[action='/logout'] button").await;
        browser.keys(Key::Enter).await;
        browser.is_at("/login").await;
        browser.is_calm(&["401", "409", "422"]).await;
        browser.close().await;
    }
}

/// Pages with their way to look; the name is the picture's.
const BEFORE: [(&str, &str); 6] = [
    ("login", "/login"),
    ("login-qr", "/login?method=qr"),
    ("register", "/register"),
    ("forgot", "/forgot"),
    ("reset", "/reset?token=nonsense"),
    ("missing", "/nothing-here"),
];
const INSIDE: [(&str, &str); 8] = [
    ("scan", "/scan"),
    ("qr-ask", "/qr-login?code=nonsense"),
    ("dashboard", "/dashboard"),
    ("settings", "/dashboard/settings"),
    ("sessions", SESSIONS),
    ("users", "/dashboard/admin/users"),
    ("docs", "/api/docs"),
    ("lost", "/dashboard/nothing-here"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_page_fits_in_both_languages() {
    let Some(driver) = Driver::start() else { return };
    // With mail, or the page about a forgotten password has no form.
    let install = Install::on_sqlite()
        .with("OSPABHOST_SMTP_URL", "smtp://127.0.0.1:9")
        .with("OSPABHOST_MAIL_FROM", "help@example.org");
    let server = install.start().await;
    crowd(&install, &server).await;
    let browser = driver.open(&server, true).await;
    let mut too_wide = Vec::new();
    for lang in ["ru", "en"] {
        browser.goto("/login").await;
        browser.click(&format!("button[name=lang][value={lang}]")).await;
        browser.has(&format!("html[lang={lang}]"), 1).await;
        for (name, path) in BEFORE {
            too_wide.extend(browser.fits(name, path, lang).await);
        }
        browser.goto("/login").await;
        browser.fill(&[("email", "root@example.ru"), ("password", PASSWORD)]).await;
        browser.click("main form button.primary").await;
        browser.is_at("/dashboard").await;
        browser.goto("/dashboard/settings").await;
        browser.click(&format!("main button[name=lang][value={lang}]")).await;
        browser.has(&format!("html[lang={lang}]"), 1).await;
        for (name, path) in INSIDE {
            too_wide.extend(browser.fits(name, path, lang).await);
        }
        browser.goto("/dashboard").await;
        browser.click("button.me").await;
        browser.click("form[action='/logout'] button").await;
        browser.is_at("/login").await;
    }
    browser.is_calm(&["404", "410"]).await;
    browser.close().await;
    assert!(too_wide.is_empty(), "these have to be scrolled sideways:\n{}", too_wide.join("\n"));
}

/// The edge of each field and of each button with one against what lies around it (WCAG 1.4.11), drawn
/// to know what any way to write a colour comes to.
const FAINT_EDGES: &str = "
    // The ring of what has the focus stands for its edge, and what cannot be changed needs none.
    document.activeElement.blur();
    document.getAnimations().forEach((one) => one.finish());
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const around = (element) => {
        const grounds = [];
        for (let one = element.parentElement; one; one = one.parentElement) grounds.unshift(getComputedStyle(one).backgroundColor);
        return grounds;
    };
    const faint = [];
    for (const field of document.querySelectorAll('main input:not([type=hidden], [type=file], [type=checkbox], [type=radio]), main textarea, main select:not(.setting *)')) {
        const style = getComputedStyle(field);
        if (!field.checkVisibility() || field.disabled || field.readOnly || parseFloat(style.borderTopWidth) === 0) continue;
        const [edge, ground] = [light(paint([...around(field), style.borderTopColor])), light(paint(around(field)))];
        const ratio = (Math.max(edge, ground) + 0.05) / (Math.min(edge, ground) + 0.05);
        if (ratio < 3) faint.push(`${field.name || field.id}: ${ratio.toFixed(2)}`);
    }
    return faint;";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn input_23_edges_are_seen_names_are_said_and_the_narrowest_screen_is_enough() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    install.add_user("root@example.ru", "admin");
    let browser = driver.open(&server, true).await;
    let mut wrong = Vec::new();
    let mut look = async |path: &str| {
        browser.goto(path).await;
        for theme in ["light", "dark"] {
            browser.script(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
            let faint = browser.script(FAINT_EDGES).await;
            if faint != json!([]) {
                wrong.push(format!("{path}, {theme}: {faint}"));
            }
        }
        browser.resize(320, 700).await;
        let wide = browser.script(WIDER_THAN_THE_WINDOW).await;
        if wide != json!([]) {
            wrong.push(format!("{path} at 320 px: {wide}"));
        }
        browser.resize(1280, 900).await;
    };
    for path in ["/login", "/register"] {
        look(path).await;
    }
    browser.goto("/login").await;
    browser.fill(&[("email", "root@example.ru"), ("password", PASSWORD)]).await;
    browser.click("main form button.primary").await;
    browser.is_at("/dashboard").await;
    for path in
        ["/dashboard/settings", "/dashboard/settings/notifications", "/dashboard/tickets-new", "/dashboard/admin/users"]
    {
        look(path).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // What one reads on the button is what one says to press it (WCAG 2.5.3).
    let named = browser.script("return document.querySelector('button.me').ariaLabel").await;
    assert_eq!(named, json!(null), "its text is its name");
    assert!(browser.text("button.me").await.contains("root"));
    // The field that is unfolded has the focus.
    browser.goto("/dashboard/settings/sessions").await;
    browser.click("details.rename summary").await;
    until("the focus in the field", async || (browser.focused("tagName").await == "INPUT").then_some(())).await;
    browser.close().await;
}

/// An administrator with several sessions and users, some with names that are hard to lay out.
async fn crowd(install: &Install, server: &Server) {
    install.add_user("root@example.ru", "admin");
    install.add_user("operator@example.ru", "operator");
    install.add_user(&format!("{}@example.ru", "w".repeat(52)), "customer");
    for _ in 0..3 {
        install.ok(&["user", "list"]);
        Client::sign_in(server, "root@example.ru").await;
    }
    let client = Client::sign_in(server, "root@example.ru").await;
    let path = format!("/api/sessions/{}", client.session().await);
    assert_eq!(client.send("PATCH", &path, Some(json!({ "name": "Ш".repeat(64) }))).await.unwrap().status, 200);
    let wrong = json!({ "email": "root@example.ru", "password": "wrong" });
    assert_eq!(Client::of(server).post("/api/auth/login", wrong).await.status, 401);
}

/// chromedriver; it and its browsers end with it.
struct Driver {
    child: Child,
    port: u16,
    profiles: tempfile::TempDir,
}

impl Driver {
    /// `None`, said aloud, where there is no chromedriver.
    fn start() -> Option<Self> {
        const VARIABLE: &str = "OSPABHOST_TEST_CHROMEDRIVER";
        let Some(program) = std::env::var_os(VARIABLE) else {
            skipped(&format!("a test with a browser: set {VARIABLE} to the path of chromedriver"));
            return None;
        };
        choose_cryptography();
        let mut command = Command::new(program);
        // Its browsers are in its process group, and are ended by that when a test fails.
        command.arg("--port=0").process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (lines, (found, port)) = (BufReader::new(child.stdout.take().unwrap()), mpsc::channel());
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("started successfully on port ") {
                    let _ = found.send(rest.trim_end_matches('.').parse());
                }
            }
        });
        let port = port.recv_timeout(PATIENCE).expect("chromedriver names its port").unwrap();
        Some(Self { child, port, profiles: tempfile::tempdir().unwrap() })
    }

    /// A new browser with a profile of its own.
    async fn open(&self, server: &Server, scripts: bool) -> Browser {
        let profile = tempfile::tempdir_in(&self.profiles).unwrap().keep();
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--hide-scrollbars",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=ru",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            "--window-size=1280,900",
        ] {
            wanted.add_arg(argument).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.display())).unwrap();
        let scripts_setting = if scripts { 1 } else { 2 };
        let settings = json!({ "profile.managed_default_content_settings.javascript": scripts_setting, "intl.accept_languages": "ru" });
        wanted.add_experimental_option("prefs", settings).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted).await.unwrap();
        Browser { driver, base: server.url("") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("sh").args(["-c", "kill -KILL \"$0\"", &group]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One browser with one person in front of it.
struct Browser {
    driver: WebDriver,
    base: String,
}

impl Browser {
    async fn goto(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Waits until the address is `path`, whatever follows the question mark.
    async fn is_at(&self, path: &str) {
        until(&format!("the page {path}"), async || {
            (self.driver.current_url().await.ok()?.path() == path).then_some(())
        })
        .await;
    }

    /// The first that is there and can be seen.
    async fn find(&self, selector: &str) -> WebElement {
        until(selector, async || {
            for element in self.driver.find_all(By::Css(selector)).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    async fn count(&self, selector: &str) -> usize {
        self.driver.find_all(By::Css(selector)).await.unwrap().len()
    }

    /// Waits until there are so many.
    async fn has(&self, selector: &str, count: usize) {
        // While a page is on its way there may be no answer at all.
        until(&format!("{count} × {selector}"), async || {
            let found = self.driver.find_all(By::Css(selector)).await.ok()?;
            (found.len() == count).then_some(())
        })
        .await;
    }

    async fn text(&self, selector: &str) -> String {
        self.find(selector).await.text().await.unwrap_or_default()
    }

    /// Seen or not: the driver takes all that stands in closed `details` for hidden, also where the style
    /// sheet shows it.
    async fn value(&self, selector: &str) -> String {
        until(selector, async || self.driver.find(By::Css(selector)).await.ok()?.value().await.ok())
            .await
            .unwrap_or_default()
    }

    async fn click(&self, selector: &str) {
        // What was found may belong to a page that is just being left.
        until(&format!("a click on {selector}"), async || {
            let element = self.find(selector).await;
            // The driver scrolls no further than the edge, where the bottom bar of phones lies.
            element.scroll_into_view().await.ok()?;
            element.click().await.ok()
        })
        .await;
    }

    /// Types into the fields of the page's form.
    async fn fill(&self, fields: &[(&str, &str)]) {
        for (name, text) in fields {
            self.fill_in("main form", name, text).await;
        }
    }

    async fn fill_in(&self, form: &str, name: &str, text: &str) {
        let field = self.find(&format!("{form} [name={name}]")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Types wherever the focus is.
    async fn keys(&self, text: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(text).perform().await.unwrap();
    }

    async fn focus(&self, selector: &str) {
        self.find(selector).await.focus().await.unwrap();
    }

    /// A property of what has the focus.
    async fn focused(&self, property: &str) -> String {
        let element = self.driver.active_element().await.unwrap();
        element.prop(property).await.unwrap().unwrap_or_default()
    }

    async fn script(&self, text: &str) -> Value {
        self.driver.execute(text, Vec::new()).await.unwrap().json().clone()
    }

    /// Marks the page, to see later whether it is still the same one.
    async fn set_mark(&self) {
        self.script("document.documentElement.setAttribute('data-mark', '')").await;
    }

    async fn has_mark(&self) -> bool {
        self.count("html[data-mark]").await == 1
    }

    async fn cdp(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap()
    }

    async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        until("the new size", async || (self.script("return innerWidth").await == width).then_some(())).await;
    }

    /// Takes the page's pictures, and says where it is wider than the window.
    async fn fits(&self, name: &str, path: &str, lang: &str) -> Vec<String> {
        self.goto(path).await;
        self.has(&format!("html[lang={lang}]"), 1).await;
        let mut too_wide = Vec::new();
        for width in [PHONE, WIDE, DESK] {
            self.resize(width, 900).await;
            let wide = self.script(WIDER_THAN_THE_WINDOW).await;
            if wide != json!([]) {
                too_wide.push(format!("{path} in {lang} at {width} px: {wide}"));
            }
            if width != WIDE {
                self.pictures(&format!("{name}-{width}-{lang}")).await;
                self.resize(width, 900).await;
            }
        }
        too_wide
    }

    /// The whole page, light and dark, where somebody wants to look at it.
    async fn pictures(&self, name: &str) {
        let Some(folder) = std::env::var_os("OSPABHOST_TEST_SCREENSHOTS") else { return };
        std::fs::create_dir_all(&folder).unwrap();
        for theme in ["light", "dark"] {
            // Without motion, or the picture shows colours on their way.
            let features = json!([{ "name": "prefers-color-scheme", "value": theme }, { "name": "prefers-reduced-motion", "value": "reduce" }]);
            self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            let size =
                self.script("return [innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]").await;
            self.resize(size[0].as_u64().unwrap() as u32, size[1].as_u64().unwrap() as u32).await;
            self.driver.screenshot(&PathBuf::from(&folder).join(format!("{name}-{theme}.png"))).await.unwrap();
        }
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    }

    /// Fails the test when the browser complained: of a script, of the content security policy, of a
    /// file that is not there. `expected` are the statuses of the pages that were asked for.
    async fn is_calm(&self, expected: &[&str]) {
        for entry in self.driver.browser_log().await.unwrap() {
            let known = entry.source.as_deref() == Some("network")
                && expected.iter().any(|status| entry.message.contains(&format!("status of {status}")));
            // A busy machine skips an animation between two pages; Chromium reports that as an exception.
            let skipped_animation = entry.message.contains("Transition was");
            // A part that came in while somebody writes does not take the focus: as it should be.
            let kept_focus = entry.message.contains("Autofocus processing was blocked");
            assert!(known || skipped_animation || kept_focus, "{}: {}", entry.level, entry.message);
        }
    }

    async fn close(self) {
        self.driver.quit().await.unwrap();
    }
}

const WIDER_THAN_THE_WINDOW: &str = "
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width + 0.5)
        .map((element) => `${element.tagName} ${element.className} ${Math.round(element.getBoundingClientRect().right)}`).slice(0, 8);";
