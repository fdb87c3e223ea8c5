use axum::http::Method;
use serde_json::json;

use crate::{
    platform::{base::actor::Role, data::holding::watched},
    testing::{Client, TestApp, engines::*, make},
};

const USERS: &str = "/dashboard/admin/users";

/// Who may do what: each route of this slice and of accounts, with the answer for nobody, a customer,
/// an operator and an administrator. 422, 404 and the like mean: allowed, but the request says nothing.
const TABLE: [(&str, &str, [u16; 4]); 91] = [
    ("GET", "/", [303, 303, 303, 303]),
    ("GET", "/healthz", [200, 200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200, 200]),
    ("GET", "/metrics", [200, 200, 200, 200]),
    ("GET", "/api/openapi.json", [200, 200, 200, 200]),
    ("GET", "/api/docs", [200, 200, 200, 200]),
    ("GET", "/login", [200, 303, 303, 303]),
    ("GET", "/login?method=qr", [200, 303, 303, 303]),
    ("GET", "/login/qr", [200, 200, 200, 200]),
    ("GET", "/login/qr/welcome", [303, 200, 200, 200]),
    ("POST", "/login/qr", [404, 404, 404, 404]),
    ("GET", "/qr-login", [303, 200, 200, 200]),
    ("POST", "/qr-login/scan", [303, 404, 404, 404]),
    ("POST", "/qr-login/confirm", [303, 404, 404, 404]),
    ("POST", "/qr-login/reject", [303, 404, 404, 404]),
    ("POST", "/api/qr-auth/scanning", [401, 404, 404, 404]),
    ("POST", "/api/qr-auth/confirm", [401, 404, 404, 404]),
    ("POST", "/api/qr-auth/reject", [401, 404, 404, 404]),
    ("POST", "/api/qr-auth/decode", [401, 415, 415, 415]),
    ("GET", "/scan", [303, 200, 200, 200]),
    ("POST", "/scan", [303, 415, 415, 415]),
    ("GET", "/register", [200, 200, 200, 200]),
    ("GET", "/.well-known/change-password", [303, 303, 303, 303]),
    ("GET", "/forgot", [200, 200, 200, 200]),
    ("GET", "/reset", [410, 410, 410, 410]),
    ("GET", "/setup", [410, 410, 410, 410]),
    ("GET", "/sessions/not-me", [200, 200, 200, 200]),
    ("GET", "/dashboard", [303, 200, 200, 200]),
    ("GET", "/dashboard/statistics.csv?kind=days", [303, 403, 200, 200]),
    ("GET", "/dashboard/settings", [303, 200, 200, 200]),
    ("GET", "/dashboard/settings/sessions", [303, 200, 200, 200]),
    ("GET", USERS, [303, 403, 403, 200]),
    ("POST", "/preferences", [303, 303, 303, 303]),
    ("POST", "/dashboard/settings/profile", [303, 303, 303, 303]),
    ("POST", "/dashboard/settings/password", [303, 422, 422, 422]),
    ("POST", "/dashboard/settings/sessions/999/end", [303, 404, 404, 404]),
    ("POST", "/dashboard/settings/sessions/999/name", [303, 422, 422, 422]),
    ("POST", "/dashboard/settings/sessions/end-others", [303, 303, 303, 303]),
    ("POST", USERS, [303, 403, 403, 422]),
    ("POST", "/dashboard/admin/users/999", [303, 403, 403, 404]),
    ("GET", "/dashboard/admin/users/999/email", [303, 403, 403, 404]),
    ("POST", "/dashboard/admin/users/999/email", [303, 403, 403, 404]),
    ("POST", "/dashboard/admin/users/999/end-sessions", [303, 403, 403, 404]),
    ("GET", "/api/auth/me", [401, 200, 200, 200]),
    ("GET", "/api/user/profile", [401, 200, 200, 200]),
    ("PUT", "/api/user/profile", [401, 200, 200, 200]),
    ("GET", "/api/sessions", [401, 200, 200, 200]),
    ("GET", "/api/sessions/history", [401, 200, 200, 200]),
    ("PATCH", "/api/sessions/999", [401, 422, 422, 422]),
    ("DELETE", "/api/sessions/999", [401, 404, 404, 404]),
    ("DELETE", "/api/sessions/others/all", [401, 200, 200, 200]),
    ("POST", "/api/auth/password", [401, 422, 422, 422]),
    ("POST", "/api/user/change-password", [401, 422, 422, 422]),
    ("POST", "/api/auth/prove", [401, 422, 422, 422]),
    ("GET", "/prove", [303, 303, 303, 303]),
    ("POST", "/prove", [303, 303, 303, 303]),
    ("GET", "/api/notifications", [401, 200, 200, 200]),
    ("GET", "/api/notifications/unread-count", [401, 200, 200, 200]),
    ("POST", "/api/notifications/999/read", [401, 404, 404, 404]),
    ("POST", "/api/notifications/read-all", [401, 200, 200, 200]),
    ("DELETE", "/api/notifications/999", [401, 404, 404, 404]),
    ("DELETE", "/api/notifications/read/all", [401, 200, 200, 200]),
    ("GET", "/api/notifications/settings", [401, 200, 200, 200]),
    ("PUT", "/api/notifications/settings", [401, 200, 200, 200]),
    ("GET", "/api/notifications/vapid-key", [401, 200, 200, 200]),
    ("POST", "/api/notifications/subscribe-push", [401, 422, 422, 422]),
    ("DELETE", "/api/notifications/unsubscribe-push", [401, 200, 200, 200]),
    ("GET", "/api/admin/deliveries", [401, 403, 403, 200]),
    ("POST", "/api/admin/deliveries/retry-all", [401, 403, 403, 200]),
    ("GET", "/api/admin/users", [401, 403, 403, 200]),
    ("PATCH", "/api/admin/users/999", [401, 403, 403, 404]),
    ("POST", "/api/admin/users/999/end-sessions", [401, 403, 403, 404]),
    ("GET", "/sw.js", [200, 200, 200, 200]),
    ("GET", "/manifest.webmanifest", [200, 200, 200, 200]),
    ("GET", "/offline", [200, 200, 200, 200]),
    ("GET", "/unsubscribe", [404, 404, 404, 404]),
    ("GET", "/dashboard/notifications", [303, 200, 200, 200]),
    ("POST", "/dashboard/notifications/999/read", [303, 404, 404, 404]),
    ("POST", "/dashboard/notifications/999/delete", [303, 404, 404, 404]),
    ("POST", "/dashboard/notifications/read-all", [303, 303, 303, 303]),
    ("POST", "/dashboard/notifications/delete-read", [303, 303, 303, 303]),
    ("GET", "/dashboard/settings/notifications", [303, 200, 200, 200]),
    ("POST", "/dashboard/settings/notifications", [303, 303, 303, 303]),
    ("GET", "/dashboard/admin/deliveries", [303, 403, 403, 200]),
    ("POST", "/dashboard/admin/deliveries/999/retry", [303, 403, 403, 404]),
    ("POST", "/dashboard/admin/deliveries/999/delete", [303, 403, 403, 404]),
    ("POST", "/dashboard/admin/deliveries/retry-all", [303, 403, 403, 303]),
    ("POST", "/dashboard/admin/deliveries/delete-all", [303, 403, 403, 303]),
    ("DELETE", "/api/admin/deliveries", [401, 403, 403, 200]),
    ("POST", "/api/admin/deliveries/999/retry", [401, 403, 403, 404]),
    ("DELETE", "/api/admin/deliveries/999", [401, 403, 403, 404]),
];

async fn ask(client: &mut Client, method: &str, path: &str) -> u16 {
    let method: Method = method.parse().unwrap();
    if path.starts_with("/api/") {
        return client.json(method, path, json!({})).await.status.as_u16();
    }
    match method {
        Method::POST => client.form(path, &[("back", "/login")]).await.status.as_u16(),
        _ => client.get(path).await.status.as_u16(),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_for_every_role(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut roles = vec![app.client()];
        for role in Role::ALL {
            let account = make::account(&app, role.as_str(), role).await;
            roles.push(make::browser(&app, &account).await);
        }
        for (method, path, expected) in TABLE {
            for (client, expected) in roles.iter_mut().zip(expected) {
                assert_eq!(ask(client, method, path).await, expected, "{method} {path}");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_described_call_is_in_the_table_or_open_to_all(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let openapi = app.client().get("/api/openapi.json").await.value();
        assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1"));
        for (path, methods) in openapi["paths"].as_object().unwrap() {
            for (method, call) in methods.as_object().unwrap() {
                let in_tickets = crate::ticket::tests::access::has(method, path);
                let known = in_tickets
                    || TABLE
                        .iter()
                        .any(|(m, p, _)| m.eq_ignore_ascii_case(method) && p.replace("999", "{id}") == *path);
                let open = call["security"].as_array().is_none_or(Vec::is_empty);
                let ending = path == "/api/auth/logout";
                let creating = path == "/api/admin/users" && method == "post";
                assert!(known || open || ending || creating, "{method} {path} is in no table");
                let tested_open = [
                    "/api/auth/login",
                    "/api/auth/refresh",
                    "/api/auth/register",
                    "/api/auth/password/forgot",
                    "/api/auth/password/reset",
                    "/api/qr-auth/generate",
                    "/api/qr-auth/status/{code}",
                    "/api/qr-auth/claim",
                    "/api/qr-auth/push",
                ];
                assert!(!open || tested_open.contains(&path.as_str()), "{method} {path} is open to everybody");
            }
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_manages_accounts(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        let new =
            json!({ "username": "Мария", "email": "maria@example.ru", "password": make::PASSWORD, "role": "operator" });
        let made = by.post("/api/admin/users", new.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.value()["user"]["id"].clone();
        assert_eq!(by.post("/api/admin/users", new).await.value()["code"], "email_taken");
        assert_eq!(by.post("/api/admin/users", json!({ "role": "king" })).await.status, 422);
        let found = by.get("/api/admin/users?search=maria").await.value();
        assert_eq!((&found["meta"]["total"], &found["users"][0]["id"]), (&json!(1), &id));
        assert_eq!(by.get("/api/admin/users?search=%25").await.value()["meta"]["total"], 0);
        let mut maria = app.client();
        maria.fill("/login", "/login", &[("email", "maria@example.ru"), ("password", make::PASSWORD)]).await;
        let path = format!("/api/admin/users/{id}");
        assert_eq!(maria.get("/api/auth/me").await.value()["user"]["operator"], 1);
        assert_eq!(by.json(Method::PATCH, &path, json!({ "role": "customer" })).await.status, 200);
        assert_eq!(maria.get("/api/auth/me").await.value()["user"]["operator"], 0, "asvs_8_3_2: at once");
        let ended = by.post(&format!("{path}/end-sessions"), json!({})).await;
        assert_eq!(ended.value()["deletedCount"], 1);
        assert_eq!(maria.get("/api/auth/me").await.status, 401);
        assert_eq!(by.json(Method::PATCH, &path, json!({ "role": "king" })).await.status, 422);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_role_is_wrong_in_its_field_on_both_sides(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut program, mut browser) = (make::program(&app, &admin).await.0, make::browser(&app, &admin).await);
        let text = "Такого значения нет";
        let new =
            json!({ "username": "Мария", "email": "maria@example.ru", "password": make::PASSWORD, "role": "king" });
        let made = program.post("/api/admin/users", new).await;
        assert_eq!((made.status.as_u16(), &made.value()["fields"]), (422, &json!({ "role": text })));
        let typed =
            [("username", "Мария"), ("email", "maria@example.ru"), ("password", make::PASSWORD), ("role", "king")];
        let made = browser.fill(USERS, USERS, &typed).await;
        assert_eq!(
            (made.status.as_u16(), made.texts("#new-role-error")),
            (422, vec![text.to_owned()]),
            "{}",
            made.text
        );
        assert_eq!(
            (made.field("username").as_str(), made.field("email").as_str()),
            ("Мария", "maria@example.ru"),
            "what was typed stays"
        );
        let path = format!("/api/admin/users/{}", artem.id);
        let changed = program.json(Method::PATCH, &path, json!({ "role": "king", "blocked": true })).await;
        assert_eq!((changed.status.as_u16(), &changed.value()["fields"]), (422, &json!({ "role": text })));
        assert_eq!(
            browser.form(&format!("{USERS}/{}", artem.id), &[("role", "king"), ("blocked", "1")]).await.status,
            422
        );
        let kept = program.get("/api/admin/users?search=artem").await.value()["users"][0].clone();
        assert_eq!((&kept["role"], &kept["blocked"]), (&json!("customer"), &json!(false)));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_16_people_are_found_in_any_case_by_domain_and_by_words_in_any_order(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let (mut by, _) = make::program(&app, &admin).await;
        for (name, email) in [
            ("Артём Соколов", "artem@example.org"),
            ("Мария Ёлкина", "m.elkina@mail.hosting.ru"),
            ("Ivan Петров-Водкин", "ivan@почта.рф"),
        ] {
            let new = json!({ "username": name, "email": email, "password": make::PASSWORD, "role": "customer" });
            assert_eq!(by.post("/api/admin/users", new).await.status, 201);
        }
        let found = async |search: &str| {
            let query = percent_encoding::utf8_percent_encode(search, percent_encoding::NON_ALPHANUMERIC);
            let list = by.clone().get(&format!("/api/admin/users?search={query}")).await.value();
            let names: Vec<_> = list["users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["username"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(list["meta"]["total"], names.len(), "{search}");
            names.join(",")
        };
        for (search, name) in [
            ("артём", "Артём Соколов"),
            ("АРТЁМ", "Артём Соколов"),
            ("артем", "Артём Соколов"),
            ("соколов арт", "Артём Соколов"),
            ("СОК АРТ", "Артём Соколов"),
            ("example.org", "Артём Соколов"),
            ("@Example.ORG", "Артём Соколов"),
            ("елкина", "Мария Ёлкина"),
            ("ЁЛК", "Мария Ёлкина"),
            ("hosting.ru", "Мария Ёлкина"),
            ("elkina мария", "Мария Ёлкина"),
            ("водкин", "Ivan Петров-Водкин"),
            ("IVAN петров", "Ivan Петров-Водкин"),
            ("почта.рф", "Ivan Петров-Водкин"),
            ("ПОЧТА", "Ivan Петров-Водкин"),
            ("артём елкина", ""),
            ("%", ""),
            ("_", ""),
            ("арт_м", ""),
            ("нет такого", ""),
        ] {
            assert_eq!(found(search).await, name, "{search}");
        }
        let mut own = make::program(&app, &admin).await.0;
        assert_eq!(
            own.json(Method::PUT, "/api/user/profile", json!({ "username": "Переименованная Анна" })).await.status,
            200
        );
        assert_eq!(found("анна").await, "Переименованная Анна");
        assert_eq!(found("имя").await, "");
        // What an older version left is found after the next start.
        crate::testing::dump::execute(&app.app.platform.db, "DELETE FROM account_word").await;
        assert_eq!(found("артём").await, "");
        app.other_app().await;
        assert_eq!(found("артём").await, "Артём Соколов");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_7_4_2_a_blocked_account_is_out_at_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut by = make::browser(&app, &admin).await;
        let (mut client, tokens) = make::program(&app, &artem).await;
        assert_eq!(client.get("/api/auth/me").await.status, 200);
        let path = format!("{USERS}/{}", artem.id);
        assert_eq!(by.form(&path, &[("blocked", "1")]).await.status, 303);
        assert_eq!(client.get("/api/auth/me").await.status, 401);
        assert_eq!(
            client.post("/api/auth/refresh", json!({ "refreshToken": tokens["refreshToken"] })).await.status,
            403
        );
        let right =
            app.client().post("/api/auth/login", json!({ "email": artem.email, "password": make::PASSWORD })).await;
        assert_eq!((right.status.as_u16(), right.value()["code"].clone()), (403, json!("account_blocked")));
        let wrong =
            app.client().post("/api/auth/login", json!({ "email": artem.email, "password": "not the password" })).await;
        assert_eq!(wrong.status, 401, "only who knows the password learns of the block");
        assert_eq!(by.form(&path, &[("blocked", "0")]).await.status, 303);
        make::program(&app, &artem).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_administrator_always_stays(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let one = make::account(&app, "one", Role::Admin).await;
        let two = make::account(&app, "two", Role::Admin).await;
        let (first, second) = (make::program(&app, &one).await.0, make::program(&app, &two).await.0);
        let demote = |mut by: Client, whom: i64| {
            tokio::spawn(async move {
                by.json(Method::PATCH, &format!("/api/admin/users/{whom}"), json!({ "role": "customer" }))
                    .await
                    .status
                    .as_u16()
            })
        };
        let (a, b) = (demote(first, two.id), demote(second, one.id));
        let mut answers = [a.await.unwrap(), b.await.unwrap()];
        answers.sort_unstable();
        assert!(answers == [200, 409] || answers == [200, 403] || answers == [200, 401], "{answers:?}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_26_the_last_administrator_is_said_only_of_the_last_one(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        use crate::session::{
            admin::Authority,
            managing::{UserChange, change},
        };
        let app = TestApp::new(database).await;
        let set = async |user: i64, role: Option<Role>, blocked: Option<bool>| {
            change(&app.app.sessions, Authority::Machine, user, &UserChange { role, blocked, ..UserChange::default() })
                .await
                .map_err(|error| error.code)
        };
        let artem = make::account(&app, "artem", Role::Customer).await;
        assert!(set(artem.id, Some(Role::Operator), None).await.is_ok(), "there is none at all");
        assert!(set(artem.id, None, Some(true)).await.is_ok());
        let (one, two) = (make::account(&app, "one", Role::Admin).await, make::account(&app, "two", Role::Admin).await);
        assert!(set(artem.id, Some(Role::Customer), Some(true)).await.is_ok());
        assert!(set(one.id, None, Some(true)).await.is_ok());
        assert!(set(one.id, Some(Role::Customer), None).await.is_ok(), "a blocked one is not the last");
        for (role, blocked) in [(Some(Role::Operator), None), (None, Some(true)), (Some(Role::Customer), Some(true))] {
            assert_eq!(set(two.id, role, blocked).await.unwrap_err(), "last_admin", "{role:?} {blocked:?}");
        }
        assert!(set(two.id, Some(Role::Admin), Some(false)).await.is_ok(), "nothing changes");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_comes_by_a_link_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let link = crate::session::setup::link(&app.app.sessions).await.unwrap().unwrap();
        let path = link.strip_prefix("https://my.example").unwrap();
        assert_eq!(app.client().get("/setup?token=wrong").await.status, 410);
        let typed = [("username", "Ирина"), ("email", "irina@example.ru"), ("password", make::PASSWORD)];
        let mut browser = app.client();
        let weak = browser
            .fill(path, "/setup", &[("username", "Ирина"), ("email", "irina@example.ru"), ("password", "12345678")])
            .await;
        assert_eq!((weak.status.as_u16(), weak.field("email").as_str()), (422, "irina@example.ru"));
        let answer = browser.fill(path, "/setup", &typed).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/dashboard"));
        assert_eq!(browser.get(USERS).await.status, 200);
        assert_eq!(app.client().get(path).await.status, 410);
        assert!(crate::session::setup::link(&app.app.sessions).await.unwrap().is_none());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_19_the_first_administrators_link_is_one_on_every_node_and_works_once(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let other = app.other_app().await;
        let (one, two) = tokio::join!(
            watched(crate::session::setup::link(&app.app.sessions)),
            watched(crate::session::setup::link(&other.sessions))
        );
        let link = one.unwrap().unwrap();
        assert_eq!(two.unwrap().unwrap(), link, "made at once by two nodes");
        assert_eq!(crate::session::setup::link(&other.sessions).await.unwrap().unwrap(), link, "and at the next start");
        let path = link.strip_prefix("https://my.example").unwrap();
        let token = path.split('=').nth(1).unwrap();
        let kept = crate::testing::dump::dump(&app.app.platform.db, &[]).await;
        assert!(kept["setup_link"].len() == 1 && !kept["setup_link"][0].contains(token), "only its hash is kept");
        let fields = |name: &str| {
            [
                ("token", token.to_owned()),
                ("username", "Ирина".into()),
                ("email", format!("{name}@example.ru")),
                ("password", make::PASSWORD.into()),
            ]
        };
        let press = async |mut browser: Client, name: &str| {
            let fields = fields(name);
            let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.form("/setup", &pairs).await.status.as_u16()
        };
        let (mut here, mut there) = (app.client(), Client::new(other.router()));
        assert_eq!(here.get(path).await.status, 200);
        assert_eq!(there.get(path).await.status, 200, "it opens on the node that did not print it");
        let (a, b) = tokio::join!(press(here, "irina"), press(there, "oleg"));
        let mut statuses = [a, b];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410], "two at once, on two nodes");
        assert_eq!(app.client().get(path).await.status, 410);
        let kept = crate::testing::dump::dump(&app.app.platform.db, &[]).await;
        let admins = kept["account"].iter().filter(|row| row.contains("admin")).count();
        assert_eq!((admins, kept["setup_link"].len()), (1, 0));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_can_have_and_lose_all_that_is_kept(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut client, _) = make::program(&app, &artem).await;
        let all = crate::session::admin::export(&app.app.sessions, crate::session::admin::Authority::Machine, artem.id)
            .await
            .unwrap();
        assert_eq!(
            (&all["account"]["email"], all["sessions"].as_array().unwrap().len()),
            (&json!("artem@example.ru"), 1)
        );
        assert_eq!(all["history"][0]["success"], true);
        assert!(!json!(all).to_string().contains("argon2"), "no secret is in it");
        crate::session::admin::erase(&app.app.sessions, crate::session::admin::Authority::Machine, artem.id)
            .await
            .unwrap();
        assert_eq!(client.get("/api/auth/me").await.status, 401);
        let (mut by, _) = make::program(&app, &admin).await;
        assert_eq!(by.get("/api/admin/users?search=artem").await.value()["meta"]["total"], 0);
        let last = crate::session::admin::erase(&app.app.sessions, crate::session::admin::Authority::Machine, admin.id)
            .await
            .unwrap_err();
        assert_eq!(last.code, "last_admin");
    })
    .await;
}
