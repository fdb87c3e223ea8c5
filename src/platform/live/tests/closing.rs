use axum::http::Method;
use serde_json::json;

use super::Node;
use crate::{
    platform::base::actor::Role,
    testing::{Client, Database, Socket, TestApp, engines::*, make, until},
};

async fn current(client: &mut Client) -> String {
    let list = client.get("/api/sessions").await.value();
    list.as_array().unwrap().iter().find(|session| session["isCurrent"] == true).unwrap()["id"].to_string()
}

/// The socket is told and closed.
async fn is_out(socket: &mut Socket) {
    let (heard, code) = socket.hear_until_closed().await;
    assert_eq!((heard, code), (vec![json!({ "type": "session:ended" })], 4401));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_4_1_an_ended_session_closes_its_sockets(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut one, one_tokens) = make::program(&app, &artem).await;
        let browser = make::browser(&app, &artem).await;
        let mut kept = Socket::of_program(node.address, &one_tokens).await;
        let mut theirs =
            [Socket::of_browser(node.address, &browser).await, Socket::of_browser(node.address, &browser).await];
        let own = current(&mut one).await;
        let list = one.get("/api/sessions").await.value();
        let id = list.as_array().unwrap().iter().map(|s| s["id"].to_string()).find(|id| *id != own).unwrap();
        assert_eq!(one.delete(&format!("/api/sessions/{id}")).await.status, 200);
        for socket in &mut theirs {
            is_out(socket).await;
        }
        assert!(kept.hear_until_pong().await.is_empty(), "the other session stays");
        // A page that comes back after that learns why.
        let mut late = Socket::of_browser(node.address, &browser).await;
        is_out(&mut late).await;
        assert_eq!(one.post("/api/auth/logout", json!({})).await.status, 200);
        is_out(&mut kept).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_8_3_2_a_block_and_a_new_role_are_felt_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let (admin, igor) =
            (make::account(&app, "admin", Role::Admin).await, make::account(&app, "igor", Role::Operator).await);
        let (mut by, _) = make::program(&app, &admin).await;
        let (_, tokens) = make::program(&app, &igor).await;
        let path = format!("/api/admin/users/{}", igor.id);
        let mut socket = Socket::of_program(node.address, &tokens).await;
        socket.subscribe("tickets", None).await;
        assert_eq!(by.json(Method::PATCH, &path, json!({ "role": "customer" })).await.status, 200);
        assert_eq!(socket.hear_until_closed().await, (vec![], 1012));
        let mut socket = Socket::of_program(node.address, &tokens).await;
        assert_eq!(by.json(Method::PATCH, &path, json!({ "blocked": true })).await.status, 200);
        is_out(&mut socket).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_closes_every_socket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let node = Node::new(&app).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut known = Socket::of_program(node.address, &make::program(&app, &artem).await.1).await;
        let mut unknown = Socket::try_open(node.address, &[]).await.unwrap();
        node.app.platform.stop.cancel();
        assert_eq!(known.hear_until_closed().await, (vec![], 1001));
        assert_eq!(unknown.hear_until_closed().await, (vec![], 1001));
        until(async || node.app.live.sockets.is_empty()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_4_1_on_another_node_too() {
    let Some(database) = Database::postgres().await else { return };
    let app = TestApp::new(database).await;
    let other = Node::new_on(&app.other_app().await).await;
    let artem = make::account(&app, "artem", Role::Customer).await;
    let admin = make::account(&app, "admin", Role::Admin).await;
    let (mut by, _) = make::program(&app, &admin).await;
    for _ in 0..5 {
        let (mut client, tokens) = make::program(&app, &artem).await;
        let mut socket = Socket::of_program(other.address, &tokens).await;
        let id = current(&mut client).await;
        client.delete(&format!("/api/sessions/{id}")).await;
        is_out(&mut socket).await;
    }
    let (_, tokens) = make::program(&app, &artem).await;
    let mut socket = Socket::of_program(other.address, &tokens).await;
    by.json(Method::PATCH, &format!("/api/admin/users/{}", artem.id), json!({ "blocked": true })).await;
    is_out(&mut socket).await;
}
