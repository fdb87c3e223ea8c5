use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{Scene, given};
use crate::testing::{Database, until};

/// A scanner that finds "EICAR" and remembers what it was given.
async fn clamd() -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let given = seen.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut content = Vec::new();
            loop {
                let length = stream.read_u32().await.unwrap() as usize;
                if length == 0 {
                    break;
                }
                let start = content.len();
                content.resize(start + length, 0);
                stream.read_exact(&mut content[start..]).await.unwrap();
            }
            let answer: &[u8] = match &content {
                content if content.starts_with(b"EICAR") => b"stream: Eicar-Test-Signature FOUND\0",
                content if content.starts_with(b"LIMIT") => b"INSTREAM size limit exceeded. ERROR\0",
                content if content.starts_with(b"SILENT") => b"",
                _ => b"stream: OK\0",
            };
            given.lock().unwrap().push(content);
            stream.write_all(answer).await.unwrap();
        }
    });
    (url, seen)
}

#[tokio::test]
async fn asvs_5_4_3_infected_files_are_refused() {
    let (url, seen) = clamd().await;
    let scene = Scene::with(Database::sqlite(), |config| config.platform.clamd_url = url).await;
    let long = "Всё в порядке. ".repeat(20_000);
    given(scene.files(), "a.txt", long.as_bytes()).await.unwrap();
    assert_eq!(seen.lock().unwrap()[0], long.as_bytes(), "it sees the whole file");
    for (content, status, code) in
        [("EICAR", 422, "file_infected"), ("LIMIT", 503, "file_scanner"), ("SILENT", 503, "file_scanner")]
    {
        let Err(error) = given(scene.files(), "a.txt", content.as_bytes()).await else { panic!("{content} was taken") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (status, code));
        assert!(error.fields.contains_key("attachments"), "the form is shown again");
    }
    until(|| scene.is_clean()).await;
}

#[tokio::test]
async fn asvs_16_5_3_without_the_scanner_no_file_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("tcp://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [nobody, "unix:/nonexistent/clamd.sock".into()] {
        let scene = Scene::with(Database::sqlite(), |config| config.platform.clamd_url = url).await;
        let Err(error) = given(scene.files(), "a.txt", b"x").await else { panic!("taken") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (503, "file_scanner"));
        assert!(scene.files().ping_scanner().await.is_err());
        let answer = scene.client().upload("/api/form", &[("message", "x")], &[("a.txt", b"x")]).await;
        assert_eq!((&answer.value()["fields"]["message"], &answer.value()["files"]), (&"x".into(), &0.into()));
        assert!(scene.is_clean().await);
    }
}

#[test]
fn a_wrong_address_of_the_scanner_stops_the_start() {
    use super::super::clamd::Clamd;
    assert_eq!(Clamd::parse(""), Ok(Clamd::Off));
    assert_eq!(Clamd::parse("tcp://127.0.0.1:3310"), Ok(Clamd::Tcp("127.0.0.1:3310".into())));
    assert_eq!(Clamd::parse("unix:/run/clamd.sock"), Ok(Clamd::Unix("/run/clamd.sock".into())));
    for wrong in ["tcp://host", "tcp:host:1", "unix:relative", "http://host:1", "clamd"] {
        assert!(Clamd::parse(wrong).is_err(), "{wrong}");
        let settings = crate::platform::settings::Platform { clamd_url: wrong.into(), ..Default::default() };
        assert_eq!(settings.check().unwrap_err().0, "clamd_url");
    }
}
