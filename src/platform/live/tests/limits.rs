use crate::{
    platform::{
        base::actor::Role,
        data::events::{Audience, Entry, EventKind},
        settings::Switch,
    },
    testing::{Socket, TestApp, engines::*, make, until},
};
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::{super::socket::MESSAGE, Node, Settings, ids};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_and_a_person_have_so_many_sockets(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.rate_limits = Switch::On).await;
        let node =
            Node::of(&app.app, Settings { sockets_per_address: 4, sockets_per_user: 2, ..Settings::default() }).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, tokens) = make::program(&app, &artem).await;
        let one = Socket::of_program(node.address, &tokens).await;
        let _two = Socket::of_program(node.address, &tokens).await;
        let mut three = Socket::try_open(node.address, &[]).await.unwrap();
        three.say(json!({ "type": "auth", "token": tokens["token"] })).await;
        assert_eq!(
            three.hear_until_closed().await,
            (vec![json!({ "type": "auth:error", "code": "too_many_sockets" })], 4429)
        );
        drop((one, three));
        until(async || node.app.live.sockets.len() == 1).await;
        let _one = Socket::of_program(node.address, &tokens).await;
        // Those who have not said who they are count too.
        let _unknown = Socket::try_open(node.address, &[]).await.unwrap();
        let _another = Socket::try_open(node.address, &[]).await.unwrap();
        assert_eq!(Socket::try_open(node.address, &[]).await.err(), Some(429));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_in_time_goes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::of(&app.app, Settings { auth_seconds: 0, ..Settings::default() }).await;
        let mut socket = Socket::try_open(node.address, &[]).await.unwrap();
        assert_eq!(
            socket.hear_until_closed().await,
            (vec![json!({ "type": "auth:error", "code": "auth_timeout" })], 4408)
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_short_text_and_not_too_many(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| config.platform.rate_limits = Switch::On).await;
        let node = Node::of(&app.app, Settings { messages_per_minute: 5, ..Settings::default() }).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, tokens) = make::program(&app, &artem).await;
        let mut socket = Socket::of_program(node.address, &tokens).await;
        for _ in 0..6 {
            socket.say(json!({ "type": "ping" })).await;
        }
        assert_eq!(socket.hear_until_closed().await, (vec![json!({ "type": "pong" }); 5], 1008));
        let mut socket = Socket::of_program(node.address, &tokens).await;
        socket.say(json!({ "type": "x".repeat(MESSAGE) })).await;
        assert_eq!(socket.hear_until_closed().await, (vec![], 1009));
        let mut socket = Socket::of_program(node.address, &tokens).await;
        socket.0.send(Frame::binary(vec![1, 2, 3])).await.unwrap();
        assert_eq!(socket.hear_until_closed().await, (vec![], 1003));
        let mut socket = Socket::try_open(node.address, &[]).await.unwrap();
        socket.say(json!({ "type": "auth", "token": "x".repeat(MESSAGE) })).await;
        assert_eq!(socket.hear_until_closed().await, (vec![], 1009));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_dropped_and_catches_up(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, tokens) = make::program(&app, &artem).await;
        let mut slow = Socket::of_program(node.address, &tokens).await;
        let mut quick = Socket::of_program(node.address, &tokens).await;
        let (_, began) = slow.subscribe("tickets", None).await;
        quick.subscribe("tickets", None).await;
        // More than the kernel and the queue hold together: 200 KB each.
        for id in 0..150 {
            node.record(Entry::new(EventKind::made_up("fake.big"), id, artem.id, Audience::Owner)).await;
            assert_eq!(ids(&[quick.hear().await]), [id], "others are not held up");
        }
        until(async || node.app.live.hub.count() == 1).await;
        let (heard, _) = slow.hear_until_closed().await;
        assert!(heard.len() < 150 && ids(&heard) == (0..heard.len() as i64).collect::<Vec<_>>());
        let last = heard.last().map_or(began, |message| message["eventId"].as_i64().unwrap());
        let mut again = Socket::of_program(node.address, &tokens).await;
        let (missed, _) = again.subscribe("tickets", Some(last)).await;
        assert_eq!(ids(&missed), (heard.len() as i64..150).collect::<Vec<_>>());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_a_ping_goes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::of(&app.app, Settings { ping_seconds: 1, ..Settings::default() }).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        // Not read from, so its pongs are not sent.
        let _dead = Socket::of_program(node.address, &make::program(&app, &artem).await.1).await;
        assert_eq!(node.app.live.hub.count(), 1);
        until(async || node.app.live.hub.count() == 0).await;
    })
    .await;
}
