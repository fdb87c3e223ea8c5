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
