use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use super::{notice, reply, tell};
use crate::{
    notification::{
        digest,
        model::{Facts, Kind, NewNotice},
    },
    platform::{
        base::actor::Role,
        outbox::{jobs_store, mail::Mail},
    },
    session::{
        admin::Authority,
        managing::{self, UserChange},
    },
    testing::{TestApp, engines::*, make},
};

/// Without those that say what was done to the account.
async fn about_tickets(app: &TestApp, email: &str) -> Vec<Mail> {
    app.mails_to(email).await.into_iter().filter(|mail| mail.thread.is_some()).collect()
}

const MINUTE: Duration = Duration::from_secs(60);

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_12_a_digest_holds_what_its_reader_may_read_when_it_is_sent(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let igor = make::account(&app, "igor", Role::Operator).await;
        make::account(&app, "root", Role::Admin).await;
        let secret = |key, ticket| NewNotice { staff_only: true, ..notice(igor.id, Kind::TicketReply, key, ticket) };
        tell(&app, &secret("секретное-7", 7)).await;
        tell(&app, &secret("секретное-8", 8)).await;
        tell(&app, &notice(igor.id, Kind::TicketReply, "открытое", 7)).await;
        // Both mails are on their way when he stops to be an operator.
        for ticket in [7, 8] {
            let task = serde_json::from_value(json!({ "user": igor.id, "ticket": ticket })).unwrap();
            digest::collect(app.app.notifications.clone(), task).await.unwrap();
        }
        let change = UserChange { role: Some(Role::Customer), ..UserChange::default() };
        managing::change(&app.app.sessions, Authority::Machine, igor.id, &change).await.unwrap();
        assert!(about_tickets(&app, &igor.email).await.is_empty(), "it is written anew");
        app.pass(2 * MINUTE);
        let mails = about_tickets(&app, &igor.email).await;
        assert_eq!(mails.len(), 1, "nothing is left of the other");
        assert!(mails[0].text.contains("открытое"), "{}", mails[0].text);
        assert!(!format!("{:?}", mails[0]).contains("секретное"), "{:?}", mails[0]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_on_its_way_follows_its_reader_to_another_address(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        tell(&app, &notice(artem.id, Kind::TicketReply, "письмо-7", 7)).await;
        let task = serde_json::from_value(json!({ "user": artem.id, "ticket": 7 })).unwrap();
        digest::collect(app.app.notifications.clone(), task).await.unwrap();
        let change = UserChange { email: Some("new@example.ru".into()), ..UserChange::default() };
        managing::change(&app.app.sessions, Authority::Machine, artem.id, &change).await.unwrap();
        assert!(about_tickets(&app, "").await.is_empty(), "it is written anew");
        app.pass(2 * MINUTE);
        let mails = about_tickets(&app, "").await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "new@example.ru"));
        let link = mails[0].unsubscribe.clone().unwrap();
        assert!(mails[0].text.contains("письмо-7"), "{}", mails[0].text);
        assert_eq!(app.client().get(link.strip_prefix("https://my.example").unwrap()).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_operators_is_not_counted_for_who_is_none(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let igor = make::account(&app, "igor", Role::Operator).await;
        make::account(&app, "root", Role::Admin).await;
        let secret = NewNotice { staff_only: true, ..notice(igor.id, Kind::TicketReply, "секретное", 7) };
        tell(&app, &secret).await;
        let change = UserChange { role: Some(Role::Customer), ..UserChange::default() };
        managing::change(&app.app.sessions, Authority::Machine, igor.id, &change).await.unwrap();
        let (mut client, _) = make::program(&app, &igor).await;
        assert_eq!(client.post("/api/notifications/read-all", json!({})).await.value()["count"], 0);
        assert_eq!(client.delete("/api/notifications/read/all").await.value()["count"], 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_replies_in_five_minutes_are_one_mail(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        for n in 0..10 {
            assert!(app.mails_to(&artem.email).await.is_empty());
            reply(&app, &artem, &format!("reply-{n}")).await;
            app.pass(MINUTE / 2);
        }
        let mails = app.mails_to(&artem.email).await;
        assert_eq!(mails.len(), 1);
        for n in 0..10 {
            assert!(
                mails[0].text.contains(&format!("reply-{n}\n")) && mails[0].html.contains(&format!("reply-{n}<")),
                "{}",
                mails[0].text
            );
        }
        assert_eq!(mails[0].subject, "Сервер не отвечает [#7]");
        assert!(
            mails[0].text.contains("10 новых сообщений")
                && mails[0].text.contains("https://my.example/dashboard/tickets-new/7")
        );
        app.pass(10 * MINUTE);
        assert_eq!(app.mails_to(&artem.email).await.len(), 1, "nothing is mailed twice");
        reply(&app, &artem, "reply-10").await;
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() == 2 && !mails[1].text.contains("reply-9"));
        assert_ne!(mails[0].message_id, mails[1].message_id);
        assert_eq!((mails[0].thread.as_deref(), &mails[0].thread), (Some("ticket-7"), &mails[1].thread));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_26_one_click_ends_mails_from_wherever_it_is_made(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut client = make::program(&app, &artem).await.0;
        let is_on = async |client: &mut crate::testing::Client| {
            client.get("/api/notifications/settings").await.value()["data"]["kinds"]["ticket_reply"]["mail"] == true
        };
        let cross_site = [("origin", "null"), ("origin", "https://mail.example"), ("sec-fetch-site", "cross-site")];
        for (n, (name, value)) in cross_site.into_iter().enumerate() {
            let on = json!({ "kinds": { "ticket_reply": { "mail": true } } });
            assert_eq!(client.json(Method::PUT, "/api/notifications/settings", on).await.status, 200);
            assert!(is_on(&mut client).await);
            reply(&app, &artem, &format!("reply-{n}")).await;
            app.pass(MINUTE);
            let link = app.mails_to(&artem.email).await.last().unwrap().unsubscribe.clone().unwrap();
            let path = link.strip_prefix("https://my.example").unwrap();
            let mut mail_program = app.client().header(name, value);
            let answer = match n {
                0 => mail_program.upload(path, &[("List-Unsubscribe", "One-Click")], &[]).await,
                _ => {
                    mail_program
                        .send(
                            Method::POST,
                            path,
                            Some("application/x-www-form-urlencoded"),
                            "List-Unsubscribe=One-Click".into(),
                        )
                        .await
                }
            };
            assert_eq!(answer.status, 200, "{name}: {value}: {}", answer.text);
            assert!(!is_on(&mut client).await, "{name}: {value}");
        }
        // Nothing else is open to others.
        let refused =
            app.client().header("origin", "null").send(Method::POST, "/api/auth/login", None, "".into()).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_26_a_mail_can_be_read_anywhere_and_at_any_time(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        make::program(&app, &artem).await;
        let credentials = json!({ "email": artem.email, "password": make::PASSWORD });
        app.client()
            .from([203, 0, 113, 66])
            .header("user-agent", "curl/8.5.0")
            .post("/api/auth/login", credentials)
            .await;
        reply(&app, &artem, "reply-1").await;
        reply(&app, &artem, "reply-2").await;
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() >= 2, "{mails:?}");
        let mut ids: Vec<_> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), mails.len());
        for mail in &mails {
            assert!(mail.message_id.len() >= 22, "{}", mail.message_id);
            for form in [&mail.text, &mail.html] {
                assert!(form.contains("31 января 2026, 12:0") && form.contains("(UTC+3, Europe/Moscow)"), "{form}");
            }
            let head = mail.html.split("</head>").next().unwrap();
            assert!(head.contains("prefers-color-scheme:dark") && head.contains("content=\"light dark\""), "{head}");
            for inline in mail.html.split("</head>").nth(1).unwrap().split("style=\"").skip(1) {
                let style = inline.split('"').next().unwrap();
                assert!(
                    !style.contains("background") || inline_has_class(&mail.html, style),
                    "dark mailboxes cannot change {style}"
                );
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_waits_a_minute_after_the_last_reply(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        reply(&app, &artem, "reply-1").await;
        app.pass(MINUTE - Duration::from_secs(1));
        reply(&app, &artem, "reply-2").await;
        app.pass(MINUTE - Duration::from_secs(1));
        assert!(app.mails_to(&artem.email).await.is_empty());
        app.pass(Duration::from_secs(1));
        assert_eq!(app.mails_to(&artem.email).await.len(), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ticket_and_each_reader_has_a_mail_of_its_own(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        for ticket in [7, 8] {
            tell(&app, &notice(artem.id, Kind::TicketReply, &format!("reply-{ticket}"), ticket)).await;
        }
        reply(&app, &elena, "reply-9").await;
        app.pass(MINUTE);
        assert_eq!((app.mails_to(&artem.email).await.len(), app.mails_to(&elena.email).await.len()), (2, 1));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_in_the_portal_is_not_mailed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        reply(&app, &artem, "reply-1").await;
        client.post("/api/notifications/read-all", json!({})).await;
        app.pass(MINUTE);
        assert!(app.mails_to(&artem.email).await.is_empty());
        reply(&app, &artem, "reply-2").await;
        client.post("/api/notifications/read-all", json!({})).await;
        reply(&app, &artem, "reply-3").await;
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() == 1 && mails[0].text.contains("reply-3") && !mails[0].text.contains("reply-2"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_at_the_ticket_has_read_of_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        reply(&app, &artem, "reply-1").await;
        tell(&app, &notice(artem.id, Kind::TicketReply, "reply-8", 8)).await;
        let mut tx = app.app.platform.db.begin().await.unwrap();
        crate::notification::actions::read_ticket(&app.app.notifications, &mut tx, artem.id, 7).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(client.get("/api/notifications/unread-count").await.value()["count"], 1);
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() == 1 && mails[0].subject.ends_with("[#8]"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demoted_operator_and_a_blocked_customer_get_no_mail(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let maria = make::account(&app, "maria", Role::Operator).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut by, _) = make::program(&app, &admin).await;
        tell(&app, &NewNotice { staff_only: true, ..notice(maria.id, Kind::TicketAssigned, "assigned-1", 7) }).await;
        reply(&app, &artem, "reply-1").await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", maria.id), json!({ "role": "customer" })).await;
        by.json(Method::PATCH, &format!("/api/admin/users/{}", artem.id), json!({ "blocked": true })).await;
        app.pass(MINUTE);
        assert!(about_tickets(&app, "").await.is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiet_hours_hold_mails_back_until_they_end(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        // The test begins at noon in Moscow.
        let quiet = json!({ "quietHours": { "from": "11:00", "to": "13:00" } });
        client.json(Method::PUT, "/api/notifications/settings", quiet).await;
        reply(&app, &artem, "reply-1").await;
        app.pass(59 * MINUTE);
        assert!(app.mails_to(&artem.email).await.is_empty());
        reply(&app, &artem, "reply-2").await;
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() == 1 && mails[0].text.contains("reply-1") && mails[0].text.contains("reply-2"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_died_leaves_its_job_to_another_and_none_is_done_twice(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut people = Vec::new();
        for n in 0..20 {
            people.push(make::account(&app, &format!("person{n}"), Role::Customer).await);
            reply(&app, &people[n], "reply-1").await;
        }
        app.pass(MINUTE);
        let platform = app.app.platform.clone();
        let prints = platform.keys.prints().join(" ");
        let dead = jobs_store::lease(&platform.db, &prints, platform.clock.now(), MINUTE).await.unwrap().unwrap();
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let platform = platform.clone();
                tokio::spawn(
                    async move { while platform.jobs.work_one(&platform.db, &platform.mailer).await.unwrap() {} },
                )
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(app.mails_to("").await.len(), 19);
        app.pass(MINUTE);
        // The one that was thought dead wakes up: its lease is another's now.
        assert_eq!(app.mails_to("").await.len(), 20);
        jobs_store::finish(&platform.db, &dead, platform.clock.now()).await.unwrap();
        app.pass(MINUTE * 60);
        assert_eq!(app.mails_to("").await.len(), 20);
        for person in &people {
            assert_eq!(app.mails_to(&person.email).await.len(), 1);
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_the_mail_is_written_is_not_lost(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        reply(&app, &artem, "reply-1").await;
        app.pass(MINUTE);
        let platform = &app.app.platform;
        // A worker has the job; another reply comes before it is done.
        let prints = platform.keys.prints().join(" ");
        let held = jobs_store::lease(&platform.db, &prints, platform.clock.now(), MINUTE).await.unwrap().unwrap();
        reply(&app, &artem, "reply-2").await;
        jobs_store::finish(&platform.db, &held, platform.clock.now()).await.unwrap();
        assert!(app.mails_to(&artem.email).await.is_empty());
        app.pass(MINUTE);
        let mails = app.mails_to(&artem.email).await;
        assert!(mails.len() == 1 && mails[0].text.contains("reply-2"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_ends_mails_and_nothing_else(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        reply(&app, &artem, "reply-1").await;
        app.pass(MINUTE);
        let mail = app.mails_to(&artem.email).await.remove(0);
        let link = mail.unsubscribe.clone().unwrap();
        assert!(mail.html.contains(&link.replace('&', "&#38;")) && mail.text.contains(&link));
        let path = link.strip_prefix("https://my.example").unwrap();
        // Opening it changes nothing; a mail program's click needs no page, no cookie, no origin.
        let page = app.client().get(path).await;
        assert!(page.status == 200 && page.text.contains("Ответы в тикетах"));
        let (mut client, _) = make::program(&app, &artem).await;
        let mut mails = async || {
            client.get("/api/notifications/settings").await.value()["data"]["kinds"]["ticket_reply"]["mail"].clone()
        };
        assert_eq!(mails().await, true);
        let click = app
            .client()
            .send(Method::POST, path, Some("application/x-www-form-urlencoded"), "List-Unsubscribe=One-Click".into())
            .await;
        assert_eq!((click.status.as_u16(), mails().await), (200, json!(false)));
        assert!(click.headers.get("set-cookie").is_none(), "nobody is signed in by it");
        assert_eq!(app.client().fill(path, path, &[]).await.status, 200, "once more is the same");
        reply(&app, &artem, "reply-2").await;
        reply(&app, &elena, "reply-2").await;
        app.pass(MINUTE);
        assert_eq!((app.mails_to(&artem.email).await.len(), app.mails_to(&elena.email).await.len()), (1, 1));
        let token = path.split_once("t=").unwrap().1;
        let signature = token.rsplit_once('.').unwrap().1;
        for forged in [
            format!("{}.ticket_reply.{signature}", elena.id),
            format!("{}.ticket_reply.ticket_status.{signature}", artem.id),
            token.replace("ticket_reply", "sign_in"),
            String::new(),
            "x".into(),
        ] {
            assert_eq!(app.client().get(&format!("/unsubscribe?t={forged}")).await.status, 404);
            assert_eq!(app.client().form(&format!("/unsubscribe?t={forged}"), &[]).await.status, 404, "{forged}");
        }
        assert_eq!(app.client().bearer(token).get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_in_its_readers_language_and_escapes_what_was_written(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        client.json(Method::PUT, "/api/user/profile", json!({ "language": "en" })).await;
        let written = Facts {
            title: "<b>Down</b>".into(),
            author: "Eve & co".into(),
            excerpt: "<script>alert(1)</script>".into(),
            ..Facts::default()
        };
        tell(&app, &NewNotice { facts: written, ..notice(artem.id, Kind::TicketReply, "reply-1", 7) }).await;
        let status = Facts { title: "<b>Down</b>".into(), status: "resolved".into(), ..Facts::default() };
        tell(&app, &NewNotice { facts: status, ..notice(artem.id, Kind::TicketStatus, "status-1", 7) }).await;
        app.pass(MINUTE);
        let mail = app.mails_to(&artem.email).await.remove(0);
        assert!(
            mail.text.contains("There are 2 new messages") && mail.text.contains("Status: resolved"),
            "{}",
            mail.text
        );
        assert!(!mail.html.contains("<script>") && !mail.html.contains("<b>Down") && mail.html.contains("lang=\"en\""));
        assert!(mail.unsubscribe.unwrap().contains(".ticket_reply.ticket_status."));
    })
    .await;
}

/// Whether the element with this style has a class, by which it is repainted in the dark.
fn inline_has_class(html: &str, style: &str) -> bool {
    let element = html.split('<').find(|element| element.contains(style)).unwrap();
    element.contains("class=\"")
}
