//! Several nodes, and what carries between them going away.

use std::time::Duration;

use serde_json::json;

use super::{Node, ids};
use crate::{
    account::model::Account,
    platform::{base::actor::Role, data::pools::Pools},
    testing::{Database, NatsServer, Socket, TestApp, make, until},
};

/// Two nodes, an operator on the second.
struct Pair {
    app: TestApp,
    one: Node,
    two: Node,
    igor: Account,
    artem: Account,
    socket: Socket,
}

impl Pair {
    async fn new(app: TestApp) -> Self {
        let (one, two) = (Node::new(&app).await, Node::new_on(&app.other_app().await).await);
        for node in [&one, &two] {
            until(async || node.app.platform.db.bus.is_alive()).await;
        }
        let igor = make::account(&app, "igor", Role::Operator).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut socket = Socket::of_program(two.address, &make::program(&app, &igor).await.1).await;
        socket.subscribe("tickets", None).await;
        Self { app, one, two, igor, artem, socket }
    }

    /// Replies on the first node are heard on the second, all and in order.
    async fn is_heard(&mut self, numbers: std::ops::Range<i64>) {
        for id in numbers.clone() {
            self.one.reply(id, self.artem.id).await;
        }
        for id in numbers {
            assert_eq!(ids(&[self.socket.hear().await]), [id]);
        }
    }

    async fn ask(&self, sql: &str) -> i64 {
        let Pools::Postgres(pool) = self.app.app.platform.db.pools() else { unreachable!() };
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(pool).await.unwrap()
    }

    /// Who looks at a ticket on the first node is seen on the second: only the carrier brings that.
    async fn is_carried(&mut self, ticket: i64) {
        let (_, tokens) = make::program(&self.app, &self.igor).await;
        let mut socket = Socket::of_program(self.one.address, &tokens).await;
        until(async || {
            socket.say(json!({ "type": "presence", "ticketId": ticket })).await;
            let heard = tokio::time::timeout(Duration::from_millis(100), self.socket.hear()).await;
            heard.is_ok_and(|message| message["type"] == "ticket:presence" && message["ticketId"] == ticket)
        })
        .await;
        drop(socket);
        // And that they leave.
        assert_eq!(self.socket.hear().await["viewing"], json!([]));
    }

    /// Replies come by the carrier, at once, and not with the next look at the log.
    async fn is_quick(&mut self) {
        let bus = self.two.app.platform.db.bus.clone();
        bus.look_only_when_told(true);
        for id in 1000..1012 {
            self.is_heard(id..id + 1).await;
        }
        bus.look_only_when_told(false);
        // Wakes who may have begun to wait before that.
        self.is_heard(1012..1013).await;
    }

    /// A session that ends on the first node is out on the second.
    async fn ends_everywhere(&self) {
        let (mut client, tokens) = make::program(&self.app, &self.artem).await;
        let mut on_two = crate::testing::Client::new(self.two.app.router()).bearer(tokens["token"].as_str().unwrap());
        assert_eq!(on_two.get("/api/auth/me").await.status, 200);
        let mut socket = Socket::of_program(self.two.address, &tokens).await;
        assert_eq!(client.post("/api/auth/logout", json!({})).await.status, 200);
        until(async || on_two.get("/api/auth/me").await.status == 401).await;
        assert_eq!(socket.hear_until_closed().await.1, 4401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_of_postgres_is_made_up_for() {
    let Some(database) = Database::postgres().await else { return };
    let mut pair = Pair::new(TestApp::new(database).await).await;
    pair.is_heard(1..4).await;
    for round in 1..4 {
        let listeners = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        let count = format!("SELECT count(*) {listeners}");
        until(async || pair.ask(&count).await == 2).await;
        assert_eq!(pair.ask(&format!("SELECT count(pg_terminate_backend(pid)) {listeners}")).await, 2);
        pair.is_heard(round * 10..round * 10 + 5).await;
    }
    pair.ends_everywhere().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_carries_and_its_absence_loses_nothing() {
    let Some(program) = NatsServer::program() else { return };
    let Some(database) = Database::postgres().await else { return };
    let mut server = Some(NatsServer::on_a_free_port(&program).await);
    let port = server.as_ref().unwrap().port;
    let app = TestApp::with(database, |config| config.platform.events_url = format!("nats://127.0.0.1:{port}")).await;
    let mut pair = Pair::new(app).await;
    pair.is_carried(1).await;
    pair.is_quick().await;
    pair.is_heard(1..20).await;
    pair.ends_everywhere().await;
    for round in 2..4 {
        drop(server.take());
        assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
        pair.is_heard(round * 10..round * 10 + 5).await;
        pair.ends_everywhere().await;
        server = Some(NatsServer::start(&program, port));
        pair.is_carried(round).await;
        pair.is_heard(round * 100..round * 100 + 5).await;
    }
    pair.is_quick().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_without_nats_and_finds_it_later() {
    let Some(program) = NatsServer::program() else { return };
    let Some(database) = Database::postgres().await else { return };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::with(database, |config| config.platform.events_url = format!("nats://127.0.0.1:{port}")).await;
    let mut pair = Pair::new(app).await;
    pair.is_heard(1..4).await;
    pair.ends_everywhere().await;
    let _server = NatsServer::start(&program, port);
    pair.is_carried(1).await;
    pair.is_quick().await;
}
