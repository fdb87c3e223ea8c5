use std::process::Command;

use axum::{body::Body, http::Method};
use futures_util::{future::join_all, stream};

use super::Scene;
use crate::testing::{Database, multipart};

const CHILD: &str = "OSPABHOST_TEST_MEMORY_CHILD";
const PARALLEL: usize = 8;
const MAX_GROWTH: u64 = 16 << 20;

/// Eight replies of two files of 4 MB at once. In a process of its own: others take memory too.
#[test]
fn p12_uploads_take_no_memory() {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "platform::files::tests::memory::in_a_process_of_its_own", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(
        status.status.success(),
        "{}{}",
        String::from_utf8_lossy(&status.stdout),
        String::from_utf8_lossy(&status.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_process_of_its_own() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    crate::platform::base::process::give_large_blocks_back();
    let scene = Scene::new(Database::sqlite()).await;
    // One first, for what is made at first use.
    let small = vec![b'x'; 1000];
    assert_eq!(scene.client().upload("/api/keep", &[("message", "x")], &[("a.txt", &small)]).await.status, 200);
    let before = peak(true);
    join_all((0..PARALLEL).map(|_| reply(&scene))).await;
    let growth = peak(false) - before;
    println!("grew by {} KiB", growth >> 10);
    assert!(growth <= MAX_GROWTH, "grew by {} KiB", growth >> 10);
}

async fn reply(scene: &Scene) {
    static PIECE: [u8; 64 << 10] = [b'x'; 64 << 10];
    let (kind, body) = multipart(&[("message", "x")], &[("a.txt", &b"@"[..]); 2]);
    let mut pieces = Vec::new();
    for piece in body.split_inclusive(|byte| *byte == b'@') {
        pieces.push(bytes::Bytes::copy_from_slice(piece));
        if piece.ends_with(b"@") {
            pieces.extend(std::iter::repeat_n(bytes::Bytes::from_static(&PIECE), 63));
        }
    }
    // Always ready: as quick as a sender can be.
    let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)));
    let answer = scene.client().send(Method::POST, "/api/keep", Some(&kind), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// The most memory that the process had, after `reset` from now on.
fn peak(reset: bool) -> u64 {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
