use super::*;
use crate::testing::engines::*;

/// Each call with the answer for: nobody, its owner, another customer, an operator, an administrator.
/// `{id}` is the owner's ticket; a 422 or 409 means: allowed, but the request says nothing.
const TABLE: [(&str, &str, &str, [u16; 5]); 23] = [
    ("GET", "/api/ticket", "", [401, 200, 200, 200, 200]),
    ("GET", "/api/ticket/{id}", "", [401, 200, 404, 200, 200]),
    ("GET", "/api/ticket/{id}/responses", "", [401, 200, 404, 200, 200]),
    ("GET", "/api/ticket/{id}/history", "", [401, 200, 404, 200, 200]),
    ("GET", "/api/ticket/999999", "", [401, 404, 404, 404, 404]),
    ("POST", "/api/ticket/create", "{}", [401, 422, 422, 422, 422]),
    ("POST", "/api/ticket/respond", r#"{"ticketId":{id},"message":"да"}"#, [401, 201, 404, 201, 201]),
    ("POST", "/api/ticket/respond", r#"{"ticketId":{id},"message":"да","isInternal":true}"#, [401, 403, 403, 201, 201]),
    ("POST", "/api/ticket/preview", r#"{"message":"да"}"#, [401, 200, 200, 200, 200]),
    ("POST", "/api/ticket/status", r#"{"ticketId":{id},"status":"open"}"#, [401, 403, 403, 200, 200]),
    ("POST", "/api/ticket/assign", r#"{"ticketId":{id},"operatorId":null}"#, [401, 403, 403, 200, 200]),
    ("PATCH", "/api/ticket/{id}", r#"{"priority":"high"}"#, [401, 403, 403, 200, 200]),
    ("POST", "/api/ticket/resolve", r#"{"ticketId":{id}}"#, [401, 200, 404, 200, 200]),
    ("POST", "/api/ticket/close", r#"{"ticketId":{id}}"#, [401, 200, 404, 200, 200]),
    ("GET", "/dashboard/tickets-new", "", [303, 200, 200, 200, 200]),
    ("GET", "/dashboard/tickets", "", [308, 308, 308, 308, 308]),
    ("GET", "/dashboard/tickets/{id}", "", [308, 308, 308, 308, 308]),
    ("GET", "/dashboard/tickets-new/{id}", "", [303, 200, 404, 200, 200]),
    ("GET", "/dashboard/tickets/new", "", [303, 200, 200, 200, 200]),
    ("GET", "/api/attachments/ticket/{file}/a.txt", "", [401, 200, 404, 200, 200]),
    ("GET", "/api/attachments/response/{note}/a.txt", "", [401, 404, 404, 200, 200]),
    ("GET", "/api/attachments/ticket/999999/a.txt", "", [401, 404, 404, 404, 404]),
    ("GET", "/api/attachments/nonsense/{file}/a.txt", "", [401, 404, 404, 404, 404]),
];

/// Forms: urlencoded, with the answer for the same five.
const FORMS: [(&str, &str, [u16; 5]); 9] = [
    ("/dashboard/tickets-new/{id}/reply", "message=да&kind=reply", [303, 303, 404, 303, 303]),
    ("/dashboard/tickets-new/{id}/preview", "message=да&kind=reply", [303, 200, 404, 200, 200]),
    ("/dashboard/tickets/new/preview", "message=да", [303, 200, 200, 200, 200]),
    ("/dashboard/tickets-new/{id}/status", "status=open", [303, 403, 403, 303, 303]),
    ("/dashboard/tickets-new/{id}/assign", "operatorId=", [303, 403, 403, 303, 303]),
    ("/dashboard/tickets-new/{id}/take", "", [303, 403, 403, 303, 303]),
    ("/dashboard/tickets-new/{id}/properties", "priority=high", [303, 403, 403, 303, 303]),
    ("/dashboard/tickets-new/{id}/thanks", "", [303, 303, 404, 303, 303]),
    ("/dashboard/tickets-new/{id}/close", "", [303, 303, 404, 303, 303]),
];

/// Whether a described call stands in the table.
pub fn has(method: &str, path: &str) -> bool {
    let shape = |path: &str| {
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
    };
    let same = |known: &str| {
        shape(known) == shape(path) || known.starts_with("/api/attachments/") && path.starts_with("/api/attachments/")
    };
    TABLE.iter().any(|(known, place, ..)| known.eq_ignore_ascii_case(method) && same(place))
}

async fn five(desk: &Desk) -> Vec<Client> {
    let admin = make::account(&desk.app, "admin", Role::Admin).await;
    let admin = make::program(&desk.app, &admin).await.0;
    vec![desk.app.client(), desk.artem.clone(), desk.elena.clone(), desk.maria.clone(), admin]
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_8_2_2_every_call_for_every_role(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut people = five(&desk).await;
        for (method, path, body, expected) in TABLE {
            for (who, expected) in people.iter_mut().zip(expected) {
                let id = self::files::ticket_with_file(&mut desk.artem).await;
                let note = self::files::note_with_file(&mut desk.maria, id.0).await;
                let put = |text: &str| {
                    text.replace("{id}", &id.0.to_string())
                        .replace("{file}", &id.1.to_string())
                        .replace("{note}", &note.to_string())
                };
                let (path, body) = (put(path), put(body));
                let answer = match body.as_str() {
                    "" => who.get(&path).await,
                    body => who.json(method.parse().unwrap(), &path, serde_json::from_str(body).unwrap()).await,
                };
                assert_eq!(answer.status, expected, "{method} {path} {body}: {}", answer.text);
            }
        }
        for (path, body, expected) in FORMS {
            for (n, (who, expected)) in people.iter_mut().zip(expected).enumerate() {
                let id = desk.ticket().await;
                let fields: Vec<(&str, &str)> = body.split('&').filter_map(|pair| pair.split_once('=')).collect();
                let answer = who.form(&path.replace("{id}", &id.to_string()), &fields).await;
                assert_eq!(answer.status, expected, "POST {path} as {n}: {}", answer.text);
                assert!(n > 0 || answer.header("location") == "/login", "nobody is sent to sign in");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_sees_only_their_own(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let own = create(&mut desk.elena, "Счёт за октябрь", "Пришлите акт, пожалуйста").await;
        let list = desk.elena.get("/api/ticket").await.value();
        let ids: Vec<_> = list["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, [own]);
        assert_eq!((&list["meta"]["total"], &list["stats"]["open"]), (&json!(1), &json!(1)));
        assert!(list["stats"].get("unassigned").is_none());
        let found = desk.elena.get("/api/ticket?search=VPS").await.value();
        assert_eq!(found["meta"]["total"], 0);
        assert_eq!(
            desk.elena.get(&format!("/api/ticket?search={id}")).await.value()["meta"]["total"],
            0,
            "nor by number"
        );
        assert_eq!(desk.maria.get("/api/ticket").await.value()["meta"]["total"], 2);
        // Another's ticket as the previous one is as if it were not there.
        let next = json!({ "title": "Продолжение", "message": "Хочу подсмотреть", "previousId": id });
        assert!(desk.elena.post("/api/ticket/create", next).await.value()["ticket"]["previousId"].is_null());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_8_3_2_a_demoted_operator_is_a_customer_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        assert_eq!(desk.maria.get(&format!("/api/ticket/{id}")).await.status, 200);
        make::account(&desk.app, "admin", Role::Admin).await;
        let change = crate::session::managing::UserChange { role: Some(Role::Customer), ..Default::default() };
        crate::session::managing::change(
            &desk.app.app.sessions,
            crate::session::admin::Authority::Machine,
            desk.maria_id,
            &change,
        )
        .await
        .unwrap();
        assert_ne!(desk.maria.get(&format!("/api/ticket/{id}")).await.status, 200);
    })
    .await;
}
