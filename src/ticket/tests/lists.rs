use super::*;
use crate::{platform::base::i18n::Lang, testing::engines::*};

#[test]
fn input_17_yesterday_is_the_day_before_this_one_in_the_readers_zone() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let said = |then: &str, now: &str, zone: &str| Lang::Ru.ago(at(then), zone, at(now));
    let moscow = "Europe/Moscow";
    // Thirty hours with two midnights between them are not yesterday.
    assert_eq!(said("2026-01-29T17:00:00Z", "2026-01-31T00:00:00Z", moscow), "позавчера");
    assert_eq!(said("2026-01-29T17:00:00Z", "2026-01-31T00:00:00Z", "America/New_York"), "вчера");
    // Forty-seven hours with one may be.
    assert_eq!(said("2026-01-29T21:30:00Z", "2026-01-31T20:30:00Z", moscow), "вчера");
    assert_eq!(said("2026-01-30T05:00:00Z", "2026-01-31T04:00:00Z", moscow), "вчера");
    // Without a midnight between, and lately, hours say more.
    assert_eq!(said("2026-01-30T21:30:00Z", "2026-01-31T20:00:00Z", moscow), "22 часа назад");
    assert_eq!(said("2026-01-30T20:00:00Z", "2026-01-30T22:00:00Z", moscow), "2 часа назад");
    assert_eq!(said("2026-01-31T00:00:00Z", "2026-01-31T00:00:30Z", moscow), "сейчас");
    assert_eq!(said("2026-01-01T12:00:00Z", "2026-02-10T12:00:00Z", moscow), "1 месяц назад");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_17_a_page_behind_the_last_leads_back(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        for _ in 0..12 {
            desk.ticket().await;
        }
        let root = make::account(&desk.app, "root", Role::Admin).await;
        let mut browser = make::browser(&desk.app, &root).await;
        for (asked, led) in [
            ("/dashboard/tickets-new?page=98", "/dashboard/tickets-new?page=2"),
            ("/dashboard/tickets-new?page=98&status=open", "/dashboard/tickets-new?status=open&page=2"),
            ("/dashboard/tickets-new?search=пингуется&page=9", "/dashboard/tickets-new?search=пингуется&page=2"),
            ("/dashboard/tickets-new?status=closed&page=7", "/dashboard/tickets-new?status=closed"),
            ("/dashboard/notifications?page=5", "/dashboard/notifications"),
            ("/dashboard/notifications?filter=unread&page=5", "/dashboard/notifications?filter=unread"),
            ("/dashboard/admin/users?page=50&search=maria", "/dashboard/admin/users?search=maria"),
            ("/dashboard/admin/deliveries?page=3", "/dashboard/admin/deliveries"),
        ] {
            let answer = browser
                .get(&asked.replace("пингуется", "%D0%BF%D0%B8%D0%BD%D0%B3%D1%83%D0%B5%D1%82%D1%81%D1%8F"))
                .await;
            let to =
                percent_encoding::percent_decode_str(answer.header("location")).decode_utf8().unwrap().into_owned();
            assert_eq!((answer.status.as_u16(), to.as_str()), (303, led), "{asked}");
            let answer = browser.get(answer.header("location")).await;
            assert_eq!(answer.status, 200, "and that is a page");
        }
        let last = browser.get("/dashboard/tickets-new?page=2").await;
        assert_eq!((last.count("#tickets .ticket"), last.texts(".pages span").join("")), (2, "11–12 из 12".to_owned()));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_17_what_waits_for_us_is_one_number(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(desk.ticket().await);
        }
        create(&mut desk.elena, "Другой человек", "Тоже ждёт ответа").await;
        assign(&mut desk.maria, ids[0], Some(desk.maria_id)).await;
        respond(&mut desk.maria, ids[1], "Ваша очередь").await;
        set(&mut desk.maria, ids[2], "resolved").await;
        let mut browser = make::browser(&desk.app, &desk.maria_account).await;
        let overview = browser.get("/dashboard").await;
        assert_eq!(overview.texts(".head p"), ["Ответа ждут 4 тикета."]);
        let tile = "a.stat[href='/dashboard/tickets-new?status=waiting'] strong";
        let list = browser.get("/dashboard/tickets-new?status=waiting").await;
        let all = browser.get("/dashboard/tickets-new").await;
        for page in [&overview, &all] {
            assert_eq!(page.texts(tile), ["4"]);
        }
        for page in [&overview, &list, &all] {
            assert_eq!(page.texts("[data-count='/dashboard/tickets-new']")[0], "4", "the badge");
        }
        assert_eq!(list.count("#tickets .ticket"), 4);
        assert_eq!(list.count("select[name=status] option[value=waiting][selected]"), 1);
        let called = desk.maria.get("/api/ticket?status=waiting").await.value();
        assert_eq!(called["meta"]["total"], 4);
        let stats = &called["stats"];
        assert_eq!(stats["open"].as_i64().unwrap() + stats["inProgress"].as_i64().unwrap(), 4);
        // A search within it counts the same way.
        assert_eq!(desk.maria.get("/api/ticket?status=waiting&search=VPS").await.value()["meta"]["total"], 3);
    })
    .await;
}
