//! Live updates in several browsers at once: what one does, others see without a reload, and nothing
//! they are doing is disturbed.

use serde_json::{Value, json};
use tokio::{net::TcpListener, net::TcpStream, sync::watch};

use super::{
    Browser, DESK, Driver, PHONE,
    common::{Client, Install, PASSWORD, Server, until},
};

const ARTEM: &str = "artem@example.ru";
const MARIA: &str = "maria@example.ru";
const ILYA: &str = "ilya@example.ru";
const LIST: &str = "/dashboard/tickets-new";

/// A customer with a ticket, and two operators.
struct Scene {
    driver: Driver,
    server: Server,
    artem: Client,
    maria: Client,
    ticket: i64,
    _install: Install,
}

impl Scene {
    async fn new() -> Option<Self> {
        let driver = Driver::start()?;
        let install = Install::on_sqlite();
        install.add_user(ARTEM, "customer");
        install.add_user(MARIA, "operator");
        install.add_user(ILYA, "operator");
        let server = install.start().await;
        let artem = Client::sign_in(&server, ARTEM).await;
        let maria = Client::sign_in(&server, MARIA).await;
        let new = json!({ "title": "VPS не отвечает", "message": "После обновления ядра сервер не пингуется" });
        let ticket = artem.post("/api/ticket/create", new).await.body["ticket"]["id"].as_i64().unwrap();
        Some(Self { driver, server, artem, maria, ticket, _install: install })
    }

    fn path(&self) -> String {
        format!("{LIST}/{}", self.ticket)
    }

    /// Somebody's browser at a page.
    async fn at(&self, email: &str, path: &str) -> Browser {
        self.at_by(self.driver.open(&self.server, true).await, email, path).await
    }

    async fn at_by(&self, browser: Browser, email: &str, path: &str) -> Browser {
        browser.goto(&format!("/login?next={path}")).await;
        browser.fill(&[("email", email), ("password", PASSWORD)]).await;
        browser.click("main form button.primary").await;
        browser.is_at(path).await;
        browser.set_mark().await;
        browser
    }

    async fn reply(&self, by: &Client, message: &str) -> i64 {
        let answer = by.post("/api/ticket/respond", json!({ "ticketId": self.ticket, "message": message })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["response"]["id"].as_i64().unwrap()
    }

    async fn note(&self, message: &str) {
        let note = json!({ "ticketId": self.ticket, "message": message, "isInternal": true });
        assert_eq!(self.maria.post("/api/ticket/respond", note).await.status, 201);
    }
}

/// Ends a test: nothing went wrong, and no page was loaded anew.
async fn end(browsers: impl IntoIterator<Item = Browser>) {
    for browser in browsers {
        assert!(browser.has_mark().await, "the page was loaded anew");
        browser.is_calm(&[]).await;
        browser.close().await;
    }
}

async fn says(browser: &Browser, selector: &str, words: &str) {
    let text = || browser.script_text(selector);
    until(&format!("{words} in {selector}"), async || text().await.contains(words).then_some(())).await;
}

impl Browser {
    /// The text of what is there, seen or not; empty when nothing is.
    async fn script_text(&self, selector: &str) -> String {
        let found = self.script(&format!("return document.querySelector(\"{selector}\")?.textContent ?? ''")).await;
        found.as_str().unwrap_or_default().to_owned()
    }

    async fn top(&self, selector: &str) -> i64 {
        let text = format!("return Math.round(document.querySelector('{selector}').getBoundingClientRect().top)");
        self.script(&text).await.as_i64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_comes_while_another_is_written() {
    let Some(scene) = Scene::new().await else { return };
    for number in 0..4 {
        scene.reply(&scene.artem, &format!("{number}\n\n{}", "Длинный рассказ. ".repeat(40))).await;
    }
    let desk = scene.at(MARIA, &scene.path()).await;
    let list = scene.at(ILYA, LIST).await;
    list.has(".tickets .ticket", 1).await;
    desk.click("#message").await;
    desk.keys("Проверьте, пожалуйста").await;
    let (top, seen) =
        (desk.top("#message").await, desk.script("return document.querySelector('[name=lastSeen]').value").await);
    let id = scene.reply(&scene.artem, "Само заработало!").await;
    desk.has(&format!("#response-{id}"), 1).await;
    assert_eq!(desk.value("#message").await, "Проверьте, пожалуйста");
    assert_eq!(desk.focused("id").await, "message");
    assert_eq!(desk.top("#message").await, top, "what one writes in stays where it is");
    // It was seen, so it is no reason for a warning.
    assert_ne!(seen, json!(id.to_string()));
    until("seen", async || {
        (desk.script("return document.querySelector('[name=lastSeen]').value").await == json!(id.to_string()))
            .then_some(())
    })
    .await;
    says(&list, ".ticket .meta", "5").await;
    list.has(".ticket.unread", 1).await;
    // A new ticket comes to the top of the list; the focus stays on the link that has it.
    list.script("document.querySelector('.ticket h2 a').focus()").await;
    let new = json!({ "title": "Второй", "message": "Ещё один вопрос" });
    assert_eq!(scene.artem.post("/api/ticket/create", new).await.status, 201);
    list.has(".tickets .ticket", 2).await;
    assert!(list.focused("textContent").await.contains("VPS"));
    // Sent, it is there once, though it comes by two ways.
    desk.click("#compose button.primary").await;
    desk.has("article.mine", 1).await;
    end([desk, list]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_reads_above_stays_there_and_is_led_to_the_new_answer() {
    let Some(scene) = Scene::new().await else { return };
    for number in 0..8 {
        scene.reply(&scene.artem, &format!("{number}\n\n{}", "Длинный рассказ. ".repeat(40))).await;
    }
    let desk = scene.at(MARIA, &scene.path()).await;
    desk.has(".away[data-line=up]", 1).await;
    desk.script("window.scrollTo(0, 0); document.querySelector('.msg .text').focus()").await;
    let before = desk.script("return document.querySelector('[name=lastSeen]').value").await;
    let id = scene.reply(&scene.artem, "Новое").await;
    desk.find(".newer").await;
    assert_eq!(desk.script("return scrollY").await, 0);
    assert_eq!(desk.script("return document.querySelector('[name=lastSeen]').value").await, before, "nobody saw it");
    desk.click(".newer").await;
    desk.has(".newer[hidden]", 1).await;
    assert_eq!(desk.focused("id").await, format!("response-{id}"));
    assert_eq!(desk.script("return document.querySelector('[name=lastSeen]').value").await, json!(id.to_string()));
    end([desk]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_comes_to_operators_and_never_to_the_customer() {
    let Some(scene) = Scene::new().await else { return };
    let customer = scene.at(ARTEM, &scene.path()).await;
    let operator = scene.at(ILYA, &scene.path()).await;
    customer.script("globalThis.heard = []; document.addEventListener('live:ticket:response', (event) => heard.push(event.detail))").await;
    customer.has(".away[data-line=up]", 1).await;
    scene.note("секретное о клиенте").await;
    operator.has("article.note", 1).await;
    let id = scene.reply(&scene.maria, "Смотрим").await;
    customer.has(&format!("#response-{id}"), 1).await;
    assert!(!customer.driver.source().await.unwrap().contains("секретное"));
    let heard = customer.script("return heard.map((one) => one.response.id)").await;
    assert_eq!(heard, json!([id]), "and does not hear that there is something");
    end([customer, operator]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn operators_see_who_looks_and_who_writes() {
    let Some(scene) = Scene::new().await else { return };
    let one = scene.at(MARIA, &scene.path()).await;
    let list = scene.at(MARIA, LIST).await;
    let two = scene.at(ILYA, &scene.path()).await;
    says(&one, "ticket-presence", "ilya смотрит этот тикет").await;
    says(&two, "ticket-presence", "maria смотрит этот тикет").await;
    says(&list, "#tickets .eye", "ilya").await;
    two.click("#message").await;
    two.keys("Уже").await;
    says(&one, "ticket-presence", "ilya пишет ответ").await;
    list.has("#tickets .eye.typing", 1).await;
    for width in [PHONE, DESK] {
        for (browser, name) in [(&one, "ticket"), (&list, "list")] {
            browser.resize(width, 900).await;
            browser.pictures(&format!("live-presence-{name}-{width}")).await;
            browser.resize(width, 900).await;
        }
    }
    // The mark stays when the list is brought up to date.
    scene.reply(&scene.artem, "Есть новости?").await;
    says(&list, ".ticket .meta", "1").await;
    list.has("#tickets .eye", 1).await;
    two.script("document.querySelector('#message').value = ''; document.querySelector('#message').dispatchEvent(new Event('input', { bubbles: true }))").await;
    says(&one, "ticket-presence", "ilya смотрит этот тикет").await;
    two.is_calm(&[]).await;
    two.close().await;
    until("nobody else", async || one.script_text("ticket-presence").await.is_empty().then_some(())).await;
    list.has("#tickets .eye", 0).await;
    end([one, list]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_bell_counts() {
    let Some(scene) = Scene::new().await else { return };
    let customer = scene.at(ARTEM, "/dashboard/notifications").await;
    let bell = ".nav [data-count='/dashboard/notifications']";
    let title = async || customer.driver.title().await.unwrap_or_default();
    scene.reply(&scene.maria, "Смотрим").await;
    says(&customer, "#notices", "Смотрим").await;
    // Notifications of the sign-ins may come meanwhile.
    until("the number", async || {
        let count = scene.artem.get("/api/notifications/unread-count").await.body["count"].as_i64()?;
        let is_shown = customer.script_text(bell).await == count.to_string();
        (count > 0 && is_shown && title().await.starts_with(&format!("({count}) "))).then_some(())
    })
    .await;
    until("no number", async || {
        assert_eq!(scene.artem.post("/api/notifications/read-all", Value::Null).await.status, 200);
        (customer.count(&format!("{bell}[hidden]")).await == 1).then_some(())
    })
    .await;
    customer.has("li.notice.unread", 0).await;
    assert!(!title().await.starts_with('('));
    end([customer]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_end_of_a_session_throws_its_open_page_out() {
    let Some(scene) = Scene::new().await else { return };
    let browser = scene.at(ARTEM, &scene.path()).await;
    let sessions = scene.artem.get("/api/sessions").await.body;
    let other =
        sessions.as_array().unwrap().iter().find(|session| session["isCurrent"] == false).unwrap()["id"].clone();
    assert_eq!(scene.artem.send("DELETE", &format!("/api/sessions/{other}"), None).await.unwrap().status, 200);
    browser.is_at("/login").await;
    // And back to where they were.
    browser.fill(&[("email", ARTEM), ("password", PASSWORD)]).await;
    browser.click("main form button.primary").await;
    browser.is_at(&scene.path()).await;
    browser.is_calm(&[]).await;
    browser.close().await;
}

/// A line to the server that can be cut.
async fn line(to: std::net::SocketAddr) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (cut, is_cut) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut is_cut = is_cut.clone();
            tokio::spawn(async move {
                if *is_cut.borrow_and_update() {
                    return;
                }
                let Ok(mut far) = TcpStream::connect(to).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = is_cut.wait_for(|cut| *cut) => {}
                }
            });
        }
    });
    (port, cut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_cut_line_loses_nothing() {
    let Some(scene) = Scene::new().await else { return };
    let (port, cut) = line(scene.server.address).await;
    let mut browser = scene.driver.open(&scene.server, true).await;
    browser.base = format!("http://127.0.0.1:{port}");
    let browser = scene.at_by(browser, MARIA, &scene.path()).await;
    browser.has(".away[data-line=up]", 1).await;
    cut.send(true).unwrap();
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(scene.reply(&scene.artem, &format!("Ответ {number}")).await);
    }
    says(&browser, ".away", "подключаемся").await;
    for width in [PHONE, DESK] {
        browser.resize(width, 900).await;
        browser.pictures(&format!("live-away-{width}")).await;
        browser.resize(width, 900).await;
    }
    assert_eq!(browser.count("article").await, 1, "the line is cut");
    cut.send(false).unwrap();
    ids.push(scene.reply(&scene.artem, "Ответ после").await);
    browser.has("article", 7).await;
    let shown = browser.script("return [...document.querySelectorAll('article')].slice(1).map((one) => Number(one.id.replace('response-', '')))").await;
    assert_eq!(shown, json!(ids), "all, once and in order");
    until("no hint any more", async || browser.script_text(".away").await.is_empty().then_some(())).await;
    assert!(browser.has_mark().await);
    browser.close().await;
}
