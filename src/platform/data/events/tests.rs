use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use super::{Audience, Bus, Entry, Event, EventKind, log};
use crate::{
    platform::data::db::Db,
    testing::{Database, TestApp, engines::*, until},
};

fn entry(id: i64) -> Entry {
    Entry::new(EventKind::made_up("test.thing"), id, 5, Audience::OwnerAndStaff).of(7)
}

const WRITERS: i64 = 8;
const EACH: i64 = 40;

/// Two rows at a time.
async fn write_some(db: Db, from: i64) {
    for number in from..from + EACH {
        let mut tx = db.begin().await.unwrap();
        tx.record(entry(number));
        tx.record(entry(number + 500));
        tx.commit().await.unwrap();
    }
}

/// The ids of all that is in the log, read from the last place on again and again.
async fn read_all(db: Db, done: Arc<AtomicBool>) -> Vec<i64> {
    let (mut last, mut seen) = (0, Vec::new());
    loop {
        let over = done.load(Ordering::SeqCst);
        let rows = log::after(db.pools(), last, 1000).await.unwrap();
        if rows.is_empty() && over {
            return seen;
        }
        last = rows.last().map_or(last, |row| row.seq);
        seen.extend(rows.into_iter().map(|row| row.id));
    }
}

// Ids of a sequence are given out before the commit: without turns a reader would pass over what
// commits late with a small id.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_on_from_its_last_id_misses_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let db = &app.app.platform.db;
        let done = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn(read_all(db.clone(), done.clone()));
        let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(write_some(db.clone(), writer * 1000))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
        let mut seen = reader.await.unwrap();
        seen.sort_unstable();
        let mut written: Vec<i64> =
            (0..WRITERS).flat_map(|w| (0..EACH).flat_map(move |n| [w * 1000 + n, w * 1000 + 500 + n])).collect();
        written.sort_unstable();
        assert_eq!(seen, written);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_keeps_ids_and_forgets_what_is_old(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let db = &app.app.platform.db;
        for id in 1..=5 {
            let mut tx = db.begin().await.unwrap();
            tx.record(entry(id));
            tx.commit().await.unwrap();
        }
        let rows = log::after(db.pools(), 0, 100).await.unwrap();
        let end = log::end(db.pools()).await.unwrap();
        assert_eq!((rows.len(), rows[4].seq, log::begin(db.pools()).await.unwrap()), (5, end, rows[0].seq));
        assert_eq!((rows[0].kind.as_str(), rows[0].id, rows[0].parent, rows[0].user), ("test.thing", 1, 7, 5));
        log::clean(db.pools()).await.unwrap();
        assert_eq!(log::after(db.pools(), 0, 100).await.unwrap().len(), 5, "new and few");
        log::shorten(db.pools(), 3_600_000, 3).await.unwrap();
        assert_eq!(log::begin(db.pools()).await.unwrap(), end - 2, "too many");
        // Older than a moment that is still to come: all but the newest.
        log::shorten(db.pools(), -3_600_000, 1000).await.unwrap();
        assert_eq!((log::begin(db.pools()).await.unwrap(), log::end(db.pools()).await.unwrap()), (end, end), "too old");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_heard_after_the_commit_and_never_without(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let db = &app.app.platform.db;
        let heard = Arc::<Mutex<Vec<EventKind>>>::default();
        db.bus.on_event({
            let heard = heard.clone();
            move |event| {
                if event.kind != Bus::RESET {
                    heard.lock().unwrap().push(event.kind);
                }
            }
        });
        let event = |kind| Event { kind: EventKind::made_up(kind), id: 1, user: 2 };
        let mut tx = db.begin().await.unwrap();
        tx.emit(event("undone"));
        tx.record(entry(1));
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        tx.emit(event("done"));
        tx.record(entry(2));
        assert!(heard.lock().unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!(*heard.lock().unwrap(), [EventKind::made_up("done"), Bus::GROWN]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nats_away_other_nodes_hear_from_the_log() {
    let Some(database) = Database::postgres().await else { return };
    // Nobody listens there.
    let app = TestApp::with(database, |config| config.platform.events_url = "nats://127.0.0.1:9".into()).await;
    let other = app.other_app().await;
    until(async || other.platform.db.bus.is_alive()).await;
    let heard = Arc::<Mutex<Vec<Event>>>::default();
    other.platform.db.bus.on_event({
        let heard = heard.clone();
        move |event| heard.lock().unwrap().push(event.clone())
    });
    let event = Event { kind: EventKind::made_up("test"), id: 1, user: 2 };
    let mut tx = app.app.platform.db.begin().await.unwrap();
    tx.emit(event.clone());
    tx.commit().await.unwrap();
    until(async || !heard.lock().unwrap().is_empty()).await;
    assert_eq!(*heard.lock().unwrap(), [event]);
}

#[test]
fn a_node_looks_often_enough_to_be_trusted() {
    assert!(Bus::BEAT.as_millis() * 3 < Bus::SILENCE as u128);
}

#[test]
fn pauses_grow_and_stay_short() {
    for (failures, most) in [(0, 250), (1, 250), (2, 500), (3, 1000), (5, 4000), (1000, 4000)] {
        let pause = super::pause(failures).as_millis();
        assert!((most / 2..=most).contains(&pause), "{failures}: {pause}");
    }
}
