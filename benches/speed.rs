//! `cargo bench --bench speed`: how fast the release binary is, as ratios to its own static answer.
//!
//! Starts the binary on loopback with an empty folder (and, where `OSPABHOST_TEST_POSTGRES_URL` names
//! a server, on a PostgreSQL database of its own), fills it by SQL, drives it with `wrk`, and writes
//! one table to `bench/results/<commit>.md`. Pairs are measured in turn, because machines are noisy.
//! It fails for wrong answers, never for slow ones.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a measurement that cannot go on ends with a panic"
)]

#[path = "speed/data.rs"]
mod data;
#[path = "speed/live.rs"]
mod live;
#[path = "speed/qr.rs"]
mod qr;
#[path = "speed/report.rs"]
mod report;
#[path = "speed/server.rs"]
mod server;
#[path = "speed/ticket.rs"]
mod ticket;
#[path = "speed/ticket_data.rs"]
mod ticket_data;
#[path = "speed/ticket_plans.rs"]
mod ticket_plans;
#[path = "speed/ticket_text.rs"]
mod ticket_text;
#[path = "speed/ticket_write.rs"]
mod ticket_write;
#[path = "speed/worst.rs"]
mod worst;

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use data::{Database, Kind};
use report::{Report, median};
use server::Server;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const CONNECTIONS: u32 = 64;
const SECONDS: u32 = 3;
const ROUNDS: usize = 3;
/// Users of p1; each has ten sessions. The middle one is the target's.
const SIZES: [i64; 3] = [200, 2_000, 20_000];
const TARGET_SIZE: i64 = 2_000;
const STORM: usize = 16;
const ENDINGS: usize = 30;

/// One run of wrk.
#[derive(Clone, Copy, Default)]
pub struct Run {
    pub rate: f64,
    pub p50: f64,
    pub p99: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` runs this too, without the flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("speed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<()> {
    if Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return Err("wrk is needed to drive the server: apt-get install wrk".into());
    }
    let mut report = Report::default();
    if wanted("p9") {
        p9(&mut report).await?;
    }
    let mut kinds = vec![Kind::Sqlite];
    match std::env::var("OSPABHOST_TEST_POSTGRES_URL") {
        Ok(server) => kinds.push(Kind::Postgres(server)),
        Err(_) => report.note("PostgreSQL was not measured: OSPABHOST_TEST_POSTGRES_URL is not set."),
    }
    for kind in &kinds {
        for users in SIZES.into_iter().filter(|_| wanted("p1")) {
            eprintln!("{}: {users} users", kind.name());
            let done = sessions_of(kind, users, &mut report).await;
            report.keep("p1, p2", kind, done);
        }
        if wanted("p3") {
            eprintln!("{}: QR sign-in", kind.name());
            let done = qr::measure(kind, &mut report).await;
            report.keep("p3, p3b, qr", kind, done);
        }
        if ["p4", "p5", "p6", "p11"].into_iter().any(wanted) {
            let done = ticket::measure(kind, &mut report).await;
            report.keep("p4, p5, p6, p11", kind, done);
        }
        if wanted("p12") {
            eprintln!("{}: large files", kind.name());
            let done = ticket_write::files(kind, &mut report).await;
            report.keep("p12", kind, done);
        }
        if wanted("p10") {
            eprintln!("{}: a storm of sign-ins", kind.name());
            let done = p10(kind, &mut report).await;
            report.keep("p10", kind, done);
        }
        if wanted("p17") {
            eprintln!("{}: the worst inputs", kind.name());
            let done = worst::p17(kind, &mut report).await;
            report.keep("p17", kind, done);
        }
        if wanted("p7") {
            eprintln!("{}: sockets", kind.name());
            let done = live::p7(kind, &mut report).await;
            report.keep("p7", kind, done);
        }
        if wanted("p8") {
            let done = live::p8(kind, &mut report).await;
            report.keep("p8", kind, done);
        }
        if let (Kind::Postgres(_), true) = (kind, wanted("p13")) {
            eprintln!("{}: two nodes", kind.name());
            let done = p13(kind, &mut report).await;
            report.keep("p13", kind, done);
        }
    }
    report.write()
}

/// `cargo bench --bench speed -- p3 p10` measures only these; p1 brings p2, p3 all of QR sign-in.
fn wanted(section: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == section)
}

/// p1 and p2: lists of sessions, and requests that only ask who is signed in.
async fn sessions_of(kind: &Kind, users: i64, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let server = Server::prepare(&database)?;
    let cookies = data::fill(&database, users).await?;
    let file = database.folder().join("cookies");
    std::fs::write(&file, cookies.join("\n"))?;
    let server = server.start().await?;
    let (base, lists) = pair(&server, "/api/sessions", &file).await?;
    let target = users == TARGET_SIZE;
    let what = format!("`GET /api/sessions`, {users} users × 10, {}", kind.name());
    report.ratio(if target { "p1" } else { "p1 size" }, &what, base, lists, target.then_some(0.15));
    if target {
        report.at_most("p1", &format!("the same, p99, {}", kind.name()), lists.p99, "ms", Some(15.0));
        let (base, me) = pair(&server, "/api/auth/me", &file).await?;
        report.ratio("p2", &format!("`GET /api/auth/me`, {}", kind.name()), base, me, Some(0.8));
        let memory = server.resident_mib()?;
        report.at_most("p9", &format!("memory after p1 and p2, {}", kind.name()), memory, "MiB", None);
    }
    Ok(())
}

/// The static answer and a target in turn: medians of the rounds.
async fn pair(server: &Server, path: &str, cookies: &Path) -> Result<(Run, Run)> {
    wrk(server, path, Some(cookies), 2).await?;
    let (mut base, mut target) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        base.push(wrk(server, "/healthz", None, SECONDS).await?);
        target.push(wrk(server, path, Some(cookies), SECONDS).await?);
    }
    Ok((middle(&base), middle(&target)))
}

fn middle(runs: &[Run]) -> Run {
    let of = |field: fn(&Run) -> f64| median(&runs.iter().map(field).collect::<Vec<_>>());
    Run { rate: of(|run| run.rate), p50: of(|run| run.p50), p99: of(|run| run.p99) }
}

/// One run of wrk, stopped if it does not end by itself. Any answer but a good one is an error.
async fn wrk(server: &Server, path: &str, cookies: Option<&Path>, seconds: u32) -> Result<Run> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/speed.lua");
    let mut command = Command::new("wrk");
    command.args([
        "-t2",
        &format!("-c{CONNECTIONS}"),
        &format!("-d{seconds}s"),
        "--latency",
        "-s",
        script,
        &server.url(),
        "--",
        path,
    ]);
    command.args(cookies).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let end = Instant::now() + Duration::from_secs(u64::from(seconds) + 10);
    while child.try_wait()?.is_none() {
        if Instant::now() > end {
            child.kill()?;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = text
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .map(|line| line.split(' ').filter_map(|number| number.parse().ok()).collect())
        .unwrap_or_default();
    match numbers[..] {
        [rate, p50, p99, failed] if failed == 0.0 && rate > 0.0 => Ok(Run { rate, p50, p99 }),
        _ => Err(format!("{path}: wrk saw failures\n{text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// p9: what the program weighs, and how soon it answers.
async fn p9(report: &mut Report) -> Result<()> {
    let size = std::fs::metadata(server::binary())?.len() as f64 / 1_048_576.0;
    report.at_most("p9", "size of the binary", size, "MiB", Some(25.0));
    let database = Database::make(&Kind::Sqlite).await?;
    let first = Server::new(&database).start().await?;
    report.at_most("p9", "start to first answer, new folder", first.started_in, "ms", None);
    tokio::time::sleep(Duration::from_secs(3)).await;
    report.at_most("p9", "memory when idle", first.resident_mib()?, "MiB", Some(30.0));
    drop(first);
    let mut starts = Vec::new();
    for _ in 0..10 {
        starts.push(Server::new(&database).start().await?.started_in);
    }
    report.at_most("p9", "start to first answer, median of 10", median(&starts), "ms", Some(100.0));
    Ok(())
}

/// p10: how much slower others get while many sign in.
async fn p10(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let server = Server::prepare(&database)?;
    server.add_user("storm@bench.example")?;
    let cookies = data::fill(&database, TARGET_SIZE).await?;
    let file = database.folder().join("cookies");
    std::fs::write(&file, cookies.join("\n"))?;
    let server = server.start().await?;
    wrk(&server, "/api/auth/me", Some(&file), 2).await?;
    let (mut quiet, mut loud, mut paced_quiet, mut paced_loud) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        quiet.push(wrk(&server, "/api/auth/me", Some(&file), SECONDS).await?);
        paced_quiet.push(paced_p99(&server, &cookies[0]).await?);
        let storm = Storm::begin(&server);
        loud.push(wrk(&server, "/api/auth/me", Some(&file), SECONDS).await?);
        paced_loud.push(paced_p99(&server, &cookies[0]).await?);
        rates.push(storm.end().await?);
    }
    let (quiet, loud) = (middle(&quiet), middle(&loud));
    let name = kind.name();
    let detail =
        format!("{:.2} ms quiet, {:.2} ms in the storm ({:.0} sign-ins/s)", quiet.p99, loud.p99, median(&rates));
    report.row(
        "p10",
        &format!("p99 of `GET /api/auth/me` at {CONNECTIONS} connections, {name}"),
        &detail,
        loud.p99 / quiet.p99,
        3.0,
    );
    let (quiet, loud) = (median(&paced_quiet), median(&paced_loud));
    let detail = format!("{quiet:.2} ms quiet, {loud:.2} ms in the storm");
    report.row("p10", &format!("the same at 200 requests/s, {name}"), &detail, loud / quiet, 3.0);
    Ok(())
}

/// p99 in milliseconds of single requests, one every five milliseconds.
pub async fn paced_p99(server: &Server, cookie: &str) -> Result<f64> {
    let client = server::client()?;
    let url = format!("{}/api/auth/me", server.url());
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let mut times = Vec::new();
    for _ in 0..400 {
        ticks.tick().await;
        let begun = Instant::now();
        client.get(&url).header("cookie", cookie).send().await?.error_for_status()?.bytes().await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}

/// Clients that sign in without a pause.
struct Storm {
    begun: Instant,
    tasks: Vec<tokio::task::JoinHandle<Result<usize>>>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Storm {
    fn begin(server: &Server) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let task = |_| {
            let (url, stopped) = (server.url(), stopped.clone());
            tokio::spawn(async move {
                let client = server::client()?;
                let mut count = 0;
                while !*stopped.borrow() {
                    server::sign_in(&client, &url, "storm@bench.example").await?;
                    count += 1;
                }
                Ok(count)
            })
        };
        let tasks = (0..STORM).map(task).collect();
        Self { begun: Instant::now(), tasks, stop }
    }

    /// Sign-ins per second.
    async fn end(self) -> Result<f64> {
        self.stop.send(true)?;
        let mut count = 0;
        for task in self.tasks {
            count += task.await??;
        }
        Ok(count as f64 / self.begun.elapsed().as_secs_f64())
    }
}

/// p13: a session ended on one node is over on the other. Timed from sending the request to end it.
async fn p13(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let a = Server::prepare(&database)?;
    a.add_user("nodes@bench.example")?;
    let (a, b) = (a.start().await?, Server::new(&database).start().await?);
    let client = server::client()?;
    let mut times = Vec::new();
    for _ in 0..ENDINGS {
        let token = server::sign_in(&client, &a.url(), "nodes@bench.example").await?;
        // Twice, so that B has the session in memory.
        for _ in 0..2 {
            if server::me(&client, &b.url(), &token).await? != 200 {
                return Err("p13: the other node does not know the session".into());
            }
        }
        let begun = Instant::now();
        client.post(format!("{}/api/auth/logout", a.url())).bearer_auth(&token).send().await?.error_for_status()?;
        while server::me(&client, &b.url(), &token).await? != 401 {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err("p13: the session still lives on the other node after 5 seconds".into());
            }
        }
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let longest = times.iter().copied().fold(0.0, f64::max);
    report.at_most(
        "p13",
        &format!("end on one node → 401 on the other, median of {ENDINGS}"),
        median(&times),
        "ms",
        Some(50.0),
    );
    report.at_most("p13", "the same, longest", longest, "ms", Some(1000.0));
    Ok(())
}
