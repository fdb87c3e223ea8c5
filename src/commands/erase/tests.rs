use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::{
    account::model::Account,
    platform::{base::actor::Role, data::pools::Pools},
    testing::{Client, TestApp, engines::*, make},
};

const FILE: &str = "пароль от панели лежит под ковриком номер шесть";

/// Somebody whose name and words stand nowhere by chance.
async fn rare(app: &TestApp, name: &str, role: Role) -> (Account, Client) {
    let account = make::account(app, name, role).await;
    let (client, _) = make::program(app, &account).await;
    (account, client)
}

async fn ok(by: &mut Client, path: &str, body: Value) -> Value {
    let answer = by.post(path, body).await;
    assert!([200, 201].contains(&answer.status.as_u16()), "{path}: {}", answer.text);
    answer.value()
}

/// Every file of the data folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push((path.display().to_string(), std::fs::read(&path).unwrap())),
        }
    }
    all
}

/// Where these bytes stand: in a file, or on PostgreSQL in any column of any table, as text or as bytes.
async fn places(app: &TestApp, text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let holds = |(_, content): &(String, Vec<u8>)| content.windows(bytes.len()).any(|window| window == bytes);
    let mut found: Vec<String> = files(app.folder()).into_iter().filter(holds).map(|(name, _)| name).collect();
    if let Pools::Postgres(pool) = app.app.platform.db.pools() {
        // The statistics hold samples of what stands in columns.
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = 'public' OR (table_schema, table_name) IN (('pg_catalog', 'pg_stats'))",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        assert!(tables.len() > 15, "{tables:?}");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for table in tables {
            let sql = format!(
                "SELECT COUNT(*) FROM \"{table}\" t WHERE position($1 IN t::text) > 0 OR position($2 IN t::text) > 0"
            );
            let count: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(text).bind(&hex).fetch_one(pool).await.unwrap();
            if count > 0 {
                found.push(table);
            }
        }
    }
    found
}

async fn assert_gone(app: &TestApp, words: &[&str]) {
    for word in words {
        assert_eq!(places(app, word).await, Vec::<String>::new(), "{word} is still there");
    }
}

async fn erase_whole(app: &TestApp, user: i64) {
    erase(&app.app, user).await.unwrap();
    assert_eq!(leave_no_trace(&app.app).await.unwrap(), Vec::<String>::new());
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_22_nothing_of_an_erased_customer_is_found_anywhere(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let (victim, mut client) = rare(&app, "zhozefina-7319", Role::Customer).await;
        let (_, mut other) = rare(&app, "sosed-2", Role::Customer).await;
        let (maria, mut operator) = rare(&app, "maria-1", Role::Operator).await;
        let title = "Сервер кваркс не отвечает";
        let sentences = [
            title,
            "Моё кодовое слово бегемотография, запишите",
            "Ещё одно предложение про фиолетовый роутер",
            "Отвечаю вам из Усть-Кулома, улица Придуманная",
            FILE,
            "телефон Жозефины",
            "лог-жозефины.txt",
        ];
        let fields = [("title", sentences[0]), ("message", sentences[1])];
        let answer = client.upload("/api/ticket/create", &fields, &[(sentences[6], FILE.as_bytes())]).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let ticket = answer.value()["ticket"]["id"].as_i64().unwrap();
        // Long texts take pages of their own, and many of them move others about.
        let long = format!("{}. {}", sentences[2], "Длинный рассказ о роутере. ".repeat(300));
        for _ in 0..20 {
            ok(&mut client, "/api/ticket/respond", json!({ "ticketId": ticket, "message": long })).await;
            ok(&mut operator, "/api/ticket/respond", json!({ "ticketId": ticket, "message": "Смотрим" })).await;
        }
        ok(&mut client, "/api/ticket/respond", json!({ "ticketId": ticket, "message": sentences[3] })).await;
        ok(&mut operator, "/api/ticket/assign", json!({ "ticketId": ticket, "operatorId": maria.id })).await;
        let theirs = ok(
            &mut other,
            "/api/ticket/create",
            json!({ "title": "Вопрос соседа", "message": "Это остаётся на месте" }),
        )
        .await;
        let session = client.get("/api/sessions").await.value()[0]["id"].clone();
        let renamed = client
            .json(axum::http::Method::PATCH, &format!("/api/sessions/{session}"), json!({ "name": sentences[5] }))
            .await;
        assert_eq!(renamed.status, 200, "{}", renamed.text);
        // Sign-ins, right and wrong, a code taken up by the phone, mails on their way.
        let mut stranger = app.client().from([203, 0, 113, 9]);
        for password in ["не тот пароль вовсе", make::PASSWORD] {
            stranger.post("/api/auth/login", json!({ "email": victim.email, "password": password })).await;
        }
        let code = ok(&mut app.client(), "/api/qr-auth/generate", json!({})).await;
        ok(&mut client, "/api/qr-auth/scanning", json!({ "code": code["code"] })).await;
        stranger.post("/api/auth/password/forgot", json!({ "email": victim.email })).await;

        let mut words = vec![victim.email.as_str(), victim.username.as_str()];
        words.extend(sentences);
        // The index of words holds each alone, without what it has in common with the one before.
        words.extend(["гемотограф", "варкс"]);
        for word in &words {
            assert!(!places(&app, word).await.is_empty(), "{word} is nowhere: the test looks in the wrong place");
        }
        let heard = operator.get("/api/notifications").await.text;
        assert!(heard.contains(&victim.username), "others were told: {heard}");
        erase_whole(&app, victim.id).await;
        assert_gone(&app, &words).await;

        // The others have what is theirs, and the index of words still finds it.
        let heard = operator.get("/api/notifications").await.text;
        assert!(heard.contains("Вопрос соседа") && !heard.contains("кваркс"), "{heard}");
        assert_eq!(other.get(&format!("/api/ticket/{}", theirs["ticket"]["id"])).await.status, 200);
        let found = operator.get("/api/ticket?search=%D0%BE%D1%81%D1%82%D0%B0%D1%91%D1%82%D1%81%D1%8F").await.value();
        assert_eq!(found["tickets"].as_array().map(Vec::len), Some(1), "{found}");
        assert_eq!(client.get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_22_the_name_of_an_erased_operator_stands_in_nothing_of_others(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let (operator, mut by) = rare(&app, "operator-8842", Role::Operator).await;
        let (_, mut colleague) = rare(&app, "kollega-3", Role::Operator).await;
        let (customer, mut client) = rare(&app, "klient-4", Role::Customer).await;
        let made = ok(
            &mut client,
            "/api/ticket/create",
            json!({ "title": "Не открывается сайт", "message": "Пишет ошибку 502" }),
        )
        .await;
        let ticket = made["ticket"]["id"].as_i64().unwrap();
        ok(&mut colleague, "/api/ticket/assign", json!({ "ticketId": ticket, "operatorId": operator.id })).await;
        ok(&mut by, "/api/ticket/respond", json!({ "ticketId": ticket, "message": "Перезапустили nginx" })).await;
        assert!(client.get("/api/notifications").await.text.contains("8842"));
        assert!(client.get(&format!("/api/ticket/{ticket}/history")).await.text.contains("8842"));
        let words = [operator.email.as_str(), operator.username.as_str()];
        for word in words {
            assert!(!places(&app, word).await.is_empty(), "{word}");
        }
        erase_whole(&app, operator.id).await;
        assert_gone(&app, &words).await;
        // The customer keeps the answer, and that there was one.
        let client = &mut make::program(&app, &customer).await.0;
        let shown = client.get(&format!("/api/ticket/{ticket}")).await.text;
        assert!(shown.contains("Перезапустили nginx"), "{shown}");
        let told = client.get("/api/notifications").await.value();
        assert_eq!(
            told["data"].as_array().unwrap().iter().filter(|notice| notice["type"] == "ticket_reply").count(),
            1,
            "{told}"
        );
        assert_eq!(client.get(&format!("/dashboard/tickets-new/{ticket}")).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_22_what_earlier_versions_wrote_is_found_by_the_name(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let (operator, mut by) = rare(&app, "stary_op1", Role::Operator).await;
        let (_, mut colleague) = rare(&app, "staryxop1", Role::Operator).await;
        let (_, mut client) = rare(&app, "klient-5", Role::Customer).await;
        let made = ok(
            &mut client,
            "/api/ticket/create",
            json!({ "title": "Не открывается сайт", "message": "Пишет ошибку 502" }),
        )
        .await;
        let ticket = made["ticket"]["id"].as_i64().unwrap();
        ok(&mut colleague, "/api/ticket/assign", json!({ "ticketId": ticket, "operatorId": operator.id })).await;
        ok(&mut by, "/api/ticket/respond", json!({ "ticketId": ticket, "message": "Перезапустили nginx" })).await;
        ok(&mut colleague, "/api/ticket/respond", json!({ "ticketId": ticket, "message": "И базу тоже" })).await;
        crate::ticket::store_erasing::any_as_before_for_test(&app.app.platform.db).await;
        erase_whole(&app, operator.id).await;
        assert_gone(&app, &[operator.email.as_str(), operator.username.as_str()]).await;
        let told = client.get("/api/notifications").await.text;
        assert!(told.contains("staryxop1"), "a similar name is another's: {told}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_22_the_last_administrator_stays_whole(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let (root, mut client) = rare(&app, "root-1", Role::Admin).await;
        assert!(erase(&app.app, root.id).await.is_err());
        assert_eq!(client.get("/api/auth/me").await.status, 200);
        assert!(erase(&app.app, 4711).await.is_err(), "nobody has this id");
    })
    .await;
}
