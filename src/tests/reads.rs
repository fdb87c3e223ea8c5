use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::{
    notification::{model::Kind, unsubscribing},
    platform::base::{actor::Role, keys::token_hash},
    testing::{
        Client, TestApp,
        dump::{difference, dump},
        engines::*,
        make,
        routes::routes,
    },
};

/// What is noted of the reader's own reading: a ticket's notifications are read with it.
/// And where `/readyz` writes to see whether it can.
const READING: [(&str, &str); 2] = [("notification", "read_at"), ("write_check", "writes")];

/// Addresses that stand for a route with something to find there: its parameters, and questions that once
/// made, used up or collected something.
async fn addresses(app: &TestApp, path: &str, code: &Value, ticket: &Value) -> Vec<String> {
    let code = code["code"].as_str().unwrap();
    match path {
        "/login" => vec!["/login".into(), "/login?method=qr".into(), "/login?next=/dashboard&done=out".into()],
        "/api/qr-auth/status/{code}" => {
            vec![format!("/api/qr-auth/status/{code}"), format!("/api/qr-auth/status/{code}?wait=0&seen=pending")]
        }
        "/login/qr" => vec!["/login/qr".into(), "/login/qr?panel=true&wait=0".into()],
        "/qr-login" => vec![format!("/qr-login?code={code}")],
        "/reset" => vec![format!("/reset?token={}", reset_link(app).await)],
        "/sessions/not-me" => vec![format!("/sessions/not-me?token={}", end_link(app).await)],
        "/unsubscribe" => vec![unsubscribe_link(app).await],
        "/prove" => vec!["/prove".into(), "/prove?next=/dashboard".into()],
        "/api/attachments/{kind}/{id}/{filename}" => vec![text(&ticket["attachments"][0]["fileUrl"])],
        "/api/attachments/{kind}/{id}/{filename}/thumbnail" => {
            vec![text(&ticket["attachments"][0]["thumbnailUrl"])]
        }
        "/assets/{hash}/{*file}" => vec!["/assets/x/app.css".into()],
        path => vec![path.replace("{id}", &ticket["id"].to_string())],
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn unsubscribe_link(app: &TestApp) -> String {
    let artem = crate::account::store::by_email(&app.app.platform.db, "artem@example.ru").await.unwrap().unwrap();
    let link = unsubscribing::link(&app.app.notifications, artem.id, None, &[Kind::TicketReply]);
    link.strip_prefix("https://my.example").unwrap().to_owned()
}

async fn link(app: &TestApp, place: &str) -> String {
    let mails = app.mails_to("artem@example.ru").await;
    let text =
        mails.iter().rev().find(|mail| mail.text.contains(place)).map(|mail| mail.text.clone()).unwrap_or_default();
    let rest = text.split(&format!("{place}?token=")).nth(1).unwrap_or_default().to_owned();
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

async fn reset_link(app: &TestApp) -> String {
    let token = link(app, "/reset").await;
    let now = app.app.platform.clock.now();
    let found = crate::account::store::any_reset(&app.app.platform.db, &token_hash(&token), now).await.unwrap();
    assert!(found.is_some_and(|reset| !reset.superseded));
    token
}

async fn end_link(app: &TestApp) -> String {
    let token = link(app, "/sessions/not-me").await;
    assert!(crate::session::ending::by_link(&app.app.sessions, &token).await.unwrap().is_some());
    token
}

/// Nobody, a customer, an operator, an administrator; each also with the secret of an approved code.
async fn people(app: &TestApp) -> Vec<Client> {
    let mut people = vec![app.client()];
    for role in Role::ALL {
        let name = if role == Role::Customer { "artem" } else { role.as_str() };
        let account = make::account(app, name, role).await;
        people.push(make::browser(app, &account).await);
    }
    people
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_13_no_get_or_head_changes_anything(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut people = people(&app).await;
        let mut picture = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(2, 2).write_to(&mut picture, image::ImageFormat::Png).unwrap();
        let new = [("title", "Сервер не отвечает"), ("message", "С утра не открывается сайт")];
        let made = people[1].upload("/api/ticket/create", &new, &[("a.png", picture.get_ref().as_slice())]).await;
        let ticket = made.value()["ticket"].clone();
        people[2].post("/api/ticket/respond", json!({ "ticketId": ticket["id"], "message": "Смотрим" })).await;
        // A code that waits to be collected, and its browser.
        let mut phone = people[1].clone();
        let code = people[0].post("/api/qr-auth/generate", json!({})).await.value();
        assert_eq!(phone.post("/api/qr-auth/confirm", json!({ "code": code["code"] })).await.status, 200);
        let mut stranger = app.client().from([89, 160, 20, 112]);
        assert_eq!(
            stranger
                .post("/api/auth/login", json!({ "email": "artem@example.ru", "password": make::PASSWORD }))
                .await
                .status,
            200
        );
        stranger.post("/api/auth/password/forgot", json!({ "email": "artem@example.ru" })).await;
        crate::testing::until(async || {
            app.mails_to("artem@example.ru").await.iter().any(|mail| mail.text.contains("/reset?token="))
        })
        .await;
        app.mails_to("nobody").await;

        let all = routes(&app.app.router());
        let read: Vec<_> = all
            .iter()
            .filter(|(method, path)| method == "GET" && path != "/ws")
            .map(|(_, path)| path.clone())
            .collect();
        assert!(read.len() > 30, "{read:?}");
        let before = dump(&app.app.platform.db, &READING).await;
        let secret = code["pollSecret"].as_str().unwrap();
        for path in read {
            for address in addresses(&app, &path, &code, &ticket).await {
                for client in &people {
                    for method in [Method::GET, Method::HEAD] {
                        let foreign = client
                            .clone()
                            .header("sec-fetch-site", "cross-site")
                            .header("origin", "https://evil.example");
                        let mut foreign = foreign.header("sec-fetch-mode", "no-cors").header("x-poll-secret", secret);
                        foreign.set_cookie("__Host-qr", secret);
                        foreign.send(method, &address, None, Body::empty()).await;
                    }
                }
                // What the reader has seen, and the number at the bell that goes with it.
                let mut after = dump(&app.app.platform.db, &READING).await;
                let told = |row: &String| row.contains("notification.read") || row.contains("notification.count");
                after.get_mut("event_log").unwrap().retain(|row| before["event_log"].contains(row) || !told(row));
                for table in ["ticket_seen", "event_count"] {
                    after.get_mut(table).unwrap().clone_from(&before[table]);
                }
                assert!(before == after, "{address} changed:{}", difference(&before, &after));
            }
        }
        // A page of ours collects, and a look by HEAD does not.
        let head = people[0]
            .send(Method::HEAD, &format!("/api/qr-auth/status/{}", code["code"].as_str().unwrap()), None, Body::empty())
            .await;
        assert_eq!((head.status.as_u16(), head.headers.get("set-cookie").is_none()), (200, true));
        let mut own = people[0].clone().header("sec-fetch-site", "same-origin");
        let collected = own.get(&format!("/api/qr-auth/status/{}", code["code"].as_str().unwrap())).await.value();
        assert!(collected["token"].is_string(), "{collected}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_13_the_page_offers_a_code_and_a_post_makes_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app =
            TestApp::with(database, |config| config.platform.rate_limits = crate::platform::settings::Switch::On).await;
        let mut computer = app.client();
        for _ in 0..12 {
            let page = computer.clone().header("sec-fetch-site", "cross-site").get("/login?method=qr").await;
            assert_eq!(
                (page.status.as_u16(), page.count("[data-state=ready] form"), page.count("svg.code")),
                (200, 1, 0)
            );
        }
        let foreign = computer
            .clone()
            .header("sec-fetch-site", "cross-site")
            .send(Method::POST, "/login/qr/new", None, Body::empty())
            .await;
        assert_eq!(foreign.status, 403);
        let made = computer.fill("/login?method=qr&next=/scan", "/login/qr/new", &[]).await;
        assert_eq!((made.status.as_u16(), made.header("location")), (303, "/login?method=qr&next=/scan"));
        assert_eq!(computer.get(made.header("location")).await.count("[data-state=pending] svg.code"), 1);
    })
    .await;
}
