use std::time::Duration;

use super::*;
use crate::{
    platform::base::public_id::PublicId,
    testing::{Socket, engines::*, socket},
};

/// All that a socket hears until its person has read all notifications, which is done now.
async fn heard_until_read(desk: &mut Desk, socket: &mut Socket) -> Vec<Value> {
    desk.artem.post("/api/notifications/read-all", json!({})).await;
    let mut heard = Vec::new();
    let is_read = |one: &Value| one["type"] == "notification:read" && one["id"].is_null() && one["ticketId"].is_null();
    while !heard.iter().any(is_read) {
        heard.push(socket.hear().await);
    }
    heard.push(socket.hear().await);
    heard
}

async fn last_event(desk: &Desk) -> i64 {
    crate::platform::data::events::log::end(desk.app.app.platform.db.pools()).await.unwrap()
}

/// Everything of a ticket that its owner can ask for.
async fn observed(artem: &mut Client, id: i64) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        format!("/api/ticket/{id}"),
        format!("/api/ticket/{id}/history"),
        "/api/ticket".to_owned(),
        "/api/ticket?search=секретное".to_owned(),
        "/api/ticket?status=open".to_owned(),
    ] {
        seen.push(artem.get(&path).await.text);
    }
    seen
}

/// Every page of a customer. The calls are taken from the document.
const PAGES: [&str; 11] = [
    "/dashboard",
    "/dashboard/tickets-new",
    "/dashboard/tickets-new?search=секретное",
    "/dashboard/tickets-new?status=open&page=2",
    "/dashboard/tickets-new/{id}",
    "/dashboard/tickets/new",
    "/dashboard/tickets/new?previous={id}",
    "/dashboard/notifications",
    "/dashboard/notifications?filter=unread",
    "/dashboard/settings",
    "/dashboard/settings/sessions",
];

/// The addresses of all that a customer can fetch, with what is in braces filled in.
fn addresses(desk: &Desk, ids: &[i64], files: &[String]) -> Vec<String> {
    let document = serde_json::to_value(desk.app.app.slices().1).unwrap();
    let calls = document["paths"].as_object().unwrap().iter().filter(|(_, call)| !call["get"].is_null());
    // What waits, or makes something, is no look at anything.
    let calls = calls.map(|(path, _)| path.as_str()).filter(|path| !path.starts_with("/api/qr-auth"));
    let mut all: Vec<String> = files.to_vec();
    for path in PAGES.into_iter().chain(calls).filter(|path| !path.contains("/attachments/")) {
        match path.contains('{') {
            true => all.extend(ids.iter().map(|id| path.replace("{id}", &id.to_string()))),
            false => all.push(path.to_owned()),
        }
    }
    all
}

/// What is at all these addresses to the byte, but for what is drawn anew for each answer.
async fn fetched(by: &mut Client, addresses: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    for address in addresses {
        let mut answer = by.get(address).await;
        let mut text = answer.text.replace(answer.header("x-request-id"), "");
        answer.headers.remove("x-request-id");
        for drawn in answer.attributes("[name=idempotencyKey]", "value") {
            text = text.replace(&drawn, "");
        }
        seen.push(format!("{address} {} {:?} {text}", answer.status, answer.headers));
    }
    seen
}

/// The files of a ticket as somebody is shown them.
fn files_in(ticket: &Value) -> Vec<String> {
    let answers = ticket["responses"].as_array().unwrap().iter();
    let all = answers.flat_map(|one| one["attachments"].as_array().unwrap());
    all.map(|file| file["fileUrl"].as_str().unwrap().to_owned()).collect()
}

async fn with_file(by: &mut Client, id: i64, message: &str, internal: bool) -> Value {
    let id = id.to_string();
    let fields = [("ticketId", id.as_str()), ("message", message), ("isInternal", if internal { "true" } else { "" })];
    let answer = by.upload("/api/ticket/respond", &fields, &[("journal.txt", b"line one\nline two\n")]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.value()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_12_a_customer_can_tell_nothing_of_notes(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let (id, other) = (desk.ticket().await, desk.ticket().await);
        assign(&mut desk.maria, id, Some(desk.maria_id)).await;
        with_file(&mut desk.maria, id, "Смотрим", false).await;
        let mut browser = make::browser(&desk.app, &desk.artem_account).await;
        let address = socket::serve(&desk.app.app).await;
        let mut open = Socket::of_browser(address, &browser).await;
        let topics = ["tickets", "notifications"];
        for topic in topics {
            open.subscribe(topic, None).await;
        }
        desk.app.mails_to("").await;
        let files = files_in(&desk.artem.get(&format!("/api/ticket/{id}")).await.value()["ticket"]);
        let known = browser.clone();
        let all =
            addresses(&desk, &[id, other, 999], &[files, vec!["/api/attachments/response/7/a.txt".into()]].concat());
        let told = async || Socket::of_browser(address, &known).await.subscribe("tickets", Some(0)).await;
        // A first look is itself an event: what was new is seen.
        fetched(&mut browser, &all).await;
        heard_until_read(&mut desk, &mut open).await;
        let before = fetched(&mut browser, &all).await;
        let heard_before = told().await;

        let secret = note(&mut desk.ilya, id, "секретное: у клиента долг").await.value();
        let with = with_file(&mut desk.ilya, id, "секретное с файлом", true).await;
        note(&mut desk.maria, other, "секретное и в другом").await;
        let hidden = with["response"]["attachments"][0]["fileUrl"].as_str().unwrap().to_owned();
        crate::testing::until(async || desk.app.app.platform.db.bus.position() == last_event(&desk).await).await;

        assert_eq!(told().await, heard_before);
        assert_eq!(fetched(&mut browser, &all).await, before);
        let heard = heard_until_read(&mut desk, &mut open).await;
        let place = heard_before.1;
        let places: Vec<i64> = heard.iter().map(|message| message["eventId"].as_i64().unwrap()).collect();
        assert_eq!(places, [place + 1, place + 2], "only what was just done is heard: {heard:?}");
        let guess = fetched(&mut browser, std::slice::from_ref(&hidden)).await[0].replace(&hidden, "");
        let nothing = fetched(&mut browser, &["/api/attachments/response/7/a.txt".into()]).await[0].clone();
        assert_eq!(guess, nothing.replace("/api/attachments/response/7/a.txt", ""), "a file that is not there");
        desk.app.pass(Duration::from_secs(600));
        let mails = desk.app.mails_to("artem@").await;
        assert!(mails.iter().all(|mail| !format!("{mail:?}").contains("секретное")));

        // What comes after them counts on from what the customer knew.
        let public = respond(&mut desk.maria, id, "Готово").await.value();
        let mut heard: Vec<Value> = Vec::new();
        while !heard.iter().any(|message| message["type"] == "ticket:response") {
            heard.push(open.hear().await);
        }
        let places: Vec<i64> = heard.iter().filter_map(|message| message["eventId"].as_i64()).collect();
        assert!(places.iter().zip(place + 3..).all(|(known, next)| *known == next), "{places:?} after {place}");
        let numbers = [&secret, &with, &public].map(|answer| answer["response"]["id"].as_i64().unwrap());
        assert!(numbers.iter().all(|number| *number > 1_000_000), "{numbers:?} tell how many there are");
        let seal = &desk.app.app.platform.db.seal;
        let rows = numbers.map(|number| seal.find("response", PublicId(number)));
        assert_eq!((rows[1], rows[2]), (rows[0] + 1, rows[0] + 3), "the numbers of three rows of four");
        desk.app.pass(Duration::from_secs(600));
        let mails = desk.app.mails_to("artem@").await;
        let last = mails.last().unwrap();
        assert!(
            last.message_id.len() >= 20 && mails.iter().filter(|mail| mail.message_id == last.message_id).count() == 1
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_changes_nothing_that_its_customer_can_observe(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let other = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        desk.app.pass(Duration::from_secs(60));
        let before = observed(&mut desk.artem, id).await;
        note(&mut desk.ilya, id, "секретное: у клиента долг").await;
        note(&mut desk.ilya, other, "секретное тоже").await;
        assert_eq!(observed(&mut desk.artem, id).await, before);
        let ticket = desk.get(other).await;
        assert_eq!((&ticket["status"], &ticket["assignedTo"]), (&json!("open"), &Value::Null), "nor is it taken");
        assert_eq!(desk.get(id).await["responses"].as_array().unwrap().len(), 2, "operators see it");
        assert_eq!(desk.get(id).await["responseCount"], 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_is_for_operators_alone(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let answer = desk
            .artem
            .post("/api/ticket/respond", json!({ "ticketId": id, "message": "заметка", "isInternal": true }))
            .await;
        assert_eq!(code(&answer), (403, "forbidden".into()));
        assert_eq!(desk.get(id).await["responses"], json!([]));
        let internal = note(&mut desk.maria, id, "только нам").await.value();
        assert_eq!(internal["response"]["isInternal"], true);
        // What a customer has "seen" tells nothing of the note: no newer answer is there.
        let body = json!({ "ticketId": id, "message": "Ну что?", "lastSeenResponseId": 0 });
        assert_eq!(desk.artem.post("/api/ticket/respond", body).await.status, 201);
        let body = json!({ "ticketId": id, "message": "Отвечаю", "lastSeenResponseId": 0 });
        assert_eq!(code(&desk.ilya.post("/api/ticket/respond", body).await), (409, "ticket_stale".into()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_never_see_an_operators_email(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        assign(&mut desk.maria, id, Some(desk.ilya_id)).await;
        for path in [format!("/api/ticket/{id}"), "/api/ticket".into(), format!("/api/ticket/{id}/history")] {
            let text = desk.artem.get(&path).await.text;
            assert!(!text.contains("maria@") && !text.contains("ilya@"), "{path}: {text}");
        }
        let body = desk.artem.get(&format!("/dashboard/tickets-new/{id}")).await.text;
        assert!(!body.contains("maria@") && !body.contains("ilya@"));
        assert!(desk.artem.get(&format!("/api/ticket/{id}")).await.text.contains("artem@"), "their own is theirs");
        assert!(desk.get(id).await.to_string().contains("ilya@"), "operators see it");
    })
    .await;
}
