//! What is told of notifications, and to whom.

use serde_json::json;

use super::*;
use crate::{
    notification::events::{DELETED, NEW, READ},
    platform::{
        base::{actor::Role, i18n::Lang},
        data::events::log,
        live::{Source, Viewer},
    },
    testing::{Socket, engines::*, make, socket},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_of_an_open_page_moves(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, tokens) = make::program(&app, &artem).await;
        let mut socket = Socket::of_program(socket::serve(&app.app).await, &tokens).await;
        socket.subscribe("notifications", None).await;
        reply(&app, &artem, "one").await;
        let new = socket.hear().await;
        assert_eq!((&new["type"], &new["notification"]["ticketId"]), (&json!("notification:new"), &json!(7)));
        let count = socket.hear().await;
        let before = count["count"].as_i64().unwrap();
        let id = new["notification"]["id"].clone();
        assert_eq!(client.post(&format!("/api/notifications/{id}/read"), json!({})).await.status, 200);
        let read = socket.hear().await;
        assert_eq!((&read["type"], &read["id"]), (&json!("notification:read"), &id));
        assert_eq!(socket.hear().await["count"], before - 1);
        client.json(axum::http::Method::DELETE, &format!("/api/notifications/{id}"), json!({})).await;
        for kind in ["notification:deleted", "notification:delete", "notification:count"] {
            assert_eq!(socket.hear().await["type"], kind);
        }
        // Who was away is told the same.
        let (missed, _) = socket.subscribe("notifications", new["eventId"].as_i64()).await;
        let kinds: Vec<_> = missed.iter().map(|message| message["type"].as_str().unwrap()).collect();
        let count = "notification:count";
        assert!(
            kinds.starts_with(&[count]) && kinds.ends_with(&["notification:deleted", "notification:delete", count]),
            "{kinds:?}"
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_of_anothers_notification(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        reply(&app, &artem, "one").await;
        let notifications = &app.app.notifications;
        let entries = log::after(app.app.platform.db.pools(), 0, 1000).await.unwrap();
        let mine: Vec<_> = entries.iter().filter(|entry| notifications.events().contains(&entry.kind)).collect();
        assert!(mine.iter().any(|entry| entry.kind == NEW));
        assert!(mine.iter().all(|entry| ![READ, DELETED].contains(&entry.kind)));
        for entry in mine {
            for is_staff in [false, true] {
                let viewer = |is_owner| Viewer { is_owner, is_staff, lang: Lang::Ru };
                assert_eq!(notifications.message(entry, viewer(false)).await.unwrap(), None);
                assert!(notifications.message(entry, viewer(true)).await.unwrap().is_some());
            }
        }
    })
    .await;
}
