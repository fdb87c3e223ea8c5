//! Random people do random things to a ticket, and time passes: what comes of each is what the map says,
//! and what is refused changes nothing.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    on_both,
    ticket::{
        model::Status,
        upkeep,
        workflow::{By, State, Step, next},
    },
};

const STEPS: usize = 120;
const DAY: Duration = Duration::from_secs(86_400);

/// What the map expects of the ticket.
struct Expected {
    state: State,
    operator: Option<i64>,
}

impl Expected {
    /// The answer's status to somebody's step.
    fn take(&mut self, desk: &Desk, step: Step, by: By) -> u16 {
        let (now, reopen) = (desk.app.app.platform.clock.now(), desk.app.app.tickets.settings.reopen_for());
        match next(self.state, step, by, now, reopen) {
            Err(error) => error.status().as_u16(),
            Ok(status) => {
                if status != self.state.status {
                    self.state.closed_at = (status == Status::Closed).then_some(now);
                }
                self.state.status = status;
                200
            }
        }
    }

    fn give(&mut self, operator: Option<i64>) {
        (self.operator, self.state.assigned) = (operator, operator.is_some());
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
    let status = Status::ALL[random.random_range(0..Status::ALL.len())];
    let operator = [None, Some(desk.maria_id), Some(desk.ilya_id)][random.random_range(0..3)];
    let (path, body) = match what {
        0 => ("respond", json!({ "ticketId": id, "message": "Слово" })),
        1 => ("respond", json!({ "ticketId": id, "message": "Заметка", "isInternal": true })),
        2 => ("status", json!({ "ticketId": id, "status": status })),
        3 => ("assign", json!({ "ticketId": id, "operatorId": operator })),
        4 => ("close", json!({ "ticketId": id })),
        _ => ("resolve", json!({ "ticketId": id })),
    };
    let wanted = match what {
        1..=3 if !staff => 403,
        _ if !staff && !owner => 404,
        0 if staff => {
            let operator = expected.operator.or(Some(if who == 2 { desk.maria_id } else { desk.ilya_id }));
            let status = expected.take(desk, Step::OperatorReplies, By::Staff);
            expected.give(operator);
            status
        }
        0 => expected.take(desk, Step::CustomerReplies, By::Owner),
        1 => 200,
        2 => expected.take(desk, Step::OperatorSets(status), By::Staff),
        3 => {
            expected.give(operator);
            let step = if operator.is_some() { Step::OperatorAssigns } else { Step::OperatorUnassigns };
            expected.take(desk, step, By::Staff)
        }
        4 if staff => expected.take(desk, Step::OperatorSets(Status::Closed), By::Staff),
        4 => expected.take(desk, Step::CustomerCloses, By::Owner),
        _ if staff => expected.take(desk, Step::OperatorSets(Status::Resolved), By::Staff),
        _ => expected.take(desk, Step::CustomerThanks, By::Owner),
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
    let status = Status::parse(&desk.status(id).await).unwrap();
    let allowed = match expected.state.status {
        Status::AwaitingReply => vec![Status::AwaitingReply, Status::Resolved],
        Status::Resolved => vec![Status::Resolved, Status::Closed],
        other => vec![other],
    };
    assert!(allowed.contains(&status), "time led from {:?} to {status:?}", expected.state.status);
    if status != expected.state.status && status == Status::Closed {
        expected.state.closed_at = Some(desk.app.app.platform.clock.now());
    }
    expected.state.status = status;
}

on_both! {
    async fn nobody_finds_a_way_around_the_map(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut random = StdRng::seed_from_u64(20_261_124);
        let state = State { status: Status::Open, assigned: false, closed_at: None };
        let mut expected = Expected { state, operator: None };
        for step in 0..STEPS {
            if step % 12 == 11 {
                wait(&mut desk, &mut expected, id, &mut random).await;
                continue;
            }
            let before = desk.get(id).await;
            let (what, given, wanted) = act(&mut desk, &mut expected, id, &mut random).await;
            assert_eq!(given, wanted, "step {step}: {what}");
            let after = desk.get(id).await;
            assert_eq!(after["status"], json!(expected.state.status), "step {step}: {what}");
            assert_eq!(after["assignedTo"], json!(expected.operator), "step {step}: {what}");
            assert_eq!(after["closedAt"].is_string(), expected.state.status == Status::Closed, "step {step}: {what}");
            assert!(given == 200 || before == after, "step {step} changed something: {what}");
        }
    }
}
