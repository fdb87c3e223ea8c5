//! The program as its users have it: the built binary with a folder and a database of its own,
//! started, asked over HTTP, stopped. What a test makes goes with it.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};

pub const PASSWORD: &str = "кот ест рыбу на крыше";
/// How long anything may take that is not measured.
pub const PATIENCE: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(10);

/// Says why a test did not run; fails it where everything must run.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("OSPABHOST_TEST_ALL").is_none(), "nothing may be skipped here: {why}");
    // Straight to the terminal: what a passing test prints is hidden.
    let _ = std::io::stderr().write_all(format!("skipped {why}\n").as_bytes());
}

/// The HTTP client wants to be told by what it would speak TLS, though it speaks none here.
pub fn choose_cryptography() {
    // Fails when it is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Asks until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(STEP).await;
    }
}

/// A folder, a database and settings: what servers and commands share.
pub struct Install {
    folder: tempfile::TempDir,
    postgres: Option<Database>,
    settings: Vec<(String, String)>,
}

impl Install {
    /// An empty folder and no setting at all.
    pub fn empty() -> Self {
        choose_cryptography();
        Self { folder: tempfile::tempdir().unwrap(), postgres: None, settings: Vec::new() }
    }

    /// On SQLite, with hashing that costs nothing and without limits.
    pub fn on_sqlite() -> Self {
        Self::empty()
            .with("OSPABHOST_ACCOUNT_ARGON2_MEMORY_KIB", "64")
            .with("OSPABHOST_ACCOUNT_ARGON2_ITERATIONS", "1")
            .with("OSPABHOST_RATE_LIMITS", "off")
    }

    /// The same on an empty PostgreSQL database; `None`, said aloud, where there is no server.
    pub async fn on_postgres() -> Option<Self> {
        let database = Database::create().await?;
        let mut install = Self::on_sqlite().with("OSPABHOST_DATABASE_URL", &database.url);
        install.postgres = Some(database);
        Some(install)
    }

    /// One on each database there is.
    pub async fn on_each() -> Vec<Self> {
        [Some(Self::on_sqlite()), Self::on_postgres().await].into_iter().flatten().collect()
    }

    /// With a variable set.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Another machine on the same PostgreSQL database.
    pub fn second_node(&self) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: None, settings: self.settings.clone() }
    }

    pub fn name(&self) -> &'static str {
        if self.postgres.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    pub fn is_sqlite(&self) -> bool {
        self.postgres.is_none()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the data lives, as `database_url`.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.path("data/ospabhost.db").display());
        self.postgres.as_ref().map_or_else(file, |database| database.url.clone())
    }

    /// Runs SQL in the database, and gives the number in the first column, if any.
    pub async fn sql(&self, text: String) -> Option<i64> {
        let (text, url) = (sqlx::AssertSqlSafe(text), self.database_url());
        let found = match &self.postgres {
            Some(_) => {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(text).fetch_optional(&mut connection).await
            }
            None => {
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::query_scalar(text).fetch_optional(&mut connection).await
            }
        };
        found.unwrap()
    }

    /// The program with these arguments and nothing from the outside but `PATH`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ospabhost"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("TMPDIR", self.folder.path()).env("OSPABHOST_LISTEN", "127.0.0.1:0");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    /// The same with something to read on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that refuses to start reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        self.ok_with(arguments, "")
    }

    pub fn ok_with(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run_with(arguments, input);
        assert!(output.status.success(), "{arguments:?} on {}: {}", self.name(), stderr(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Makes an account from the command line and gives its id.
    pub fn add_user(&self, email: &str, role: &str) -> i64 {
        let name = email.split('@').next().unwrap();
        let add = ["user", "add", "--email", email, "--username", name, "--role", role, "--password-stdin"];
        self.ok_with(&add, &format!("{PASSWORD}\n")).parse().unwrap()
    }

    /// Starts a server and waits until it serves.
    pub async fn start(&self) -> Server {
        self.start_as(&[]).await
    }

    pub async fn start_as(&self, arguments: &[&str]) -> Server {
        self.started(Server::spawn(self.command(arguments), &self.path("log"))).await
    }

    /// The same by a line of the shell, in which `"$0"` is the program.
    pub async fn start_by(&self, shell: &str) -> Server {
        let program = self.command(&[]);
        let mut command = Command::new("sh");
        command.args(["-c", shell]).arg(program.get_program()).current_dir(self.folder.path()).env_clear();
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.started(Server::spawn(command, &self.path("log"))).await
    }

    /// The same with its output going elsewhere, so that nobody hears its address.
    pub async fn start_unheard(&self, out: impl Into<Stdio>, err: impl Into<Stdio>) -> Server {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = self.command(&["--listen", &free.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn().unwrap();
        let server =
            Server { child: Mutex::new(child), lines: Arc::default(), log: PathBuf::from("/dev/null"), address: free };
        until("the server", async || tokio::net::TcpStream::connect(free).await.ok().or_else(|| server.gone())).await;
        server
    }

    async fn started(&self, mut server: Server) -> Server {
        server.address = until("the server's address", async || {
            server.said("ospabhost serves on http://").or_else(|| server.gone())
        })
        .await
        .parse()
        .unwrap();
        server
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server; killed with what holds it.
pub struct Server {
    child: Mutex<Child>,
    lines: Arc<Mutex<Vec<String>>>,
    log: PathBuf,
    pub address: SocketAddr,
}

impl Server {
    fn spawn(mut command: Command, log: &Path) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let log = log.with_extension(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (out, kept) = (BufReader::new(child.stdout.take().unwrap()), lines.clone());
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));
        Self { child: Mutex::new(child), lines, log, address: SocketAddr::from(([0; 4], 0)) }
    }

    /// Fails the test when the server is not there any more.
    fn gone<T>(&self) -> Option<T> {
        let ended = self.child.lock().unwrap().try_wait().unwrap();
        assert!(ended.is_none(), "the server is gone: {}", self.log());
        None
    }

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// What follows `words` in the first printed line that has them.
    pub fn said(&self, words: &str) -> Option<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().find_map(|line| Some(line.split_once(words)?.1.to_owned()))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The printed link for the first administrator, as path and query.
    pub async fn setup_path(&self) -> String {
        format!("/setup?token={}", until("the setup link", async || self.said("/setup?token=")).await)
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop (SIGTERM).
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal by its short name.
    pub fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -$1 \"$0\"", &pid, name]).status().unwrap().success());
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Lets no file of it grow beyond so many bytes from now on.
    pub fn limit_files(&self, bytes: u64) {
        let pid = libc::pid_t::try_from(self.child.lock().unwrap().id()).unwrap();
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: reads one structure that lives until the call is over.
        let done = unsafe { libc::prlimit(pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
        assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    }

    /// How it ended.
    pub async fn ended(&self) -> ExitStatus {
        until("the end of the server", async || self.child.lock().unwrap().try_wait().unwrap()).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A program that asks a server; signed in when it has a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
    pub refresh_token: String,
}

/// Status and JSON body (null when there is none).
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Client {
    pub fn of(server: &Server) -> Self {
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap();
        Self { http, base: server.url(""), token: String::new(), refresh_token: String::new() }
    }

    /// Signs in; fails the test when that fails.
    pub async fn sign_in(server: &Server, email: &str) -> Self {
        let mut client = Self::of(server);
        let answer = client.post("/api/auth/login", json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{email}: {answer:?}");
        client.take(&answer.body);
        client
    }

    /// Uses these tokens from now on.
    pub fn take(&mut self, tokens: &Value) {
        self.token = tokens["token"].as_str().unwrap().to_owned();
        self.refresh_token = tokens["refreshToken"].as_str().unwrap().to_owned();
    }

    /// The same person asking another node.
    pub fn at(&self, server: &Server) -> Self {
        Self { base: server.url(""), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await.unwrap()
    }

    /// An error: there was no (whole) answer.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or_default() })
    }

    /// The id of the session that this client is in.
    pub async fn session(&self) -> i64 {
        let list = self.get("/api/sessions").await.body;
        let current = list.as_array().unwrap().iter().find(|session| session["isCurrent"] == true);
        current.unwrap()["id"].as_i64().unwrap()
    }

    pub async fn is_in(&self) -> bool {
        match self.get("/api/auth/me").await.status {
            200 => true,
            401 => false,
            other => panic!("/api/auth/me answered {other}"),
        }
    }

    /// Fails the test unless the client is out within the second that is promised.
    pub async fn is_out_within_a_second(&self, why: &str) {
        let started = Instant::now();
        while self.is_in().await {
            assert!(started.elapsed() < Duration::from_secs(1), "still in after a second: {why}");
            tokio::time::sleep(STEP).await;
        }
        assert!(started.elapsed() < Duration::from_secs(1), "{why}: out after {:?}", started.elapsed());
    }
}

/// A PostgreSQL database for one test, dropped with it.
struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    async fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        const VARIABLE: &str = "OSPABHOST_TEST_POSTGRES_URL";
        let Ok(server) = std::env::var(VARIABLE) else {
            skipped(&format!("a test on PostgreSQL: set {VARIABLE} to a server where databases may be made"));
            return None;
        };
        let server = server.trim_end_matches('/').to_owned();
        // Begins like the databases of the unit tests, whose next run removes what a killed run left.
        let name = format!("ospabhost_test_{}_process_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        execute(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self { url: format!("{server}/{name}"), server, name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // The runtime of the test is on its way out, so in a thread of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, sql));
        });
        let _ = dropping.join();
    }
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}
