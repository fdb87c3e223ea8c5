use axum::{body::Body, http::Method};
use serde_json::json;

use super::{Scene, samples::*};
use crate::{
    platform::{files::tests::count, settings::Switch},
    testing::{Database, engines::*, until},
};

const REPLY: [(&str, &str); 4] =
    [("ticketId", "7"), ("message", "Не открывается сайт"), ("isInternal", "on"), ("lastSeen", "")];

/// Names and contents.
type Sent<'a> = Vec<(&'a str, &'a [u8])>;

fn typed() -> serde_json::Value {
    json!({ "ticketId": 7, "message": "Не открывается сайт", "isInternal": true, "lastSeen": null })
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_with_files_is_taken_and_claimed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let (png, pdf) = (png(), PDF);
        let answer = scene
            .client()
            .upload("/api/keep", &REPLY, &[("снимок.png", &png), ("../счёт \"1\".pdf", pdf), ("", b"")])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let value = answer.value();
        assert_eq!(value["fields"], typed());
        let files = value["files"].as_array().unwrap();
        assert_eq!(files.len(), 2, "an empty file field is no file");
        assert_eq!(files[0]["filename"], "снимок.png");
        assert_eq!(files[0]["mimeType"], "image/png");
        assert_eq!(files[1]["filename"], "счёт \"1\".pdf");
        assert_eq!(files[1]["size"], pdf.len());
        assert_eq!(scene.pending().await, 0);
        scene.app.pass(std::time::Duration::from_secs(7200));
        scene.files().clean().await.unwrap();
        assert_eq!(count(&scene.folder), 3, "two files, and the small picture of one");
    })
    .await;
}

#[tokio::test]
async fn a_browser_sends_the_form_of_a_page() {
    let scene = Scene::new(Database::sqlite()).await;
    let files: [(&str, &[u8]); 1] = [("a.pdf", PDF)];
    let answer = scene.client().fill_with_files("/page", "/api/keep", &[("message", "Привет")], &files).await;
    assert_eq!(
        (&answer.value()["fields"]["ticketId"], &answer.value()["files"][0]["size"]),
        (&json!(7), &json!(PDF.len()))
    );
}

#[tokio::test]
async fn the_same_fields_come_as_json_or_as_a_plain_form() {
    let scene = Scene::new(Database::sqlite()).await;
    let mut client = scene.client();
    let json =
        client.post("/api/keep", json!({ "ticketId": 7, "message": "Не открывается сайт", "isInternal": true })).await;
    assert_eq!(json.value()["fields"], typed());
    assert_eq!(client.form("/api/keep", &REPLY).await.value()["fields"], typed());
    // The longest message, in the longest way to write it.
    let long = "😀".repeat(10_000);
    assert_eq!(client.form("/api/keep", &[("message", &long)]).await.value()["fields"]["message"], long);
    assert_eq!(client.upload("/api/keep", &[("message", &long)], &[]).await.value()["fields"]["message"], long);
    assert_eq!(client.form("/api/keep", &[("message", &"😀".repeat(30_000))]).await.status, 413);
    assert_eq!(client.upload("/api/keep", &[("message", &"x".repeat(70_000))], &[]).await.status, 413);
    assert_eq!(client.upload("/api/keep", &[("ticketId", "seven")], &[]).await.status, 422);
    assert_eq!(client.post("/api/keep", json!({ "ticketId": "seven" })).await.status, 422);
    let send = |kind: &'static str, body: &'static str| {
        let mut client = scene.client();
        async move { client.send(Method::POST, "/api/keep", Some(kind), Body::from(body)).await.status.as_u16() }
    };
    assert_eq!(send("text/plain", "x").await, 415);
    assert_eq!(send("multipart/form-data", "x").await, 400);
    assert_eq!(send("multipart/form-data; boundary=x", "nonsense").await, 400);
    assert_eq!(
        send(
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"a\0.txt\"\r\n\r\nx\r\n--x--"
        )
        .await,
        400
    );
}

#[tokio::test]
async fn a_stranger_stores_nothing() {
    let scene = Scene::new(Database::sqlite()).await;
    let answer = scene.stranger().upload("/api/keep", &REPLY, &[("a.txt", b"x")]).await;
    assert_eq!(answer.status, 401);
    assert!(scene.is_clean().await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_file_loses_nothing_that_was_typed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::with(database, |config| config.platform.files.max_bytes = 1 << 20).await;
        let most = vec![b'x'; 1 << 20];
        let over = vec![b'x'; (1 << 20) + 1];
        let six: Vec<(&str, &[u8])> = vec![("a.txt", &most); 6];
        let good: (&str, &[u8]) = ("a.txt", b"x");
        let zeros = zip(&[("a", &vec![0; 20 << 20])]);
        let cases: [(Sent, u16, &str, &str); 5] = [
            (six, 422, "invalid_fields", "Files: 5 at most"),
            (vec![good, ("b.txt", &over)], 413, "file_too_large", "\"b.txt\" is larger than 1 MB"),
            (vec![good, ("b.exe", b"MZ\x90\0")], 415, "file_type", "Accepted: JPEG, PNG, GIF, WebP, HEIC"),
            (vec![good, ("<b>.png", SVG)], 415, "file_content", "\"<b>.png\" is damaged"),
            (vec![good, ("b.zip", &zeros)], 422, "file_archive", "unpacks to more than 200 MB or 10000 files"),
        ];
        for (files, status, code, text) in cases {
            let answer = scene.client().upload("/api/form", &REPLY, &files).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let value = answer.value();
            assert_eq!((&value["fields"], &value["files"]), (&typed(), &json!(0)));
            assert_eq!((&value["problem"]["status"], &value["problem"]["code"]), (&json!(status), &json!(code)));
            assert!(value["problem"]["texts"][0].as_str().unwrap().contains(text), "{value}");
            // A program gets the error itself.
            let answer = scene.client().upload("/api/keep", &REPLY, &files).await;
            assert_eq!((answer.status.as_u16(), &answer.value()["code"]), (status, &json!(code)));
            assert!(answer.value()["fields"]["attachments"].as_str().unwrap().contains(text));
            until(|| scene.is_clean()).await;
        }
        let five: Vec<(&str, &[u8])> = vec![("a.txt", &most); 5];
        assert_eq!(scene.client().upload("/api/keep", &REPLY, &five).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn text_after_the_files_counts_too_and_the_body_has_an_end() {
    let scene = Scene::with(Database::sqlite(), |config| config.platform.files.max_bytes = 1 << 10).await;
    let part =
        |head: &str, content: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n");
    let file = |size: usize| part("name=\"files\"; filename=\"a.txt\"", &"y".repeat(size));
    let body = format!("{}{}--x--", file(2000), part("name=\"message\"", "после"));
    let kind = Some("multipart/form-data; boundary=x");
    let answer = scene.client().send(Method::POST, "/api/form", kind, Body::from(body)).await;
    assert_eq!(answer.value()["fields"]["message"], "после");
    assert_eq!(answer.value()["problem"]["code"], "file_too_large");
    // So much is not read to its end; what was typed before is kept.
    let body = format!("{}{}--x--", part("name=\"message\"", "до"), file(2 << 20));
    let pieces: Vec<_> = body.as_bytes().chunks(8000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let answer = scene.client().send(Method::POST, "/api/form", kind, body).await;
    assert_eq!(answer.value()["fields"]["message"], "до");
    assert_eq!(answer.value()["problem"]["code"], "file_too_large");
    assert!(scene.is_clean().await);
}

#[tokio::test]
async fn asvs_2_4_1_uploads_have_a_budget() {
    let scene = Scene::with(Database::sqlite(), |config| {
        config.platform.rate_limits = Switch::On;
        config.platform.files.uploads_per_hour = 3;
    })
    .await;
    let two: [(&str, &[u8]); 2] = [("a.txt", b"x"), ("b.txt", b"y")];
    assert_eq!(scene.client().upload("/api/keep", &REPLY, &two).await.status, 200);
    let answer = scene.client().upload("/api/form", &REPLY, &two).await;
    assert_eq!(answer.value()["problem"]["status"], 429);
    assert_eq!(answer.value()["fields"], typed());
    assert_eq!(scene.client().upload("/api/keep", &REPLY, &two).await.status, 429);
    assert_eq!(scene.client().upload("/api/keep", &REPLY, &[]).await.status, 200);
}
