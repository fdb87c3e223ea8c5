//! Reading tickets, with ten thousand of them and with a million: lists, searches, a long page.

use std::time::{Duration, Instant};

use crate::{
    Result, Run,
    data::{Database, Kind},
    pair,
    report::Report,
    server::{self, Server},
    ticket_data::{self, People},
    ticket_plans, ticket_text, ticket_write, wanted,
};

/// Tickets, each with three answers; the variable is for a small machine.
const TICKETS: (&str, &str) = ("OSPABHOST_BENCH_TICKETS", "10000 100000 1000000");
const MILLION: i64 = 1_000_000;
const SEARCHES: usize = 100;
const SEARCH_FOR: Duration = Duration::from_secs(5);

/// A page of the list with the static answer beside it.
type Lists = [(Run, Run); 2];
const READERS: [&str; 2] = ["a customer", "an operator"];

pub async fn measure(kind: &Kind, report: &mut Report) -> Result<()> {
    let sizes = std::env::var(TICKETS.0).unwrap_or_else(|_| TICKETS.1.to_owned());
    let sizes = sizes.split(' ').map(str::parse).collect::<std::result::Result<Vec<i64>, _>>()?;
    let mut smallest: Option<(i64, Lists)> = None;
    for (n, tickets) in sizes.iter().copied().enumerate() {
        let last = n + 1 == sizes.len();
        eprintln!("{}: {tickets} tickets", kind.name());
        let database = Database::make(kind).await?;
        let stopped = Server::prepare(&database)?;
        let begun = Instant::now();
        let people = ticket_data::fill(&database, tickets).await?;
        let seconds = begun.elapsed().as_secs_f64();
        report.at_most("fill", &format!("{tickets} tickets by SQL, {}", kind.name()), seconds, "s", None);
        if last {
            ticket_plans::note(&database, people.long, report).await?;
        }
        let server = stopped.start().await?;
        if wanted("p4") {
            let lists = p4(kind, &database, &server, &people, tickets, report).await?;
            match &smallest {
                None => smallest = Some((tickets, lists)),
                Some((few, before)) => growth(kind, (*few, before), (tickets, &lists), report),
            }
        }
        if wanted("p5") {
            p5(kind, &server, &people, tickets, report).await?;
        }
        if wanted("p6") && last {
            p6(kind, &database, &server, &people, report).await?;
        }
        if wanted("p11") && last {
            ticket_write::p11(kind, &database, &server, &people, report).await?;
        }
    }
    Ok(())
}

async fn p4(
    kind: &Kind,
    database: &Database,
    server: &Server,
    people: &People,
    tickets: i64,
    report: &mut Report,
) -> Result<Lists> {
    let mut lists = Lists::default();
    for ((reader, cookies), list) in READERS.iter().zip([&people.customers, &people.operators]).zip(&mut lists) {
        let file = database.folder().join("ticket-cookies");
        std::fs::write(&file, cookies.join("\n"))?;
        *list = pair(server, "/api/ticket?page=1", &file).await?;
        let what = format!("`GET /api/ticket?page=1` as {reader}, {tickets} tickets, {}", kind.name());
        report.ratio("p4", &what, list.0, list.1, None);
        report.at_most("p4", "the same, p99", list.1.p99, "ms", Some(10.0));
    }
    Ok(lists)
}

/// How the rate fares as the tickets grow. The static answer beside each takes the machine's moods out.
fn growth(kind: &Kind, (few, before): (i64, &Lists), (many, after): (i64, &Lists), report: &mut Report) {
    for ((reader, before), after) in READERS.iter().zip(before).zip(after) {
        let mood = before.0.rate / after.0.rate;
        let what = format!("the rate at {many} of the rate at {few} as {reader}, {}", kind.name());
        let scaled = Run { rate: after.1.rate * mood, ..after.1 };
        report.ratio("p4", &what, before.1, scaled, (many >= MILLION).then_some(0.7));
    }
}

/// Searches for what most texts have, for what few have, and for the beginning of a common word.
async fn p5(kind: &Kind, server: &Server, people: &People, tickets: i64, report: &mut Report) -> Result<()> {
    let words = [0, 60, 500, 4000].map(ticket_text::word).into_iter().chain(["vps4711".to_owned(), "серв".to_owned()]);
    for word in words {
        for connections in [1, 8] {
            let tasks = (0..connections).map(|n| search(server, &people.operators[n], &word, SEARCHES / connections));
            let mut times = futures_util::future::try_join_all(tasks).await?.concat();
            times.sort_by(f64::total_cmp);
            let p95 = times[times.len() * 95 / 100];
            let at = if connections == 1 { "one connection".to_owned() } else { format!("{connections} connections") };
            let what = format!("search of “{word}” as an operator, {at}, {tickets} tickets, {}: p95", kind.name());
            report.at_most("p5", &what, p95, "ms", (tickets >= MILLION).then_some(50.0));
        }
    }
    Ok(())
}

/// Milliseconds of some searches one after another, for a few seconds at most.
async fn search(server: &Server, cookie: &str, word: &str, most: usize) -> Result<Vec<f64>> {
    let client = server::client()?;
    let url = reqwest::Url::parse_with_params(&format!("{}/api/ticket", server.url()), [("search", word)])?;
    let (until, mut times) = (Instant::now() + SEARCH_FOR, Vec::new());
    // The connection is made, and the statement is prepared.
    for warm in [true, true].into_iter().chain(std::iter::repeat_n(false, most)) {
        if Instant::now() > until && times.len() >= 3 {
            break;
        }
        let begun = Instant::now();
        let request = client.get(url.clone()).header("cookie", cookie);
        let answer: serde_json::Value = request.send().await?.error_for_status()?.json().await?;
        if answer["meta"]["total"].as_i64() == Some(0) {
            return Err(format!("p5: nothing has the word {word}").into());
        }
        if !warm {
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(times)
}

async fn p6(kind: &Kind, database: &Database, server: &Server, people: &People, report: &mut Report) -> Result<()> {
    let path = format!("/dashboard/tickets-new/{}", people.long);
    for (reader, cookies) in READERS.iter().zip([&people.customers[..1], &people.operators]) {
        let file = database.folder().join("page-cookies");
        std::fs::write(&file, cookies.join("\n"))?;
        let (base, pages) = pair(server, &path, &file).await?;
        let what = format!("`GET /dashboard/tickets-new/:id`, 50 responses, as {reader}, {}", kind.name());
        report.ratio("p6", &what, base, pages, Some(0.3));
    }
    Ok(())
}
