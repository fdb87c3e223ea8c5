use super::{Scene, content, given, samples::*};
use crate::testing::Database;

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_photo_loses_its_place_and_keeps_its_orientation() {
    let scene = Scene::new(Database::sqlite()).await;
    let pixels = image::load_from_memory(&jpeg()).unwrap();
    for (orientation, big) in [(1, true), (3, false), (6, true), (8, false)] {
        let photo = photo(orientation, big);
        assert!(holds(&photo, PLACE));
        let received = given(scene.files(), "IMG_0001.JPG", &photo).await.unwrap();
        let kept = content(scene.files(), &received).await;
        assert!(!holds(&kept, PLACE) && !holds(&kept, b"MPF") && !holds(&kept, b"Photoshop") && !holds(&kept, b"xap"));
        assert!(holds(&kept, b"ICC_PROFILE\0\x01\x01profile"));
        assert_eq!(image::load_from_memory(&kept).unwrap(), pixels);
        assert_eq!(orientation_of(&kept), orientation);
        // What we wrote is what we would write.
        let again = given(scene.files(), "IMG_0001.JPG", &kept).await.unwrap();
        assert_eq!(content(scene.files(), &again).await, kept);
    }
}

fn orientation_of(jpeg: &[u8]) -> u16 {
    use image::ImageDecoder;
    let mut decoder = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(jpeg)).unwrap();
    decoder.orientation().unwrap().to_exif().into()
}

#[tokio::test]
async fn a_preview_in_the_header_goes_and_a_cut_picture_ends() {
    let scene = Scene::new(Database::sqlite()).await;
    let plain = jpeg();
    let preview = [b"JFIF\0\x01\x02\0\0\x01\0\x01\x05\x05", PLACE].concat();
    let jfif = usize::from(u16::from_be_bytes([plain[4], plain[5]])) + 4;
    let with_preview = [&plain[..2], &segment(0xe0, &preview), &plain[jfif..]].concat();
    let kept = content(scene.files(), &given(scene.files(), "a.jpg", &with_preview).await.unwrap()).await;
    assert!(!holds(&kept, PLACE));
    assert_eq!(image::load_from_memory(&kept).unwrap(), image::load_from_memory(&plain).unwrap());
    let cut = given(scene.files(), "a.jpg", &plain[..plain.len() - 40]).await.unwrap();
    assert!(content(scene.files(), &cut).await.ends_with(&[0xff, 0xd9]));
}

#[tokio::test]
async fn png_and_gif_lose_their_texts_and_what_is_appended() {
    let scene = Scene::new(Database::sqlite()).await;
    let plain = png();
    let mut full = plain[..33].to_vec();
    for kind in [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"raNd"] {
        full.extend(chunk(kind, PLACE));
    }
    full.extend(&plain[33..]);
    full.extend(zip(&[("evil.class", b"x")]));
    assert_eq!(content(scene.files(), &given(scene.files(), "a.png", &full).await.unwrap()).await, plain);

    let plain = gif();
    let mut full = plain[..plain.len() - 1].to_vec();
    full.extend([0x21, 0xfe, PLACE.len() as u8]);
    full.extend(PLACE);
    full.extend([0, 0x21, 0xff, 11]);
    full.extend(b"XMP DataXMP");
    full.push(PLACE.len() as u8);
    full.extend(PLACE);
    full.extend([0, 0x3b]);
    full.extend(zip(&[("evil.class", b"x")]));
    let received = given(scene.files(), "a.gif", &full).await.unwrap();
    assert_eq!(content(scene.files(), &received).await, plain, "the repeats stay");
    assert!(holds(&plain, b"NETSCAPE2.0"));
}

/// A TIFF block with entries of tag, type, count, value.
fn tiff(entries: &[(u16, u16, u32, [u8; 4])]) -> Vec<u8> {
    let mut out = b"MM\0*\0\0\0\x08".to_vec();
    out.extend((entries.len() as u16).to_be_bytes());
    for (tag, kind, count, value) in entries {
        out.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
        out.extend(count.to_be_bytes());
        out.extend(value);
    }
    out.extend([0; 4]);
    out
}

const SIX: (u16, u16, u32, [u8; 4]) = (0x0112, 3, 1, [0, 6, 0, 0]);
const ONE: (u16, u16, u32, [u8; 4]) = (0x0112, 3, 1, [0, 1, 0, 0]);
const NINE: (u16, u16, u32, [u8; 4]) = (0x0112, 3, 1, [0, 9, 0, 0]);

fn app1(tiff: &[u8]) -> Vec<u8> {
    segment(0xe1, &[b"Exif\0\0", tiff].concat())
}

/// What Chromium showed of each of these, measured.
#[tokio::test]
async fn input_07_a_jpeg_is_shown_as_the_original_was() {
    let scene = Scene::new(Database::sqlite()).await;
    let plain = jpeg();
    let first = |segments: &[Vec<u8>]| [&plain[..2], &segments.concat(), &plain[2..]].concat();
    let scan = plain.windows(2).position(|two| two == [0xff, 0xda]).unwrap();
    let late = [&plain[..plain.len() - 2], &app1(&tiff(&[SIX])), b"\xff\xd9"].concat();
    let six = tiff(&[SIX]);
    for (what, bytes, shown) in [
        ("plain", first(&[app1(&six)]), 6),
        ("before the scan", [&plain[..scan], &app1(&six), &plain[scan..]].concat(), 6),
        ("any filling", first(&[segment(0xe1, &[b"Exif\0\xff", &*six].concat())]), 6),
        ("no next directory", first(&[app1(&six[..six.len() - 4])]), 6),
        ("too many entries counted", first(&[app1(&[&six[..8], &[0, 50], &six[10..]].concat())]), 6),
        ("a wrong value and a right one", first(&[app1(&tiff(&[NINE, SIX]))]), 6),
        ("XMP first", first(&[segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), app1(&six)]), 6),
        ("the first block counts", first(&[app1(&six), app1(&tiff(&[ONE]))]), 6),
        ("the first block counts, upright", first(&[app1(&tiff(&[ONE])), app1(&six)]), 1),
        ("the first block counts, empty", first(&[app1(&tiff(&[])), app1(&six)]), 1),
        ("the first block counts, broken", first(&[app1(b"XX*\0"), app1(&six)]), 1),
        ("the first value counts", first(&[app1(&tiff(&[ONE, SIX]))]), 1),
        ("a LONG", first(&[app1(&tiff(&[(0x0112, 4, 1, [0, 0, 0, 6])]))]), 1),
        ("a BYTE", first(&[app1(&tiff(&[(0x0112, 1, 1, [6, 0, 0, 0])]))]), 1),
        ("two values", first(&[app1(&tiff(&[(0x0112, 3, 2, [0, 6, 0, 6])]))]), 1),
        ("another number than 42", first(&[app1(&[b"MM\0\0", &six[4..]].concat())]), 1),
        ("behind the scan", late, 1),
        ("a cut entry", first(&[app1(&six[..six.len() - 6])]), 1),
        ("another segment", first(&[segment(0xe2, &[b"Exif\0\0", &*six].concat())]), 1),
    ] {
        let kept = content(scene.files(), &given(scene.files(), "a.jpg", &bytes).await.unwrap()).await;
        assert_eq!(orientation_of(&kept), shown, "{what}");
        assert_eq!(image::load_from_memory(&kept).unwrap(), image::load_from_memory(&plain).unwrap(), "{what}");
    }
}

fn whole_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    let bytes = chunk(kind, content);
    [&bytes[..bytes.len() - 4], &crc.sum().to_be_bytes()].concat()
}

#[tokio::test]
async fn input_07_a_png_is_shown_as_the_original_was_and_a_webp_too() {
    use image::ImageDecoder;
    let scene = Scene::new(Database::sqlite()).await;
    let plain = png();
    let exif = |entries: &[(u16, u16, u32, [u8; 4])]| whole_chunk(b"eXIf", &tiff(entries));
    let first = |chunks: &[Vec<u8>]| [&plain[..33], &chunks.concat(), &plain[33..]].concat();
    let end = plain.len() - 12;
    for (what, bytes, shown) in [
        ("plain", first(&[exif(&[SIX])]), 6),
        ("the first counts", first(&[exif(&[SIX]), exif(&[ONE])]), 6),
        ("the first counts, upright", first(&[exif(&[ONE]), exif(&[SIX])]), 1),
        ("a wrong checksum", first(&[chunk(b"eXIf", &tiff(&[SIX]))]), 1),
        ("behind the pixels", [&plain[..end], &exif(&[SIX]), &plain[end..]].concat(), 1),
        ("the name of a JPEG's block", first(&[whole_chunk(b"eXIf", &[b"Exif\0\0", &*tiff(&[SIX])].concat())]), 1),
    ] {
        let with_place = [&bytes[..33], &chunk(b"tEXt", PLACE), &bytes[33..]].concat();
        let kept = content(scene.files(), &given(scene.files(), "a.png", &with_place).await.unwrap()).await;
        let mut decoder = image::codecs::png::PngDecoder::new(std::io::Cursor::new(&kept)).unwrap();
        assert_eq!(decoder.orientation().unwrap().to_exif(), shown, "{what}");
        assert!(!holds(&kept, PLACE));
        assert_eq!(image::load_from_memory(&kept).unwrap(), image::load_from_memory(&plain).unwrap(), "{what}");
    }
    // EXIF turns no WebP, so none is left of it.
    let told = webp(&[(*b"EXIF", tiff(&[SIX])), (*b"XMP ", PLACE.to_vec())]);
    let kept = content(scene.files(), &given(scene.files(), "a.webp", &told).await.unwrap()).await;
    assert!(!holds(&kept, b"EXIF") && !holds(&kept, PLACE));
    assert_eq!(image::load_from_memory(&kept).unwrap(), image::load_from_memory(&webp(&[])).unwrap());
}
