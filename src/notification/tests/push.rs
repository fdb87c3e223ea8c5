use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    notice, reply,
    service::{Device, PushService, trial, vapid},
    tell,
};
use crate::{
    notification::model::{Kind, NewNotice},
    platform::base::actor::Role,
    testing::{Client, TestApp, engines::*, make},
};

/// Does what is due.
async fn work(app: &TestApp) {
    app.mails_to("").await;
}

async fn devices(client: &mut Client) -> Value {
    client.get("/api/notifications/settings").await.value()["data"]["devices"].clone()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc_8291_a_message_is_readable_by_its_device_alone_and_signed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let device = Device::at(&service, "one");
        device.join(&mut client).await;
        reply(&app, &artem, "reply-1").await;
        work(&app).await;
        let taken = service.take_all();
        let [message] = &taken[..] else { panic!("{} messages", taken.len()) };
        assert!(!String::from_utf8_lossy(&message.body).contains("reply-1"));
        let text = device.decrypt(&message.body);
        assert_eq!(
            (&text["title"], &text["body"]),
            (&json!("Ответ в тикете «Сервер не отвечает»"), &json!("Мария Ковалёва: reply-1"))
        );
        assert_eq!(
            (&text["url"], &text["tag"], &text["lang"]),
            (&json!("/dashboard/tickets-new/7"), &json!("ticket-7"), &json!("ru"))
        );
        for (name, value) in
            [("content-encoding", "aes128gcm"), ("ttl", "86400"), ("urgency", "normal"), ("topic", "ticket-7")]
        {
            assert_eq!(message.headers[name], value);
        }
        let key = client.get("/api/notifications/vapid-key").await.value()["publicKey"].as_str().unwrap().to_owned();
        let claims = vapid(&message.headers, &key);
        let now = app.app.platform.clock.now().seconds();
        assert_eq!(claims["aud"], service.url);
        assert!(
            (now + 1..=now + 86_400).contains(&claims["exp"].as_i64().unwrap())
                && claims["sub"].as_str().unwrap().starts_with("mailto:")
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_gone_is_forgotten(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        for (status, left) in [(404, 0), (410, 0), (403, 1)] {
            Device::at(&service, "one").join(&mut client).await;
            assert_eq!(devices(&mut client).await, 1);
            service.answers(status);
            reply(&app, &artem, &format!("reply-{status}")).await;
            work(&app).await;
            assert_eq!((service.take_all().len(), devices(&mut client).await), (1, json!(left)), "{status}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_push_service_is_asked_again_when_it_says(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let device = Device::at(&service, "one");
        device.join(&mut client).await;
        service.answers(503);
        reply(&app, &artem, "reply-1").await;
        work(&app).await;
        service.answers(201);
        app.pass(Duration::from_secs(119));
        work(&app).await;
        assert_eq!(service.take_all().len(), 1, "only the first try so far");
        app.pass(Duration::from_secs(1));
        work(&app).await;
        let taken = service.take_all();
        assert_eq!((taken.len(), &device.decrypt(&taken[0].body)["body"]), (1, &json!("Мария Ковалёва: reply-1")));
        work(&app).await;
        assert!(service.take_all().is_empty(), "once");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_wanted_any_more_is_not_pushed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let admin = make::account(&app, "admin", Role::Admin).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let (mut by, _) = make::program(&app, &admin).await;
        let (mut client, _) = make::program(&app, &maria).await;
        let device = Device::at(&service, "one");
        device.join(&mut client).await;
        reply(&app, &maria, "reply-1").await;
        client.post("/api/notifications/read-all", json!({})).await;
        work(&app).await;
        assert!(service.take_all().is_empty(), "read in the portal already");
        tell(&app, &NewNotice { staff_only: true, ..notice(maria.id, Kind::TicketNew, "new-1", 7) }).await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", maria.id), json!({ "role": "customer" })).await;
        work(&app).await;
        let taken = service.take_all();
        let [message] = &taken[..] else { panic!("{} messages", taken.len()) };
        let said = device.decrypt(&message.body)["title"].to_string();
        assert!(said.contains("роль"), "no operator any more, and told so: {said}");
        reply(&app, &maria, "reply-2").await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", maria.id), json!({ "blocked": true })).await;
        work(&app).await;
        assert!(service.take_all().is_empty(), "blocked, and the session of the device has ended");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_goes_with_its_session_and_with_a_new_owner(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let (mut own, _) = make::program(&app, &artem).await;
        let (mut second, _) = make::program(&app, &artem).await;
        let (mut other, _) = make::program(&app, &elena).await;
        Device::at(&service, "one").join(&mut own).await;
        Device::at(&service, "two").join(&mut second).await;
        assert_eq!(devices(&mut own).await, 2);
        assert_eq!(second.post("/api/auth/logout", json!({})).await.status, 200);
        assert_eq!(devices(&mut own).await, 1, "signed out, so it gets nothing");
        // Another person signs in to the same browser.
        Device::at(&service, "one").join(&mut other).await;
        assert_eq!((devices(&mut own).await, devices(&mut other).await), (json!(0), json!(1)));
        let leave = json!({ "endpoint": format!("{}/one", service.url) });
        let path = "/api/notifications/unsubscribe-push";
        assert_eq!(own.json(Method::DELETE, path, leave.clone()).await.value()["count"], 0, "not theirs");
        assert_eq!(other.json(Method::DELETE, path, leave).await.value()["count"], 1);
        Device::at(&service, "three").join(&mut own).await;
        assert_eq!(own.delete(path).await.value()["count"], 1, "those of this session");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_devices_that_can_be_reached_join(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let service = PushService::start().await;
        let path = "/api/notifications/subscribe-push";
        let good = Device::at(&service, "one").subscription();
        let with = |endpoint: &str, p256dh: &Value| json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": good["keys"]["auth"] } });
        let key = &good["keys"]["p256dh"];
        for endpoint in [service.url.as_str(), "https://127.0.0.1/x", "https://10.0.0.1/x", "http://push.example/x", "https://[::1]/x", ""] {
            let answer = client.post(path, with(endpoint, key)).await;
            assert!(answer.status == 422 && answer.value()["fields"]["endpoint"].is_string(), "{endpoint}");
        }
        let answer = client.post(path, with("https://push.example/x", &json!("AAAA"))).await;
        assert!(answer.value()["fields"]["keys"].is_string());
        assert_eq!(client.post(path, with("https://push.example/x", key)).await.status, 200);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_by_a_new_device_is_pushed_with_a_way_to_end_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let (app, service) = (trial(database).await, PushService::start().await);
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let device = Device::at(&service, "one");
        device.join(&mut client).await;
        // Security notices do not wait for quiet hours: it is noon in Moscow.
        let quiet = json!({ "quietHours": { "from": "11:00", "to": "13:00" } });
        assert_eq!(client.json(Method::PUT, "/api/notifications/settings", quiet).await.status, 200);
        let credentials = json!({ "email": artem.email, "password": make::PASSWORD });
        let thief = app
            .client()
            .from([203, 0, 113, 66])
            .header("user-agent", "curl/8.5.0")
            .post("/api/auth/login", credentials)
            .await;
        let mut thief = app.client().bearer(thief.value()["token"].as_str().unwrap());
        work(&app).await;
        let taken = service.take_all();
        assert_eq!((taken.len(), taken[0].headers["urgency"].to_str().unwrap()), (1, "high"));
        let text = device.decrypt(&taken[0].body);
        assert!(
            text["title"] == "Вход с нового устройства" && text["body"].as_str().unwrap().contains("curl"),
            "{text}"
        );
        let listed = client.get("/api/notifications").await.value();
        assert_eq!((&listed["data"][0]["type"], &listed["data"][0]["ticketId"]), (&json!("sign_in"), &Value::Null));
        assert!(!listed.to_string().contains("token="), "the link is in the sealed message only");
        let url = text["url"].as_str().unwrap();
        assert_eq!(app.client().fill(url, "/sessions/not-me", &[]).await.status, 200);
        assert_eq!(thief.get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_have_one_key_which_outlives_the_signing_keys(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let platform = &app.app.platform;
        let old =
            crate::platform::base::keys::Keys::parse(&format!("a:{}", crate::platform::base::keys::random_token()))
                .unwrap();
        let makers: Vec<_> = (0..8)
            .map(|_| {
                let (db, keys) = (platform.db.clone(), old.clone());
                tokio::spawn(async move {
                    let make = || crate::platform::base::keys::random_bytes::<32>().to_vec();
                    crate::platform::data::secrets::load_or_make(&db, &keys, "test", make).await.unwrap()
                })
            })
            .collect();
        let mut made = Vec::new();
        for maker in makers {
            made.push(maker.await.unwrap());
        }
        assert!(made.iter().all(|secret| *secret == made[0]));
        let nothing = || panic!("it is there");
        let old_key = format!("a:{}", base64_of(&old));
        let new_key = format!("b:{}", crate::platform::base::keys::random_token());
        let both = crate::platform::base::keys::Keys::parse(&format!("{new_key},{old_key}")).unwrap();
        let new = crate::platform::base::keys::Keys::parse(&new_key).unwrap();
        for keys in [&both, &new] {
            assert_eq!(
                crate::platform::data::secrets::load_or_make(&platform.db, keys, "test", nothing).await.unwrap(),
                made[0]
            );
        }
    })
    .await;
}

fn base64_of(keys: &crate::platform::base::keys::Keys) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(keys.signing().secret)
}
