//! Small pictures: made once, of every kind, never larger than they may be, gone with what they show.

use std::io::Cursor;

use image::GenericImageView;
use object_store::GetOptions;

use super::{Scene, count, given, samples::*};
use crate::{
    platform::files::{Files, Received, thumbnail},
    testing::{Database, engines::*, until},
};

async fn small(files: &Files, received: &Received) -> Option<image::DynamicImage> {
    if files.thumbnail(&received.storage_key, &received.mime_type).await.unwrap() == 0 {
        return None;
    }
    let key = thumbnail::key_of(&received.storage_key);
    let bytes = files.get(&key, GetOptions::default()).await.unwrap().bytes().await.unwrap();
    assert!(bytes.len() < 30_000);
    Some(image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap())
}

fn wide(format: image::ImageFormat) -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(900, 300, |x, _| image::Rgb(if x < 450 { [250, 0, 0] } else { [0, 0, 250] }));
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_03_each_picture_has_a_small_one_that_goes_with_it(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        use image::ImageFormat::{Gif, Jpeg, Png, WebP};
        let scene = Scene::new(database).await;
        for (name, format) in [("a.jpg", Jpeg), ("a.png", Png), ("a.gif", Gif), ("a.webp", WebP)] {
            let received = given(scene.files(), name, &wide(format)).await.unwrap();
            let small = small(scene.files(), &received).await.unwrap();
            assert_eq!(small.dimensions(), (224, 75), "{name}");
            let [left, right] = [10, 210].map(|x| small.get_pixel(x, 30).0);
            assert!(left[0] > 200 && left[2] < 60 && right[2] > 200 && right[0] < 60, "{name}: {left:?} {right:?}");
            drop(received);
            until(|| scene.is_clean()).await;
        }
        let text = given(scene.files(), "a.txt", b"x").await.unwrap();
        assert!(small(scene.files(), &text).await.is_none());
        assert_eq!(count(&scene.folder), 1);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_03_a_small_picture_of_an_older_file_is_made_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let scene = Scene::new(database).await;
        let received = given(scene.files(), "a.jpg", &photo(6, true)).await.unwrap();
        let path = scene.folder.join(thumbnail::key_of(&received.storage_key));
        std::fs::remove_file(&path).unwrap();
        // Turned as the picture is shown.
        assert_eq!(small(scene.files(), &received).await.unwrap().dimensions(), (20, 30));
        let made = std::fs::metadata(&path).unwrap().modified().unwrap();
        small(scene.files(), &received).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), made);
        // None is left of a picture that is gone.
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(scene.folder.join(&received.storage_key)).unwrap();
        assert!(small(scene.files(), &received).await.is_none());
        assert_eq!(count(&scene.folder), 0);
    })
    .await;
}

#[tokio::test]
async fn door_03_a_picture_that_cannot_be_unpacked_has_none_and_is_not_tried_again() {
    let scene = Scene::new(Database::sqlite()).await;
    // A small picture on a screen of 49 million pixels: it could be unpacked, into 187 MiB.
    let mut screen = gif();
    screen[6..10].copy_from_slice(&[0x58, 0x1b, 0x58, 0x1b]);
    for (name, bytes) in [("a.png", vast_png(9000, 9000)), ("a.gif", screen)] {
        let received = given(scene.files(), name, &bytes).await.unwrap();
        let kept = scene.folder.join(thumbnail::key_of(&received.storage_key));
        assert!(small(scene.files(), &received).await.is_none(), "{name}");
        assert_eq!(std::fs::metadata(&kept).unwrap().len(), 0, "{name}");
        // Nor is one of an older file.
        std::fs::remove_file(&kept).unwrap();
        assert!(small(scene.files(), &received).await.is_none(), "{name}");
        assert_eq!(std::fs::metadata(&kept).unwrap().len(), 0, "{name}");
    }
}

/// The last scan of a picture so many times.
fn scans(count: usize) -> Vec<u8> {
    let picture = jpeg();
    let at = picture.windows(2).rposition(|two| two == [0xff, 0xda]).unwrap();
    let (head, scan) = picture[..picture.len() - 2].split_at(at);
    [head, &scan.repeat(count), b"\xff\xd9"].concat()
}

fn frames(count: usize) -> Vec<u8> {
    let picture = gif();
    let at = picture.windows(2).rposition(|two| two == [0x21, 0xf9]).unwrap();
    let (head, frame) = picture[..picture.len() - 1].split_at(at);
    [head, &frame.repeat(count), b"\x3b"].concat()
}

fn animated_png(count: u32) -> Vec<u8> {
    let picture = png();
    let control = [&[0; 4][..], &30_u32.to_be_bytes(), &20_u32.to_be_bytes(), &[0; 14]].concat();
    let control = chunk(b"fcTL", &control);
    [&picture[..33], &control.repeat(count as usize), &picture[33..]].concat()
}

fn animated_webp(count: usize) -> Vec<u8> {
    webp(&vec![(*b"ANMF", vec![0; 24]); count])
}

#[tokio::test]
async fn door_03_pictures_that_stop_a_browser_are_refused() {
    let scene = Scene::with(Database::sqlite(), |config| config.platform.files.max_megapixels = 1).await;
    for (name, bytes) in
        [("a.jpg", scans(100)), ("a.gif", frames(1999)), ("a.png", animated_png(2000)), ("a.webp", animated_webp(2000))]
    {
        given(scene.files(), name, &bytes).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    let mut wide = frames(30);
    wide[6..10].copy_from_slice(&[0xe8, 3, 0xe8, 3]);
    for (name, bytes, text) in [
        ("a.jpg", scans(101), "field-file-passes"),
        ("a.gif", frames(2001), "field-file-passes"),
        ("a.png", animated_png(2001), "field-file-passes"),
        ("a.webp", animated_webp(2001), "field-file-passes"),
        // Thirty frames of a million pixels are more than twenty.
        ("a.gif", wide, "field-file-passes"),
        ("a.png", vast_png(2000, 2000), "field-file-pixels"),
    ] {
        let Err(error) = given(scene.files(), name, &bytes).await else { panic!("{name} was taken") };
        assert_eq!((error.status().as_u16(), error.fields["attachments"]), (422, text), "{name}");
    }
}
