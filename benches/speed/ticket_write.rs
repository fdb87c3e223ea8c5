//! Writing tickets: how many are made in a second, and what large files take.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    ROUNDS, Result,
    data::{self, Database, Kind},
    qr::{self, WRITERS},
    report::{Report, median},
    server::{self, Server},
    ticket_data::{Connection, People},
};

const FILES: usize = 5;
const FILE: usize = 10 << 20;
const AT_ONCE: usize = 8;

/// Tickets made by many at once, each row counted, beside bare durable rows on the same disk.
pub async fn p11(
    kind: &Kind,
    database: &Database,
    server: &Server,
    people: &People,
    report: &mut Report,
) -> Result<()> {
    let mut c = Connection::open(database).await?;
    let before = c.number("SELECT COUNT(*) FROM ticket").await?;
    let (mut rates, mut rows, mut shares, mut made) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
    for _ in 0..ROUNDS {
        let (client, url, next) = (server::client()?, server.url(), std::sync::atomic::AtomicUsize::new(0));
        let (begun, cpu) = (Instant::now(), server.cpu_seconds()?);
        let rate = qr::rate(|end| {
            let writer = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let cookie = people.customers[writer % people.customers.len()].clone();
            create_until(client.clone(), url.clone(), cookie, end)
        })
        .await?;
        shares.push((server.cpu_seconds()? - cpu) / begun.elapsed().as_secs_f64() * 100.0);
        rates.push(rate);
        made += rate * f64::from(crate::SECONDS);
        rows.push(qr::bare(database).await?);
    }
    let written = c.number("SELECT COUNT(*) FROM ticket").await? - before;
    if written != made.round() as i64 {
        return Err(format!("p11: {made} tickets were confirmed, {written} are there").into());
    }
    let name = kind.name();
    let (rate, rows) = (median(&rates), median(&rows));
    report.at_most("p11", &format!("`POST /api/ticket/create` by {WRITERS} at once, {name}"), rate, "/s", None);
    report.at_most("p11", &format!("the program meanwhile: of one core, {name}"), median(&shares), "%", None);
    report.at_most("p11", &format!("bare durable inserts, {name}"), rows, "/s", None);
    Ok(())
}

async fn create(client: &reqwest::Client, url: &str, cookie: &str) -> Result<i64> {
    let body = json!({ "title": "Сервер не отвечает", "message": "После обновления ядра **сервер** не пингуется, панель открывается медленно.", "category": "technical" });
    let request = client.post(format!("{url}/api/ticket/create")).header("cookie", cookie).json(&body);
    let answer: Value = request.send().await?.error_for_status()?.json().await?;
    Ok(answer["ticket"]["id"].as_i64().ok_or("no ticket")?)
}

async fn create_until(client: reqwest::Client, url: String, cookie: String, end: Instant) -> Result<usize> {
    let mut count = 0;
    while Instant::now() < end {
        create(&client, &url, &cookie).await?;
        count += 1;
    }
    Ok(count)
}

/// p12: what the program holds while eight replies of fifty megabytes come in at once.
pub async fn files(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let stopped = Server::prepare(&database)?;
    let cookies = data::fill(&database, AT_ONCE as i64).await?;
    let server = stopped.start().await?;
    let client = reqwest::Client::builder().timeout(Duration::from_secs(120)).no_proxy();
    // The first sets up what reqwest asks for.
    let (url, client) = (server.url(), server::client().and(Ok(client.build()?))?);
    let mut tickets = Vec::new();
    for cookie in &cookies {
        tickets.push(create(&client, &url, cookie).await?);
    }
    let before = server.resident_mib()?;
    let begun = Instant::now();
    let replies = tickets.iter().zip(&cookies).map(|(ticket, cookie)| {
        let request = client.post(format!("{url}/api/ticket/respond")).header("cookie", cookie);
        let request = request.header("content-type", "multipart/form-data; boundary=bench").body(form(*ticket));
        tokio::spawn(async move { request.send().await?.error_for_status() })
    });
    let replies = futures_util::future::try_join_all(replies);
    tokio::pin!(replies);
    let mut peak = before;
    let done = loop {
        tokio::select! {
            done = &mut replies => break done?,
            () = tokio::time::sleep(Duration::from_millis(5)) => peak = peak.max(server.resident_mib()?),
        }
    };
    for answer in done {
        let answer: Value = answer?.json().await?;
        if answer["response"]["attachments"].as_array().map(Vec::len) != Some(FILES) {
            return Err("p12: not every file was taken".into());
        }
    }
    let what = format!("{AT_ONCE} replies at once with {FILES} files of 10 MiB, {}", kind.name());
    report.at_most("p12", &format!("{what}: memory beside {before:.0} MiB"), peak - before, "MiB", Some(16.0));
    report.at_most("p12", "the same: time of all", begun.elapsed().as_secs_f64(), "s", None);
    Ok(())
}

fn form(ticket: i64) -> Bytes {
    let line = b"Nov 24 12:00:01 vps4711 kernel: eth0: link is up, 1000 Mbps, full duplex\n";
    let file: Vec<u8> = line.iter().copied().cycle().take(FILE).collect();
    let mut body = Vec::with_capacity(FILES * (FILE + 256));
    for (name, value) in [("ticketId", ticket.to_string()), ("message", "Журналы приложены".to_owned())]
    {
        let head = format!("--bench\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for n in 0..FILES {
        let head = "--bench\r\ncontent-disposition: form-data; name=\"attachments\"";
        body.extend_from_slice(
            format!("{head}; filename=\"log{n}.txt\"\r\ncontent-type: text/plain\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(&file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--bench--\r\n");
    body.into()
}
