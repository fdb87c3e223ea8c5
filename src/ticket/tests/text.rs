//! What people write arrives as it is, wherever it is shown.

use axum::body::Body;

use super::*;
use crate::{
    on_write,
    platform::{base::text::prose, settings::Switch},
    testing::engines::*,
};

const CONFIG: &str = "server {\n    listen 80;\n    # <комментарий> & **звёзды**\n\tserver_name _;\n}";

/// The text of the newest message on a ticket's page, as a browser has it.
fn last_message(page: &Answer) -> String {
    let page = scraper::Html::parse_document(&page.text);
    let found = page.select(&scraper::Selector::parse("#thread .text").unwrap()).next_back().unwrap();
    found.text().collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_01_a_pasted_configuration_is_shown_as_it_was_written(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let place = format!("/dashboard/tickets-new/{id}");
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        for text in [
            CONFIG,
            "[1]: https://example.org/x",
            "# systemctl restart nginx",
            "* * * * * php cron.php",
            "1) раз\n7. семь",
            "  server {\n    listen 80;\n  }",
        ] {
            artem.fill(&place, &format!("{place}/reply"), &[("message", &text.replace('\n', "\r\n"))]).await;
            let kept = desk.get(id).await["responses"].as_array().unwrap().last().unwrap()["message"].clone();
            assert_eq!(kept, text);
            for reader in [&mut artem, &mut maria] {
                assert_eq!(last_message(&reader.get(&place).await), text);
            }
        }
        assert_eq!(maria.get(&place).await.count("#thread pre"), 4);
        // A note and an operator's answer are shown by the same rule.
        note(&mut desk.ilya, id, CONFIG).await;
        assert_eq!(last_message(&maria.get(&place).await), CONFIG);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_01_a_preview_is_the_message_and_nothing_is_kept(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let place = format!("/dashboard/tickets-new/{id}");
        let said = desk.artem.post("/api/ticket/preview", json!({ "message": format!("вот:\r\n{CONFIG}") })).await;
        assert_eq!(said.status, 200, "{}", said.text);
        let html = said.value()["html"].as_str().unwrap().to_owned();
        assert!(html.contains("<pre ") && !html.contains("style="), "as on a page, not as in a mail: {html}");
        assert_eq!(
            scraper::Html::parse_fragment(&html).root_element().text().collect::<String>(),
            format!("вот:\n{CONFIG}")
        );
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        let shown = maria.form(&format!("{place}/preview"), &[("message", CONFIG), ("kind", "note")]).await;
        assert_eq!((shown.status.as_u16(), shown.count("#preview:not([hidden]) pre")), (200, 1), "{}", shown.text);
        assert!(shown.text.contains("value=\"note\" checked"), "what was chosen stays");
        assert_eq!(shown.count("button[formaction]"), 1);
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let typed = [("title", "ab"), ("message", "**да**"), ("category", "billing"), ("priority", "high")];
        let shown = artem.form("/dashboard/tickets/new/preview", &typed).await;
        assert_eq!((shown.texts("#preview strong"), shown.field("title")), (vec!["да".to_owned()], "ab".into()));
        assert_eq!(desk.get(id).await["responseCount"], 0);
        assert!(!maria.get(&place).await.text.contains("listen"));
        for bad in ["", "\u{200b}", &"ы".repeat(10_001)] {
            assert_eq!(desk.artem.post("/api/ticket/preview", json!({ "message": bad })).await.status, 422);
            assert_eq!(maria.form(&format!("{place}/preview"), &[("message", bad)]).await.status, 422);
        }
        assert_eq!(desk.app.client().post("/api/ticket/preview", json!({ "message": "x" })).await.status, 401);
        // Another's ticket is not there.
        let mut elena = make::browser(&desk.app, &make::account(&desk.app, "lena", Role::Customer).await).await;
        assert_eq!(elena.form(&format!("{place}/preview"), &[("message", "x")]).await.status, 404);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_08_pages_and_previews_have_a_budget_per_person(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            config.platform.rate_limits = Switch::On;
            config.platform.requests_per_minute = 40;
            config.ticket.previews_per_minute = 2;
        });
        let mut desk = Desk::of(app.await).await;
        let preview = json!({ "message": ">".repeat(9_990) });
        for _ in 0..2 {
            assert_eq!(desk.artem.post("/api/ticket/preview", preview.clone()).await.status, 200);
        }
        assert_eq!(desk.artem.post("/api/ticket/preview", preview).await.status, 429);
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut seen = Vec::new();
        for _ in 0..45 {
            seen.push(artem.get("/dashboard/tickets-new").await);
        }
        let refused = seen.iter().find(|page| page.status == 429).expect("pages have a bound");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert_eq!(
            seen.iter().filter(|page| page.status == 200).count()
                + seen.iter().filter(|page| page.status == 429).count(),
            45
        );
        // It is one person's budget: programs share it, others have their own.
        assert_eq!(desk.artem.get("/api/ticket").await.status, 429);
        assert_eq!(desk.elena.get("/api/ticket").await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_08_text_is_cleaned_by_one_rule(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = create(
            &mut desk.artem,
            " VPS\u{202e}\u{200b} не\r\nотвечает\0 ",
            "Первая\r\nвторая\u{0}\u{202e} строка\r\n",
        )
        .await;
        let ticket = desk.get(id).await;
        assert_eq!(
            (&ticket["title"], &ticket["message"]),
            (&json!("VPS не отвечает"), &json!("Первая\nвторая строка"))
        );
        for empty in
            ["\u{200b}", "\u{3164}\u{3164}\u{3164}", "\u{2800}\u{2800}\u{2800}", "\u{ad}\u{feff}\u{2060}\u{200d}"]
        {
            let answer =
                desk.artem.post("/api/ticket/create", json!({ "title": empty, "message": empty.repeat(10) })).await;
            assert_eq!(answer.status, 422);
            assert!(answer.value()["fields"]["title"].is_string() && answer.value()["fields"]["message"].is_string());
            assert_eq!(respond(&mut desk.artem, id, empty).await.status, 422);
            let profile = json!({ "username": empty, "language": "ru", "timezone": "UTC" });
            assert_eq!(desk.artem.json(Method::PUT, "/api/user/profile", profile).await.status, 422, "{empty:?}");
        }
        let profile = json!({ "username": " Иван\u{202e}\u{200b} Петров ", "language": "ru", "timezone": "UTC" });
        assert_eq!(desk.artem.json(Method::PUT, "/api/user/profile", profile).await.status, 200);
        assert_eq!(desk.artem.get("/api/auth/me").await.value()["user"]["username"], "Иван Петров");
        let session = desk.artem.get("/api/sessions").await.value()[0]["id"].clone();
        let named = desk
            .artem
            .json(
                Method::PATCH,
                &format!("/api/sessions/{session}"),
                json!({ "name": "\u{202e}Мой\u{200b}\n ноутбук" }),
            )
            .await;
        assert_eq!(named.status, 200, "{}", named.text);
        assert!(desk.artem.get("/api/sessions").await.text.contains("Мой  ноутбук"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_08_what_older_versions_left_is_right(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.artem, id, "x").await;
        let db = &desk.app.app.platform.db;
        for (sql, text) in [
            ("UPDATE ticket SET message = $1", "раз\r\nдва\rтри"),
            ("UPDATE response SET message = $1", "раз\r\nдва"),
            ("UPDATE ticket SET title = $1", "VPS\u{202e} не\u{200b} отвечает"),
            ("UPDATE account SET username = $1", "\u{2066}Иван\u{feff}"),
            ("UPDATE session SET name = $1", "Мой\u{202a} ноутбук"),
        ] {
            on_write!(db, c => sqlx::query(sql).bind(text).execute(c).await.map(|_| ())).unwrap();
        }
        let migration = match db.is_postgres() {
            true => include_str!("../../../migrations/postgres/0020_clean_text.sql"),
            false => include_str!("../../../migrations/sqlite/0020_clean_text.sql"),
        };
        on_write!(db, c => sqlx::raw_sql(migration).execute(c).await.map(|_| ())).unwrap();
        let mut maria = make::program(&desk.app, &desk.maria_account).await.0;
        let ticket = maria.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone();
        assert_eq!((&ticket["title"], &ticket["message"]), (&json!("VPS не отвечает"), &json!("раз\nдва\nтри")));
        assert_eq!(ticket["responses"][0]["message"], "раз\nдва");
        assert_eq!(ticket["user"]["username"], "Иван");
        let sessions = desk.artem.get("/api/sessions").await.text;
        assert!(sessions.contains("Мой ноутбук"), "{sessions}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_08_what_fits_the_form_is_taken(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let place = format!("/dashboard/tickets-new/{id}");
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        // Each is 10,000 units of UTF-16 with LF, as browsers count them, and is sent with CRLF.
        for part in ["a", "\n.", "ж", "語", "🙂", "e\u{301}", "\u{1}a"] {
            let mut text: String = part.chars().cycle().take(10_000).collect();
            while text.encode_utf16().count() > 10_000 {
                text.pop();
            }
            let sent = text.replace('\n', "\r\n");
            let answer = artem.fill_with_files(&place, &format!("{place}/reply"), &[("message", &sent)], &[]).await;
            assert_eq!(answer.status, 303, "{part:?}: {}", answer.text);
            let answer = artem.form(&format!("{place}/reply"), &[("message", &sent)]).await;
            assert_eq!(answer.status, 303, "{part:?} as a plain form");
            assert_eq!(respond(&mut desk.artem, id, &sent).await.status, 201, "{part:?} as JSON");
        }
        let escaped = format!("{{\"ticketId\":{id},\"message\":\"{}\"}}", "\\u0436".repeat(10_000));
        let answer =
            desk.artem.send(Method::POST, "/api/ticket/respond", Some("application/json"), Body::from(escaped)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_03_a_mail_holds_the_whole_answer_in_its_lines(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let long = format!("Выполните:\r\n\r\n# apt update\r\n# apt upgrade\r\n# reboot\r\n\r\n{}\r\n**конец** <тег> https://example.org/a_b", "Подробно. ".repeat(60));
        assert_eq!(respond(&mut desk.maria, id, &long).await.status, 201);
        assert_eq!(respond(&mut desk.ilya, id, "И ещё:\n    отступ  и **звёзды**").await.status, 201);
        note(&mut desk.ilya, id, "тайное слово").await;
        desk.app.pass(std::time::Duration::from_secs(3600));
        let mails = desk.app.mails_to(&desk.artem_account.email).await;
        let mail = mails.iter().find(|mail| mail.subject.contains(&format!("[#{id}]"))).unwrap();
        let written = prose(&long);
        assert!(mail.text.contains(&written), "{}", mail.text);
        assert!(mail.text.contains("\nИ ещё:\n    отступ  и **звёзды**\n"), "{}", mail.text);
        assert!(!mail.text.contains("тайное") && !mail.html.contains("тайное"));
        let shown: String = scraper::Html::parse_document(&mail.html.replace("<br>", "\n")).root_element().text().collect();
        for part in ["Выполните:\n", "# apt update\n# apt upgrade\n# reboot", "\nконец <тег> https://example.org/a_b", "    отступ  и **звёзды**"] {
            assert!(shown.contains(part), "{part:?} in {shown}");
        }
        assert!(mail.html.contains("# apt update\n# apt upgrade\n# reboot</code></pre>"), "{}", mail.html);
        // A program that knows no style sheets has the lines too.
        assert!(mail.html.contains("<br>\n<strong>") || mail.html.contains("<br><strong>"), "{}", mail.html);
        assert!(mail.html.contains("<strong>конец</strong>") && mail.html.contains("href=\"https://example.org/a_b\""));
    }).await;
}
