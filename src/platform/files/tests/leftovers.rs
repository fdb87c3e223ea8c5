use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::Method,
};
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Scene, given, samples::*};
use crate::{
    platform::{
        base::error::Error,
        files::{store, tests::count},
    },
    testing::{Database, engines::*, multipart, until},
};

const REPLY: [(&str, &str); 1] = [("message", "Привет")];

fn body() -> (String, Vec<u8>) {
    let noise: Vec<u8> = (0..60_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
    multipart(&REPLY, &[("a.txt", &noise), ("b.png", &png()), ("c.zip", &zip(&[("a", &noise)]))])
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_at_any_stage_leaves_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let (kind, body) = body();
        let whole = scene.client().send(Method::POST, "/api/keep", Some(&kind), Body::from(body.clone())).await;
        assert_eq!(whole.status, 200);
        let kept = count(&scene.folder);
        for at in (0..40).map(|n| body.len() * n / 40).chain(body.len() - 90..body.len() - 4) {
            let cut = stream::iter([
                Ok(Bytes::copy_from_slice(&body[..at])),
                Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            ]);
            let answer = scene.client().send(Method::POST, "/api/keep", Some(&kind), Body::from_stream(cut)).await;
            assert_eq!(answer.status, 400, "cut at {at}");
            // The same with a length that promised more than comes.
            let short = Body::from(body[..at].to_vec());
            assert_eq!(
                scene.client().send(Method::POST, "/api/keep", Some(&kind), short).await.status,
                400,
                "ends at {at}"
            );
        }
        until(async || scene.pending().await == 0 && count(&scene.folder) == kept).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_that_lies_leaves_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = scene.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (kind, body) = body();
        for (length, sent, expected) in [
            (body.len(), body.len(), "HTTP/1.1 409 "),
            // More is promised than comes; more comes than was promised.
            (body.len() + 5000, body.len() / 2, "HTTP/1.1 400 "),
            (body.len() / 2, body.len(), "HTTP/1.1 400 "),
            (usize::MAX / 2, body.len() / 2, "HTTP/1.1 400 "),
        ] {
            let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let head = format!("POST /api/refuse HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let _ = stream.write_all(&body[..sent]).await;
            // To the server, half a connection is a client who went away.
            if sent < length {
                let _ = stream.shutdown().await;
            }
            let mut answer = Vec::new();
            // Where more came than was promised, the connection may be cut after the answer.
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with(expected) || answer.is_empty() && sent != length, "{length}: {answer}");
        }
        until(|| scene.is_clean()).await;
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_goes_away_leaves_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let (kind, body) = body();
        for steps in 0..60 {
            // The request is dropped after so many steps, wherever it is then.
            let mut client = scene.client();
            let pieces: Vec<_> =
                body.chunks(8_000).map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece))).collect();
            let body = Body::from_stream(stream::iter(pieces).then(async |piece| {
                tokio::task::yield_now().await;
                piece
            }));
            let (kind, path) = (kind.clone(), "/api/refuse");
            let request =
                tokio::spawn(async move { client.send(Method::POST, path, Some(&kind), body).await.status.as_u16() });
            for _ in 0..steps * steps {
                tokio::task::yield_now().await;
            }
            request.abort();
            if let Ok(status) = request.await {
                assert_eq!(status, 409);
            }
        }
        until(|| scene.is_clean()).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_leaves_nothing(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let answer = scene.client().upload("/api/refuse", &REPLY, &[("a.txt", b"x"), ("b.png", &png())]).await;
        assert_eq!(answer.status, 409, "the transaction that claimed them was undone");
        until(|| scene.is_clean()).await;
        let received = given(scene.files(), "a.txt", b"x").await.unwrap();
        assert!(!scene.is_clean().await);
        scene.files().discard(vec![received]).await;
        assert!(scene.is_clean().await);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_is_removed_after_an_hour(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        // A process that died drops nothing.
        std::mem::forget(given(scene.files(), "a.txt", b"x").await.unwrap());
        scene.files().clean().await.unwrap();
        assert_eq!((scene.pending().await, count(&scene.folder)), (1, 1), "it may still be claimed");
        scene.app.pass(Duration::from_secs(3601));
        scene.files().clean().await.unwrap();
        assert!(scene.is_clean().await);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_claimed_is_not_removed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let received = given(scene.files(), "a.txt", b"x").await.unwrap();
        let key = received.storage_key.clone();
        let mut tx = scene.app.app.platform.db.begin().await.unwrap();
        assert!(scene.files().claim(&mut tx, &[&key]).await.unwrap());
        // Dropped, and overdue, while the transaction is open: both wait for it.
        scene.app.pass(Duration::from_secs(7200));
        let files = scene.files().clone();
        let (cleaning, discarding) = (
            tokio::spawn({
                let files = files.clone();
                async move { files.clean().await.map_err(|error: Error| error.code) }
            }),
            tokio::spawn(async move { files.discard(vec![received]).await }),
        );
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        tx.commit().await.unwrap();
        cleaning.await.unwrap().unwrap();
        discarding.await.unwrap();
        assert_eq!((scene.pending().await, count(&scene.folder)), (0, 1));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_claims_twice_or_what_is_given_up(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let one = given(scene.files(), "a.txt", b"x").await.unwrap();
        let claim = async |keys: &[&str]| {
            let mut tx = scene.app.app.platform.db.begin().await.unwrap();
            let claimed = scene.files().claim(&mut tx, keys).await.unwrap();
            if claimed {
                tx.commit().await.unwrap();
            }
            claimed
        };
        assert!(!claim(&[&one.storage_key, "ab/cdef"]).await);
        assert!(!claim(&[&one.storage_key, &one.storage_key]).await);
        assert!(claim(&[&one.storage_key]).await);
        assert!(!claim(&[&one.storage_key]).await);
        let two = given(scene.files(), "a.txt", b"x").await.unwrap();
        let key = two.storage_key.clone();
        store::any_give_up(&scene.app.app.platform.db, &key).await.unwrap();
        assert!(!claim(&[&key]).await);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_process_had_not_finished_receiving_is_swept() {
    let scene = Scene::new(Database::sqlite()).await;
    let left = scene.folder.join("incoming").join("0123");
    let fresh = scene.folder.join("incoming").join("4567");
    for path in [&left, &fresh] {
        std::fs::write(path, "x").unwrap();
    }
    let file = std::fs::File::options().write(true).open(&left).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    scene.files().clean().await.unwrap();
    assert!(!left.exists() && fresh.exists());
}
