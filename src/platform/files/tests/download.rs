use proptest::prelude::*;

use super::{Scene, given, samples::*};
use crate::{
    platform::files::Received,
    testing::{Answer, Client, Database, engines::*},
};

async fn ask(client: &mut Client, received: &Received) -> Answer {
    let escape =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (key, name, kind) = (escape(&received.storage_key), escape(&received.filename), escape(&received.mime_type));
    client.get(&format!("/file?key={key}&name={name}&kind={kind}&size={}", received.file_size)).await
}

async fn ranged(client: &Client, received: &Received, range: &str) -> Answer {
    ask(&mut client.clone().header("range", range), received).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_5_4_1_a_file_is_sent_as_ours(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let mut client = scene.client().header("accept-encoding", "br, gzip");
        let text = "строка журнала\n".repeat(1000);
        let received = given(scene.files(), "журнал \"за; март\" 100%.txt", text.as_bytes()).await.unwrap();
        let answer = ask(&mut client, &received).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, text.as_str()));
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(
            answer.header("content-disposition"),
            "attachment; filename=\"______ ___; _____ 100_.txt\"; filename*=UTF-8''%D0%B6%D1%83%D1%80%D0%BD%D0%B0%D0%BB%20%22%D0%B7%D0%B0%3B%20%D0%BC%D0%B0%D1%80%D1%82%22%20100%25.txt"
        );
        assert_eq!(answer.header("content-length"), text.len().to_string());
        assert_eq!(answer.header("content-encoding"), "", "ranges count these bytes");
        assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'; frame-ancestors 'none'");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert!(!answer.header("etag").contains(&received.storage_key[3..20]));
        let known = ask(&mut client.clone().header("if-none-match", &format!("\"x\", W/{}", answer.header("etag"))), &received).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));

        let cyrillic = given(scene.files(), "a.txt", &windows_1251("Привет, мир")).await.unwrap();
        assert_eq!(ask(&mut client, &cyrillic).await.header("content-type"), "text/plain; charset=windows-1251");
        for (name, bytes, how) in [("a.png", png(), "inline"), ("a.jpg", jpeg(), "inline"), ("a.gif", gif(), "inline"), ("a.pdf", PDF.to_vec(), "attachment"), ("a.txt", HTML.to_vec(), "attachment")] {
            let answer = ask(&mut client, &given(scene.files(), name, &bytes).await.unwrap()).await;
            assert_eq!(answer.header("content-disposition"), format!("{how}; filename=\"{name}\"; filename*=UTF-8''{name}"));
        }
    }).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_a_file_are_sent(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let client = scene.client();
        let received = given(scene.files(), "a.txt", b"0123456789").await.unwrap();
        for (range, status, content, text) in [
            ("bytes=0-0", 206, "bytes 0-0/10", "0"),
            ("bytes=2-5", 206, "bytes 2-5/10", "2345"),
            ("bytes=7-", 206, "bytes 7-9/10", "789"),
            ("bytes=-3", 206, "bytes 7-9/10", "789"),
            ("bytes=5-100", 206, "bytes 5-9/10", "56789"),
            ("bytes=0-99999999999999999999999", 206, "bytes 0-9/10", "0123456789"),
            ("bytes=-100", 206, "bytes 0-9/10", "0123456789"),
            ("bytes=10-", 416, "bytes */10", ""),
            ("bytes=99999999999999999999999-", 416, "bytes */10", ""),
            ("bytes=-0", 416, "bytes */10", ""),
            ("bytes=5-2", 200, "", "0123456789"),
            ("bytes=0-1,3-4", 200, "", "0123456789"),
            ("bytes=a-b", 200, "", "0123456789"),
            ("bytes=-", 200, "", "0123456789"),
            ("lines=0-1", 200, "", "0123456789"),
        ] {
            let answer = ranged(&client, &received, range).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-range"), answer.text.as_str()),
                (status, content, text),
                "{range}"
            );
        }
        let etag = ranged(&client, &received, "bytes=0-0").await.header("etag").to_owned();
        assert_eq!(ranged(&client.clone().header("if-range", &etag), &received, "bytes=0-0").await.status, 206);
        for other in ["\"other\"", "Tue, 15 Nov 1994 12:45:26 GMT"] {
            assert_eq!(ranged(&client.clone().header("if-range", other), &received, "bytes=0-0").await.status, 200);
        }
        let (head, _) = (
            client
                .clone()
                .send(
                    axum::http::Method::HEAD,
                    &format!("/file?key={}&name=a.txt&kind=text/plain&size=10", received.storage_key),
                    None,
                    axum::body::Body::empty(),
                )
                .await,
            (),
        );
        assert_eq!((head.status.as_u16(), head.header("content-length"), head.text.as_str()), (200, "10", ""));
        let mut gone = received;
        gone.storage_key = "ab/cdef".into();
        assert_eq!(ask(&mut client.clone(), &gone).await.status, 404);
    })
    .await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn parts_joined_are_the_whole(cuts in proptest::collection::btree_set(1_usize..5000, 0..6), size in 5000_usize..20_000) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let scene = Scene::new(Database::sqlite()).await;
            let client = scene.client();
            let whole: Vec<u8> = (0..size).map(|n| b'a' + (n % 26) as u8).collect();
            let received = given(scene.files(), "a.txt", &whole).await.unwrap();
            let mut joined = Vec::new();
            let mut from = 0;
            for to in cuts.into_iter().chain([size]) {
                let answer = ranged(&client, &received, &format!("bytes={from}-{}", to - 1)).await;
                assert_eq!(answer.header("content-length"), (to - from).to_string());
                joined.extend(answer.bytes);
                from = to;
            }
            assert_eq!(joined, whole);
        });
    }
}
