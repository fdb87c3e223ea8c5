//! Mails through a real mail server that is down, slow and refusing by turns, from a program that is
//! killed at random moments: each arrives, and twice only what nobody could know had arrived.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use common::{Install, PASSWORD, Server, skipped};
use serde_json::{Value, json};

const MAILS: usize = 1000;
/// Of the program and in one moment: so many mails can be on their way.
const WORKERS: usize = 4;
/// Who signs in; several, for the sign-ins of one account wait for each other.
const PEOPLE: usize = 6;
/// For a thousand sign-ins or mails on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits longer than other tests do.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_mails_survive_kills_and_a_bad_mail_server() {
    let Some(mut mail_server) = MailServer::prepare() else { return };
    for install in Install::on_each().await {
        mail_server.forget();
        let install = install
            .with("OSPABHOST_SMTP_URL", &format!("smtp://127.0.0.1:{}", mail_server.port))
            .with("OSPABHOST_MAIL_FROM", "Portal <portal@example.org>")
            .with("OSPABHOST_TRUSTED_PROXIES", "127.0.0.1")
            .with("OSPABHOST_JOBS_WORKERS", &WORKERS.to_string())
            .with("OSPABHOST_JOBS_RETRY_SECONDS", "1")
            .with("OSPABHOST_JOBS_TRIES", "1000")
            .with("OSPABHOST_JOBS_LEASE_SECONDS", "3");
        let started = Instant::now();
        for person in 0..PEOPLE {
            install.add_user(&email(person), "customer");
        }

        // Every sign-in from a new address is a mail. The mail server is down.
        let server = install.start().await;
        let sign_ins = SignIns::start(&server);
        sign_ins.reached(MAILS / 2).await;
        server.kill();
        sign_ins.stopped().await;
        let mut unknown = WORKERS;
        let mut server = install.start().await;
        let more = SignIns::after(&sign_ins, &server);

        for phase in ["ok", "slow", "later", "down", "later", "slow"] {
            if phase == "down" {
                mail_server.stop();
            } else {
                mail_server.behave(phase);
            }
            tokio::time::sleep(Duration::from_millis(rand::random_range(300..1200))).await;
            server.kill();
            // What was on its way to either of them.
            unknown += if phase == "down" { 2 * WORKERS } else { WORKERS };
            server = install.start().await;
            more.at(&server);
        }
        mail_server.behave("ok");
        more.reached(MAILS).await;
        more.stopped().await;
        // What is still being tried again comes now.
        until("an empty queue", async || {
            let waiting = "SELECT COUNT(*) FROM job WHERE done_at IS NULL AND kind = 'mail'".to_owned();
            install.sql(waiting).await == Some(0)
        })
        .await;
        // Each that was answered has its job, each job its mail, and each mail an id of its own.
        let expected = more.mails();
        let keys = expected.iter().map(|key| format!("'{key}'")).collect::<Vec<_>>().join(", ");
        let done = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND done_at IS NOT NULL";
        let of_answered = format!("{done} AND unique_key IN ({keys})");
        assert_eq!(install.sql(of_answered).await, Some(expected.len() as i64), "mails are lost");
        let all = install.sql(done.to_owned()).await;
        until("the last mails", async || Some(mail_server.taken().len() as i64) == all).await;
        let twice: usize = mail_server.taken().values().map(|count| count - 1).sum();
        assert!(twice <= unknown, "{twice} mails came twice, of {unknown} it could not be known");
        let line = format!(
            "{}: {} mails in {:.0} s, {twice} twice (at most {unknown} could be)\n",
            install.name(),
            expected.len(),
            started.elapsed().as_secs_f64()
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
        server.kill();
    }
}

/// A server whose one customer has been told of a sign-in by mail.
async fn with_a_mail(install: &Install) -> Server {
    install.add_user(&email(0), "customer");
    let server = install.start().await;
    for address in ["100.64.0.1", "100.64.0.2"] {
        let request = reqwest::Client::new().post(server.url("/api/auth/login")).header("x-forwarded-for", address);
        let answer = request.json(&json!({ "email": email(0), "password": PASSWORD })).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    server
}

#[tokio::test]
async fn door_26_what_is_refused_for_good_is_not_tried_again_and_shown() {
    let Some(mut mail_server) = MailServer::prepare() else { return };
    for install in Install::on_each().await {
        mail_server.behave("never");
        let install = install
            .with("OSPABHOST_SMTP_URL", &format!("smtp://127.0.0.1:{}", mail_server.port))
            .with("OSPABHOST_MAIL_FROM", "Portal <portal@example.org>")
            .with("OSPABHOST_TRUSTED_PROXIES", "127.0.0.1");
        let server = with_a_mail(&install).await;
        let refused = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND failed_at IS NOT NULL AND tries = 1
                       AND last_error LIKE '%554%'";
        until("a mail that is given up", async || install.sql(refused.to_owned()).await == Some(1)).await;
        until("a line of the log that says so", async || server.log().contains("given_up=true")).await;

        // An administrator sees it, and may have it tried again.
        install.add_user("root@example.ru", "admin");
        let admin = common::Client::sign_in(&server, "root@example.ru").await;
        let shown = admin.get("/api/admin/deliveries").await;
        assert!(shown.status == 200 && shown.body.to_string().contains("554"), "{shown:?}");
        server.kill();
    }
}

#[tokio::test]
async fn door_26_the_mail_server_is_greeted_by_the_name_of_the_portal() {
    let Some(mut mail_server) = MailServer::prepare() else { return };
    for (setting, name) in [
        (None, "my.example.org"),
        (Some("out.example.net"), "out.example.net"),
        (Some("[203.0.113.7]"), "[203.0.113.7]"),
    ] {
        mail_server.forget();
        mail_server.behave("ok");
        let mut install = Install::on_sqlite()
            .with("OSPABHOST_PUBLIC_URL", "https://my.example.org")
            .with("OSPABHOST_SMTP_URL", &format!("smtp://127.0.0.1:{}", mail_server.port))
            .with("OSPABHOST_MAIL_FROM", "Portal <portal@example.org>")
            .with("OSPABHOST_TRUSTED_PROXIES", "127.0.0.1");
        if let Some(setting) = setting {
            install = install.with("OSPABHOST_SMTP_HELLO", setting);
        }
        let _server = with_a_mail(&install).await;
        until("a mail", async || !mail_server.taken().is_empty()).await;
        assert_eq!(mail_server.greetings.lock().unwrap().iter().collect::<Vec<_>>(), [name]);
    }
}

/// People who sign in from ever new addresses, at whatever server there is, until there are enough.
#[derive(Clone)]
struct SignIns {
    base: Arc<Mutex<String>>,
    /// The sessions of each person that were answered, so that their mails must come.
    sessions: Arc<Mutex<[BTreeSet<i64>; PEOPLE]>>,
    address: Arc<AtomicUsize>,
    tasks: Arc<Mutex<Vec<tokio::task::JoinHandle<()>>>>,
}

impl SignIns {
    fn start(server: &Server) -> Self {
        let new = Self {
            base: Arc::new(Mutex::new(server.url(""))),
            sessions: Arc::default(),
            address: Arc::default(),
            tasks: Arc::default(),
        };
        new.run();
        new
    }

    fn after(earlier: &Self, server: &Server) -> Self {
        let next = Self { tasks: Arc::default(), ..earlier.clone() };
        next.at(server);
        next.run();
        next
    }

    /// Where to sign in from now on.
    fn at(&self, server: &Server) {
        *self.base.lock().unwrap() = server.url("");
    }

    fn run(&self) {
        let http = reqwest::Client::new();
        for person in 0..PEOPLE {
            let (this, http) = (self.clone(), http.clone());
            self.tasks.lock().unwrap().push(tokio::spawn(async move {
                while this.count() < MAILS {
                    if this.sign_in(&http, person).await.is_none() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }));
        }
    }

    async fn sign_in(&self, http: &reqwest::Client, person: usize) -> Option<()> {
        let n = self.address.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}/api/auth/login", self.base.lock().unwrap());
        let credentials = json!({ "email": email(person), "password": PASSWORD });
        let request = http.post(url).header("x-forwarded-for", format!("100.{}.{}.1", n / 250, n % 250));
        let answer = request.json(&credentials).send().await.ok()?;
        // On a machine with much else to do the threads of passwords may be taken: then again in a moment.
        if answer.status() == 503 && answer.headers().contains_key("retry-after") {
            return None;
        }
        assert_eq!(answer.status(), 200);
        let tokens: Value = answer.json().await.ok()?;
        let claims = tokens["token"].as_str()?.split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        self.sessions.lock().unwrap()[person].insert(claims["sid"].as_i64()?);
        Some(())
    }

    fn count(&self) -> usize {
        self.sessions.lock().unwrap().iter().map(BTreeSet::len).sum()
    }

    async fn reached(&self, count: usize) {
        until("sign-ins", async || self.count() >= count).await;
    }

    /// The last ones may fail, for the server is gone.
    async fn stopped(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        for task in tasks {
            task.abort();
            let _ = task.await;
        }
    }

    /// The keys of the jobs that must be there. The very first sign-in of an account is no news.
    fn mails(&self) -> BTreeSet<String> {
        let sessions = self.sessions.lock().unwrap();
        let told = sessions.iter().flat_map(|of_person| of_person.iter().skip(1));
        told.map(|id| format!("new-device-{id}")).collect()
    }
}

fn email(person: usize) -> String {
    format!("person{person}@example.ru")
}

/// aiosmtpd on a port that stays the same.
struct MailServer {
    python: String,
    port: u16,
    child: Option<Child>,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    /// By what names it was greeted (EHLO).
    greetings: Arc<Mutex<BTreeSet<String>>>,
}

impl MailServer {
    /// Finds a port. `None`, said aloud, where there is no aiosmtpd.
    fn prepare() -> Option<Self> {
        const VARIABLE: &str = "OSPABHOST_TEST_SMTP";
        let Ok(python) = std::env::var(VARIABLE) else {
            skipped(&format!("mails through a real mail server: set {VARIABLE} to a Python that has aiosmtpd"));
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Some(Self { python, port, child: None, taken: Arc::default(), greetings: Arc::default() })
    }

    /// Starts it if it is down, and says how it behaves.
    fn behave(&mut self, mode: &str) {
        if self.child.is_none() {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/smtp_server.py");
            let mut command = Command::new(&self.python);
            command.args([script, &self.port.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut ready = String::new();
            out.read_line(&mut ready).unwrap();
            assert!(ready.starts_with("ready"), "the mail server did not start");
            let (taken, greetings) = (self.taken.clone(), self.greetings.clone());
            std::thread::spawn(move || {
                for line in out.lines().map_while(Result::ok) {
                    let (id, greeted) = line.split_once(' ').unwrap();
                    *taken.lock().unwrap().entry(id.to_owned()).or_insert(0) += 1;
                    greetings.lock().unwrap().insert(greeted.to_owned());
                }
            });
            self.child = Some(child);
        }
        let stdin = self.child.as_mut().unwrap().stdin.as_mut().unwrap();
        stdin.write_all(format!("{mode}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Begins anew, down.
    fn forget(&mut self) {
        self.stop();
        self.taken = Arc::default();
        self.greetings = Arc::default();
    }

    /// Message-ID → how often.
    fn taken(&self) -> BTreeMap<String, usize> {
        self.taken.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}
