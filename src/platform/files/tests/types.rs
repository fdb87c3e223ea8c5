use super::{Scene, content, given, samples::*};
use crate::{
    platform::files::kind,
    testing::{Database, engines::*, until},
};

#[tokio::test]
async fn asvs_5_2_2_what_is_what_its_name_says_is_taken() {
    let scene = Scene::new(Database::sqlite()).await;
    let long = "Ошибка 502 на сервере. ".repeat(9000);
    let cases: [(&str, Vec<u8>, &str); 18] = [
        ("a.jpg", jpeg(), "image/jpeg"),
        ("a.JPEG", photo(6, true), "image/jpeg"),
        ("a.png", png(), "image/png"),
        ("a.gif", gif(), "image/gif"),
        ("a.pdf", PDF.into(), "application/pdf"),
        ("a.doc", compound(&["Root Entry", "1Table", "WordDocument"]), "application/msword"),
        ("a.docx", docx(), kind::DOCX),
        ("a.zip", zip(&[("a/b.txt", b"x"), ("c.png", &png())]), "application/zip"),
        ("b.zip", zip_streamed(&[("a.txt", &[b'x'; 5000]), ("b.txt", b"y")]), "application/zip"),
        // A document in an archive is an archive in an archive.
        ("c.zip", zip(&[("a.docx", &docx()), ("inner.zip", &zip(&[("a", b"x")]))]), "application/zip"),
        ("d.zip", docx(), "application/zip"),
        ("a.txt", "Привет\r\n\tмир\n".into(), "text/plain"),
        ("a.log", b"GET / 200".into(), "text/plain"),
        // Letters lie across the blocks in which it is read.
        ("b.txt", long.clone().into(), "text/plain"),
        ("c.txt", windows_1251("Привет, мир! Ёлка\r\n"), "text/plain; charset=windows-1251"),
        ("d.txt", windows_1251(&long), "text/plain; charset=windows-1251"),
        ("e.txt", b"\xef\xbb\xbfx".into(), "text/plain"),
        // Text is text: it is sent as such, and never shown as a page.
        ("f.txt", HTML.into(), "text/plain"),
    ];
    for (name, bytes, mime_type) in cases {
        let received = given(scene.files(), name, &bytes).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(received.mime_type, mime_type, "{name}");
        assert_eq!(content(scene.files(), &received).await.len() as i64, received.file_size);
        if !kind::is_picture(mime_type) {
            assert_eq!(content(scene.files(), &received).await, bytes, "{name} is kept as it is");
        }
    }
}

fn cut(bytes: Vec<u8>) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

async fn refused(cases: Vec<(&str, Vec<u8>)>, status: u16, code: &str) {
    let scene = Scene::new(Database::sqlite()).await;
    for (name, bytes) in cases {
        let Err(error) = given(scene.files(), name, &bytes).await else { panic!("{name} was taken: {bytes:?}") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (status, code), "{name} {bytes:?}");
        assert!(error.fields.contains_key("attachments"));
    }
    assert!(scene.is_clean().await);
}

#[tokio::test]
async fn asvs_5_2_2_other_types_are_refused() {
    let cases = vec![
        ("a.exe", b"MZ\x90\0\x03".into()),
        ("a.html", png()),
        ("a.svg", gif()),
        ("a.png.js", png()),
        ("a", png()),
        ("", png()),
    ];
    refused(cases, 415, "file_type").await;
    refused(vec![("a.txt", Vec::new())], 422, "file_empty").await;
}

#[tokio::test]
async fn asvs_5_2_2_what_is_no_picture_is_refused() {
    let cases = vec![
        ("a.png", SVG.into()),
        ("a.jpg", png()),
        ("a.png", jpeg()),
        ("a.gif", HTML.into()),
        ("a.gif", b"GIF89a/*<script>alert(1)</script>*/".into()),
        ("a.gif", cut(gif())),
        ("a.png", cut(png())),
        ("a.png", [&png()[..8], &chunk(b"IEND", b"")[..]].concat()),
        ("a.jpg", b"\xff\xd8\xff\xd9".into()),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x01".into()),
    ];
    refused(cases, 415, "file_content").await;
}

#[tokio::test]
async fn asvs_5_2_2_what_is_no_document_is_refused() {
    let zipped = zip(&[("a.txt", b"x")]);
    let with_tail = [b"%PDF-1.7\n%%EOF\n".to_vec(), zipped.clone(), vec![0; 2000]].concat();
    let macros: [(&str, &[u8]); 3] =
        [("[Content_Types].xml", b"x"), ("word/document.xml", b"x"), ("word/vbaProject.bin", b"x")];
    let cases = vec![
        ("a.pdf", HTML.into()),
        ("a.pdf", with_tail),
        ("a.doc", compound(&["Root Entry", "Workbook"])),
        ("a.doc", PDF.into()),
        ("a.docx", zipped.clone()),
        ("a.docx", zip(&[("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")])),
        ("a.docx", zip(&macros)),
        ("a.zip", PDF.into()),
        ("a.zip", cut(zipped.clone())),
        ("a.txt", b"a\0b".into()),
        ("a.txt", png()),
    ];
    refused(cases, 415, "file_content").await;
}

/// Settings under which a bomb can be small.
async fn narrow() -> Scene {
    Scene::with(Database::sqlite(), |config| {
        config.platform.files.max_unpacked_bytes = 40 << 20;
        config.platform.files.max_archive_entries = 100;
    })
    .await
}

#[tokio::test]
async fn asvs_5_2_3_archives_that_unpack_to_too_much_are_refused() {
    let scene = narrow().await;
    let bomb = zip(&[("a", &vec![0; 20 << 20])]);
    let mut nested = zip(&[("a", b"x")]);
    for _ in 0..3 {
        nested = zip(&[("a.zip", &nested)]);
    }
    let noise: Vec<u8> = (0..10_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let stored = zip(&[("a", &noise), ("b", &noise), ("c", &noise), ("d", &noise), ("e", &noise)]);
    let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    let half = vec![0; 12 << 20];
    let halves = zip(&[("a.zip", &zip(&[("a", &half)])), ("b.zip", &zip(&[("b", &half)]))]);
    for (what, bytes) in [
        ("ratio", bomb.clone()),
        ("an archive in an archive in an archive in an archive", nested),
        ("a bomb in an archive", zip(&[("a.zip", &bomb)])),
        ("halves of a bomb in two archives", halves),
        ("too much in all", stored),
        ("entries", zip(&many.iter().map(|name| (name.as_str(), &b""[..])).collect::<Vec<_>>())),
    ] {
        let Err(error) = given(scene.files(), "a.zip", &bytes).await else { panic!("taken: {what}") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (422, "file_archive"), "{what}");
    }
    given(scene.files(), "a.zip", &zip(&[("log.txt", &b"GET /index.html 200\n".repeat(50_000))])).await.unwrap();
    until(|| scene.is_clean()).await;
}

#[tokio::test]
async fn asvs_5_2_3_archives_that_lie_or_hide_are_refused() {
    let scene = narrow().await;
    // A directory and a header that say that a bomb is a letter.
    let zeros = vec![0; 20 << 20];
    let mut lying = zip(&[("a", &zeros)]);
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    while let Some(at) = lying.windows(4).position(|four| four == size) {
        lying[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    // The flag of both headers.
    let mut encrypted = zip(&[("a.txt", b"x")]);
    let directory = encrypted.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    for (what, bytes, code) in [
        ("a lie about the size", lying, "file_archive"),
        ("something in front", [HTML, &zip(&[("a", b"x")])].concat(), "file_archive"),
        ("a password", encrypted, "file_archive"),
        ("a place elsewhere", zip(&[("../../.bashrc", b"x")]), "file_archive"),
        ("an absolute place", zip(&[("/etc/passwd", b"x")]), "file_archive"),
        ("a place on a drive", zip(&[("\\Windows\\a.dll", b"x")]), "file_archive"),
    ] {
        let Err(error) = given(scene.files(), "a.zip", &bytes).await else { panic!("taken: {what}") };
        assert_eq!(error.code.as_str(), code, "{what}");
    }
    assert!(scene.is_clean().await);
}

#[tokio::test]
async fn asvs_5_2_6_pictures_with_too_many_pixels_are_refused() {
    let scene = Scene::with(Database::sqlite(), |config| config.platform.files.max_megapixels = 2).await;
    let mut wide_gif = gif();
    wide_gif[6..8].copy_from_slice(&30_000_u16.to_le_bytes());
    wide_gif[8..10].copy_from_slice(&30_000_u16.to_le_bytes());
    let mut wide_jpeg = jpeg();
    let frame = wide_jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    wide_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    for (name, bytes) in [
        ("a.png", vast_png(65_000, 65_000)),
        ("a.png", vast_png(u32::MAX, u32::MAX)),
        ("a.gif", wide_gif),
        ("a.jpg", wide_jpeg),
    ] {
        let Err(error) = given(scene.files(), name, &bytes).await else { panic!("{name} was taken") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (422, "file_pixels"), "{name}");
    }
    given(scene.files(), "a.png", &vast_png(2000, 1000)).await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_5_3_2_keys_say_nothing_of_the_file(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let one = given(scene.files(), "отчёт.txt", b"x").await.unwrap();
        let two = given(scene.files(), "отчёт.txt", b"x").await.unwrap();
        assert_ne!(one.storage_key, two.storage_key);
        for received in [&one, &two] {
            let (folder, name) = received.storage_key.split_once('/').unwrap();
            assert!(
                folder.len() == 2
                    && name.len() == 30
                    && (folder.to_owned() + name).chars().all(|c| c.is_ascii_hexdigit())
            );
        }
    })
    .await;
}
