//! Files as people have them, and as attackers make them.

use std::io::{Cursor, Write};

use image::{ExtendedColorType, ImageEncoder};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";
pub const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
pub const HTML: &[u8] = b"<!doctype html><script>alert(document.cookie)</script>";
pub const PLACE: &[u8] = b"GPS 55.7558 N 37.6173 E";

const WIDTH: u32 = 30;
const HEIGHT: u32 = 20;

fn pixels() -> Vec<u8> {
    (0..WIDTH * HEIGHT * 3).map(|n| (n * 7 % 251) as u8).collect()
}

pub fn png() -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::png::PngEncoder::new(&mut out)
        .write_image(&pixels(), WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn jpeg() -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut out)
        .write_image(&pixels(), WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn gif() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut out);
    encoder.set_repeat(image::codecs::gif::Repeat::Infinite).unwrap();
    for _ in 0..2 {
        let frame = image::RgbaImage::from_pixel(WIDTH, HEIGHT, image::Rgba([200, 10, 10, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    out
}

pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(entries, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
}

pub fn zip_with(entries: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// As programs write that do not know the sizes before.
pub fn zip_streamed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn docx() -> Vec<u8> {
    zip(&[("[Content_Types].xml", b"<Types/>"), ("_rels/.rels", b"<R/>"), ("word/document.xml", b"<w:document/>")])
}

/// A compound file with a directory of these streams.
pub fn compound(streams: &[&str]) -> Vec<u8> {
    let mut out = vec![0; 512];
    out[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    for name in streams {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(128, 0);
        out.extend(entry);
    }
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A segment of a JPEG.
pub fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff, marker];
    out.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
    out.extend(content);
    out
}

/// EXIF that says how the camera was held, and where.
pub fn exif(orientation: u16, big: bool) -> Vec<u8> {
    let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let mut out = b"Exif\0\0".to_vec();
    out.extend(if big { b"MM\0*" } else { b"II*\0" });
    out.extend(four(8));
    out.extend(two(2));
    // Make, in place of its offset four letters.
    out.extend([two(0x010f), two(2)].concat());
    out.extend([four(4), four(0x4141_4100)].concat());
    out.extend([two(0x0112), two(3)].concat());
    out.extend(four(1));
    out.extend([two(orientation), two(0)].concat());
    out.extend(four(0));
    out.extend(PLACE);
    out
}

/// A JPEG as a phone makes it.
pub fn photo(orientation: u16, big: bool) -> Vec<u8> {
    let plain = jpeg();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", PLACE].concat();
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(0xe1, &exif(orientation, big)));
    out.extend(segment(0xe1, &xmp));
    out.extend(segment(0xed, &[b"Photoshop 3.0\0", PLACE].concat()));
    out.extend(segment(0xe2, b"ICC_PROFILE\0\x01\x01profile"));
    out.extend(segment(0xe2, &[b"MPF\0", PLACE].concat()));
    out.extend(segment(0xfe, PLACE));
    out.extend(&plain[2..]);
    // A second picture with its own EXIF, as phones append it.
    out.extend([0xff, 0xd8]);
    out.extend(segment(0xe1, &exif(orientation, big)));
    out
}

pub fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    out.extend(kind);
    out.extend(content);
    // Nobody looks at the checksum of what is left out.
    out.extend([0; 4]);
    out
}

/// A picture of a size that no screen has, in few bytes.
pub fn vast_png(width: u32, height: u32) -> Vec<u8> {
    let mut out = png();
    out[16..20].copy_from_slice(&width.to_be_bytes());
    out[20..24].copy_from_slice(&height.to_be_bytes());
    out
}

pub fn windows_1251(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1251.encode(text).0.into_owned()
}

/// A WebP with these chunks behind the first one.
pub fn webp(more: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut plain = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut plain)
        .write_image(&pixels(), WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .unwrap();
    if more.is_empty() {
        return plain;
    }
    let extended = [&[0x0c, 0, 0, 0], &[29, 0, 0, 19, 0, 0][..]].concat();
    let all = [(*b"VP8X", extended)].into_iter().chain([(*b"VP8L", plain[20..].to_vec())]).chain(more.iter().cloned());
    let mut chunks = b"WEBP".to_vec();
    for (name, content) in all {
        chunks.extend(name);
        chunks.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        chunks.extend(&content);
        chunks.resize(chunks.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(chunks.len()).unwrap().to_le_bytes()[..], &chunks].concat()
}
