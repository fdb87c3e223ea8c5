use serde_json::{Value, json};

use super::{Node, Settings};
use crate::{
    platform::base::actor::Role,
    testing::{Database, Socket, TestApp, engines::*, make, until},
};

fn shown(viewing: &[&Value], typing: &[&Value]) -> Value {
    json!({ "type": "ticket:presence", "ticketId": 7, "viewing": viewing, "typing": typing })
}

fn at(ticket: Option<i64>, typing: bool) -> Value {
    json!({ "type": "presence", "ticketId": ticket, "typing": typing })
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_who_looks_and_who_types(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let (igor, maria, artem) = (
            make::account(&app, "igor", Role::Operator).await,
            make::account(&app, "maria", Role::Admin).await,
            make::account(&app, "artem", Role::Customer).await,
        );
        let mut sockets = Vec::new();
        for account in [&igor, &maria, &artem] {
            let mut socket = Socket::of_program(node.address, &make::program(&app, account).await.1).await;
            socket.subscribe("tickets", None).await;
            sockets.push(socket);
        }
        let [mut one, mut two, mut customer]: [Socket; 3] = sockets.try_into().ok().unwrap();
        let person =
            |account: &crate::account::model::Account| json!({ "id": account.id, "username": account.username });
        let (i, m) = (person(&igor), person(&maria));
        one.say(at(Some(7), false)).await;
        assert_eq!(two.hear().await, shown(&[&i], &[]));
        two.say(at(Some(7), true)).await;
        assert_eq!(two.hear().await, shown(&[&i, &m], &[&m]));
        // Heartbeats change nothing, another ticket does.
        one.say(at(Some(7), false)).await;
        one.say(at(Some(8), false)).await;
        assert_eq!(two.hear().await, shown(&[&m], &[&m]));
        assert_eq!(two.hear().await["ticketId"], 8);
        // Who comes later sees who is there.
        let mut late = Socket::of_program(node.address, &make::program(&app, &igor).await.1).await;
        late.subscribe("tickets", None).await;
        let mut there = [late.hear().await, late.hear().await].map(|message| message["ticketId"].as_i64().unwrap());
        there.sort_unstable();
        assert_eq!(there, [7, 8]);
        two.say(at(None, false)).await;
        assert_eq!(two.hear().await, shown(&[], &[]));
        // A page that is closed is left.
        drop(one);
        assert_eq!(two.hear().await, json!({ "type": "ticket:presence", "ticketId": 8, "viewing": [], "typing": [] }));
        customer.say(at(Some(7), true)).await;
        assert_eq!(customer.hear().await, json!({ "type": "error", "code": "forbidden" }));
        assert!(customer.hear_until_pong().await.is_empty(), "customers neither see it nor are seen");
        assert!(two.hear_until_pong().await.is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gives_no_sign_of_life_is_forgotten(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::of(&app.app, Settings { presence_seconds: 1, ..Settings::default() }).await;
        let igor = make::account(&app, "igor", Role::Operator).await;
        let mut socket = Socket::of_program(node.address, &make::program(&app, &igor).await.1).await;
        socket.subscribe("tickets", None).await;
        socket.say(at(Some(7), true)).await;
        assert_eq!(socket.hear().await["typing"].as_array().unwrap().len(), 1);
        assert_eq!(socket.hear().await, shown(&[], &[]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_on_two_nodes_see_each_other() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    let nodes = [Node::new(&app).await, Node::new_on(&app.other_app().await).await];
    let igor = make::account(&app, "igor", Role::Operator).await;
    let (_, tokens) = make::program(&app, &igor).await;
    let mut one = Socket::of_program(nodes[0].address, &tokens).await;
    let mut two = Socket::of_program(nodes[1].address, &tokens).await;
    two.subscribe("tickets", None).await;
    until(async || nodes[1].app.platform.db.bus.is_alive()).await;
    one.say(at(Some(7), true)).await;
    let person = json!({ "id": igor.id, "username": igor.username });
    assert_eq!(two.hear().await, shown(&[&person], &[&person]));
}
