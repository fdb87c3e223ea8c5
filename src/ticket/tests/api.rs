use super::*;
use crate::testing::engines::*;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_has_the_names_that_clients_know(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let body = json!({ "title": " VPS не отвечает ", "message": "После обновления ядра", "category": "technical", "priority": "urgent", "unknown": 1 });
        let answer = desk.artem.post("/api/ticket/create", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let ticket = answer.value()["ticket"].clone();
        let mut names: Vec<_> = ticket.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["assignedOperator", "assignedTo", "attachments", "category", "closedAt", "createdAt", "earlierResponses", "id",
            "lastResponseAt", "message", "previousId", "priority", "responseCount", "responses", "status", "title", "updatedAt", "user"]);
        assert_eq!(ticket["title"], "VPS не отвечает");
        assert_eq!(ticket["user"], json!({ "id": desk.artem_account.id, "username": "Имя artem", "operator": false, "email": "artem@example.ru" }));
        assert_eq!(ticket["createdAt"], "2026-01-31T09:00:00.000Z");
        let id = ticket["id"].as_i64().unwrap();
        let answer = respond(&mut desk.maria, id, "Смотрим").await.value();
        assert_eq!(answer["response"]["author"]["operator"], true);
        let read = desk.artem.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone();
        let response = &read["responses"][0];
        let mut names: Vec<_> = response.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["attachments", "author", "createdAt", "id", "isInternal", "message"]);
        assert_eq!((&read["responseCount"], &read["assignedTo"]), (&json!(1), &json!(desk.maria_id)));
        let list = desk.artem.get("/api/ticket").await.value();
        assert!(list["tickets"][0].get("responses").is_none());
        assert_eq!(list["meta"], json!({ "page": 1, "pageSize": 10, "total": 1, "totalPages": 1, "hasMore": false }));
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_narrowed_counted_and_cut_into_pages(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut ids = Vec::new();
        for n in 0..13 {
            desk.app.pass(std::time::Duration::from_secs(1));
            ids.push(create(&mut desk.artem, &format!("Тикет {n}"), "Подробности тикета").await);
        }
        desk.app.pass(std::time::Duration::from_secs(1));
        assign(&mut desk.maria, ids[0], Some(desk.maria_id)).await;
        assign(&mut desk.maria, ids[1], Some(desk.ilya_id)).await;
        patch(&mut desk.maria, ids[2], json!({ "priority": "urgent", "category": "billing" })).await;
        let list = desk.maria.get("/api/ticket?page=2").await.value();
        assert_eq!(list["meta"], json!({ "page": 2, "pageSize": 10, "total": 13, "totalPages": 2, "hasMore": false }));
        assert_eq!(list["tickets"].as_array().unwrap().len(), 3);
        assert_eq!(list["stats"], json!({ "open": 11, "inProgress": 2, "awaitingReply": 0, "resolved": 0, "closed": 0, "assignedToMe": 1, "unassigned": 11 }));
        let ilya = desk.ilya_id;
        for (query, expected) in [
            ("assigned=me".to_owned(), 1),
            ("assigned=unassigned".to_owned(), 11),
            ("assigned=others".to_owned(), 1),
            (format!("assigned={ilya}"), 1),
            ("status=in_progress".to_owned(), 2),
            ("status=all&category=all&priority=all&assigned=all".to_owned(), 13),
            ("priority=urgent&category=billing".to_owned(), 1),
            ("status=closed".to_owned(), 0),
            ("page=99".to_owned(), 13),
        ] {
            let list = desk.maria.get(&format!("/api/ticket?{query}")).await.value();
            assert_eq!(list["meta"]["total"], expected, "{query}");
        }
        // The newest change comes first, each ticket once over all pages.
        let mut seen = Vec::new();
        for page in 1..=5 {
            let list = desk.maria.get(&format!("/api/ticket?pageSize=3&page={page}")).await.value();
            seen.extend(list["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
        }
        ids[3..].reverse();
        let newest: Vec<i64> = [ids[2], ids[1], ids[0]].into_iter().chain(ids[3..].iter().copied()).collect();
        assert_eq!(seen, newest);
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_does_not_exist_is_said(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        for bad in ["status=nonsense", "category=x", "priority=x", "assigned=x", "page=0", "pageSize=51", "pageSize=x"]
        {
            assert_eq!(desk.maria.get(&format!("/api/ticket?{bad}")).await.status, 422, "{bad}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_stands_beside_its_field(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let answer = desk
            .artem
            .post("/api/ticket/create", json!({ "title": "a", "message": "", "category": "x", "priority": "y" }))
            .await;
        assert_eq!(answer.status, 422);
        let fields = answer.value()["fields"].clone();
        let names: Vec<_> = fields.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["category", "message", "priority", "title"]);
        let id = desk.ticket().await;
        assert!(respond(&mut desk.artem, id, " ").await.value()["fields"]["message"].is_string());
        assert_eq!(respond(&mut desk.artem, id, &"ы".repeat(10_001)).await.status, 422);
        assert_eq!(patch(&mut desk.maria, id, json!({ "title": "a" })).await.status, 422);
        for field in ["priority", "category"] {
            let wrong = patch(&mut desk.maria, id, json!({ field: "nonsense" })).await;
            assert_eq!((wrong.status.as_u16(), wrong.value()["fields"][field].is_string()), (422, true), "{field}");
        }
        let unsaid = desk.maria.post("/api/ticket/assign", json!({ "ticketId": id })).await;
        assert!(unsaid.value()["fields"]["operatorId"].is_string(), "null is nobody, nothing is a mistake");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_can_have_all_their_tickets(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        create(&mut desk.elena, "Чужой тикет", "Не для Артёма").await;
        respond(&mut desk.maria, id, "Смотрим").await;
        note(&mut desk.maria, id, "только нам").await;
        let all = crate::ticket::export::of(&desk.app.app.tickets, desk.artem_account.id).await.unwrap();
        let text = serde_json::to_string(&all).unwrap();
        assert!(all.len() == 1 && text.contains("Смотрим"), "{text}");
        assert!(!text.contains("только нам") && !text.contains("maria@"), "{text}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_is_what_came_since_the_last_look(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let unread = "article.unread, li.unread, .ticket.unread";
        assert_eq!(artem.get("/dashboard/tickets-new").await.count(unread), 0, "one's own is known");
        desk.app.pass(std::time::Duration::from_secs(1));
        respond(&mut desk.maria, id, "Смотрим").await;
        assert_eq!(artem.get("/dashboard/tickets-new").await.count(unread), 1);
        artem.get(&format!("/dashboard/tickets-new/{id}")).await;
        assert_eq!(artem.get("/dashboard/tickets-new").await.count(unread), 0);
        note(&mut desk.maria, id, "заметка").await;
        assert_eq!(artem.get("/dashboard/tickets-new").await.count(unread), 0, "a note is nothing new");
    })
    .await;
}
