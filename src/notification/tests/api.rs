use axum::http::Method;
use serde_json::{Value, json};

use super::{notice, reply, tell};
use crate::{
    notification::model::{Kind, NewNotice},
    platform::base::actor::Role,
    testing::{Client, TestApp, engines::*, make},
};

async fn list(client: &mut Client, query: &str) -> Value {
    let answer = client.get(&format!("/api/notifications{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.value()
}

async fn unread(client: &mut Client) -> Value {
    client.get("/api/notifications/unread-count").await.value()["count"].clone()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_has_its_shape_and_the_readers_language(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        for n in 1..=5 {
            reply(&app, &artem, &format!("reply-{n}")).await;
        }
        let page = list(&mut client, "?limit=2&page=2").await;
        assert_eq!(page["success"], true);
        assert_eq!(page["pagination"], json!({ "page": 2, "limit": 2, "total": 5, "totalPages": 3, "hasMore": true }));
        let first = &page["data"][0];
        assert_eq!(
            (&first["type"], &first["message"], &first["ticketId"]),
            (&json!("ticket_reply"), &json!("Мария Ковалёва: reply-3"), &json!(7))
        );
        assert_eq!(
            (&first["isRead"], &first["readAt"], &first["actionUrl"]),
            (&json!(false), &Value::Null, &json!("/dashboard/tickets-new/7"))
        );
        assert_eq!(first["title"], "Ответ в тикете «Сервер не отвечает»");
        assert_eq!(first["createdAt"], "2026-01-31T09:00:00.000Z");
        let mut english = client.clone().header("accept-language", "en");
        assert_eq!(list(&mut english, "").await["data"][0]["title"], "Reply in “Сервер не отвечает”");
        for wrong in ["?limit=0", "?limit=101", "?filter=nonsense", "?page=x"] {
            assert_eq!(client.get(&format!("/api/notifications{wrong}")).await.status, 422, "{wrong}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_has_what_its_owner_could_read(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        reply(&app, &artem, "reply-1").await;
        reply(&app, &elena, "reply-2").await;
        tell(&app, &NewNotice { staff_only: true, ..notice(artem.id, Kind::TicketReply, "reply-3", 7) }).await;
        let all = crate::notification::export::of(&app.app.notifications, artem.id).await.unwrap();
        let all = serde_json::to_value(all).unwrap();
        assert_eq!((all.as_array().unwrap().len(), &all[0]["message"]), (1, &json!("Мария Ковалёва: reply-1")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_counting_and_deleting(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        for n in 1..=4 {
            reply(&app, &artem, &format!("reply-{n}")).await;
        }
        assert_eq!(unread(&mut client).await, 4);
        let id = list(&mut client, "").await["data"][1]["id"].clone();
        for _ in 0..2 {
            assert_eq!(
                client.post(&format!("/api/notifications/{id}/read"), json!({})).await.value(),
                json!({ "success": true })
            );
        }
        assert_eq!(unread(&mut client).await, 3, "at once");
        let left = list(&mut client, "?filter=unread").await;
        assert!(left["pagination"]["total"] == 3 && left["data"].as_array().unwrap().iter().all(|n| n["id"] != id));
        assert_eq!(client.delete("/api/notifications/read/all").await.value(), json!({ "success": true, "count": 1 }));
        let id = list(&mut client, "").await["data"][0]["id"].clone();
        assert_eq!(client.delete(&format!("/api/notifications/{id}")).await.status, 200);
        assert_eq!(client.delete(&format!("/api/notifications/{id}")).await.value()["code"], "notification_not_found");
        assert_eq!(
            client.post("/api/notifications/read-all", json!({})).await.value(),
            json!({ "success": true, "count": 2 })
        );
        assert_eq!(
            (unread(&mut client).await, list(&mut client, "").await["pagination"]["total"].clone()),
            (json!(0), json!(2))
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_8_2_2_anothers_notification_is_not_there(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        reply(&app, &artem, "reply-1").await;
        let (mut own, _) = make::program(&app, &artem).await;
        let (mut other, _) = make::program(&app, &elena).await;
        let id = list(&mut own, "").await["data"][0]["id"].clone();
        assert_eq!(list(&mut other, "").await["data"], json!([]));
        assert_eq!(other.post(&format!("/api/notifications/{id}/read"), json!({})).await.status, 404);
        assert_eq!(other.delete(&format!("/api/notifications/{id}")).await.status, 404);
        other.post("/api/notifications/read-all", json!({})).await;
        other.delete("/api/notifications/read/all").await;
        assert_eq!(unread(&mut own).await, 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demoted_operator_sees_nothing_that_is_for_operators(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let (mut client, _) = make::program(&app, &maria).await;
        tell(&app, &NewNotice { staff_only: true, ..notice(maria.id, Kind::TicketNew, "new-1", 7) }).await;
        reply(&app, &maria, "reply-1").await;
        let id = list(&mut client, "").await["data"][1]["id"].clone();
        assert_eq!(unread(&mut client).await, 2);
        let (mut by, _) = make::program(&app, &admin).await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", maria.id), json!({ "role": "customer" })).await;
        assert_eq!(
            (unread(&mut client).await, list(&mut client, "").await["pagination"]["total"].clone()),
            (json!(1), json!(1))
        );
        assert_eq!(client.post(&format!("/api/notifications/{id}/read"), json!({})).await.status, 404);
        assert_eq!(client.delete(&format!("/api/notifications/{id}")).await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_to_one_recipient_is_one_row_whoever_tells_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let tellers: Vec<_> = (0..16)
            .map(|_| {
                let (notifications, user) = (app.app.notifications.clone(), artem.id);
                tokio::spawn(async move {
                    let mut tx = notifications.db.begin().await.unwrap();
                    crate::notification::actions::notify(
                        &notifications,
                        &mut tx,
                        &notice(user, Kind::TicketReply, "reply-1", 7),
                    )
                    .await
                    .unwrap();
                    tx.commit().await.unwrap();
                })
            })
            .collect();
        for teller in tellers {
            teller.await.unwrap();
        }
        reply(&app, &elena, "reply-1").await;
        let (mut client, _) = make::program(&app, &artem).await;
        assert_eq!(list(&mut client, "").await["pagination"]["total"], 1);
        let (mut client, _) = make::program(&app, &elena).await;
        assert_eq!(list(&mut client, "").await["pagination"]["total"], 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_undone_was_never_told(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let notifications = &app.app.notifications;
        let mut tx = notifications.db.begin().await.unwrap();
        crate::notification::actions::notify(
            notifications,
            &mut tx,
            &notice(artem.id, Kind::TicketReply, "reply-1", 7),
        )
        .await
        .unwrap();
        drop(tx);
        app.pass(std::time::Duration::from_secs(600));
        assert!(app.mails_to(&artem.email).await.is_empty());
        let (mut client, _) = make::program(&app, &artem).await;
        assert_eq!(unread(&mut client).await, 0);
    })
    .await;
}
