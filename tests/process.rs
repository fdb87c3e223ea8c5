//! The built program from the outside: starting, stopping, being killed, its commands, several nodes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "process/archive.rs"]
mod archive;
mod common;
#[path = "process/folder.rs"]
mod folder;
#[path = "process/keys.rs"]
mod keys;
#[path = "process/moving.rs"]
mod moving;
#[path = "process/neighbours.rs"]
mod neighbours;
#[path = "process/running.rs"]
mod running;
#[path = "process/secrets.rs"]
mod secrets;
#[path = "process/trouble.rs"]
mod trouble;

use std::{
    os::unix::fs::PermissionsExt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use common::{Client, Install, PASSWORD, stderr, until};
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn an_empty_folder_is_enough() {
    let install = Install::empty();
    let server = install.start().await;
    let keys = install.path("data/keys");
    assert_eq!(std::fs::metadata(keys).unwrap().permissions().mode() & 0o777, 0o600);

    let setup = server.setup_path().await;
    assert!(server.printed().contains(&server.url("/setup?token=")), "links hold the port that the machine chose");
    let browser =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).cookie_store(true).build().unwrap();
    assert_eq!(browser.get(server.url(&setup)).send().await.unwrap().status(), 200);
    let token = setup.split_once('=').unwrap().1;
    let make = async |name: &str| {
        let email = format!("{name}@example.ru");
        let form = [("token", token), ("username", name), ("email", &email), ("password", PASSWORD)];
        browser.post(server.url("/setup")).form(&form).send().await.unwrap()
    };
    let made = make("first").await;
    assert_eq!((made.status().as_u16(), made.headers()["location"].to_str().unwrap()), (303, "/dashboard"));
    assert_eq!(browser.get(server.url("/dashboard/admin/users")).send().await.unwrap().status(), 200);
    assert_eq!(make("second").await.status(), 410);
    assert_eq!(browser.get(server.url(&setup)).send().await.unwrap().status(), 410);

    let figures = browser.get(server.url("/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(figures.contains("http_requests_total{"), "{figures}");
    let address = server.address.to_string();
    install.ok(&["healthcheck", "--listen", &address]);
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    assert!(!install.run(&["healthcheck", "--listen", &address]).status.success());

    // There is an administrator now, so nothing is printed that makes another.
    let again = install.start().await;
    again.terminate();
    again.ended().await;
    assert!(!again.printed().contains("/setup"), "{}", again.printed());
}

#[test]
fn wrong_settings_stop_the_start_and_are_named() {
    let refused = |name: &str, value: &str, arguments: &[&str], named: &str| {
        let output = Install::empty().with(name, value).run(arguments);
        let text = stderr(&output);
        assert!(!output.status.success() && text.contains(named), "{name}={value} {arguments:?}: {text}");
    };
    refused("OSPABHOST_NONSENSE", "1", &[], "OSPABHOST_NONSENSE");
    refused("OSPABHOST_LISTEN", "x", &[], "OSPABHOST_LISTEN");
    refused("OSPABHOST_SESSION_LIMIT", "many", &[], "OSPABHOST_SESSION_LIMIT");
    refused("OSPABHOST_SIGNING_KEYS", "a:short", &[], "OSPABHOST_SIGNING_KEYS");
    refused("OSPABHOST_DATABASE_URL", "mysql://db/x", &[], "OSPABHOST_DATABASE_URL");
    refused("OSPABHOST_SMTP_URL", "smtp://mail.example", &[], "mail_from");
    refused("OSPABHOST_CONFIG", "/nowhere/ospabhost.toml", &[], "/nowhere/ospabhost.toml");
    refused("OSPABHOST_LOG", "info", &["--session-limit", "many"], "session-limit");
    refused("OSPABHOST_LOG", "info", &["--nonsense", "1"], "--nonsense");
    let install = Install::empty();
    let file = install.path("settings.toml");
    std::fs::write(&file, "[session]\nlimits = 5\n").unwrap();
    let output = install.run(&["--config", file.to_str().unwrap()]);
    assert!(!output.status.success() && stderr(&output).contains("session.limits"), "{}", stderr(&output));
}

#[test]
fn config_prints_what_is_in_force_without_secrets() {
    let install = Install::empty()
        .with("OSPABHOST_SMTP_URL", "smtps://robot:hunter2@mail.example")
        .with("OSPABHOST_MAIL_FROM", "Support <help@example.org>")
        .with("OSPABHOST_SIGNING_KEYS", &format!("a:{}", "A".repeat(43)))
        .with("OSPABHOST_DATABASE_URL", "postgres://portal:hunter3@db.example/portal");
    let printed = install.ok(&["config", "--session-limit", "7"]);
    for secret in ["hunter2", "hunter3", "robot", "AAAA"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    for line in ["listen = \"127.0.0.1:0\"", "limit = 7", "mail.example", "db.example", "help@example.org"] {
        assert!(printed.contains(line), "{line} is missing in {printed}");
    }
}

#[test]
fn openapi_is_printed() {
    let install = Install::empty();
    let described: serde_json::Value = serde_json::from_str(&install.ok(&["openapi"])).unwrap();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"), "{}", described["openapi"]);
    assert!(described["paths"]["/api/auth/login"]["post"].is_object());
    let left = std::fs::read_dir(install.path(".")).unwrap().count();
    assert_eq!(left, 0, "the command left files behind");
}

#[tokio::test]
async fn demo_serves_a_folder_that_goes_with_it() {
    let install = Install::on_sqlite();
    let server = install.start_as(&["demo"]).await;
    let said = until("how to sign in", async || server.said("password ")).await;
    let password = said.split_whitespace().next().unwrap();
    let credentials = json!({ "email": "admin@demo.example", "password": password });
    assert_eq!(Client::of(&server).post("/api/auth/login", credentials).await.status, 200, "{}", server.printed());
    let folders =
        || std::fs::read_dir(install.path(".")).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(folders(), 1);
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    assert_eq!(folders(), 0, "the demo left its folder behind");
}

#[tokio::test]
async fn commands_beside_a_running_server() {
    for install in Install::on_each().await {
        let server = install.start().await;
        // The last administrator cannot be blocked.
        install.add_user("root@example.ru", "admin");
        let id = install.add_user("anna@example.ru", "customer");
        let twice = ["user", "add", "--email", "Anna@Example.ru", "--username", "Anna", "--password-stdin"];
        assert!(!install.run_with(&twice, PASSWORD).status.success(), "an e-mail was taken twice");
        let line =
            || install.ok(&["user", "list"]).lines().find(|line| line.contains("anna@example.ru")).unwrap().to_owned();
        assert_eq!(line(), format!("{id}\tanna@example.ru\tanna\tcustomer\tactive"));

        let client = Client::sign_in(&server, "anna@example.ru").await;
        assert_eq!(client.get("/api/auth/me").await.body["user"]["isAdmin"], false);
        install.ok(&["user", "role", "--email", "anna@example.ru", "--role", "admin"]);
        assert!(line().ends_with("admin\tactive"), "{}", line());
        assert_eq!(client.get("/api/admin/users").await.status, 200, "the new role holds at once");

        let ended = install.ok(&["sessions", "end", "--email", "anna@example.ru"]);
        assert_eq!(ended, "1 session of anna@example.ru was ended.");
        client.is_out_within_a_second("sessions end").await;

        let client = Client::sign_in(&server, "anna@example.ru").await;
        assert!(client.is_in().await);
        install.ok(&["user", "block", "--email", "anna@example.ru"]);
        client.is_out_within_a_second("user block").await;
        assert!(line().ends_with("blocked"), "{}", line());
        let login = async |password: &str| {
            let credentials = json!({ "email": "anna@example.ru", "password": password });
            Client::of(&server).post("/api/auth/login", credentials).await.status
        };
        assert_eq!(login(PASSWORD).await, 403);
        install.ok(&["user", "block", "--email", "anna@example.ru", "--off"]);

        let client = Client::sign_in(&server, "anna@example.ru").await;
        assert!(client.is_in().await);
        install.ok_with(
            &["user", "password", "--email", "anna@example.ru", "--password-stdin"],
            "семь синих слонов спят\n",
        );
        client.is_out_within_a_second("user password").await;
        assert_eq!((login(PASSWORD).await, login("семь синих слонов спят").await), (401, 200));

        for nobody in [
            &["sessions", "end", "--email", "nobody@example.ru"][..],
            &["user", "block", "--email", "nobody@example.ru"],
        ] {
            let output = install.run(nobody);
            assert!(!output.status.success() && stderr(&output).contains("nobody@example.ru"), "{}", stderr(&output));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_server_can_be_served() {
    let install = Install::on_sqlite();
    let server = install.start().await;
    install.add_user("anna@example.ru", "customer");
    let load = Load::start(&Client::of(&server), 4);
    load.reached(20).await;
    let copy = install.path("copy.db");
    install.ok(&["backup", "--to", copy.to_str().unwrap()]);
    load.reached(load.count() + 5).await;
    server.kill();
    load.stopped().await;
    assert!(!install.run(&["backup", "--to", copy.to_str().unwrap()]).status.success(), "a backup was overwritten");

    let url = format!("sqlite://{}", copy.display());
    check_sqlite(&url).await;
    let served = Install::on_sqlite().with("OSPABHOST_DATABASE_URL", &url);
    std::fs::create_dir(served.path("data")).unwrap();
    std::fs::copy(install.path("data/keys"), served.path("data/keys")).unwrap();
    let server = served.start().await;
    Client::sign_in(&server, "anna@example.ru").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill() {
    for install in Install::on_each().await {
        let mut answered = Vec::new();
        for round in 1..=3 {
            let server = install.start().await;
            let load = Load::start(&Client::of(&server), 8);
            load.reached(40 * round).await;
            server.kill();
            answered.extend(load.stopped().await);
        }
        if install.is_sqlite() {
            check_sqlite(&install.database_url()).await;
        }
        let server = install.start().await;
        for email in &answered {
            Client::sign_in(&server, email).await;
        }
        assert!(answered.len() >= 240, "{}", answered.len());
    }
}

#[tokio::test]
async fn two_nodes_are_one() {
    let Some(install) = Install::on_postgres().await else { return };
    let install = install.with("OSPABHOST_SIGNING_KEYS", "a:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdE");
    let other = install.second_node();
    let (a, b) = tokio::join!(install.start(), other.start());
    let mut connection = sqlx::PgConnection::connect(&install.database_url()).await.unwrap();
    let applied: Vec<(i64, bool)> = sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let known = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap().count();
    assert!(applied.len() == known && applied.iter().all(|(_, success)| *success), "{applied:?}");

    let anna = install.add_user("anna@example.ru", "customer");
    install.add_user("root@example.ru", "admin");
    for _ in 0..5 {
        let (owner, phone) =
            (Client::sign_in(&a, "anna@example.ru").await, Client::sign_in(&b, "anna@example.ru").await);
        assert!(phone.is_in().await && phone.at(&a).is_in().await);
        let ended = owner.send("DELETE", &format!("/api/sessions/{}", phone.session().await), None).await.unwrap();
        assert_eq!(ended.status, 200, "{ended:?}");
        assert!(!phone.at(&a).is_in().await, "at once where it was ended");
        phone.is_out_within_a_second("ended on the other node").await;
        assert!(owner.at(&b).is_in().await);
    }

    // A refresh token that two nodes are asked about at once has one successor.
    let mut client = Client::sign_in(&a, "anna@example.ru").await;
    let first = client.refresh_token.clone();
    let refresh = |token: &str| json!({ "refreshToken": token });
    let on_a = client.post("/api/auth/refresh", refresh(&first)).await;
    let on_b = client.at(&b).post("/api/auth/refresh", refresh(&first)).await;
    assert_eq!((on_a.status, on_b.status), (200, 200), "{on_a:?} {on_b:?}");
    assert_eq!(on_a.body["refreshToken"], on_b.body["refreshToken"]);
    client.take(&on_b.body);
    let newest = client.at(&b).post("/api/auth/refresh", refresh(&client.refresh_token)).await;
    client.take(&newest.body);
    assert!(client.is_in().await && client.at(&b).is_in().await);
    // The first one is two generations old now: somebody else has it, so the session ends everywhere.
    assert_eq!(client.post("/api/auth/refresh", refresh(&first)).await.status, 401);
    client.at(&b).is_out_within_a_second("a stolen refresh token").await;

    let client = Client::sign_in(&a, "anna@example.ru").await;
    assert!(client.at(&b).is_in().await);
    let admin = Client::sign_in(&a, "root@example.ru").await;
    let blocked =
        admin.send("PATCH", &format!("/api/admin/users/{anna}"), Some(json!({ "blocked": true }))).await.unwrap();
    assert_eq!(blocked.status, 200, "{blocked:?}");
    client.at(&b).is_out_within_a_second("blocked on the other node").await;

    // Any of them may die.
    a.kill();
    assert!(admin.at(&b).is_in().await);
    assert_eq!(admin.at(&b).get("/api/admin/users").await.status, 200);
}

#[tokio::test]
async fn a_stop_finishes_what_runs_and_loses_nothing() {
    for install in Install::on_each().await {
        let server = install.start().await;
        install.add_user("anna@example.ru", "customer");
        let client = Client::sign_in(&server, "anna@example.ru").await;
        let session = client.session().await;

        // A request whose body the server waits for.
        let body = json!({ "email": "anna@example.ru", "password": PASSWORD }).to_string();
        let mut late = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /api/auth/login HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
            server.address,
            body.len()
        );
        late.write_all(head.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        late.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 100");

        // A use is noted once a second, and signing in was one.
        let now = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let signed_in = now();
        until("the next second", async || (now() - signed_in > 1000).then_some(())).await;
        let before = now();
        assert!(client.is_in().await);
        server.terminate();
        until("the refusal of new connections", async || {
            tokio::net::TcpStream::connect(server.address).await.is_err().then_some(())
        })
        .await;
        late.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        late.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("HTTP/1.1 200") && answer.contains("refreshToken"), "{answer}");
        assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());

        let used = install.sql(format!("SELECT last_activity FROM session WHERE id = {session}")).await.unwrap();
        assert!(used >= before, "{}: the last use is lost, written {used}, used after {before}", install.name());
    }
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    for install in Install::on_each().await {
        install.ok(&["migrate"]);
        let checksum = if install.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
        let newer = format!(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
             VALUES (9999, 'from the future', CURRENT_TIMESTAMP, TRUE, {checksum}, 0)"
        );
        install.sql(newer).await;
        for arguments in [&[][..], &["migrate"], &["user", "list"]] {
            let output = install.run(arguments);
            let text = stderr(&output);
            assert!(
                !output.status.success() && text.contains("9999") && text.contains("newer"),
                "{arguments:?}: {text}"
            );
        }
    }
}

/// Registers accounts as fast as it can until the server is gone.
struct Load {
    /// E-mails whose registration was answered 201.
    answered: Arc<Mutex<Vec<String>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(client: &Client, tasks: usize) -> Self {
        Self::begin(client, tasks, false)
    }

    /// One that takes 503 for an answer, and asks again.
    fn patient(client: &Client, tasks: usize) -> Self {
        Self::begin(client, tasks, true)
    }

    fn begin(client: &Client, tasks: usize, patient: bool) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let answered = Arc::new(Mutex::new(Vec::new()));
        let run = |client: Client, answered: Arc<Mutex<Vec<String>>>| async move {
            loop {
                let email = format!("user{}@example.ru", NUMBER.fetch_add(1, Ordering::Relaxed));
                let new = json!({ "username": "Кто-то", "email": email, "password": PASSWORD });
                match client.send("POST", "/api/auth/register", Some(new)).await {
                    Ok(answer) if answer.status == 201 => answered.lock().unwrap().push(email),
                    Ok(answer) if patient && answer.status == 503 => {}
                    Ok(answer) => panic!("{answer:?}"),
                    Err(_) => return,
                }
            }
        };
        let tasks = (0..tasks).map(|_| tokio::spawn(run(client.clone(), answered.clone()))).collect();
        Self { answered, tasks }
    }

    fn count(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    async fn reached(&self, count: usize) {
        until("registrations", async || (self.count() >= count).then_some(())).await;
    }

    /// Ends, and gives what was answered.
    async fn ended(self) -> Vec<String> {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
        std::mem::take(&mut self.answered.lock().unwrap())
    }

    /// Waits until the server is gone, and gives what it had answered.
    async fn stopped(self) -> Vec<String> {
        for task in self.tasks {
            task.await.unwrap();
        }
        std::mem::take(&mut self.answered.lock().unwrap())
    }
}

async fn check_sqlite(url: &str) {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let found: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(found, "ok");
}
