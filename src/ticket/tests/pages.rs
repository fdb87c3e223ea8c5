use super::*;
use crate::testing::engines::*;

const LIST: &str = "/dashboard/tickets-new";

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_writes_and_an_operator_answers_by_forms_alone(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        let typed = [
            ("title", "VPS не отвечает"),
            ("category", "technical"),
            ("priority", "high"),
            ("message", "После **обновления** ядра"),
        ];
        let made = artem.fill("/dashboard/tickets/new", "/dashboard/tickets/new", &typed).await;
        assert_eq!(made.status, 303, "{}", made.text);
        let place = made.header("location").split('?').next().unwrap().to_owned();
        let page = artem.get(&place).await;
        assert!(page.text.contains("<strong>обновления</strong>"));
        assert_eq!(maria.get(LIST).await.count(".ticket"), 1);
        let id: i64 = place.rsplit('/').next().unwrap().parse().unwrap();
        let form = |what: &str| format!("{place}/{what}");
        assert_eq!(maria.form(&form("take"), &[]).await.status, 303);
        assert_eq!(desk.status(id).await, "in_progress");
        let noted = maria.fill(&place, &form("reply"), &[("message", "нужна проверка"), ("kind", "note")]).await;
        assert_eq!(noted.status, 303, "{}", noted.text);
        let answered =
            maria.fill(&place, &form("reply"), &[("message", "Загрузили прежнее ядро"), ("kind", "reply")]).await;
        assert!(answered.header("location").contains("#response-"));
        let page = artem.get(&place).await;
        assert!(page.text.contains("Загрузили прежнее ядро") && !page.text.contains("нужна проверка"));
        let replied = artem.fill(&place, &form("reply"), &[("message", "Спасибо!")]).await;
        assert_eq!(replied.status, 303);
        assert_eq!(artem.form(&form("thanks"), &[]).await.status, 303);
        assert_eq!(desk.status(id).await, "resolved");
        assert_eq!(artem.form(&form("close"), &[]).await.status, 303);
        assert_eq!(desk.status(id).await, "closed");
        assert!(maria.get(&place).await.text.contains("нужна проверка"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_typed_is_lost(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let typed = [
            ("title", "ab"),
            ("category", "billing"),
            ("priority", "high"),
            ("message", "<b>мой текст</b> & «кавычки»"),
        ];
        let again = artem.fill("/dashboard/tickets/new", "/dashboard/tickets/new", &typed).await;
        assert_eq!(again.status, 422);
        assert_eq!(again.field("title"), "ab");
        assert_eq!(again.texts("textarea[name=message]"), ["<b>мой текст</b> & «кавычки»"]);
        assert!(again.count("#title-error, .error") >= 1, "{}", again.text);
        let id = desk.ticket().await;
        let place = format!("{LIST}/{id}");
        respond(&mut desk.maria, id, "Опередила").await;
        let mut stale = artem.clone();
        let late = stale.form(&format!("{place}/reply"), &[("message", "Мой ответ"), ("lastSeen", "0")]).await;
        // 0 is what a page without answers says: a newer one is there.
        assert_eq!(late.status, 409, "{}", late.text);
        assert_eq!(late.texts("textarea[name=message]"), ["Мой ответ"]);
        assert!(late.text.contains("Опередила"));
        let long = "ы".repeat(10_001);
        let refused = artem.form(&format!("{place}/reply"), &[("message", &long), ("lastSeen", "999999")]).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.texts("textarea[name=message]"), [long]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_are_made_from_the_map(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let place = format!("{LIST}/{id}");
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        let has = |answer: &Answer, what: &str| answer.count(&format!("form[action^=\"{place}/{what}\"]")) > 0;
        let page = artem.get(&place).await;
        assert!(has(&page, "reply") && has(&page, "close") && !has(&page, "thanks"), "nothing to thank for yet");
        assert!(!has(&page, "status") && !has(&page, "assign") && !has(&page, "take") && !has(&page, "properties"));
        let page = maria.get(&place).await;
        assert!(has(&page, "reply") && has(&page, "take") && has(&page, "status") && has(&page, "properties"));
        respond(&mut desk.maria, id, "Готово").await;
        assert!(has(&artem.get(&place).await, "thanks"));
        artem.form(&format!("{place}/close"), &[]).await;
        assert!(!has(&artem.get(&place).await, "close"));
        desk.app.pass(std::time::Duration::from_secs(15 * 86_400));
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let page = artem.get(&place).await;
        assert!(!has(&page, "reply"));
        assert_eq!(page.count(&format!("a[href=\"/dashboard/tickets/new?previous={id}\"]")), 1);
        let next = artem.get(&format!("/dashboard/tickets/new?previous={id}")).await;
        assert_eq!((next.field("previous"), next.field("title")), (id.to_string(), "VPS не отвечает".into()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_page_offers_is_done(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        for status in ["open", "in_progress", "awaiting_reply", "resolved", "closed"] {
            for of_staff in [false, true] {
                let mut done = Vec::new();
                loop {
                    let id = desk.ticket().await;
                    respond(&mut desk.ilya, id, "Смотрим").await;
                    set(&mut desk.ilya, id, status).await;
                    let (client, place) = (if of_staff { &mut maria } else { &mut artem }, format!("{LIST}/{id}"));
                    let page = client.get(&place).await;
                    let offered = page.attributes("form[method=post]", "action");
                    let ours = offered.iter().filter_map(|action| action.strip_prefix(&format!("{place}/")));
                    let Some(next) =
                        ours.map(str::to_owned).find(|action| !done.contains(action) && !action.starts_with("reply"))
                    else {
                        break;
                    };
                    let answer = client.fill(&place, &format!("{place}/{next}"), &[]).await;
                    assert_eq!(answer.status, 303, "{next} of a ticket that is {status}, staff: {of_staff}");
                    done.push(next);
                }
                assert!(!of_staff || done.len() >= 4, "{done:?}");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_for_a_ticket_closed_meanwhile_goes_into_a_new_one(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let place = format!("{LIST}/{id}");
        desk.artem.post("/api/ticket/close", json!({ "ticketId": id })).await;
        desk.app.pass(std::time::Duration::from_secs(15 * 86_400));
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let late = artem.form(&format!("{place}/reply"), &[("message", "Опять <сломалось> то же")]).await;
        assert_eq!(late.status, 409);
        assert_eq!(late.texts("#compose textarea"), ["Опять <сломалось> то же"]);
        assert_eq!(late.count("#compose .banner.bad"), 1, "with the reason");
        let fields = [
            ("previous", late.field("previous")),
            ("title", late.field("title")),
            ("category", late.field("category")),
            ("priority", late.field("priority")),
            ("message", "Опять <сломалось> то же".into()),
        ];
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let made = artem.form("/dashboard/tickets/new", &pairs).await;
        assert_eq!(made.status, 303, "{}", made.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_signed_out_gets_the_words_back(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let (reply, new) = (format!("{LIST}/{id}/reply"), "/dashboard/tickets/new".to_owned());
        let browser = desk
            .app
            .client()
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html");
        for action in [&reply, &new] {
            let fields = [("idempotencyKey", "k-1"), ("title", "За<головок"), ("message", "Длинный </textarea> ответ")];
            let answer = browser.clone().upload(action, &fields, &[("a.txt", b"x".as_slice())]).await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.texts("textarea"), ["Длинный </textarea> ответ"]);
            assert_eq!((answer.field("title"), answer.field("idempotencyKey")), ("За<головок".into(), "k-1".into()));
            assert_eq!(answer.count(&format!("form[action=\"{action}\"]")), 1);
            let plain = browser.clone().form(action, &fields[1..]).await;
            assert_eq!(
                (plain.status.as_u16(), plain.texts("textarea")),
                (401, vec!["Длинный </textarea> ответ".to_owned()])
            );
        }
        let script = desk.app.client().header("sec-fetch-site", "same-origin").form(&reply, &[("message", "x")]).await;
        assert_eq!(
            (script.status.as_u16(), script.header("location")),
            (303, "/login"),
            "scripts keep the words themselves"
        );
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        assert_eq!(
            artem.form(&reply, &[("message", "Длинный ответ")]).await.status,
            303,
            "sent again after signing in"
        );
        assert!(desk.get(id).await.to_string().contains("Длинный ответ"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_never_goes_out_by_accident(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let mut maria = make::browser(&desk.app, &desk.maria_account).await;
        for kind in [&[("message", "для своих")][..], &[("message", "для своих"), ("kind", "nonsense")]]
        {
            let answer = maria.form(&format!("{LIST}/{id}/reply"), kind).await;
            assert_eq!((answer.status.as_u16(), answer.texts("textarea#message")), (422, vec!["для своих".to_owned()]));
        }
        assert_eq!(desk.get(id).await["responses"], json!([]));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_is_text(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let attack = "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) \u{202e}gpj";
        let id = create(&mut desk.artem, "<script>alert(0)</script>", attack).await;
        respond(&mut desk.artem, id, attack).await;
        for path in [
            LIST.to_owned(),
            format!("{LIST}/{id}"),
            format!("{LIST}?search=%3Cscript%3E"),
            format!("{LIST}?search=alert"),
        ] {
            let page = desk.maria.clone().header("accept", "text/html").get(&path).await;
            assert_eq!(page.status, 200);
            for bad in ["<script>alert", "<img src=x", "href=\"javascript"] {
                assert!(!page.text.contains(bad), "{path} has {bad}");
            }
        }
    })
    .await;
}
