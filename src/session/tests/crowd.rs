//! Many who try at once, and owners who get in all the same.

use std::net::Ipv6Addr;

use serde_json::json;

use crate::{
    account::{model::Account, store},
    config::Config,
    platform::{base::actor::Role, settings::Switch},
    testing::{Client, TestApp, engines::*, make, socket, until},
};

const WRONG: &str = "угадываю с первой попытки";

/// Budgets on; a proxy at 10.0.0.1 names the client.
fn limited(config: &mut Config) {
    config.platform.rate_limits = Switch::On;
    config.platform.trusted_proxies = "10.0.0.0/8".into();
}

/// A client in a network of its own, the `n`th.
fn somewhere(app: &TestApp, n: u32) -> Client {
    let [_, a, b, c] = n.to_be_bytes();
    app.client().from([20 + a, 30, b, c])
}

fn six(app: &TestApp, net: u16, subnet: u16) -> Client {
    let address = Ipv6Addr::new(0x2a00, 0x1450, net, subnet, 0, 0, 0, 1).to_string();
    app.client().from([10, 0, 0, 1]).header("x-forwarded-for", &address)
}

async fn sign_in(mut client: Client, email: &str, password: &str) -> u16 {
    client.post("/api/auth/login", json!({ "email": email, "password": password })).await.status.as_u16()
}

/// How many of the tries were looked at, from each of these clients.
async fn looked_at(clients: impl Iterator<Item = Client>, email: &str) -> usize {
    let mut count = 0;
    for client in clients {
        match sign_in(client, email, WRONG).await {
            401 => count += 1,
            status => assert_eq!(status, 429),
        }
    }
    count
}

async fn set_hash(app: &TestApp, account: &Account, hash: &str) {
    let mut tx = app.app.platform.db.begin().await.unwrap();
    store::set_password(&mut tx, account.id, hash).await.unwrap();
    tx.commit().await.unwrap();
}

/// A new password by the link of a mail, in a browser.
async fn reset(app: &TestApp, account: &Account, browser: &mut Client, password: &str) {
    let before = app.mails_to(&account.email).await.len();
    assert_eq!(browser.fill("/forgot", "/forgot", &[("email", &account.email)]).await.status, 200);
    until(|| async { app.mails_to(&account.email).await.len() > before }).await;
    let text = app.mails_to(&account.email).await.pop().unwrap().text;
    let link = text.split_whitespace().find(|word| word.contains("/reset?")).unwrap();
    let path = link.strip_prefix("https://my.example").unwrap();
    assert_eq!(browser.fill(path, "/reset", &[("password", password)]).await.header("location"), "/login?done=reset");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_05_every_answer_costs_one_hash(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let mut emails = vec!["nobody@example.ru".to_owned(), "x".into(), "ы".repeat(20_000)];
        for (name, hash) in [
            ("artem", None),
            ("imported", Some(bcrypt::hash(make::PASSWORD, 4).unwrap())),
            ("older", Some(crate::account::password::Hasher::new(32, 1).hash(make::PASSWORD).await.unwrap())),
            ("broken", Some("nonsense".to_owned())),
            ("empty", Some(String::new())),
        ] {
            let account = make::account(&app, name, Role::Customer).await;
            if let Some(hash) = hash {
                set_hash(&app, &account, &hash).await;
            }
            emails.push(account.email);
        }
        let blocked = make::account(&app, "blocked", Role::Customer).await;
        let mut tx = app.app.platform.db.begin().await.unwrap();
        store::set_blocked(&mut tx, blocked.id, Some(app.app.platform.clock.now())).await.unwrap();
        tx.commit().await.unwrap();
        emails.push(blocked.email.clone());
        let computed = || app.app.accounts.hasher.computed();
        for email in &emails {
            for password in [WRONG.to_owned(), "я".repeat(60)] {
                let before = computed();
                assert_eq!(sign_in(app.client(), email, &password).await, 401, "{email}");
                assert_eq!(computed() - before, 1, "{email}");
            }
        }
        let before = computed();
        assert_eq!(sign_in(app.client(), &blocked.email, make::PASSWORD).await, 403);
        assert_eq!(computed() - before, 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_05_imported_hashes_are_learnt_and_forgotten(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let db = &app.app.platform.db;
        let beginning = app.app.accounts.hasher.beginning().to_owned();
        let bcrypt = |cost| bcrypt::hash(make::PASSWORD, cost).unwrap();
        for (n, hash) in [bcrypt(4), bcrypt(4), bcrypt(5), "nonsense".into()].iter().enumerate() {
            set_hash(&app, &make::account(&app, &format!("n{n}"), Role::Customer).await, hash).await;
        }
        let found = store::any_old_hashes(db, &beginning).await.unwrap();
        let starts: Vec<_> = found.iter().map(|hash| &hash[..7]).collect();
        assert_eq!(starts, ["$2b$04$", "$2b$05$", "nonsens"], "one of each kind");
        crate::account::actions::tidy(&app.app.accounts).await.unwrap();
        for n in 0..3 {
            assert_eq!(sign_in(app.client(), &format!("n{n}@example.ru"), make::PASSWORD).await, 200);
        }
        assert_eq!(store::any_old_hashes(db, &beginning).await.unwrap(), ["nonsense"]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_05_what_is_learnt_is_waited_for_by_who_has_no_account(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let hash = bcrypt::hash(make::PASSWORD, 11).unwrap();
        set_hash(&app, &make::account(&app, "imported", Role::Customer).await, &hash).await;
        crate::account::actions::tidy(&app.app.accounts).await.unwrap();
        // The time itself is what is tested: an answer that came sooner would tell that there is no account.
        let took = |begun: std::time::Instant| begun.elapsed();
        let verify = || {
            let begun = std::time::Instant::now();
            bcrypt::verify(WRONG, &hash).unwrap();
            took(begun)
        };
        let dear = (0..3).map(|_| verify()).min().unwrap();
        let begun = std::time::Instant::now();
        assert_eq!(sign_in(app.client(), "nobody@example.ru", WRONG).await, 401);
        let waited = took(begun);
        assert!(waited * 3 >= dear * 2, "{waited:?}, and {dear:?} for who was imported");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_05_a_good_sign_in_uses_up_no_strangers_try(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            limited(config);
            config.session.sign_ins_per_account = 3;
        })
        .await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        for n in 0..5 {
            assert_eq!(sign_in(somewhere(&app, n), &artem.email, make::PASSWORD).await, 200);
        }
        let stranger = (0..10).map(|_| somewhere(&app, 99));
        assert_eq!(looked_at(stranger, &artem.email).await, 6, "three of all strangers, three of its own");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_07_an_owner_is_never_locked_out(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, limited).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        // Somebody fails on and on.
        let tries = looked_at((0..60).map(|_| somewhere(&app, 1)), &artem.email).await;
        assert_eq!(tries, 13, "ten of all strangers, three of its own");
        assert_eq!(sign_in(somewhere(&app, 2), &artem.email, make::PASSWORD).await, 200, "the owner, anywhere else");
        // Somebody fails from everywhere.
        let tries = looked_at((1000..1100).map(|n| somewhere(&app, n)), &artem.email).await;
        // One comes back in twelve seconds.
        assert!((47..52).contains(&tries), "the last tries of all networks: {tries}");
        let mut browser = somewhere(&app, 3);
        assert_eq!(sign_in(browser.clone(), &artem.email, make::PASSWORD).await, 429);
        reset(&app, &artem, &mut browser, "совсем другой пароль").await;
        assert_eq!(
            looked_at((2000..2010).map(|n| somewhere(&app, n)), &artem.email).await / 3,
            0,
            "they are still there"
        );
        let mut moved = browser.from([40, 40, 40, 40]);
        let typed = [("email", artem.email.as_str()), ("password", "совсем другой пароль")];
        assert_eq!(moved.fill("/login", "/login", &typed).await.status, 303, "the link made the browser known");
        // As a program one is known by the address that the link was used from.
        assert_eq!(sign_in(somewhere(&app, 3), &artem.email, "совсем другой пароль").await, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_07_a_known_browser_gets_in_through_any_crowd(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            limited(config);
            config.session.sign_ins_in_all = 20;
        })
        .await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut own = make::browser(&app, &artem).await;
        own.form("/logout", &[]).await;
        let typed = [("email", artem.email.as_str()), ("password", make::PASSWORD)];
        let tries = looked_at((0..40).map(|n| somewhere(&app, n)), "nobody@example.ru").await;
        assert!(tries < 20, "{tries}");
        looked_at((0..40).map(|n| somewhere(&app, n)), &artem.email).await;
        for n in 0..3 {
            let mut moved = own.clone().from([50, 50, 50, n]);
            assert_eq!(moved.fill("/login", "/login", &typed).await.status, 303);
        }
        // Nobody at another browser's place uses up what is this browser's.
        looked_at((0..40).map(|_| app.client()), &artem.email).await;
        assert_eq!(own.fill("/login", "/login", &typed).await.status, 303);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_a_fresh_device_cookie_multiplies_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, limited).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let own = make::browser(&app, &artem).await;
        let fresh = |client: Client, n: usize| {
            let mut client = client;
            client.set_cookie("__Host-device", &format!("made-up-{n}"));
            client
        };
        let from_known = (0..45).map(|n| fresh(own.clone(), n));
        assert_eq!(looked_at(from_known, &artem.email).await, 10, "from an address that is known");
        assert_eq!(
            looked_at((0..45).map(|n| fresh(somewhere(&app, 1), n)), &artem.email).await,
            13,
            "and from one that is not"
        );
        let spelt = ["artem@example.ru", "ARTEM@example.ru", " artem@example.ru", "artem@example.ru\u{200b}"];
        for email in spelt {
            assert_eq!(sign_in(somewhere(&app, 1), email, WRONG).await, 429, "{email:?}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_many_known_browsers_have_a_budget_together(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, limited).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut known = Vec::new();
        for _ in 0..6 {
            known.push(make::browser(&app, &artem).await);
        }
        let tries = looked_at((0..72).map(|n| known[n % 6].clone()), &artem.email).await;
        // Ten each would be sixty; one comes back in fifteen seconds.
        assert!((40..44).contains(&tries), "{tries}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_networks_and_all_together_have_a_budget(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            limited(config);
            config.session.sign_ins_per_address = 2;
            config.session.sign_ins_in_all = 12;
            config.account.registrations_per_hour = 2;
            config.account.registrations_in_all_per_hour = 12;
        })
        .await;
        assert_eq!(looked_at((0..50).map(|n| six(&app, 1, n)), "nobody@example.ru").await, 8);
        let mut others = 0;
        for n in 0..50 {
            let email = format!("n{n}@example.ru");
            others += usize::from(sign_in(six(&app, n + 2, 1), &email, WRONG).await == 401);
        }
        assert_eq!(others, 4, "twelve in all");
        let mut made = 0;
        for n in 0..30 {
            let new = json!({ "username": "Артём", "email": format!("n{n}@example.ru"), "password": make::PASSWORD });
            made += usize::from(six(&app, 1, n).post("/api/auth/register", new).await.status == 201);
        }
        assert_eq!(made, 8, "thirty from one /56");
        for n in 0..30 {
            let new = json!({ "username": "Артём", "email": format!("m{n}@example.ru"), "password": make::PASSWORD });
            made += usize::from(six(&app, n + 2, 1).post("/api/auth/register", new).await.status == 201);
        }
        assert_eq!(made, 12);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_a_known_browser_goes_first_and_who_hung_up_costs_nothing(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let mut own = make::browser(&app, &artem).await;
        own.form("/logout", &[]).await;
        let address = socket::serve(&app.app).await;
        let hasher = &app.app.accounts.hasher;
        let held = hasher.hold().await;
        let before = hasher.computed();
        let mut gone = Vec::new();
        for n in 0..20 {
            let body = json!({ "email": format!("n{n}@example.ru"), "password": WRONG }).to_string();
            let request = format!(
                "POST /api/auth/login HTTP/1.1\r\nHost: my.example\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
            gone.push(stream);
        }
        until(async || hasher.load() == held.len() + 20).await;
        drop(gone);
        until(async || hasher.wanted() == 0).await;
        let strangers: Vec<_> = (0..5)
            .map(|n| tokio::spawn(sign_in(somewhere(&app, n), "nobody@example.ru", WRONG)))
            .collect();
        until(async || hasher.wanted() == 5).await;
        let owner = {
            let email = artem.email.clone();
            tokio::spawn(async move { own.fill("/login", "/login", &[("email", &email), ("password", make::PASSWORD)]).await.status })
        };
        until(async || hasher.wanted() == 6).await;
        // Behind the owner and before the strangers all stands still again.
        let again = hasher.occupy();
        until(async || hasher.wanted() == 6 + again.len()).await;
        drop(held);
        let came = tokio::time::timeout(std::time::Duration::from_secs(20), owner).await;
        assert_eq!(came.expect("the strangers go first").unwrap(), 303);
        assert!(strangers.iter().all(|task| !task.is_finished()));
        assert_eq!(hasher.computed() - before, 1, "only the owner's");
        drop(again);
        for stranger in strangers {
            assert_eq!(stranger.await.unwrap(), 401);
        }
        until(async || hasher.load() == 0).await;
        assert_eq!(hasher.computed() - before, 6, "and none of those who have gone");
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_a_guest_inside_does_not_stop_the_owner(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, limited).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (mut guest, _) = make::program(&app, &artem).await;
        let (mut owner, _) = make::program(&app, &artem).await;
        let change = |current: &str| json!({ "currentPassword": current, "newPassword": "совсем другой пароль" });
        let mut refused = 0;
        for _ in 0..20 {
            refused += usize::from(guest.post("/api/auth/password", change(WRONG)).await.status == 429);
        }
        assert_eq!(refused, 10);
        assert_eq!(owner.post("/api/auth/password", change(make::PASSWORD)).await.status, 200);
        assert_eq!(guest.get("/api/auth/me").await.status, 401);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_10_a_full_queue_says_when_to_come_back(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::with(database, |config| {
            limited(config);
            config.session.sign_ins_per_address = 0;
            config.session.sign_ins_in_all = 0;
        })
        .await;
        let held = app.app.accounts.hasher.hold().await;
        let waiting: Vec<_> = (0..300 * held.len())
            .map(|n| {
                let client = somewhere(&app, 1);
                tokio::spawn(async move { sign_in(client, &format!("n{n}@example.ru"), WRONG).await })
            })
            .collect();
        until(async || waiting.iter().any(tokio::task::JoinHandle::is_finished)).await;
        let mut browser = somewhere(&app, 2);
        let full = browser.fill("/login", "/login", &[("email", "late@example.ru"), ("password", WRONG)]).await;
        assert_eq!(full.status, 503);
        assert!(full.header("retry-after").parse::<u64>().unwrap() >= 5);
        assert_eq!(full.field("email"), "late@example.ru", "nothing typed is lost");
        for task in waiting {
            task.abort();
        }
        drop(held);
    })
    .await;
}
