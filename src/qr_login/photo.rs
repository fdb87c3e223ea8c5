//! Reads the QR code in a photo, for phones whose browser cannot. A photo is a stranger's file: it lies on
//! disk, its size is known before anything of it is unpacked, one is read at a time on a thread for such
//! work, and none for longer than it may.

use crate::{
    platform::{
        base::{
            error::{Error, Kind, Result},
            workers::{Turn, Workers},
        },
        files::picture::Format,
    },
    qr_login::codes,
};
use std::{
    io::{BufRead, Read, Seek},
    sync::Arc,
    time::{Duration, Instant},
};

use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops};
use tokio::sync::Semaphore;

/// Of the file, in bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// What phones take by default has 12 to 24 million pixels.
const MAX_PIXELS: u64 = 40_000_000;
/// Of the unpacked picture, in bytes: a photo of three channels with so many pixels.
const MAX_UNPACKED: u64 = MAX_PIXELS * 3;
/// Scans or frames: no camera makes more.
const MAX_PASSES: u32 = 20;
/// Unoptimised, as in tests, all of it takes thirty times as long.
const MAX_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 10 });
/// Longest sides at which a code is looked for, in this order. Small pictures are quick and their pixels
/// are means of many, which takes noise away; a code that is small in the photo needs the large ones.
const SIDES: [u32; 4] = [1000, 600, 1600, 2400];
/// Softened a little, the pattern that a camera makes of a screen's pixels disappears.
const SOFT: f32 = 1.2;

/// The queue of photos.
pub struct Photos {
    turns: Arc<Semaphore>,
    workers: Workers,
    /// Until a photo is read, its place in the queue included.
    most: Duration,
}

impl Photos {
    pub fn new(workers: Workers) -> Self {
        Self::within(workers, MAX_TIME)
    }

    pub fn within(workers: Workers, most: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(1)), workers, most }
    }

    /// What `ours` takes from the first text that it accepts. Says what the person can do when there is
    /// no code in the photo, or only another's.
    pub async fn read(
        &self,
        photo: impl BufRead + Seek + Send + 'static,
        ours: impl Fn(&str) -> Option<String> + Send + 'static,
    ) -> Result<String> {
        let end = Instant::now() + self.most;
        let waiting = tokio::time::timeout(self.most, self.turns.clone().acquire_owned());
        let Ok(Ok(turn)) = waiting.await else { return Err(Error::too_many(self.most.as_secs())) };
        let reading = self.workers.run(Turn::Later, move || {
            // Held until the work is over, even if nobody waits for it any more.
            let _turn = turn;
            find(photo, end, ours)
        });
        match tokio::time::timeout(end.saturating_duration_since(Instant::now()), reading).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) if error.kind == Kind::Unavailable => Err(error),
            // Whatever a stranger's file did to its reader.
            Ok(Err(_)) | Err(_) => Err(unreadable()),
        }
    }
}

/// Too many bytes or pixels.
pub fn too_large() -> Error {
    Error::too_large(codes::QR_PHOTO_TOO_LARGE)
}

/// Neither JPEG, PNG nor WebP.
pub fn wrong_type() -> Error {
    Error::unsupported(codes::QR_PHOTO_TYPE)
}

/// No code can be seen.
fn unreadable() -> Error {
    Error::unprocessable(codes::QR_PHOTO_UNREADABLE)
}

fn find(photo: impl BufRead + Seek, end: Instant, ours: impl Fn(&str) -> Option<String>) -> Result<String> {
    let photo = unpack(photo)?;
    for look in looks(&photo) {
        if Instant::now() > end {
            break;
        }
        let texts = texts(look());
        if let Some(found) = texts.iter().find_map(|text| ours(text)) {
            return Ok(found);
        }
        // It is a good photo, only of something else.
        if !texts.is_empty() {
            return Err(Error::unprocessable(codes::QR_PHOTO_FOREIGN));
        }
    }
    Err(unreadable())
}

/// The photo in grey, as its taker saw it, and no larger than it is ever looked at.
fn unpack(mut photo: impl BufRead + Seek) -> Result<GrayImage> {
    let mut head = Vec::new();
    photo.by_ref().take(32).read_to_end(&mut head).map_err(|_| unreadable())?;
    let (format, pictures) = match image::guess_format(&head) {
        Ok(format @ ImageFormat::Jpeg) => (format, Format::Jpeg),
        Ok(format @ ImageFormat::Png) => (format, Format::Png),
        Ok(format @ ImageFormat::WebP) => (format, Format::Webp),
        _ => return Err(wrong_type()),
    };
    photo.rewind().map_err(|_| unreadable())?;
    let drawn = pictures.copy(&mut photo, &mut std::io::empty());
    photo.rewind().map_err(|_| unreadable())?;
    let mut reader = ImageReader::with_format(photo, format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_UNPACKED * 2);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    // The header alone has been read so far.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_UNPACKED {
        return Err(too_large());
    }
    if drawn.map_or(true, |drawn| drawn.passes > MAX_PASSES) {
        return Err(unreadable());
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let colored = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let grey = shrink(&colored.into_luma8(), SIDES[3]);
    let mut turned = DynamicImage::ImageLuma8(grey);
    turned.apply_orientation(orientation);
    Ok(turned.into_luma8())
}

fn broken(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(_) => too_large(),
        _ => unreadable(),
    }
}

/// Ways to look at the photo, cheapest first; each is made when it is asked for.
fn looks(photo: &GrayImage) -> impl Iterator<Item = Box<dyn FnOnce() -> GrayImage + '_>> {
    let longest = photo.width().max(photo.height());
    let plain = move |side: u32| Box::new(move || shrink(photo, side)) as Box<dyn FnOnce() -> GrayImage + '_>;
    let soft = move |side: u32| {
        Box::new(move || imageops::fast_blur(&shrink(photo, side), SOFT)) as Box<dyn FnOnce() -> GrayImage + '_>
    };
    // Sides above the photo's own are all the same picture.
    let sides = SIDES.into_iter().filter(move |side| *side < longest || *side == SIDES[0]);
    sides.clone().map(plain).chain(sides.map(soft))
}

/// No side longer than `side`.
fn shrink(photo: &GrayImage, side: u32) -> GrayImage {
    let (width, height) = photo.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return photo.clone();
    }
    let scaled =
        |length: u32| u32::try_from(u64::from(length) * u64::from(side) / u64::from(longest)).unwrap_or(side).max(1);
    imageops::thumbnail(photo, scaled(width), scaled(height))
}

/// The texts of all codes that can be read.
fn texts(picture: GrayImage) -> Vec<String> {
    let (width, height) = picture.dimensions();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
        picture.as_raw().get(y * width as usize + x).copied().unwrap_or(u8::MAX)
    });
    prepared.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
}
