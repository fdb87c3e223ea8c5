//! The overview, for each role, empty and full, in both languages, on both databases.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    account::model::Account,
    platform::base::actor::Role,
    testing::{Answer, Client, Database, TestApp, engines::*, make},
};

const HOUR: u64 = 3600;
const CSV: &str = "/dashboard/statistics.csv";
/// What only operators may see on the page.
const FOR_STAFF: [&str; 5] = ["#tile-queue", "#tile-mine", ".pictures", ".by-day", "[href*='statistics.csv']"];

/// Two customers and two operators.
struct Desk {
    app: TestApp,
    artem: Account,
    elena: Account,
    maria: Account,
    artem_api: Client,
    elena_api: Client,
    maria_api: Client,
}

impl Desk {
    async fn new(database: Database) -> Self {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let artem_api = make::program(&app, &artem).await.0;
        let elena_api = make::program(&app, &elena).await.0;
        let maria_api = make::program(&app, &maria).await.0;
        Self { artem_api, elena_api, maria_api, artem, elena, maria, app }
    }

    /// Moves the clock; tokens do not live that long.
    async fn pass(&mut self, seconds: u64) {
        self.app.pass(Duration::from_secs(seconds));
        self.artem_api = make::program(&self.app, &self.artem).await.0;
        self.elena_api = make::program(&self.app, &self.elena).await.0;
        self.maria_api = make::program(&self.app, &self.maria).await.0;
    }

    async fn page(&self, account: &Account, language: &str) -> Answer {
        let mut browser = make::browser(&self.app, account).await;
        browser.form("/preferences", &[("lang", language), ("back", "/dashboard")]).await;
        let page = browser.get("/dashboard").await;
        assert_eq!(page.status, 200, "{}", page.text);
        page
    }

    async fn csv(&self, kind: &str) -> Answer {
        self.maria_api.clone().get(&format!("{CSV}?kind={kind}")).await
    }
}

async fn ask(client: &mut Client, title: &str, priority: &str) -> i64 {
    let body = json!({ "title": title, "message": "Что-то случилось с сервером", "priority": priority });
    let made = client.post("/api/ticket/create", body).await;
    assert!(made.status.is_success(), "{}", made.text);
    made.value()["ticket"]["id"].as_i64().unwrap()
}

async fn answer(client: &mut Client, id: i64, mut body: Value) {
    body["ticketId"] = id.into();
    let done = client.post("/api/ticket/respond", body).await;
    assert!(done.status.is_success(), "{}", done.text);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_overview_says_what_to_do(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let desk = Desk::new(database).await;
        for (before, language) in ["ru", "en"].into_iter().enumerate() {
            let page = desk.page(&desk.artem, language).await;
            assert!(page.count("a.primary[href='/dashboard/tickets/new']") == 1 && page.count(".nothing") == 1);
            assert_eq!((page.count("#tile-sessions"), page.count("#tile-notices")), (1, 1));
            assert_eq!(page.count("section:has(#tile-sessions) li"), 2 + before, "the program and the browsers");
            for part in FOR_STAFF {
                assert_eq!(page.count(part), 0, "{part}");
            }
            let page = desk.page(&desk.maria, language).await;
            for part in FOR_STAFF {
                assert!(page.count(part) > 0, "{part}");
            }
            assert_eq!((page.count(".work li"), page.count(".chart")), (0, 1), "nothing waits, nothing was answered");
            assert!(!page.text.contains("NaN"));
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_sees_first_what_waits_for_them(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let answered = ask(&mut desk.artem_api, "Отвеченный", "normal").await;
        desk.pass(HOUR).await;
        ask(&mut desk.artem_api, "Открытый <b>", "high").await;
        let over = ask(&mut desk.artem_api, "Закрытый", "normal").await;
        desk.artem_api.post("/api/ticket/close", json!({ "ticketId": over })).await;
        ask(&mut desk.elena_api, "Чужой", "urgent").await;
        answer(&mut desk.maria_api, answered, json!({ "message": "Проверьте ещё раз" })).await;
        desk.pass(HOUR).await;
        let page = desk.page(&desk.artem, "ru").await;
        assert_eq!(page.texts(".work .what a"), ["Отвеченный", "Открытый <b>"]);
        assert_eq!(page.texts(".work .badge").len(), 2);
        assert_eq!(page.count(".work li.unread"), 1, "what was answered is new");
        assert!(page.texts(".head p")[0].contains("Вашего ответа ждёт 1 тикет"), "{:?}", page.texts(".head p"));
        let english = desk.page(&desk.artem, "en").await;
        assert!(english.texts(".head p")[0].contains("1 ticket is waiting for your reply"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_internal_note_changes_nothing_for_a_customer(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = ask(&mut desk.artem_api, "Вопрос", "normal").await;
        let before = desk.page(&desk.artem, "ru").await;
        desk.pass(60).await;
        answer(&mut desk.maria_api, id, json!({ "message": "секрет", "isInternal": true })).await;
        let after = desk.page(&desk.artem, "ru").await;
        for part in [".head p", ".work .what a", ".work .badge", ".work li.unread", "#tile-notices"] {
            assert_eq!(before.texts(part), after.texts(part), "{part}");
        }
        assert!(!after.text.contains("секрет"));
        let csv = desk.csv("operators").await;
        assert!(!csv.text.contains(&desk.maria.username), "a note is no answer: {}", csv.text);
        let days = desk.csv("answers").await;
        assert!(days.text.lines().skip(1).all(|line| line.ends_with(";;")), "{}", days.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_by_age_and_priority(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        ask(&mut desk.artem_api, "Неважный", "low").await;
        desk.pass(2 * HOUR).await;
        ask(&mut desk.artem_api, "Обычный", "normal").await;
        desk.pass(HOUR).await;
        ask(&mut desk.elena_api, "Срочный", "urgent").await;
        let answered = ask(&mut desk.elena_api, "Отвеченный", "urgent").await;
        answer(&mut desk.maria_api, answered, json!({ "message": "Готово" })).await;
        desk.pass(HOUR).await;
        let page = desk.page(&desk.maria, "ru").await;
        assert_eq!(page.texts("section:has(#tile-queue) .what a"), ["Срочный", "Обычный", "Неважный"]);
        let waits = page.texts("section:has(#tile-queue) .wait > span:first-child");
        assert!(waits[0].ends_with("1 ч") && waits[1].ends_with("2 ч") && waits[2].ends_with("4 ч"), "{waits:?}");
        assert_eq!(page.count("section:has(#tile-mine) .work li"), 0, "what she has was answered");
        answer(&mut desk.elena_api, answered, json!({ "message": "Снова сломалось" })).await;
        let page = desk.page(&desk.maria, "ru").await;
        assert_eq!(page.texts("section:has(#tile-mine) .what a"), ["Отвеченный"]);
        assert_eq!(page.texts(".stat strong"), ["4", "1", "0", "3"]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_of_thirty_days_are_those_that_happened(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let old = ask(&mut desk.artem_api, "Старый", "normal").await;
        desk.pass(40 * 24 * HOUR).await;
        for minutes in [10, 20, 30] {
            let id = ask(&mut desk.artem_api, "Новый", "normal").await;
            desk.pass(minutes * 60).await;
            answer(&mut desk.maria_api, id, json!({ "message": "Ответ" })).await;
        }
        desk.maria_api.post("/api/ticket/close", json!({ "ticketId": old })).await;
        let page = desk.page(&desk.maria, "ru").await;
        assert_eq!(page.texts(".legend strong"), ["3", "1", "20 мин", "30 мин"]);
        assert_eq!(page.count(".by-day tbody tr"), 30);
        assert_eq!(page.count(".chart svg[role=img] > title"), 2);
        assert_eq!(page.texts(".loads strong"), [desk.maria.username.clone()]);
        assert!(page.texts(".loads .shares.bars")[0].contains("3 ответа"));

        let days = desk.csv("days").await;
        let head = (days.header("content-type"), days.header("content-disposition"));
        assert_eq!(head, ("text/csv; charset=utf-8", "attachment; filename=\"tickets-by-day.csv\""));
        assert!(days.text.starts_with("\u{feff}День;Новые;Закрытые\r\n"), "{}", days.text);
        assert_eq!(days.text.lines().count(), 31);
        let last = days.text.lines().last().unwrap().to_owned();
        assert!(last.starts_with("2026-03-1") && last.ends_with(";3;1"), "{last}");
        let answers = desk.csv("answers").await;
        assert!(answers.text.lines().last().unwrap().ends_with(";1200;1800"), "{}", answers.text);
        assert!(desk.csv("operators").await.text.contains(&format!("{};3;", desk.maria.username)));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_are_a_minute_old_at_most(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        assert!(desk.csv("days").await.text.lines().last().unwrap().ends_with(";0;0"));
        ask(&mut desk.artem_api, "Новый", "normal").await;
        desk.pass(59).await;
        assert!(desk.csv("days").await.text.lines().last().unwrap().ends_with(";0;0"), "remembered");
        desk.pass(1).await;
        assert!(desk.csv("days").await.text.lines().last().unwrap().ends_with(";1;0"), "asked anew");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_are_for_staff(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let desk = Desk::new(database).await;
        for kind in ["days", "answers", "operators"] {
            let path = format!("{CSV}?kind={kind}");
            assert_eq!(desk.app.client().get(&path).await.status, 303);
            assert_eq!(desk.artem_api.clone().get(&path).await.status, 403);
            assert_eq!(desk.csv(kind).await.status, 200);
        }
        assert_eq!(desk.csv("secrets").await.status, 422);
        assert_eq!(desk.maria_api.clone().get(CSV).await.status, 422);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_1_2_10_a_name_is_no_formula(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut browser = make::browser(&desk.app, &desk.maria).await;
        let formula = "=HYPERLINK(\"https://evil.example\")";
        let action = "/dashboard/settings/profile";
        let saved = browser.fill("/dashboard/settings", action, &[("username", formula)]).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        let id = ask(&mut desk.artem_api, "Вопрос", "normal").await;
        answer(&mut desk.maria_api, id, json!({ "message": "Ответ" })).await;
        let csv = desk.csv("operators").await;
        assert!(csv.text.contains("\r\n\"'=HYPERLINK(\"\"https://evil.example\"\")\";1;"), "{}", csv.text);
    })
    .await;
}
