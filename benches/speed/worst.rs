//! p17: what others feel while strangers send the worst input of each thing that computes.

use std::{
    io::{Cursor, Write},
    time::Duration,
};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    Result,
    data::{self, Database, Kind},
    report::{Report, median},
    server::{self, Server},
};

const ATTACKERS: usize = 6;
const ROUNDS: usize = 3;
/// What others' p99 may grow by, in milliseconds.
const MOST: f64 = 50.0;

/// One thing that computes: what is sent for it, again and again.
struct Worst {
    name: &'static str,
    sends: Sends,
}

#[derive(Clone)]
enum Sends {
    /// JSON that nobody signed in sends; `{n}` in it is a number that is new each time.
    Json(&'static str, String),
    /// A ticket with this message, and its page.
    Message(String),
    /// A ticket with this file.
    File(&'static str, Bytes),
    /// A photo to read a code from.
    Photo(Bytes),
    /// A page or a list, as a customer, with this browser's name.
    Get(String, String),
}

pub async fn p17(kind: &Kind, report: &mut Report) -> Result<()> {
    let database = Database::make(kind).await?;
    let stopped = Server::prepare(&database)?;
    stopped.add_user("worst@bench.example")?;
    let cookies = data::fill(&database, 200).await?;
    let server = stopped.start().await?;
    for worst in all()? {
        let (mut quiet, mut loud, mut sent) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            quiet.push(crate::paced_p99(&server, &cookies[0]).await?);
            let (stop, stopped) = watch::channel(false);
            let attackers: Vec<_> = (0..ATTACKERS)
                .map(|n| {
                    tokio::spawn(attack(server.url(), cookies[n + 1].clone(), worst.sends.clone(), stopped.clone()))
                })
                .collect();
            loud.push(crate::paced_p99(&server, &cookies[0]).await?);
            stop.send(true)?;
            for attacker in attackers {
                sent += attacker.await??;
            }
        }
        let (quiet, loud) = (median(&quiet), median(&loud));
        let what = format!(
            "p99 of others at 200 requests/s more while {ATTACKERS} send {} ({sent} answered), {}",
            worst.name,
            kind.name()
        );
        report.at_most("p17", &what, loud - quiet, "ms", Some(MOST));
    }
    Ok(())
}

/// Sends until it is told to stop, at least once; how often it was answered.
async fn attack(url: String, cookie: String, sends: Sends, stopped: watch::Receiver<bool>) -> Result<usize> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).no_proxy();
    let client = server::client().and(Ok(client.build()?))?;
    let mut count = 0;
    while count == 0 || !*stopped.borrow() {
        let request = match &sends {
            Sends::Json(path, body) => {
                let number = rand::random::<u64>().to_string();
                let post = client.post(format!("{url}{path}")).header("content-type", "application/json");
                post.body(body.replace("{n}", &number))
            }
            Sends::Message(text) => {
                let body = json!({ "title": "Сервер не отвечает", "message": text });
                let made = client.post(format!("{url}/api/ticket/create")).header("cookie", &cookie).json(&body);
                let made: Value = made.send().await?.json().await?;
                let id = made["ticket"]["id"].as_i64().ok_or("the message was refused")?;
                client.get(format!("{url}/dashboard/tickets-new/{id}")).header("cookie", &cookie)
            }
            Sends::File(name, content) => {
                let post = client.post(format!("{url}/api/ticket/create")).header("cookie", &cookie);
                post.header("content-type", "multipart/form-data; boundary=bench").body(form(name, content))
            }
            Sends::Photo(photo) => {
                let post = client.post(format!("{url}/api/qr-auth/decode")).header("cookie", &cookie);
                post.header("content-type", "image/png").body(photo.clone())
            }
            Sends::Get(path, agent) => {
                client.get(format!("{url}{path}")).header("cookie", &cookie).header("user-agent", agent)
            }
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        if status >= 500 && status != 503 {
            return Err(format!("{status} for the worst input").into());
        }
        answer.bytes().await?;
        count += 1;
    }
    Ok(count)
}

/// Printable marks and digits: what the strength check takes for letters in disguise.
const DISGUISES: &str = " .,?!'-/_:;+()@$\"#&*<>=[]\\~%^{}|0123456789";

fn all() -> Result<Vec<Worst>> {
    let marks: String = DISGUISES.chars().cycle().take(128).collect();
    let register = |password: &str| {
        let body = json!({ "username": "Артём", "email": "a{n}@bench.example", "password": password });
        Sends::Json("/api/auth/register", body.to_string())
    };
    let message = |unit: &str| Sends::Message(unit.chars().cycle().take(9_990).collect());
    let words: String = "сервер vps4711 10.0.0.1 не ".chars().cycle().take(200).collect();
    let search = format!("/api/ticket?search={}", words.replace(' ', "%20"));
    let agent = "Mozilla/5.0 (Linux; Android 15; "
        .chars()
        .chain("Chrome/1 Safari/ Version; ".chars().cycle())
        .take(8_000)
        .collect();
    let worst = |name, sends| Worst { name, sends };
    Ok(vec![
        worst("passwords of marks", register(&marks)),
        worst("passwords of keyboard rows", register(&"4@8({[<369|!1/0$5+7%2qazwsx".repeat(5)[..128])),
        worst(
            "wrong passwords",
            Sends::Json("/api/auth/login", json!({ "email": "worst@bench.example", "password": marks }).to_string()),
        ),
        worst("messages of `>`", message(">")),
        worst("messages of `> `, a line each", message("> \n")),
        worst("messages of `[`", message("[")),
        worst("messages of stars", message("**a *")),
        worst("messages of nested lists", message("- ")),
        worst("messages of ticks", message("` `` ")),
        worst("messages of addresses", message("https://a.b/(")),
        worst("archives of 9,000 files", Sends::File("many.zip", many_files()?)),
        worst("archives that unpack to 150 MB", Sends::File("large.zip", large_archive()?)),
        worst("pictures of 99 megapixels", Sends::File("large.png", large_picture(9_900)?)),
        worst("photos of 36 megapixels", Sends::Photo(large_picture(6_000)?)),
        worst("searches of 200 characters", Sends::Get(search, "wrk".into())),
        worst("names of browsers of 8,000 characters", Sends::Get("/login/qr".into(), agent)),
    ])
}

fn many_files() -> Result<Bytes> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..9_000 {
        writer.start_file(format!("logs/{n}.txt"), SimpleFileOptions::default())?;
        writer.write_all(b"Nov 24 12:00:01 vps4711 kernel: eth0: link is up\n")?;
    }
    Ok(writer.finish()?.into_inner().into())
}

/// Lines that compress as logs do.
fn large_archive() -> Result<Bytes> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("error.log", SimpleFileOptions::default())?;
    for n in 0..1_900_000_u32 {
        writeln!(writer, "Nov 24 12:00:01 vps{} kernel: eth0: the link is up at 1000 Mbps, full duplex", n % 97)?;
    }
    Ok(writer.finish()?.into_inner().into())
}

fn large_picture(side: u32) -> Result<Bytes> {
    let mut out = Cursor::new(Vec::new());
    let picture =
        image::GrayImage::from_fn(side, side, |x, y| image::Luma([u8::from((x / 40 + y / 40) % 2 == 0) * 255]));
    picture.write_to(&mut out, image::ImageFormat::Png)?;
    Ok(out.into_inner().into())
}

fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(content.len() + 1024);
    for (field, value) in [("title", "Сервер не отвечает"), ("message", "Журналы приложены к тикету")]
    {
        let part = format!("--bench\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--bench\r\ncontent-disposition: form-data; name=\"attachments\"";
    body.extend_from_slice(
        format!("{head}; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--bench--\r\n");
    body
}
