use super::*;
use crate::testing::engines::*;

async fn at_once(clients: Vec<(Client, &'static str, Value)>) -> Vec<Answer> {
    let running: Vec<_> = clients
        .into_iter()
        .map(|(mut client, path, body)| tokio::spawn(async move { client.post(path, body).await }))
        .collect();
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_never_answer_over_each_other(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let body = |text: &str| json!({ "ticketId": id, "message": text, "lastSeenResponseId": 0 });
        let both = vec![
            (desk.maria.clone(), "/api/ticket/respond", body("Мой ответ")),
            (desk.ilya.clone(), "/api/ticket/respond", body("Нет, мой")),
        ];
        let mut answers = at_once(both).await;
        answers.sort_by_key(|answer| answer.status);
        assert_eq!(answers[0].status, 201);
        let (won, lost) = (answers[0].value(), answers[1].value());
        assert_eq!(code(&answers[1]), (409, "ticket_stale".into()));
        assert_eq!(lost["response"]["id"], won["response"]["id"], "the other gets to read what came first");
        assert_eq!(lost["response"]["message"], won["response"]["message"]);
        assert_eq!(desk.get(id).await["responseCount"], 1, "nothing of the other was written");
        let all_the_same = json!({ "ticketId": id, "message": "И всё же", "lastSeenResponseId": 0, "force": true });
        assert_eq!(desk.ilya.post("/api/ticket/respond", all_the_same).await.status, 201);
        // One's own from another window counts too: whoever writes has not seen it here.
        let again = json!({ "ticketId": id, "message": "Ещё раз", "lastSeenResponseId": won["response"]["id"] });
        assert_eq!(desk.ilya.post("/api/ticket/respond", again).await.status, 409);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_equal_creates_make_one_ticket(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let body = json!({ "title": "Не проходит оплата", "message": "Банк пишет: операция отклонена" });
        let client = desk.artem.clone().header("idempotency-key", "");
        assert_eq!(client.clone().post("/api/ticket/create", body.clone()).await.status, 422, "an empty key is none");
        let client = desk.artem.clone().header("idempotency-key", "f3b0c442-98fc");
        for _ in 0..10 {
            let hundred = (0..100).map(|_| (client.clone(), "/api/ticket/create", body.clone())).collect();
            let answers = at_once(hundred).await;
            let ids: std::collections::BTreeSet<_> = answers
                .iter()
                .map(|answer| {
                    assert_eq!(answer.status, 201, "{}", answer.text);
                    answer.value()["ticket"]["id"].as_i64().unwrap()
                })
                .collect();
            assert_eq!(ids.len(), 1);
        }
        assert_eq!(desk.artem.get("/api/ticket").await.value()["meta"]["total"], 1);
        let other = json!({ "title": "Совсем другое", "message": "С тем же ключом повтора" });
        assert_eq!(client.clone().post("/api/ticket/create", other).await.status, 422);
        let elena = desk.elena.clone().header("idempotency-key", "f3b0c442-98fc");
        assert_eq!(elena.clone().post("/api/ticket/create", body).await.status, 201, "keys are each customer's own");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_06_a_crowd_of_follow_ups_waits_for_no_second_connection(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let body = json!({ "title": "Опять то же", "message": "Продолжение старого", "previousId": id });
        let crowd = (0..48).map(|_| (desk.artem.clone(), "/api/ticket/create", body.clone())).collect();
        for answer in at_once(crowd).await {
            assert_eq!(
                (answer.status.as_u16(), &answer.value()["ticket"]["previousId"]),
                (201, &json!(id)),
                "{}",
                answer.text
            );
        }
        assert_eq!(desk.app.client().get("/readyz").await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_sent_twice_is_one_answer(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let client = desk.artem.clone().header("idempotency-key", "reply-1");
        let body = json!({ "ticketId": id, "message": "Дополняю" });
        let answers = at_once((0..20).map(|_| (client.clone(), "/api/ticket/respond", body.clone())).collect()).await;
        let first = answers[0].value()["response"].clone();
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.value()["response"] == first));
        assert_eq!(desk.get(id).await["responseCount"], 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_agree_with_the_rows_after_a_crowd(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut ids = Vec::new();
        for _ in 0..12 {
            ids.push(desk.ticket().await);
        }
        let mut crowd = Vec::new();
        for (n, id) in ids.iter().enumerate() {
            let by = if n % 2 == 0 { desk.maria.clone() } else { desk.ilya.clone() };
            crowd.push((by.clone(), "/api/ticket/respond", json!({ "ticketId": id, "message": "Ответ" })));
            crowd.push((desk.artem.clone(), "/api/ticket/respond", json!({ "ticketId": id, "message": "Вопрос" })));
            crowd.push((by.clone(), "/api/ticket/status", json!({ "ticketId": id, "status": "resolved" })));
            crowd.push((by, "/api/ticket/assign", json!({ "ticketId": id, "operatorId": desk.ilya_id })));
        }
        for answer in at_once(crowd).await {
            assert!(answer.status.is_success(), "{}", answer.text);
        }
        let list = desk.maria.get("/api/ticket?pageSize=50").await.value();
        for (status, key) in [
            ("open", "open"),
            ("in_progress", "inProgress"),
            ("awaiting_reply", "awaitingReply"),
            ("resolved", "resolved"),
            ("closed", "closed"),
        ] {
            let rows = list["tickets"].as_array().unwrap().iter().filter(|one| one["status"] == status).count();
            assert_eq!(list["stats"][key], rows, "{status}: {list}");
        }
        for one in list["tickets"].as_array().unwrap() {
            let ticket = desk.get(one["id"].as_i64().unwrap()).await;
            assert_eq!(ticket["responseCount"], ticket["responses"].as_array().unwrap().len());
        }
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_takes_nothing_of_a_limit() {
    let limits = |config: &mut crate::config::Config| {
        config.platform.rate_limits = crate::platform::settings::Switch::On;
        config.ticket.tickets_per_hour = 2;
        config.ticket.replies_per_hour = 2;
    };
    let mut desk = Desk::of(TestApp::with(Database::sqlite(), limits).await).await;
    let create = json!({ "title": "Не проходит оплата", "message": "Банк пишет: операция отклонена" });
    let mut phone = desk.artem.clone().header("idempotency-key", "create-1");
    let first = phone.post("/api/ticket/create", create.clone()).await;
    let id = first.value()["ticket"]["id"].clone();
    for _ in 0..5 {
        let again = phone.post("/api/ticket/create", create.clone()).await;
        assert_eq!((again.status.as_u16(), &again.value()["ticket"]["id"]), (201, &id));
    }
    let mut phone = desk.artem.clone().header("idempotency-key", "reply-1");
    for _ in 0..5 {
        assert_eq!(phone.post("/api/ticket/respond", json!({ "ticketId": id, "message": "Ау" })).await.status, 201);
    }
    assert_eq!(desk.artem.post("/api/ticket/create", create.clone()).await.status, 201);
    assert_eq!(desk.artem.post("/api/ticket/create", create).await.status, 429, "new ones are counted");
}
