use std::time::Duration;

use super::*;
use crate::{testing::engines::*, ticket::upkeep};

const DAY: Duration = Duration::from_secs(86_400);

impl Desk {
    async fn act(&self) -> usize {
        upkeep::act(&self.app.app.tickets).await.unwrap()
    }

    /// The operator signs in anew: days have passed.
    async fn status_later(&mut self, id: i64) -> String {
        self.maria = make::program(&self.app, &self.maria_account).await.0;
        self.status(id).await
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_reminds_then_resolves_then_closes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        desk.app.pass(DAY * 30);
        assert_eq!(desk.act().await, 0, "a customer who waits is never closed away");
        desk.maria = make::program(&desk.app, &desk.maria_account).await.0;
        respond(&mut desk.maria, id, "Проверьте, пожалуйста").await;
        desk.app.pass(DAY * 3 - Duration::from_secs(1));
        assert_eq!(desk.act().await, 0);
        desk.app.pass(Duration::from_secs(1));
        assert_eq!((desk.act().await, desk.act().await), (1, 0), "one reminder");
        assert_eq!(desk.status_later(id).await, "awaiting_reply");
        desk.app.pass(DAY * 4);
        assert_eq!((desk.act().await, desk.act().await), (1, 0));
        assert_eq!(desk.status_later(id).await, "resolved");
        desk.app.pass(DAY * 7 - Duration::from_secs(1));
        assert_eq!(desk.act().await, 0);
        desk.app.pass(Duration::from_secs(1));
        assert_eq!((desk.act().await, desk.act().await), (1, 0));
        assert_eq!(desk.status_later(id).await, "closed");
        let history = desk.maria.get(&format!("/api/ticket/{id}/history")).await.value()["history"].clone();
        assert!(history.as_array().unwrap().last().unwrap()["author"].is_null(), "time did it: {history}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_26_nobody_is_reminded_twice_when_the_days_grow(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Проверьте, пожалуйста").await;
        desk.app.pass(DAY * 3);
        assert_eq!(desk.act().await, 1);
        let reminders = async |desk: &mut Desk| {
            let artem = make::program(&desk.app, &desk.artem_account).await.0.get("/api/notifications").await;
            artem.text.matches("\"ticket_reminder\"").count()
        };
        assert_eq!(reminders(&mut desk).await, 1);
        desk.app.config.ticket.resolve_days = 30;
        let later = desk.app.other_app().await;
        desk.app.pass(DAY * 4);
        assert_eq!(upkeep::act(&later.tickets).await.unwrap(), 0, "its old date has come");
        assert_eq!(reminders(&mut desk).await, 1);
        assert_eq!(desk.status_later(id).await, "awaiting_reply");
        desk.app.pass(DAY * 23);
        assert_eq!(upkeep::act(&later.tickets).await.unwrap(), 1);
        assert_eq!((reminders(&mut desk).await, desk.status_later(id).await.as_str()), (1, "resolved"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_19_never_holds_for_what_was_dated_before(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let (waiting, resolved) = (desk.ticket().await, desk.ticket().await);
        respond(&mut desk.maria, waiting, "Проверьте, пожалуйста").await;
        respond(&mut desk.maria, resolved, "Готово").await;
        set(&mut desk.maria, resolved, "resolved").await;
        let settings = desk.app.config.ticket.clone();
        let never = crate::ticket::Settings { reminder_days: 0, resolve_days: 0, close_days: 0, ..settings.clone() };
        desk.app.config.ticket = never;
        let quiet = desk.app.other_app().await;
        desk.app.pass(DAY * 20);
        assert_eq!(upkeep::act(&quiet.tickets).await.unwrap(), 0);
        assert_eq!(
            (desk.status_later(waiting).await, desk.status_later(resolved).await),
            ("awaiting_reply".into(), "resolved".into())
        );

        // And the other way round: what had no date gets one.
        upkeep::date_anew(&quiet.tickets).await.unwrap();
        assert_eq!(desk.act().await, 0, "nothing is dated");
        desk.app.config.ticket = settings;
        let again = desk.app.other_app().await;
        upkeep::date_anew(&again.tickets).await.unwrap();
        assert_eq!(upkeep::act(&again.tickets).await.unwrap(), 2);
        assert_eq!(
            (desk.status_later(waiting).await, desk.status_later(resolved).await),
            ("resolved".into(), "closed".into())
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_ends_the_count(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Проверьте, пожалуйста").await;
        respond(&mut desk.artem, id, "Проверяю").await;
        // Set by hand without a new answer: the last word is still the customer's.
        set(&mut desk.maria, id, "awaiting_reply").await;
        desk.app.pass(DAY * 20);
        assert_eq!(desk.act().await, 0);
        assert_eq!(desk.status_later(id).await, "awaiting_reply");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_or_a_correction_does_not_move_the_dates(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Готово").await;
        set(&mut desk.maria, id, "resolved").await;
        desk.app.pass(DAY * 6);
        desk.maria = make::program(&desk.app, &desk.maria_account).await.0;
        note(&mut desk.maria, id, "молчит").await;
        patch(&mut desk.maria, id, json!({ "priority": "low" })).await;
        desk.app.pass(DAY);
        assert_eq!(desk.act().await, 1);
        assert_eq!(desk.status_later(id).await, "closed");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_act_twice(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            let id = desk.ticket().await;
            respond(&mut desk.maria, id, "Проверьте").await;
            ids.push(id);
        }
        desk.app.pass(DAY * 7);
        let workers: Vec<_> = (0..6)
            .map(|_| {
                let tickets = desk.app.app.tickets.clone();
                tokio::spawn(async move { upkeep::act(&tickets).await.unwrap() })
            })
            .collect();
        let mut done = 0;
        for worker in workers {
            done += worker.await.unwrap();
        }
        assert_eq!(done, 8);
        for id in ids {
            assert_eq!(desk.status_later(id).await, "resolved");
            let history = desk.maria.get(&format!("/api/ticket/{id}/history")).await.value();
            let by_time = history["history"].as_array().unwrap().iter().filter(|one| one["author"].is_null()).count();
            assert_eq!(by_time, 1);
        }
    })
    .await;
}

/// With 0 nothing happens by itself.
#[tokio::test]
async fn switched_off() {
    let app = TestApp::with(Database::sqlite(), |config| {
        config.ticket.reminder_days = 0;
        config.ticket.resolve_days = 0;
        config.ticket.close_days = 0;
    })
    .await;
    let mut desk = Desk::of(app).await;
    let id = desk.ticket().await;
    respond(&mut desk.maria, id, "Готово").await;
    let resolved = desk.ticket().await;
    set(&mut desk.maria, resolved, "resolved").await;
    desk.app.pass(DAY * 100);
    assert_eq!(desk.act().await, 0);
}
