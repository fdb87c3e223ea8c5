//! A small picture of each picture, made once and kept beside it: a page shows these and loads no picture
//! itself.

use std::{
    fs::File,
    io::{self, BufReader, Seek, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use super::{
    picture::{Drawn, Format},
    settings::Settings,
    spool::Spool,
};

pub const MIME_TYPE: &str = "image/jpeg";
/// Four pixels for each that is shown, for screens that have them.
const SIDE: u32 = 224;
const QUALITY: u8 = 80;
/// Memory that unpacking may take: about fifty million pixels.
const MAX_UNPACKED: u64 = 160 << 20;
/// Pixels that unpacking may draw: some seconds.
const MAX_WORK: u64 = 500_000_000;

/// The key of a picture's small one.
pub fn key_of(key: &str) -> String {
    format!("{key}-small")
}

/// Makes the small picture; an empty file when that is not possible, so that nobody tries again.
pub fn make(settings: &Settings, folder: &Path, picture: &Spool, format: Format) -> io::Result<Spool> {
    let small = small(settings, &picture.open()?, format);
    let (spool, ()) = Spool::fill(folder, |to| to.write_all(&small.unwrap_or_default()))?;
    Ok(spool)
}

fn small(settings: &Settings, mut file: &File, format: Format) -> Option<Vec<u8>> {
    let drawn = format.copy(&mut BufReader::new(file), &mut io::empty()).ok()?;
    drawn.check(settings).ok()?;
    file.rewind().ok()?;
    // Decoders are large, and what they read was made by strangers.
    catch_unwind(AssertUnwindSafe(|| unpack(file, format, &drawn))).ok()?
}

fn unpack(file: &File, format: Format, drawn: &Drawn) -> Option<Vec<u8>> {
    let (format, passes) = match format {
        Format::Jpeg => (ImageFormat::Jpeg, drawn.passes),
        // Of a film the first frame is looked at.
        Format::Png => (ImageFormat::Png, 1),
        Format::Gif => (ImageFormat::Gif, 1),
        Format::Webp => (ImageFormat::WebP, 1),
    };
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(2 * MAX_UNPACKED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // A picture in several scans is kept in the form in which it is coded until the last.
    let memory = decoder.total_bytes().saturating_mul(if passes > 1 { 3 } else { 1 });
    if memory > MAX_UNPACKED || drawn.pixels().saturating_mul(passes.into()) > MAX_WORK {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut small = DynamicImage::from_decoder(decoder).ok()?;
    if small.width().max(small.height()) > SIDE {
        small = small.thumbnail(SIDE, SIDE);
    }
    small.apply_orientation(orientation);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&on_white(&small)).ok()?;
    Some(bytes)
}

/// What can be seen through is shown on white, as on a page.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let mix = |color: u8| {
            let (color, alpha) = (u16::from(color), u16::from(alpha));
            u8::try_from((color * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}
