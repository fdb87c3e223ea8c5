use super::*;
use crate::{
    platform::{
        base::i18n::Lang,
        live::{Source, Viewer},
    },
    testing::{NatsServer, Socket, engines::*, socket, until},
};

fn viewer(is_owner: bool, is_staff: bool) -> Viewer {
    Viewer { is_owner, is_staff, lang: Lang::Ru }
}

// Everything that the log has is offered to every kind of viewer.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_tells_of_a_note_or_of_anothers_ticket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        note(&mut desk.ilya, id, "секретное о клиенте").await;
        assign(&mut desk.maria, id, Some(desk.ilya_id)).await;
        set(&mut desk.maria, id, "resolved").await;
        let entries =
            crate::platform::data::events::log::after(desk.app.app.platform.db.pools(), 0, 1000).await.unwrap();
        let tickets = &desk.app.app.tickets;
        let (mut told, mut to_staff) = (0, 0);
        for entry in entries.iter().filter(|entry| tickets.events().contains(&entry.kind)) {
            assert_eq!(tickets.message(entry, viewer(false, false)).await.unwrap(), None, "{entry:?}");
            if let Some(message) = tickets.message(entry, viewer(true, false)).await.unwrap() {
                let text = format!("{message:?}");
                assert!(!text.contains("секретное") && !text.contains("maria@") && !text.contains("ilya@"), "{text}");
                told += 1;
            }
            to_staff += usize::from(tickets.message(entry, viewer(false, true)).await.unwrap().is_some());
        }
        assert!(told >= 4, "the owner hears of the rest");
        assert_eq!(to_staff, told + 1, "and operators of the note too");
    })
    .await;
}

/// What happens to a ticket on one node is heard on another by those who may hear it.
async fn two_nodes(app: TestApp) {
    let mut desk = Desk::of(app).await;
    let other = desk.app.other_app().await;
    for node in [&desk.app.app, &other] {
        until(async || node.platform.db.bus.is_alive()).await;
    }
    let address = socket::serve(&other).await;
    let mut sockets = Vec::new();
    for account in [&desk.artem_account, &desk.maria_account] {
        let mut socket = Socket::of_program(address, &make::program(&desk.app, account).await.1).await;
        socket.subscribe("tickets", None).await;
        socket.subscribe("notifications", None).await;
        sockets.push(socket);
    }
    let id = desk.ticket().await;
    note(&mut desk.ilya, id, "секретное").await;
    respond(&mut desk.ilya, id, "Смотрим").await;
    let is_reply = |message: &Value| message["type"] == "ticket:response" && message.to_string().contains("Смотрим");
    // The customer's bell moves too, before the reply or after it.
    let is_count =
        |message: &Value| message["type"] == "notification:count" && message["count"].as_i64().is_some_and(|n| n > 0);
    let mut heard = [Vec::new(), Vec::new()];
    for (n, (socket, heard)) in sockets.iter_mut().zip(&mut heard).enumerate() {
        while !(heard.iter().any(is_reply) && (n > 0 || heard.iter().any(is_count))) {
            heard.push(socket.hear().await);
        }
    }
    let [customer, operator] = heard.map(|messages| Value::from(messages).to_string());
    for heard in [&customer, &operator] {
        assert!(heard.contains("ticket:new"), "{heard}");
    }
    assert!(operator.contains("секретное") && !customer.contains("секретное"), "{customer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_on_one_node_shows_on_the_other_by_postgres() {
    let Some(database) = Database::postgres().await else { return };
    two_nodes(TestApp::new(database).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_on_one_node_shows_on_the_other_by_nats() {
    let Some(program) = NatsServer::program() else { return };
    let Some(database) = Database::postgres().await else { return };
    let nats = NatsServer::on_a_free_port(&program).await;
    let url = format!("nats://127.0.0.1:{}", nats.port);
    two_nodes(TestApp::with(database, |config| config.platform.events_url = url).await).await;
}
