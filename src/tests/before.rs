use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    platform::base::actor::Role,
    testing::{Socket, TestApp, engines::*, make, socket},
};

/// What people and programs have from before the portal was this one: links in old mails, and calls in the
/// form of then.
const HANDSET: &str = "AAAAAAAAAAAAAAAAAAAAAA";

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_of_before_leads_to_its_ticket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let body = json!({ "title": "Сервер не отвечает", "message": "С утра не открывается сайт" });
        let id = client.post("/api/ticket/create", body).await.value()["ticket"]["id"].clone();
        let mut browser = make::browser(&app, &artem).await;
        let answer = browser.get(&format!("/dashboard/tickets/{id}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (308, format!("/dashboard/tickets-new/{id}").as_str())
        );
        assert_eq!(browser.get(answer.header("location")).await.status, 200);
        for nothing in ["x", "1x", "-", "99999999999999999999"] {
            assert_eq!(browser.get(&format!("/dashboard/tickets/{nothing}")).await.status, 404, "{nothing}");
        }
        assert_eq!(browser.get("/dashboard/tickets/new").await.status, 200, "this is the form for a new one");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_is_changed_at_its_earlier_address_too(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut own, _) = make::program(&app, &artem).await;
        let (mut other, _) = make::program(&app, &artem).await;
        let body = json!({ "currentPassword": make::PASSWORD, "newPassword": "жук ест траву у дома" });
        let done = own.post("/api/user/change-password", body).await;
        assert_eq!((done.status.as_u16(), &done.value()["endedSessions"]), (200, &json!(1)), "{}", done.text);
        assert_eq!(
            (own.get("/api/auth/me").await.status.as_u16(), other.get("/api/auth/me").await.status.as_u16()),
            (200, 401)
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_joins_with_what_it_is_inside_an_object(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let key = client.get("/api/notifications/vapid-key").await.value()["publicKey"].clone();
        let device = |name: &str| json!({ "endpoint": format!("https://push.example/{name}"), "keys": { "p256dh": key, "auth": HANDSET } });
        let inside = json!({ "subscription": device("inside"), "userAgent": "Firefox" });
        for body in [inside, device("plain"), json!({ "subscription": null, "endpoint": "https://push.example/null", "keys": { "p256dh": key, "auth": HANDSET } })] {
            let joined = client.post("/api/notifications/subscribe-push", body).await;
            assert_eq!(joined.status, 200, "{}", joined.text);
        }
        let left = client.json(Method::DELETE, "/api/notifications/unsubscribe-push", json!({})).await;
        assert_eq!(left.value()["count"], 3);
        for (body, field) in [(json!({}), "endpoint"), (json!({ "subscription": { "endpoint": "https://push.example/a" } }), "keys")] {
            let refused = client.post("/api/notifications/subscribe-push", body).await;
            assert_eq!((refused.status.as_u16(), refused.text.contains(field)), (422, true), "{}", refused.text);
        }
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_notification_is_told_by_its_earlier_name_too(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", artem.id), json!({ "role": "operator" })).await;
        app.mails_to("nobody").await;
        let (mut client, tokens) = make::program(&app, &artem).await;
        let id = client.get("/api/notifications").await.value()["data"][0]["id"].clone();
        let mut socket = Socket::of_program(socket::serve(&app.app).await, &tokens).await;
        socket.subscribe("notifications", None).await;
        assert_eq!(client.delete(&format!("/api/notifications/{id}")).await.status, 200);
        let heard: [Value; 3] = [socket.hear().await, socket.hear().await, socket.hear().await];
        let of = |kind: &str| heard.iter().find(|message| message["type"] == kind).cloned().unwrap_or_default();
        assert_eq!(of("notification:deleted")["id"], id, "{heard:?}");
        assert_eq!(of("notification:delete")["notificationId"], id, "{heard:?}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_not_changed_by_its_owner_and_no_client_is_told_that_it_was(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let same = json!({ "username": "Артём", "email": " ARTEM@Example.ru" });
        let done = client.json(Method::PUT, "/api/user/profile", same).await;
        assert_eq!((done.status.as_u16(), &done.value()["data"]["username"]), (200, &json!("Артём")));
        assert_eq!(done.value()["data"]["email"], "artem@example.ru", "it stays as it is spelt");
        for other in ["maria@example.ru", "", "artem@example.com", "аrtem@example.ru"] {
            let refused = client
                .json(Method::PUT, "/api/user/profile", json!({ "username": "Другое имя", "email": other }))
                .await;
            assert_eq!(
                (refused.status.as_u16(), refused.value()["fields"]["email"].is_string()),
                (422, true),
                "{other}"
            );
        }
        let profile = client.get("/api/user/profile").await.value();
        assert_eq!(
            (&profile["data"]["username"], &profile["data"]["email"]),
            (&json!("Артём"), &json!("artem@example.ru"))
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_are_taken_as_text(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let (mut operator, _) = make::program(&app, &maria).await;
        let body = json!({ "title": "Сервер не отвечает", "message": "С утра не открывается сайт" });
        let made = client.post("/api/ticket/create", body).await.value();
        let id = made["ticket"]["id"].to_string();
        let said = operator.post("/api/ticket/respond", json!({ "ticketId": id, "message": "Смотрим" })).await;
        assert_eq!(said.status, 201, "{}", said.text);
        let seen = said.value()["response"]["id"].to_string();
        let next = client
            .post("/api/ticket/respond", json!({ "ticketId": id, "message": "Спасибо", "lastSeenResponseId": seen }))
            .await;
        assert_eq!(next.status, 201, "{}", next.text);
        let assigned =
            operator.post("/api/ticket/assign", json!({ "ticketId": id, "operatorId": maria.id.to_string() })).await;
        assert_eq!(
            (assigned.status.as_u16(), &assigned.value()["ticket"]["assignedTo"]),
            (200, &json!(maria.id)),
            "{}",
            assigned.text
        );
        assert_eq!(
            operator.post("/api/ticket/assign", json!({ "ticketId": id, "operatorId": null })).await.status,
            200
        );
        assert_eq!(
            operator.post("/api/ticket/status", json!({ "ticketId": id, "status": "closed" })).await.status,
            200
        );
        let again = json!({ "title": "И снова сервер", "message": "Опять не открывается", "previousId": id });
        assert_eq!(client.post("/api/ticket/create", again).await.status, 201);
        for wrong in ["", "x", "1x", " 1", "1e0", "0x1"] {
            let refused = client.post("/api/ticket/close", json!({ "ticketId": wrong })).await;
            assert_eq!(refused.status, 422, "{wrong:?}: {}", refused.text);
        }
        assert_eq!(client.post("/api/ticket/close", json!({ "ticketId": "999999" })).await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_one_text_shows_what_is_to_be_mended(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let new = json!({ "username": "Артём", "email": "нет", "password": "123" });
        let refused = app.client().post("/api/auth/register", new.clone()).await.value();
        let first = refused["fields"].as_object().unwrap().values().next().unwrap().clone();
        assert_eq!(
            (&refused["code"], &refused["message"], &refused["error"]),
            (&json!("invalid_fields"), &first, &first),
            "{refused}"
        );
        assert_eq!(refused["message"], refused["fields"]["email"]);
        let english = app.client().header("accept-language", "en").post("/api/auth/register", new).await.value();
        assert!(english["message"].as_str().unwrap().contains("address seems wrong"), "{english}");
        // Where no field is named, the words are those of the code.
        let no_json = app.client().post("/api/auth/login", json!([])).await.value();
        assert!(no_json["fields"].is_null() && !no_json["message"].as_str().unwrap().is_empty(), "{no_json}");
    })
    .await;
}
