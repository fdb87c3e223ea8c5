//! Random people do random things to a ticket, and time passes: what comes of each is what the rules say,
//! and what is refused changes nothing.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::{testing::engines::*, ticket::upkeep};

const STEPS: usize = 120;
const DAY: Duration = Duration::from_secs(86_400);
const REOPENS_FOR: i64 = 14 * 86_400_000;

const STATUSES: [&str; 5] = ["open", "in_progress", "awaiting_reply", "resolved", "closed"];
/// What becomes of a ticket of each status, written out here so that a mistake in the product's map is seen.
/// `work`: in progress if somebody has it, else open; `in time`: the same, for two weeks; `no`: refused.
#[rustfmt::skip]
const RULES: [(&str, [&str; 5]); 11] = [
    // What happens                   open              in_progress       awaiting_reply    resolved          closed
    ("the customer replies",        ["work",           "work",           "work",           "work",           "in time"]),
    ("the customer says thanks",    ["resolved",       "resolved",       "resolved",       "resolved",       "no"]),
    ("the customer closes",         ["closed",         "closed",         "closed",         "closed",         "no"]),
    ("an operator replies",         ["awaiting_reply", "awaiting_reply", "awaiting_reply", "awaiting_reply", "awaiting_reply"]),
    ("an operator gives it",        ["in_progress",    "in_progress",    "in_progress",    "resolved",       "closed"]),
    ("an operator takes it away",   ["open",           "open",           "awaiting_reply", "resolved",       "closed"]),
    ("an operator sets open",             ["open"; 5]),
    ("an operator sets in_progress",      ["in_progress"; 5]),
    ("an operator sets awaiting_reply",   ["awaiting_reply"; 5]),
    ("an operator sets resolved",         ["resolved"; 5]),
    ("an operator sets closed",           ["closed"; 5]),
];

/// What the rules expect of the ticket.
struct Expected {
    status: &'static str,
    operator: Option<i64>,
    closed_at: i64,
}

impl Expected {
    /// The answer's status to what happens.
    fn take(&mut self, now: i64, what: &str) -> u16 {
        let (_, row) = RULES.iter().find(|(known, _)| *known == what).unwrap();
        let column = STATUSES.iter().position(|status| *status == self.status).unwrap();
        let to = match row[column] {
            "no" => return 409,
            "in time" if now - self.closed_at > REOPENS_FOR => return 409,
            "work" | "in time" if self.operator.is_some() => "in_progress",
            "work" | "in time" => "open",
            to => to,
        };
        self.turn(to, now);
        200
    }

    fn turn(&mut self, status: &'static str, now: i64) {
        if status == "closed" && self.status != "closed" {
            self.closed_at = now;
        }
        self.status = status;
    }
}

/// Two customers and two operators; who is in both lists is chosen by a number.
fn client(desk: &mut Desk, who: usize) -> &mut Client {
    match who {
        0 => &mut desk.artem,
        1 => &mut desk.elena,
        2 => &mut desk.maria,
        _ => &mut desk.ilya,
    }
}

/// Does something and says with which status it was answered, and with which it should have been.
async fn act(desk: &mut Desk, expected: &mut Expected, id: i64, random: &mut StdRng) -> (String, u16, u16) {
    let who = random.random_range(0..4);
    let (staff, owner) = (who > 1, who == 0);
    let what = random.random_range(0..6);
    let status = STATUSES[random.random_range(0..STATUSES.len())];
    let operator = [None, Some(desk.maria_id), Some(desk.ilya_id)][random.random_range(0..3)];
    let (path, body) = match what {
        0 => ("respond", json!({ "ticketId": id, "message": "Слово" })),
        1 => ("respond", json!({ "ticketId": id, "message": "Заметка", "isInternal": true })),
        2 => ("status", json!({ "ticketId": id, "status": status })),
        3 => ("assign", json!({ "ticketId": id, "operatorId": operator })),
        4 => ("close", json!({ "ticketId": id })),
        _ => ("resolve", json!({ "ticketId": id })),
    };
    let now = desk.app.app.platform.clock.now().0;
    let wanted = match what {
        1..=3 if !staff => 403,
        _ if !staff && !owner => 404,
        0 if staff => {
            // Who answers takes it if nobody has it.
            expected.operator = expected.operator.or(Some(if who == 2 { desk.maria_id } else { desk.ilya_id }));
            expected.take(now, "an operator replies")
        }
        0 => expected.take(now, "the customer replies"),
        // An internal note changes nothing.
        1 => 200,
        2 => expected.take(now, &format!("an operator sets {status}")),
        3 => {
            expected.operator = operator;
            expected.take(now, if operator.is_some() { "an operator gives it" } else { "an operator takes it away" })
        }
        4 if staff => expected.take(now, "an operator sets closed"),
        4 => expected.take(now, "the customer closes"),
        _ if staff => expected.take(now, "an operator sets resolved"),
        _ => expected.take(now, "the customer says thanks"),
    };
    let answer = client(desk, who).post(&format!("/api/ticket/{path}"), body.clone()).await;
    let given = if answer.status == 201 { 200 } else { answer.status.as_u16() };
    (format!("{path} {body} by {who}: {}", answer.text), given, wanted)
}

/// Some days later everybody signs in again, and time has acted.
async fn wait(desk: &mut Desk, expected: &mut Expected, id: i64, random: &mut StdRng) {
    desk.app.pass(DAY * random.random_range(1..10));
    upkeep::act(&desk.app.app.tickets).await.unwrap();
    let elena = crate::account::store::by_email(&desk.app.app.platform.db, "elena@example.ru").await.unwrap().unwrap();
    let ilya = crate::account::store::by_email(&desk.app.app.platform.db, "ilya@example.ru").await.unwrap().unwrap();
    desk.artem = make::program(&desk.app, &desk.artem_account).await.0;
    desk.elena = make::program(&desk.app, &elena).await.0;
    desk.maria = make::program(&desk.app, &desk.maria_account).await.0;
    desk.ilya = make::program(&desk.app, &ilya).await.0;
    let found = desk.status(id).await;
    let status = *STATUSES.iter().find(|status| **status == found).unwrap();
    // Never straight to closed.
    let allowed = match expected.status {
        "awaiting_reply" => vec!["awaiting_reply", "resolved"],
        "resolved" => vec!["resolved", "closed"],
        other => vec![other],
    };
    assert!(allowed.contains(&status), "time led from {} to {status}", expected.status);
    expected.turn(status, desk.app.app.platform.clock.now().0);
}

/// Makes something of the table happen.
async fn cause(desk: &mut Desk, id: i64, what: &str) -> Answer {
    match what {
        "the customer replies" => respond(&mut desk.artem, id, "Слово").await,
        "the customer says thanks" => desk.artem.post("/api/ticket/resolve", json!({ "ticketId": id })).await,
        "the customer closes" => desk.artem.post("/api/ticket/close", json!({ "ticketId": id })).await,
        "an operator replies" => respond(&mut desk.maria, id, "Слово").await,
        "an operator gives it" => assign(&mut desk.maria, id, Some(desk.ilya_id)).await,
        "an operator takes it away" => assign(&mut desk.maria, id, None).await,
        _ => set(&mut desk.maria, id, what.strip_prefix("an operator sets ").unwrap()).await,
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_holds_from_every_status(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let cells = RULES.iter().flat_map(|(what, _)| STATUSES.map(|status| (*what, status)));
        for ((what, status), assigned) in cells.flat_map(|cell| [(cell, true), (cell, false)]) {
            // Whether somebody has it makes a difference to these alone.
            if !assigned && !what.ends_with("replies") {
                continue;
            }
            let operator = assigned.then_some(desk.maria_id);
            assert_eq!(assign(&mut desk.maria, id, operator).await.status, 200);
            assert_eq!(set(&mut desk.maria, id, status).await.status, 200);
            let now = desk.app.app.platform.clock.now().0;
            let mut expected = Expected { status, operator, closed_at: now };
            expected.operator = match what {
                "an operator replies" => Some(desk.maria_id),
                "an operator gives it" => Some(desk.ilya_id),
                "an operator takes it away" => None,
                _ => operator,
            };
            let wanted = expected.take(now, what);
            let answer = cause(&mut desk, id, what).await;
            let case = format!("{what}, {status}, assigned: {assigned}: {}", answer.text);
            assert_eq!(answer.status.is_success(), wanted == 200, "{case}");
            assert!(wanted == 200 || answer.status == wanted, "{case}");
            let after = desk.get(id).await;
            assert_eq!(after["status"], expected.status, "{case}");
            assert_eq!(after["assignedTo"], json!(expected.operator), "{case}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_a_way_around_the_map(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut random = StdRng::seed_from_u64(20_261_124);
        let mut expected = Expected { status: "open", operator: None, closed_at: 0 };
        for step in 0..STEPS {
            if step % 12 == 11 {
                wait(&mut desk, &mut expected, id, &mut random).await;
                continue;
            }
            let before = desk.get(id).await;
            let (what, given, wanted) = act(&mut desk, &mut expected, id, &mut random).await;
            assert_eq!(given, wanted, "step {step}: {what}");
            let after = desk.get(id).await;
            assert_eq!(after["status"], expected.status, "step {step}: {what}");
            assert_eq!(after["assignedTo"], json!(expected.operator), "step {step}: {what}");
            assert_eq!(after["closedAt"].is_string(), expected.status == "closed", "step {step}: {what}");
            assert!(given == 200 || before == after, "step {step} changed something: {what}");
        }
    })
    .await;
}
