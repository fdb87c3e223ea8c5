//! The program as its surroundings treat it: nobody reads what it says, it is told to stop, started twice.

use std::{
    fs::File,
    io::Write,
    net::TcpListener,
    os::fd::AsRawFd,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::common::{Client, Install, Server, stderr, until};

/// A pipe that nobody reads, with as much in it as it takes.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // SAFETY: asks for a number.
    let size = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_GETPIPE_SZ) };
    writer.write_all(&vec![b'x'; size.try_into().unwrap()]).unwrap();
    (reader, writer)
}

#[tokio::test]
async fn door_20_logging_never_decides() {
    let install = Install::on_sqlite().with("OSPABHOST_LOG", "trace");
    install.add_user("anna@example.ru", "customer");
    let closed = || std::io::pipe().unwrap().1;
    let full_disk = || File::options().write(true).open("/dev/full").unwrap();
    let (_reader, full) = full_pipe();
    for (name, out, err) in [
        ("closed pipes", Stdio::from(closed()), Stdio::from(closed())),
        ("a full disk", Stdio::from(full_disk()), Stdio::from(full_disk())),
        ("full pipes", Stdio::from(full.try_clone().unwrap()), Stdio::from(full.try_clone().unwrap())),
    ] {
        let server = install.start_unheard(out, err).await;
        for _ in 0..20 {
            let client = Client::sign_in(&server, "anna@example.ru").await;
            assert!(client.is_in().await, "{name}");
        }
        assert_eq!(Client::of(&server).get("/nowhere").await.status, 404, "{name}");
        server.terminate();
        assert_eq!(server.ended().await.code(), Some(0), "{name}");
    }
    // A command that cannot say what it was asked for fails, and does not panic.
    for arguments in [&["user", "list"][..], &["config"], &["openapi"]] {
        let output = install.command(arguments).stdout(full_disk()).stderr(Stdio::piped()).output().unwrap();
        let text = stderr(&output);
        assert!(!output.status.success() && text.contains("standard output"), "{arguments:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
        assert_eq!(install.command(arguments).stdout(full_disk()).stderr(closed()).status().unwrap().code(), Some(1));
    }
}

#[tokio::test]
async fn door_20_every_signal_to_stop_is_heard() {
    for signal in ["TERM", "INT", "HUP"] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        server.signal(signal);
        assert_eq!(server.ended().await.code(), Some(0), "{signal}: {}", server.log());
    }
    // Started to outlive its terminal, it does.
    let install = Install::on_sqlite();
    let server = install.start_by("trap '' HUP; exec \"$0\" \"$@\"").await;
    server.signal("HUP");
    assert_eq!(Client::of(&server).get("/healthz").await.status, 200);
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
}

#[tokio::test]
async fn door_20_a_mail_server_that_hangs_does_not_make_the_stop_fail() {
    let mail_server = TcpListener::bind("127.0.0.1:0").unwrap();
    let install = Install::on_sqlite()
        .with("OSPABHOST_SMTP_URL", &format!("smtp://{}", mail_server.local_addr().unwrap()))
        .with("OSPABHOST_MAIL_FROM", "help@example.org");
    // It takes connections, keeps them and says nothing.
    let held = Arc::new(Mutex::new(Vec::new()));
    std::thread::spawn({
        let held = held.clone();
        move || mail_server.incoming().for_each(|stream| held.lock().unwrap().push(stream))
    });
    let server = install.start().await;
    install.add_user("anna@example.ru", "customer");
    // At the start it is only greeted, to see whether it is there.
    let greeted = until("the greeting", async || Some(held.lock().unwrap().len()).filter(|count| *count > 0)).await;
    let asked = Client::of(&server).post("/api/auth/password/forgot", json!({ "email": "anna@example.ru" })).await;
    assert!(asked.status < 300, "{asked:?}");
    // The job has begun.
    until("the mail", async || (held.lock().unwrap().len() > greeted).then_some(())).await;
    let told = Instant::now();
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    assert!(told.elapsed() < Duration::from_secs(20), "it waited for the mail server: {:?}", told.elapsed());
    let waiting = "SELECT COUNT(*) FROM job WHERE done_at IS NULL AND failed_at IS NULL";
    assert_eq!(install.sql(waiting.into()).await, Some(1), "the mail is sent after the next start");
}

#[tokio::test]
async fn door_25_a_second_server_on_the_same_folder_refuses() {
    let install = Install::on_sqlite();
    let first = install.start().await;
    let output = install.run(&["serve"]);
    let text = stderr(&output);
    assert!(!output.status.success() && text.contains(&format!("process {}", first.id())), "{text}");
    // Commands work beside it.
    install.add_user("anna@example.ru", "customer");
    install.ok(&["backup", "--to", install.path("copy.db").to_str().unwrap()]);
    install.ok(&["user", "list"]);
    assert_eq!(Client::of(&first).get("/readyz").await.status, 200);
    // The lock goes with its holder, however that ends.
    first.kill();
    let second = install.start().await;
    Client::sign_in(&second, "anna@example.ru").await;
}

#[tokio::test]
async fn door_25_nodes_on_postgresql_are_not_locked_out() {
    let Some(install) = Install::on_postgres().await else { return };
    let first = install.start().await;
    let second = install.start().await;
    for server in [&first, &second] {
        assert_eq!(Client::of(server).get("/readyz").await.status, 200);
    }
}

#[tokio::test]
async fn door_29_while_draining_it_is_not_ready_and_serves() {
    let install = Install::on_sqlite().with("OSPABHOST_DRAIN_SECONDS", "600");
    let server = install.start().await;
    install.add_user("anna@example.ru", "customer");
    assert_eq!(Client::of(&server).get("/readyz").await.status, 200);
    server.terminate();
    let ready =
        until("not ready", async || Some(Client::of(&server).get("/readyz").await).filter(|a| a.status == 503)).await;
    assert_eq!(ready.body["status"], "stopping");
    let client = Client::sign_in(&server, "anna@example.ru").await;
    assert!(client.is_in().await);
    // A second signal cuts it short.
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
}

/// A connection from this address of loopback that says nothing.
async fn silent(from: [u8; 4], server: &Server) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(server.address).await
}

#[tokio::test]
async fn door_16_a_thousand_silent_connections_do_not_make_it_mute() {
    let install = Install::on_sqlite().with("OSPABHOST_RATE_LIMITS", "on");
    // As few file handles as a system gives, and no more to be had.
    let server = install.start_by("ulimit -n 1024; exec \"$0\" \"$@\"").await;
    let well = async || {
        let mut stream = silent([127, 0, 0, 9], &server).await.ok()?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        answer.starts_with("HTTP/1.1 200").then_some(())
    };
    until("an answer", well).await;
    // From one address: nobody else notices.
    let mut held = Vec::new();
    for _ in 0..1010 {
        held.push(silent([127, 0, 0, 8], &server).await.unwrap());
    }
    well().await.expect("an answer at once");
    // From many: it is full until those are cut who say nothing.
    for last in 10..30 {
        for _ in 0..60 {
            held.push(silent([127, 0, 0, last], &server).await.unwrap());
        }
    }
    until("an answer", well).await;
}

#[tokio::test]
async fn door_16_it_takes_as_many_file_handles_as_it_may_have() {
    let install = Install::on_sqlite();
    let server = install.start_by("ulimit -S -n 512; exec \"$0\" \"$@\"").await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<_> = line.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers[0], numbers[1], "{line}");
    assert_ne!(numbers[0], "512");
}
