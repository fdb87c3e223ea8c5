//! What is remembered of tickets: it saves the database the work, and nobody ever sees that it is there.

use super::*;
use crate::{
    on_write,
    testing::{engines::*, until},
};

const LIST: &str = "/dashboard/tickets-new";

fn page(id: i64) -> String {
    format!("{LIST}/{id}")
}

/// Changes a title behind the program's back: no node hears of it.
async fn retitle(desk: &Desk, id: i64, title: &str) {
    const SQL: &str = "UPDATE ticket SET title = $2 WHERE id = $1";
    let db = &desk.app.app.platform.db;
    on_write!(db, c => sqlx::query(SQL).bind(id).bind(title).execute(c).await.map(|_| ())).unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_look_needs_no_database(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        // While a node does not hear itself in time it remembers nothing, which a busy machine may bring about.
        let mut forgotten = Vec::new();
        for attempt in 0..5 {
            if attempt > 0 {
                patch(&mut desk.ilya, id, json!({ "title": "VPS не отвечает" })).await;
            }
            for client in [&mut artem, &mut maria] {
                for path in [LIST.to_owned(), page(id)] {
                    // The first look at a ticket changes what the list says of it.
                    client.get(&path).await;
                }
                client.get(LIST).await;
            }
            retitle(&desk, id, "Никто не слышал").await;
            forgotten.clear();
            for client in [&mut artem, &mut maria] {
                for path in [LIST.to_owned(), page(id)] {
                    let text = client.get(&path).await.text;
                    assert_ne!(text.contains("VPS не отвечает"), text.contains("Никто не слышал"));
                    if text.contains("Никто не слышал") {
                        forgotten.push(path);
                    }
                }
            }
            if forgotten.is_empty() {
                break;
            }
        }
        assert!(forgotten.is_empty(), "not remembered: {forgotten:?}");
        respond(&mut desk.ilya, id, "Смотрим").await;
        for client in [&mut artem, &mut maria] {
            for path in [LIST.to_owned(), page(id)] {
                assert!(client.get(&path).await.text.contains("Никто не слышал"), "{path} is read anew");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_is_seen_at_the_next_look(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        for step in 0..8 {
            for client in [&mut artem, &mut maria] {
                client.get(LIST).await;
                client.get(&page(id)).await;
            }
            let shown = match step {
                0 => {
                    respond(&mut desk.ilya, id, "Первый ответ").await;
                    "Первый ответ"
                }
                1 => {
                    respond(&mut desk.artem, id, "Ответ клиента").await;
                    "Ответ клиента"
                }
                2 => {
                    patch(&mut desk.ilya, id, json!({ "title": "Другой заголовок" })).await;
                    "Другой заголовок"
                }
                3 => {
                    patch(&mut desk.ilya, id, json!({ "priority": "urgent" })).await;
                    "Срочный"
                }
                4 => {
                    assign(&mut desk.ilya, id, Some(desk.maria_id)).await;
                    "новый оператор"
                }
                5 => {
                    set(&mut desk.ilya, id, "resolved").await;
                    "Решён"
                }
                6 => {
                    desk.ilya.json(Method::PUT, "/api/user/profile", json!({ "username": "Илья Новый" })).await;
                    "Илья Новый"
                }
                _ => {
                    desk.artem.post("/api/ticket/close", json!({ "ticketId": id })).await;
                    "Закрыт"
                }
            };
            for client in [&mut artem, &mut maria] {
                let text = client.get(&page(id)).await.text;
                assert!(text.contains(shown), "step {step}: {shown} is not in {text}");
            }
            let list = maria.get(LIST).await.text;
            assert!(![2, 5, 7].contains(&step) || list.contains(shown), "step {step}: {shown} is not in {list}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_what_was_read_for_another(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        create(&mut desk.elena, "Чужой тикет", "Не для Артёма").await;
        note(&mut desk.ilya, id, "только для своих").await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        assert!(maria.get(&page(id)).await.text.contains("только для своих"));
        assert!(maria.get(LIST).await.text.contains("Чужой тикет"));
        let (list, talk) = (artem.get(LIST).await, artem.get(&page(id)).await.text);
        assert!(
            !list.text.contains("Чужой тикет") && !talk.contains("только для своих") && !talk.contains("ilya@"),
            "{talk}"
        );
        assert_eq!(desk.elena.get(&format!("/api/ticket/{id}")).await.status, 404);
        let mut elena = desk.elena.clone().header("accept", "text/html");
        assert_eq!(elena.get(&page(id)).await.status, 404, "though others' looks are remembered");
        note(&mut desk.ilya, id, "ещё заметка").await;
        assert!(maria.get(&page(id)).await.text.contains("ещё заметка"));
        assert_eq!(artem.get(LIST).await.texts(".ticket"), list.texts(".ticket"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_is_read_by_a_look_at_its_ticket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Проверьте, пожалуйста").await;
        desk.app.pass(std::time::Duration::from_secs(3 * 86_400));
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        artem.get(&page(id)).await;
        crate::ticket::upkeep::act(&desk.app.app.tickets).await.unwrap();
        let unread =
            async |artem: &mut Client| artem.get("/api/notifications/unread-count").await.value()["count"].clone();
        assert_eq!(unread(&mut artem).await, 1, "the reminder");
        artem.get(&page(id)).await;
        assert_eq!(unread(&mut artem).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_on_one_node_is_not_remembered_on_another() {
    let Some(database) = Database::postgres().await else { return };
    let mut desk = Desk::new(database).await;
    let node = desk.app.other_app().await;
    until(async || node.platform.db.bus.is_alive()).await;
    let id = desk.ticket().await;
    let mut there = Client::new(node.router());
    there.fill("/login", "/login", &[("email", "maria@example.ru"), ("password", make::PASSWORD)]).await;
    for (step, word) in ["первое слово", "второе слово"].into_iter().enumerate() {
        let before = there.get(&page(id)).await;
        assert_eq!((before.status.as_u16(), before.text.contains(word)), (200, false));
        assert_eq!(there.get(LIST).await.status, 200);
        match step {
            0 => drop(respond(&mut desk.ilya, id, word).await),
            _ => drop(note(&mut desk.ilya, id, word).await),
        }
        until(async || there.get(&page(id)).await.text.contains(word)).await;
    }
}
