use super::*;
use crate::{session::admin, testing::engines::*, ticket::leaving};

/// What somebody was told of tickets that were left.
async fn told(by: &mut Client) -> Vec<Value> {
    let all = by.get("/api/notifications?limit=100").await.value()["data"].as_array().unwrap().clone();
    all.into_iter().filter(|notice| notice["type"] == "ticket_left").collect()
}

async fn history(by: &mut Client, id: i64) -> Vec<Value> {
    by.get(&format!("/api/ticket/{id}/history")).await.value()["history"].as_array().unwrap().clone()
}

/// Maria has three tickets, and loses the right to answer this way.
async fn left(database: Database, way: &str) {
    let mut desk = Desk::new(database).await;
    let root = make::account(&desk.app, "root", Role::Admin).await;
    let mut root = make::program(&desk.app, &root).await.0;
    let (working, waiting, over) = (desk.ticket().await, desk.ticket().await, desk.ticket().await);
    let of_ilya = desk.ticket().await;
    for id in [working, waiting, over] {
        assign(&mut desk.maria, id, Some(desk.maria_id)).await;
    }
    assign(&mut desk.maria, of_ilya, Some(desk.ilya_id)).await;
    respond(&mut desk.maria, waiting, "Проверьте, пожалуйста").await;
    set(&mut desk.maria, over, "closed").await;

    let user = format!("/api/admin/users/{}", desk.maria_id);
    match way {
        "blocked" => drop(root.json(Method::PATCH, &user, json!({ "blocked": true })).await),
        "demoted" => drop(root.json(Method::PATCH, &user, json!({ "role": "customer" })).await),
        _ => admin::erase(&desk.app.app.sessions, admin::Authority::Machine, desk.maria_id).await.unwrap(),
    }
    // Even before that is taken up the words of a customer reach somebody.
    assert_eq!(respond(&mut desk.artem, working, "Есть кто живой?").await.status, 201);
    let replies = desk.ilya.get("/api/notifications?limit=100").await.text;
    assert!(replies.contains("Есть кто живой?"), "{way}: {replies}");

    assert_eq!(leaving::act(&desk.app.app.tickets).await.unwrap(), 3, "{way}");
    assert_eq!(leaving::act(&desk.app.app.tickets).await.unwrap(), 0, "{way}: once");
    for (id, status) in [(working, "open"), (waiting, "awaiting_reply"), (over, "closed")] {
        let ticket = desk.ilya.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone();
        assert_eq!((&ticket["assignedTo"], &ticket["status"]), (&Value::Null, &json!(status)), "{way}");
        let lines = history(&mut desk.ilya, id).await;
        let why: Vec<_> = lines.iter().filter(|line| line["reason"] == way).collect();
        assert!(why.len() == 1 && why[0]["field"] == "assigned" && why[0]["author"].is_null(), "{way}: {lines:?}");
        let theirs = desk.artem.get(&format!("/api/ticket/{id}/history")).await.text;
        assert!(!theirs.contains("reason") && !theirs.contains(way), "no customer's matter: {theirs}");
    }
    let still = desk.ilya.get(&format!("/api/ticket/{of_ilya}")).await.value();
    assert_eq!(still["ticket"]["assignedTo"], desk.ilya_id);
    let unassigned = desk.ilya.get("/api/ticket?assigned=unassigned").await.value();
    assert_eq!(unassigned["stats"]["unassigned"], 2, "those that are not over");
    for by in [&mut desk.ilya, &mut root] {
        let told = told(by).await;
        assert_eq!(told.len(), 1, "{way}: {told:?}");
        assert_eq!(told[0]["title"], "Без оператора осталось 2 тикета");
        assert_eq!(told[0]["actionUrl"], "/dashboard/tickets-new?assigned=unassigned");
    }
    assert!(told(&mut desk.artem).await.is_empty());
    let page =
        make::browser(&desk.app, &desk.artem_account).await.get(&format!("/dashboard/tickets-new/{working}")).await;
    assert!(page.texts("#thread .event").iter().any(|line| line.starts_with("Оператор больше не ведёт этот тикет")));
    // The next to answer has it, as any ticket that nobody has.
    assert_eq!(respond(&mut desk.ilya, working, "Теперь я").await.value()["assignedTo"], desk.ilya_id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_15_tickets_of_who_was_blocked_are_free_and_everybody_hears_it_once(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        left(database, "blocked").await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_15_tickets_of_who_is_no_operator_any_more_are_free(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        left(database, "demoted").await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_15_tickets_of_who_was_erased_are_free(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        left(database, "erased").await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_back_before_it_is_taken_up_keeps_their_tickets(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let root = make::account(&desk.app, "root", Role::Admin).await;
        let mut root = make::program(&desk.app, &root).await.0;
        let id = desk.ticket().await;
        assign(&mut desk.maria, id, Some(desk.maria_id)).await;
        let user = format!("/api/admin/users/{}", desk.maria_id);
        for blocked in [true, false] {
            root.json(Method::PATCH, &user, json!({ "blocked": blocked })).await;
        }
        assert_eq!(leaving::act(&desk.app.app.tickets).await.unwrap(), 0);
        root.json(Method::PATCH, &user, json!({ "blocked": true })).await;
        // One ticket is named, and led to.
        leaving::act(&desk.app.app.tickets).await.unwrap();
        let told = told(&mut desk.ilya).await;
        assert_eq!((&told[0]["title"], &told[0]["ticketId"]), (&json!("Без оператора остался 1 тикет"), &json!(id)));
        assert_eq!(told[0]["message"], "Имя maria: VPS не отвечает");
    })
    .await;
}
