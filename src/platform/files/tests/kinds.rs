//! What customers send from their machines, and what it is sent on as.

use std::io::Cursor;

use encoding_rs::{IBM866, KOI8_R};

use super::{Scene, content, given, samples::*};
use crate::{
    platform::files::{Incoming, kind, kind::Kinds},
    testing::Database,
};

const TEXT: &str = "Трассировка маршрута к example.org\r\n  1  <1 мс  192.0.2.1\r\n";

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[tokio::test]
async fn input_05_every_text_is_taken_as_it_is_and_named_right() {
    let scene = Scene::new(Database::sqlite()).await;
    let utf8 = "ошибка в строке\n".repeat(5000);
    for (name, bytes, charset) in [
        ("a.txt", utf16(TEXT, true, false), "utf-16le"),
        ("a.txt", utf16(TEXT, true, true), "utf-16be"),
        ("a.txt", utf16("Ошибка", true, false), "utf-16le"),
        ("a.txt", utf16("Ошибка", true, true), "utf-16be"),
        ("a.txt", windows_1251("Ошибка сервера\r\n\u{1a}"), "windows-1251"),
        ("hosts.reg", utf16("Windows Registry Editor\r\n", false, false), "utf-16le"),
        ("a.txt", IBM866.encode(TEXT).0.into_owned(), "ibm866"),
        ("a.txt", KOI8_R.encode(TEXT).0.into_owned(), "koi8-r"),
        ("a.txt", windows_1251(TEXT), "windows-1251"),
        ("error_log", b"\x1b[0;1;31mbind() failed\x1b[0m\n".to_vec(), ""),
        ("a.txt", b"C:\\>dir\r\n\x1a".to_vec(), ""),
        ("access.log.1", [utf8.as_bytes(), b"GET /?q=\xe0 HTTP/1.1\n"].concat(), ""),
        ("cut.log", utf8.as_bytes()[..utf8.len() - 2].to_vec(), ""),
        ("zeros.log", [utf8.as_bytes(), b"GET /a\0b\n"].concat(), ""),
        ("page.html", HTML.to_vec(), ""),
        ("a.php", b"<?php phpinfo();".to_vec(), ""),
        (".htaccess", b"Deny from all".to_vec(), ""),
        ("a.csv", b"a;b\n1;2\n".to_vec(), ""),
        ("letter.eml", b"From: a@example.org\r\n\r\nHello\r\n".to_vec(), ""),
        ("site.crt", b"-----BEGIN CERTIFICATE-----\nMIIB\n".to_vec(), ""),
        ("a.doc", b"<html><body>made by another program</body></html>".to_vec(), ""),
    ] {
        let received = given(scene.files(), name, &bytes).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let expected =
            if charset.is_empty() { "text/plain".to_owned() } else { format!("text/plain; charset={charset}") };
        assert_eq!(received.mime_type, expected, "{name}");
        assert_eq!(content(scene.files(), &received).await, bytes, "{name} is kept as it is");
    }
}

#[tokio::test]
async fn input_05_what_is_no_text_is_refused_under_a_texts_name() {
    let scene = Scene::new(Database::sqlite()).await;
    let noise: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let marked = [b"\xff\xfe".to_vec(), noise.clone()].concat();
    for bytes in
        [png(), PDF.to_vec(), noise, marked, b"\x7fELF\x02\x01\x01".to_vec(), b"a\0b".to_vec(), zip(&[("a", b"x")])]
    {
        for (name, code) in [("a.txt", "file_content"), ("error_log", "file_type"), ("setup.exe", "file_type")] {
            let Err(error) = given(scene.files(), name, &bytes).await else { panic!("{name} was taken: {bytes:?}") };
            assert_eq!((error.status().as_u16(), error.code.as_str()), (415, code), "{name}");
        }
    }
    let Err(error) = given(scene.files(), "photo.jpg", &png()).await else { panic!("taken") };
    assert_eq!((error.fields["attachments"], &error.args[1]), ("field-file-other", &("format", "PNG".to_owned())));
}

fn open_document(mime_type: &str) -> Vec<u8> {
    zip(&[("mimetype", mime_type.as_bytes()), ("content.xml", b"<x/>")])
}

#[tokio::test]
async fn input_05_more_kinds_are_taken_by_their_content() {
    let scene = Scene::new(Database::sqlite()).await;
    let xlsx = zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<x/>")]);
    let der = [&[0x30, 0x82, 0, 4][..], &[0x30, 2, 5, 0]].concat();
    for (name, bytes, mime_type) in [
        ("a.webp", webp(&[]), "image/webp"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1".to_vec(), "image/heic"),
        ("a.avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1".to_vec(), "image/avif"),
        ("a.xlsx", xlsx, kind::XLSX),
        ("a.odt", open_document(kind::ODT), kind::ODT),
        ("a.ods", open_document(kind::ODS), kind::ODS),
        ("a.rtf", b"{\\rtf1 x}".to_vec(), "application/rtf"),
        ("a.doc", b"{\\rtf1 x}".to_vec(), "application/rtf"),
        ("a.doc", docx(), kind::DOCX),
        ("a.crt", der, "application/pkix-cert"),
        ("a.tar.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0".to_vec(), "application/gzip"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "application/x-7z-compressed"),
    ] {
        let received = given(scene.files(), name, &bytes).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(received.mime_type, mime_type, "{name}");
        for other in ["a.png", "a.zip", "a.pdf"] {
            assert!(
                name == "a.xlsx"
                    || name.starts_with("a.od")
                    || bytes == docx()
                    || given(scene.files(), other, &bytes).await.is_err()
            );
        }
    }
    let few = Scene::with(Database::sqlite(), |config| {
        config.platform.files.kinds = Kinds::try_from("png".to_owned()).unwrap()
    });
    let few = few.await;
    given(few.files(), "a.png", &png()).await.unwrap();
    let Err(error) = given(few.files(), "a.txt", b"x").await else { panic!("taken") };
    assert_eq!((error.code.as_str(), &error.args[1]), ("file_type", &("kinds", "PNG".to_owned())));
}

#[tokio::test]
async fn input_05_a_private_key_is_sent_only_by_who_says_so() {
    let scene = Scene::new(Database::sqlite()).await;
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n";
    for (name, bytes) in [
        ("server.pem", key.as_bytes().to_vec()),
        ("id_rsa", utf16(key, true, false)),
        ("site.zip", zip(&[("ssl/site.key", key.as_bytes())])),
    ] {
        let Err(error) = given(scene.files(), name, &bytes).await else { panic!("{name} was taken") };
        assert_eq!((error.status().as_u16(), error.code.as_str()), (422, "file_private_key"), "{name}");
        assert!(error.fields.contains_key("privateKeys"));
        let mut spool = scene.files().spool().await.unwrap();
        spool.write(&bytes).await.unwrap();
        let incoming = Incoming { filename: name.into(), spool: spool.finish().await.unwrap(), may_hold_key: true };
        scene.files().receive(incoming).await.unwrap();
    }
    let sent = [("server.pem", key.as_bytes())];
    let asked = scene.client().upload("/api/form", &[("message", "x")], &sent).await.value();
    assert_eq!(asked["problem"]["code"], "file_private_key");
    let sent = scene.client().upload("/api/form", &[("message", "x"), ("privateKeys", "on")], &sent).await.value();
    assert_eq!((sent["files"].as_i64(), sent["problem"].is_null()), (Some(1), true));
}

#[tokio::test]
async fn input_06_documents_that_readers_open_are_taken() {
    let scene = Scene::new(Database::sqlite()).await;
    let plain = PDF.strip_suffix(b"%%EOF\n").unwrap();
    for (name, bytes) in [
        ("a.pdf", [b"\xef\xbb\xbf\r\n", PDF].concat()),
        ("a.pdf", plain.to_vec()),
        ("a.pdf", [PDF, &[0; 5000]].concat()),
        ("a.doc", b"\xdb\xa5\x2d\0\x31\x40\x09\x08".to_vec()),
    ] {
        given(scene.files(), name, &bytes).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    let picture = image::DynamicImage::new_rgb8(2, 2);
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    assert!(given(scene.files(), "a.pdf", &bytes.into_inner()).await.is_err());
}
