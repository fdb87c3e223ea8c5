//! An ospabhost in which people have lived: every sort of row, with everything that texts can hold.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    account::model::Account,
    platform::base::actor::Role,
    testing::{Client, TestApp, dump::execute, make},
};

pub const LONGEST: &str = "Ёмкость 🚀 \u{1F468}\u{200D}\u{1F4BB} <b>&amp;\\u0000 \"кавычки\" — ";

pub struct House {
    pub app: TestApp,
    pub artem: Account,
    pub maria: Account,
    /// A ticket with files, answers and a note.
    pub ticket: i64,
}

pub async fn ok(by: &mut Client, path: &str, body: Value) -> Value {
    let answer = by.post(path, body).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
    answer.value()
}

pub fn longest() -> String {
    LONGEST.chars().cycle().take(10_000).collect::<String>().trim().to_owned()
}

fn picture() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 30).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

impl House {
    pub async fn on(database: crate::testing::Database) -> Self {
        Self::of(TestApp::new(database).await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let mut client = make::program(&app, &artem).await.0;
        let mut operator = make::program(&app, &maria).await.0;
        make::browser(&app, &elena).await;
        let profile = json!({ "username": "Артём 🐈 O'Соколов \\ \"Ё\"", "language": "en", "timezone": "Asia/Omsk" });
        assert_eq!(client.json(Method::PUT, "/api/user/profile", profile).await.status, 200);
        let chosen = json!({ "kinds": { "ticket_reply": { "mail": false, "push": false }, "sign_in": { "inApp": false } }, "quietHours": { "from": "22:00", "to": "07:30" } });
        assert_eq!(client.json(Method::PUT, "/api/notifications/settings", chosen).await.status, 200);

        let fields = [
            ("title", "Сервер «Кварк» не отвечает 🔥"),
            ("message", "С утра\nне открывается\n\n```\nping 185.12.33.4\n```"),
        ];
        let files: [(&str, &[u8]); 2] = [("экран №1.png", &picture()), ("лог.txt", "строка\nещё строка".as_bytes())];
        let made = client.upload("/api/ticket/create", &fields, &files).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let ticket = made.value()["ticket"]["id"].as_i64().unwrap();
        app.pass(Duration::from_secs(60));
        let note = [
            ("ticketId", ticket.to_string()),
            ("message", "Заметка: клиент из Усть-Кулома".into()),
            ("isInternal", "true".into()),
        ];
        let note: Vec<_> = note.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let noted = operator.upload("/api/ticket/respond", &note, &[("заметка.txt", b"secret")]).await;
        assert_eq!(noted.status, 201, "{}", noted.text);
        ok(&mut operator, "/api/ticket/respond", json!({ "ticketId": ticket, "message": longest() })).await;
        app.pass(Duration::from_millis(1234));
        ok(&mut client, "/api/ticket/respond", json!({ "ticketId": ticket, "message": "Спасибо, перезагрузили" }))
            .await;
        client.get(&format!("/api/ticket/{ticket}")).await;
        ok(&mut operator, "/api/ticket/assign", json!({ "ticketId": ticket, "operatorId": admin.id })).await;
        assert_eq!(
            operator
                .json(Method::PATCH, &format!("/api/ticket/{ticket}"), json!({ "priority": "urgent" }))
                .await
                .status,
            200
        );

        let first = ok(
            &mut client,
            "/api/ticket/create",
            json!({ "title": "Вопрос по счёту", "message": "Когда придёт счёт?", "category": "billing" }),
        )
        .await;
        let first = first["ticket"]["id"].clone();
        ok(&mut operator, "/api/ticket/status", json!({ "ticketId": first, "status": "closed" })).await;
        app.pass(Duration::from_secs(86_400 * 30));
        let body = json!({ "title": "И снова счёт", "message": "Всё ещё жду счёта", "previousId": first });
        let (mut client, _) = make::program(&app, &artem).await;
        ok(&mut client, "/api/ticket/create", body).await;
        client.get("/dashboard/tickets-new").await;

        app.client()
            .from([203, 0, 113, 9])
            .post("/api/auth/login", json!({ "email": artem.email, "password": "не тот" }))
            .await;
        app.client().post("/api/auth/login", json!({ "email": "nobody@example.ru", "password": "не тот" })).await;
        let (mut by, _) = make::program(&app, &admin).await;
        let path = format!("/api/admin/users/{}", elena.id);
        assert_eq!(
            by.json(Method::PATCH, &path, json!({ "email": "елена@пример.рф", "blocked": true })).await.status,
            200
        );
        // Whoever came last has left again: nobody may ever get this number.
        let gone = make::account(&app, "gone", Role::Customer).await;
        crate::commands::erase::erase(&app.app, gone.id).await.unwrap();
        app.mails_to("nobody").await;
        let origins = format!(
            "INSERT INTO import_map (source, kind, source_id, target_id, state) VALUES
             ('портал', 'user', 2, {}, NULL), ('портал', 'ticket', 3, {ticket}, 'open normal other 0 0'),
             ('портал', 'ticket', 5, 99, 'closed normal other 0 7')",
            artem.id
        );
        execute(&app.app.platform.db, &origins).await;
        Self { app, artem, maria, ticket }
    }
}
