//! QR sign-in: polls, codes, ten thousand computers that wait, and the time from a tap to a cookie.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    ROUNDS, Result, SECONDS,
    data::{Database, Kind},
    pair,
    report::{Report, median},
    server::{self, Server},
};

/// Computers that show a code at once; the variable is for a small machine, 0 leaves the section out.
const COMPUTERS: (&str, usize) = ("OSPABHOST_BENCH_COMPUTERS", 10_000);
pub const WRITERS: usize = 32;
const TAPS: usize = 50;
const WATCHED: Duration = Duration::from_secs(20);

pub async fn measure(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let stopped = Server::prepare(&database)?.with("OSPABHOST_QR_LOGIN_LIFE_SECONDS", "900");
    stopped.add_user("qr@bench.example")?;
    let server = stopped.start().await?;
    p3(kind, &database, &server, report).await?;
    p3b(kind, &database, &server, report).await?;
    taps(kind, &server, report).await?;
    let computers = std::env::var(COMPUTERS.0).ok().and_then(|text| text.parse().ok()).unwrap_or(COMPUTERS.1);
    if computers == 0 {
        report.note("Waiting computers were not measured: OSPABHOST_BENCH_COMPUTERS is 0.");
        return Ok(());
    }
    crowd(kind, &server, computers, report).await
}

async fn p3(kind: &Kind, database: &Database, server: &Server, report: &mut Report) -> Result<()> {
    let code = generate(&server::client()?, &server.url()).await?;
    let file = database.folder().join("qr-cookie");
    std::fs::write(&file, format!("qr={}", code.secret))?;
    let (base, polls) = pair(server, &format!("/api/qr-auth/status/{}", code.code), &file).await?;
    report.ratio("p3", &format!("`GET /api/qr-auth/status/:code`, pending, {}", kind.name()), base, polls, Some(0.6));
    Ok(())
}

struct Code {
    code: String,
    secret: String,
}

async fn generate(client: &reqwest::Client, url: &str) -> Result<Code> {
    let answer: Value =
        client.post(format!("{url}/api/qr-auth/generate")).send().await?.error_for_status()?.json().await?;
    let text = |name: &str| answer[name].as_str().map(str::to_owned).ok_or("no code");
    Ok(Code { code: text("code")?, secret: text("pollSecret")? })
}

/// Codes that are made in a second, and what a bare durable row costs on the same disk.
async fn p3b(kind: &Kind, database: &Database, server: &Server, report: &mut Report) -> Result<()> {
    let (mut codes, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (client, url) = (server::client()?, server.url());
        codes.push(rate(|end| make_until(client.clone(), url.clone(), end)).await?);
        rows.push(bare(database).await?);
    }
    let (codes, rows) = (median(&codes), median(&rows));
    let what = format!("`POST /api/qr-auth/generate` by {WRITERS} at once, {}", kind.name());
    report.at_most("p3b", &what, codes, "/s", None);
    report.at_most("p3b", &format!("bare durable inserts, {}", kind.name()), rows, "/s", None);
    Ok(())
}

/// Durable rows of one small table that are written in a second.
pub async fn bare(database: &Database) -> Result<f64> {
    match database.kind() {
        // One writer is all that it has.
        Kind::Sqlite => {
            let end = Instant::now() + Duration::from_secs(SECONDS.into());
            let file = database.folder().join("bare.db").display().to_string();
            Ok(insert_until_sqlite(file, end).await? as f64 / f64::from(SECONDS))
        }
        Kind::Postgres(_) => rate(|end| insert_until_postgres(database.url(), end)).await,
    }
}

/// What `WRITERS` tasks together do in a second.
pub async fn rate<F: Future<Output = Result<usize>> + Send + 'static>(task: impl Fn(Instant) -> F) -> Result<f64> {
    let end = Instant::now() + Duration::from_secs(SECONDS.into());
    let mut tasks: JoinSet<_> = (0..WRITERS).map(|_| task(end)).collect();
    let mut count = 0;
    while let Some(done) = tasks.join_next().await {
        count += done??;
    }
    Ok(count as f64 / f64::from(SECONDS))
}

async fn make_until(client: reqwest::Client, url: String, end: Instant) -> Result<usize> {
    let mut count = 0;
    while Instant::now() < end {
        generate(&client, &url).await?;
        count += 1;
    }
    Ok(count)
}

const BARE: &str = "CREATE TABLE IF NOT EXISTS bare (id BIGINT, text TEXT)";
const INSERT: &str = "INSERT INTO bare (id, text) VALUES (1, 'a code and where it was asked for')";

async fn insert_until_sqlite(path: String, end: Instant) -> Result<usize> {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{path}?mode=rwc")).await?;
    sqlx::raw_sql("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").execute(&mut connection).await?;
    sqlx::raw_sql(BARE).execute(&mut connection).await?;
    let mut count = 0;
    while Instant::now() < end {
        sqlx::query(INSERT).execute(&mut connection).await?;
        count += 1;
    }
    Ok(count)
}

async fn insert_until_postgres(url: String, end: Instant) -> Result<usize> {
    let mut connection = PgConnection::connect(&url).await?;
    // Two at once may both find it missing.
    let _ = sqlx::raw_sql(BARE).execute(&mut connection).await;
    let mut count = 0;
    while Instant::now() < end {
        sqlx::query(INSERT).execute(&mut connection).await?;
        count += 1;
    }
    Ok(count)
}

/// From the phone's tap to the computer's cookie.
async fn taps(kind: &Kind, server: &Server, report: &mut Report) -> Result<()> {
    let (client, url) = (server::client()?, server.url());
    let token = server::sign_in(&client, &url, "qr@bench.example").await?;
    let mut times = Vec::new();
    for _ in 0..TAPS {
        let code = generate(&client, &url).await?;
        let held = client
            .get(format!("{url}/api/qr-auth/status/{}?wait=25", code.code))
            .header("x-poll-secret", &code.secret)
            .timeout(Duration::from_secs(30));
        let computer = tokio::spawn(async move { held.send().await?.error_for_status() });
        // It is waiting by then.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let begun = Instant::now();
        let confirm = client.post(format!("{url}/api/qr-auth/confirm")).bearer_auth(&token);
        confirm.json(&json!({ "code": code.code })).send().await?.error_for_status()?;
        let answer = computer.await??;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        if !answer.headers().contains_key("set-cookie") {
            return Err("the computer got no cookie".into());
        }
    }
    let what = format!("a tap on the phone → the computer's cookie, median of {TAPS}, {}", kind.name());
    report.at_most("qr", &what, median(&times), "ms", None);
    Ok(())
}

/// Computers that poll every two seconds, and as many that wait for an answer: what they cost the node.
async fn crowd(kind: &Kind, server: &Server, computers: usize, report: &mut Report) -> Result<()> {
    let (client, url) = (server::client()?, server.url());
    let mut codes = Vec::new();
    while codes.len() < computers {
        let batch = (0..WRITERS.min(computers - codes.len())).map(|_| generate(&client, &url));
        codes.extend(futures_util::future::try_join_all(batch).await?);
    }
    let idle = server.resident_mib()?;
    for (wait, what) in [("", "polling every 2 s"), ("?wait=25", "waiting 25 s each")] {
        let mut tasks = JoinSet::new();
        for (n, code) in codes.iter().enumerate() {
            let request = format!(
                "GET /api/qr-auth/status/{}{wait} HTTP/1.1\r\nhost: bench\r\ncookie: qr={}\r\n\r\n",
                code.code, code.secret
            );
            let pause = if wait.is_empty() { Duration::from_secs(2) } else { Duration::ZERO };
            let first = Duration::from_micros(2_000_000 * n as u64 / computers as u64);
            tasks.spawn(computer(server.address().to_owned(), request, first, pause));
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
        let (begun, before) = (Instant::now(), server.cpu_seconds()?);
        tokio::time::sleep(WATCHED).await;
        let share = (server.cpu_seconds()? - before) / begun.elapsed().as_secs_f64() * 100.0;
        let memory = server.resident_mib()? - idle;
        if let Some(ended) = tasks.try_join_next() {
            return Err(format!("a computer gave up: {ended:?}").into());
        }
        tasks.shutdown().await;
        let who = format!("{computers} computers {what}, {}", kind.name());
        report.at_most("qr", &format!("{who}: of one core"), share, "%", None);
        report.at_most("qr", &format!("{who}: memory beside"), memory, "MiB", None);
    }
    Ok(())
}

/// One computer with its connection; ends only by an error.
async fn computer(address: String, request: String, first: Duration, pause: Duration) -> Result<()> {
    tokio::time::sleep(first).await;
    let mut stream = TcpStream::connect(address).await?;
    let mut buffer = [0; 2048];
    let mut next = tokio::time::Instant::now();
    loop {
        stream.write_all(request.as_bytes()).await?;
        // The answer is smaller than a packet.
        let read = stream.read(&mut buffer).await?;
        let answer = String::from_utf8_lossy(&buffer[..read]);
        if !answer.contains("200 OK") || !answer.contains("pending") {
            return Err(format!("not pending: {answer}").into());
        }
        next += pause;
        tokio::time::sleep_until(next).await;
    }
}
