use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    platform::base::clock::Timestamp,
    testing::engines::*,
    ticket::{
        model::Status,
        workflow::{By, ReopenFor, State, Step, can, next},
    },
};

const DAY: i64 = 86_400_000;
const REOPEN: ReopenFor = ReopenFor(14 * DAY);

#[derive(Clone, Copy, Debug)]
struct Model {
    state: State,
    now: i64,
}

fn steps() -> impl Strategy<Value = (Step, By)> {
    use Status::*;
    let step = prop_oneof![
        Just(Step::CustomerReplies),
        Just(Step::CustomerThanks),
        Just(Step::CustomerCloses),
        Just(Step::OperatorReplies),
        Just(Step::OperatorAssigns),
        Just(Step::OperatorUnassigns),
        Just(Step::OperatorLeaves),
        prop::sample::select(vec![Open, InProgress, AwaitingReply, Resolved, Closed]).prop_map(Step::OperatorSets),
        Just(Step::TimeResolves),
        Just(Step::TimeCloses),
    ];
    (step, prop_oneof![Just(By::Owner), Just(By::Staff), Just(By::Clock)])
}

proptest! {
    /// Random steps by random actors: each either keeps every rule of the table or is refused.
    #[test]
    fn there_is_no_way_around_the_map(events in prop::collection::vec((steps(), 0..20 * DAY), 1..40)) {
        let mut model = Model { state: State { status: Status::Open, assigned: false, closed_at: None }, now: 0 };
        for ((step, by), wait) in events {
            model.now += wait;
            let before = model.state;
            let result = next(before, step, by, Timestamp(model.now), REOPEN);
            prop_assert_eq!(result.is_ok(), can(before, step, by, Timestamp(model.now), REOPEN));
            let Ok(after) = result else { continue };
            match step {
                Step::CustomerReplies => {
                    prop_assert_eq!(by, By::Owner);
                    prop_assert_eq!(after, if before.assigned { Status::InProgress } else { Status::Open });
                    if before.status == Status::Closed {
                        prop_assert!(model.now - before.closed_at.unwrap().0 <= 14 * DAY);
                    }
                }
                Step::CustomerThanks => prop_assert!(by == By::Owner && after == Status::Resolved && before.status != Status::Closed),
                Step::CustomerCloses => prop_assert!(by == By::Owner && after == Status::Closed),
                Step::OperatorReplies => prop_assert!(by == By::Staff && after == Status::AwaitingReply),
                Step::OperatorAssigns => {
                    prop_assert_eq!(by, By::Staff);
                    let done = matches!(before.status, Status::Resolved | Status::Closed);
                    prop_assert_eq!(after, if done { before.status } else { Status::InProgress });
                    model.state.assigned = true;
                }
                Step::OperatorUnassigns => {
                    prop_assert_eq!(by, By::Staff);
                    model.state.assigned = false;
                }
                Step::OperatorLeaves => {
                    prop_assert_eq!(by, By::Clock);
                    let idle = before.status == Status::InProgress;
                    prop_assert_eq!(after, if idle { Status::Open } else { before.status });
                    model.state.assigned = false;
                }
                Step::OperatorSets(status) => prop_assert!(by == By::Staff && after == status),
                // Never straight to closed.
                Step::TimeResolves => prop_assert!(by == By::Clock && before.status == Status::AwaitingReply && after == Status::Resolved),
                Step::TimeCloses => prop_assert!(by == By::Clock && before.status == Status::Resolved && after == Status::Closed),
            }
            if after != before.status {
                model.state.closed_at = (after == Status::Closed).then_some(Timestamp(model.now));
            }
            model.state.status = after;
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_26_the_mail_of_an_assignment_quotes_the_customer_as_the_customer(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let ilya = desk.ilya_id;
        assert_eq!(assign(&mut desk.maria, id, Some(ilya)).await.status, 200);
        desk.app.pass(std::time::Duration::from_secs(60));
        let mails = desk.app.mails_to("ilya@").await;
        let mail = mails.last().unwrap();
        assert!(mail.text.contains("Имя artem: После обновления ядра"), "{}", mail.text);
        assert!(!mail.text.contains("Имя maria: ") && !mail.html.contains("Имя maria: "), "{}", mail.text);
        let told = desk.ilya.get("/api/notifications").await.text;
        assert!(told.contains("Имя artem: После") && !told.contains("Имя maria: После"), "{told}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_goes_the_way_of_the_table(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        assert_eq!(desk.status(id).await, "open");
        let answered = respond(&mut desk.maria, id, "Смотрим").await.value();
        assert_eq!(
            (&answered["ticketStatus"], &answered["assignedTo"]),
            (&json!("awaiting_reply"), &json!(desk.maria_id))
        );
        assert_eq!(
            respond(&mut desk.ilya, id, "Ещё вопрос").await.value()["assignedTo"],
            desk.maria_id,
            "who has it keeps it"
        );
        assert_eq!(respond(&mut desk.artem, id, "Вот").await.value()["ticketStatus"], "in_progress");
        assert_eq!(set(&mut desk.maria, id, "resolved").await.value()["ticket"]["status"], "resolved");
        assert_eq!(respond(&mut desk.artem, id, "Снова сломалось").await.value()["ticketStatus"], "in_progress");
        let nobody = assign(&mut desk.ilya, id, None).await.value()["ticket"].clone();
        assert_eq!((&nobody["status"], &nobody["assignedTo"]), (&json!("open"), &Value::Null));
        assert_eq!(respond(&mut desk.artem, id, "Ау").await.value()["ticketStatus"], "open");
        let taken = assign(&mut desk.maria, id, Some(desk.ilya_id)).await.value()["ticket"].clone();
        assert_eq!((&taken["status"], &taken["assignedOperator"]["id"]), (&json!("in_progress"), &json!(desk.ilya_id)));
        let closed = set(&mut desk.maria, id, "closed").await.value()["ticket"].clone();
        assert!(closed["closedAt"].is_string());
        assert_eq!(assign(&mut desk.maria, id, Some(desk.maria_id)).await.value()["ticket"]["status"], "closed");
        let open = set(&mut desk.maria, id, "open").await.value()["ticket"].clone();
        assert!(open["closedAt"].is_null());
        let history = desk.artem.get(&format!("/api/ticket/{id}/history")).await.value()["history"].clone();
        let fields: Vec<_> = history.as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
        assert_eq!(fields.iter().filter(|field| **field == "status").count(), 8, "{history}");
        assert_eq!(fields[0], "created");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_ticket_reopens_for_two_weeks_and_then_says_why_not(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let closed = desk.artem.post("/api/ticket/close", json!({ "ticketId": id })).await;
        assert_eq!((closed.status.as_u16(), &closed.value()["success"]), (200, &json!(true)));
        let again = desk.artem.post("/api/ticket/close", json!({ "ticketId": id })).await;
        assert_eq!(code(&again), (409, "ticket_is_closed".into()));
        let thanks = desk.artem.post("/api/ticket/resolve", json!({ "ticketId": id })).await;
        assert_eq!(code(&thanks), (409, "ticket_is_closed".into()));
        desk.app.pass(Duration::from_secs(14 * 86_400));
        let (mut artem, _) = make::program(&desk.app, &desk.artem_account).await;
        assert_eq!(respond(&mut artem, id, "Опять").await.value()["ticketStatus"], "open");
        artem.post("/api/ticket/close", json!({ "ticketId": id })).await;
        desk.app.pass(Duration::from_secs(14 * 86_400 + 1));
        let (mut artem, _) = make::program(&desk.app, &desk.artem_account).await;
        assert_eq!(code(&respond(&mut artem, id, "Опять").await), (409, "ticket_closed".into()));
        let (mut maria, _) = make::program(&desk.app, &desk.maria_account).await;
        assert_eq!(
            respond(&mut maria, id, "Отвечу").await.value()["ticketStatus"],
            "awaiting_reply",
            "an operator always can"
        );
        let next = json!({ "title": "Опять то же", "message": "Продолжение старого", "previousId": id });
        let next = artem.post("/api/ticket/create", next).await.value()["ticket"].clone();
        assert_eq!(next["previousId"], id);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thanks_resolve_and_do_not_reopen(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Готово").await;
        let thanks = desk.artem.post("/api/ticket/resolve", json!({ "ticketId": id })).await.value();
        assert_eq!(thanks["ticket"]["status"], "resolved");
        let updated = thanks["ticket"]["updatedAt"].clone();
        desk.app.pass(Duration::from_secs(60));
        let again = desk.artem.post("/api/ticket/resolve", json!({ "ticketId": id })).await.value();
        assert_eq!((&again["ticket"]["status"], &again["ticket"]["updatedAt"]), (&json!("resolved"), &updated));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giving_it_to_whoever_has_it_takes_it_up(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        assign(&mut desk.maria, id, Some(desk.ilya_id)).await;
        set(&mut desk.maria, id, "open").await;
        assert_eq!(assign(&mut desk.maria, id, Some(desk.ilya_id)).await.value()["ticket"]["status"], "in_progress");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_operator_can_be_assigned(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        for wrong in [desk.artem_account.id, 999_999] {
            let answer = assign(&mut desk.maria, id, Some(wrong)).await;
            assert_eq!(answer.status, 422);
            assert!(answer.value()["fields"]["operatorId"].is_string());
        }
        assert_eq!(set(&mut desk.maria, id, "nonsense").await.status, 422);
    })
    .await;
}
