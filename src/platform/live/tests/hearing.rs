use std::sync::atomic::Ordering;

use serde_json::json;

use super::{Node, ids};
use crate::{
    platform::{
        base::actor::Role,
        data::events::{Audience, Entry, EventKind, log},
    },
    testing::{Socket, TestApp, engines::*, make},
};

/// What happens to things of a customer and of an operator, and which of two customers, the operator
/// and the administrator hear it.
fn told(customer: i64, operator: i64) -> [(EventKind, Audience, i64, [bool; 4]); 8] {
    [
        (EventKind::made_up("fake.reply"), Audience::OwnerAndStaff, customer, [true, false, true, true]),
        (EventKind::made_up("fake.note"), Audience::Staff, customer, [false, false, true, true]),
        (EventKind::made_up("fake.mine"), Audience::Owner, customer, [true, false, false, false]),
        (EventKind::made_up("fake.mine"), Audience::Owner, operator, [false, false, true, false]),
        (EventKind::made_up("fake.careful"), Audience::OwnerAndStaff, customer, [false, false, true, true]),
        (EventKind::made_up("fake.nodes"), Audience::Nodes, customer, [false; 4]),
        (EventKind::made_up("fake.gone"), Audience::OwnerAndStaff, customer, [false; 4]),
        (EventKind::made_up("strange"), Audience::OwnerAndStaff, customer, [false; 4]),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_known_by_its_cookie_and_a_program_by_its_token(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = Socket::of_browser(node.address, &make::browser(&app, &artem).await).await;
        let (_, tokens) = make::program(&app, &artem).await;
        let mut program = Socket::of_program(node.address, &tokens).await;
        for socket in [&mut browser, &mut program] {
            assert!(socket.hear_until_pong().await.is_empty());
            assert_eq!(socket.subscribe("tickets", None).await.0.len(), 0);
        }
        // Saying it again is answered, as somebody else is the end.
        program.say(json!({ "type": "auth", "token": tokens["token"] })).await;
        assert_eq!(program.hear().await, json!({ "type": "auth:success", "userId": artem.id }));
        let igor = make::account(&app, "igor", Role::Operator).await;
        let (_, others) = make::program(&app, &igor).await;
        program.say(json!({ "type": "auth", "token": others["token"] })).await;
        assert_eq!(
            program.hear_until_closed().await,
            (vec![json!({ "type": "auth:error", "code": "not_signed_in" })], 4401)
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_proves_nothing_hears_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let refused = json!({ "type": "auth:error", "code": "not_signed_in" });
        for first in [
            json!({ "type": "auth", "token": "nonsense" }),
            json!({ "type": "auth" }),
            json!({ "type": "subscribe:tickets" }),
            json!([]),
        ] {
            let mut socket = Socket::try_open(node.address, &[]).await.unwrap();
            socket.say(first).await;
            assert_eq!(socket.hear_until_closed().await, (vec![refused.clone()], 4401));
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_4_4_2_a_page_of_another_site_gets_no_socket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let cookie = format!("__Host-session={}", make::browser(&app, &artem).await.cookie("__Host-session").unwrap());
        let open = async |extra: &[(&'static str, &str)]| {
            let headers: Vec<_> = extra.iter().copied().chain([("cookie", cookie.as_str())]).collect();
            Socket::try_open(node.address, &headers).await.map(|_| ())
        };
        assert_eq!(open(&[("origin", "https://evil.example")]).await, Err(403));
        assert_eq!(open(&[("origin", "https://my.example.evil.example")]).await, Err(403));
        assert_eq!(open(&[("origin", "null")]).await, Err(403));
        assert_eq!(open(&[("origin", "https://my.example"), ("sec-fetch-site", "cross-site")]).await, Err(403));
        assert_eq!(open(&[("origin", "https://my.example"), ("sec-fetch-site", "same-origin")]).await, Ok(()));
        assert_eq!(open(&[]).await, Ok(()), "a program");
        assert_eq!(app.client().get("/ws").await.status, 400, "no handshake");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_what_they_may(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let mut sockets = Vec::new();
        let mut users = Vec::new();
        for (name, role) in
            [("artem", Role::Customer), ("boris", Role::Customer), ("igor", Role::Operator), ("root", Role::Admin)]
        {
            let account = make::account(&app, name, role).await;
            let mut socket = Socket::of_program(node.address, &make::program(&app, &account).await.1).await;
            socket.subscribe("tickets", None).await;
            sockets.push(socket);
            users.push(account.id);
        }
        let told = told(users[0], users[2]);
        for (number, (kind, audience, user, _)) in (1..).zip(&told) {
            node.record(Entry::new(*kind, number, *user, *audience).of(7)).await;
        }
        // One that everybody hears: the end of the list.
        for user in &users[..2] {
            node.reply(100, *user).await;
        }
        for (at, socket) in sockets.iter_mut().enumerate() {
            let mut heard = Vec::new();
            while heard.last() != Some(&100) {
                let message = socket.hear().await;
                assert_eq!(message["staff"], at > 1);
                heard.push(message["id"].as_i64().unwrap());
            }
            let mut may: Vec<i64> = (1..).zip(&told).filter(|(_, (.., who))| who[at]).map(|(n, _)| n).collect();
            may.push(100);
            assert_eq!(heard, may, "user {at}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_made_once_for_all_who_are_alike(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let mut sockets = Vec::new();
        for name in ["igor", "maria"] {
            let account = make::account(&app, name, Role::Operator).await;
            let (_, tokens) = make::program(&app, &account).await;
            for _ in 0..3 {
                let mut socket = Socket::of_program(node.address, &tokens).await;
                socket.subscribe("tickets", None).await;
                sockets.push(socket);
            }
        }
        node.reply(1, 0).await;
        for socket in &mut sockets {
            let message = socket.hear().await;
            assert_eq!(
                (&message["type"], &message["id"], &message["ticketId"]),
                (&json!("ticket:response"), &json!(1), &json!(7))
            );
            assert!(message["eventId"].as_i64().unwrap() > 0);
        }
        assert_eq!(node.built.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_that_of_the_account(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, tokens) = make::program(&app, &artem).await;
        let profile = json!({ "username": "Artem", "language": "en", "timezone": "UTC" });
        assert_eq!(client.json(axum::http::Method::PUT, "/api/user/profile", profile).await.status, 200);
        let mut socket = Socket::of_program(node.address, &tokens).await;
        socket.subscribe("tickets", None).await;
        node.reply(1, artem.id).await;
        assert_eq!(socket.hear().await["lang"], "en");
        let profile = json!({ "username": "Artem", "language": "ru", "timezone": "UTC" });
        client.json(axum::http::Method::PUT, "/api/user/profile", profile).await;
        assert_eq!(socket.hear_until_closed().await.1, 1012, "come again, and hear the new one");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_are_heard_from_when_until_when_one_wants(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut socket = Socket::of_program(node.address, &make::program(&app, &artem).await.1).await;
        let other = |id| Entry::new(EventKind::made_up("other.new"), id, artem.id, Audience::Owner);
        node.reply(1, artem.id).await;
        node.has_told_all().await;
        socket.subscribe("tickets", None).await;
        node.record(other(2)).await;
        node.reply(3, artem.id).await;
        assert_eq!(ids(&[socket.hear().await]), [3], "neither before nor of another topic");
        socket.subscribe("notifications", None).await;
        socket.say(json!({ "type": "unsubscribe:tickets" })).await;
        assert!(socket.hear_until_pong().await.is_empty());
        node.reply(4, artem.id).await;
        node.record(other(5)).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("notification:new"), &json!(5)));
        for (said, code) in [
            (json!({ "type": "subscribe:weather" }), "unknown_topic"),
            (json!({ "type": "dance" }), "unknown_type"),
            (json!(7), "bad_request"),
        ] {
            socket.say(said).await;
            assert_eq!(socket.hear().await, json!({ "type": "error", "code": code }));
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_undone_is_not_told(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut socket = Socket::of_program(node.address, &make::program(&app, &artem).await.1).await;
        socket.subscribe("tickets", None).await;
        let mut tx = node.app.platform.db.begin().await.unwrap();
        tx.record(Entry::new(EventKind::made_up("fake.reply"), 1, artem.id, Audience::Owner));
        drop(tx);
        node.reply(2, artem.id).await;
        assert_eq!(ids(&[socket.hear().await]), [2]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_misses_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let igor = make::account(&app, "igor", Role::Operator).await;
        let (_, customer) = make::program(&app, &artem).await;
        let (_, operator) = make::program(&app, &igor).await;
        let mut socket = Socket::of_program(node.address, &customer).await;
        let (_, began) = socket.subscribe("tickets", None).await;
        node.reply(1, artem.id).await;
        let last = socket.hear().await["eventId"].as_i64().unwrap();
        drop(socket);
        node.reply(2, artem.id).await;
        node.record(Entry::new(EventKind::made_up("fake.note"), 3, artem.id, Audience::Staff).of(7)).await;
        node.record(Entry::new(EventKind::made_up("other.new"), 4, artem.id, Audience::Owner)).await;
        node.reply(5, igor.id + 100).await;
        node.reply(6, artem.id).await;
        node.has_told_all().await;

        let mut socket = Socket::of_program(node.address, &customer).await;
        let (missed, position) = socket.subscribe("tickets", Some(last)).await;
        assert_eq!(ids(&missed), [2, 6], "in order, and only what is theirs");
        assert!(
            missed.iter().all(|message| message["eventId"].as_i64().unwrap() > last) && position == last + 3,
            "a customer counts what concerned them"
        );
        assert_eq!(ids(&socket.subscribe("notifications", Some(last)).await.0), [4]);
        assert_eq!(ids(&socket.subscribe("tickets", Some(position)).await.0), [0; 0]);
        let mut socket = Socket::of_program(node.address, &operator).await;
        assert_eq!(ids(&socket.subscribe("tickets", Some(began)).await.0), [1, 2, 3, 5, 6]);
        assert!(socket.subscribe("notifications", Some(began)).await.0.is_empty());
        node.reply(7, artem.id).await;
        assert_eq!(ids(&[socket.hear().await]), [7], "and nothing twice");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_knows_how_far_it_has_come(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut browser = make::browser(&app, &artem).await;
        let mut socket = Socket::of_browser(node.address, &browser).await;
        socket.subscribe("tickets", None).await;
        node.reply(1, artem.id).await;
        let told = socket.hear().await["eventId"].as_i64().unwrap();
        node.has_told_all().await;
        let page = browser.get("/dashboard").await;
        let meta = page.text.split("<meta name=\"live\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(meta, told.to_string());
        node.reply(2, artem.id).await;
        node.has_told_all().await;
        let mut next = Socket::of_browser(node.address, &browser).await;
        assert_eq!(ids(&next.subscribe("tickets", Some(told)).await.0), [2]);
        assert!(!app.client().get("/login").await.text.contains("name=\"live\""));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_one_by_one_is_loaded_anew(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, tokens) = make::program(&app, &artem).await;
        let mut socket = Socket::of_program(node.address, &tokens).await;
        let (_, began) = socket.subscribe("tickets", None).await;
        let resync = |position| json!({ "type": "resync", "topic": "tickets", "eventId": position });
        let mut tx = node.app.platform.db.begin().await.unwrap();
        for id in 0..201 {
            tx.record(Entry::new(EventKind::made_up("fake.reply"), id, artem.id, Audience::Owner));
        }
        tx.commit().await.unwrap();
        // All of them are told to who listens, if they read.
        for id in 0..201 {
            assert_eq!(ids(&[socket.hear().await]), [id]);
        }
        let mut late = Socket::of_program(node.address, &tokens).await;
        let (missed, position) = late.subscribe("tickets", Some(began)).await;
        assert_eq!(missed, [resync(position)], "too many");
        assert_eq!(late.subscribe("tickets", Some(position - 200)).await.0.len(), 200);
        // The log is shortened to its newest row.
        log::shorten(node.app.platform.db.pools(), 3_600_000, 1).await.unwrap();
        assert_eq!(late.subscribe("tickets", Some(position - 10)).await.0, [resync(position)], "out of reach");
        assert_eq!(late.subscribe("tickets", Some(position - 1)).await.0.len(), 1);
        assert!(late.subscribe("tickets", Some(position)).await.0.is_empty());
    })
    .await;
}
