//! What pictures have in common: they are copied without what they tell beside the picture, and it is
//! counted how much work it is to draw them.

use std::io::{BufRead, Seek, Write};

use super::{check::Bad, gif, jpeg, png, settings::Settings, webp};

/// Passes over all pixels, at the largest size that is allowed: progressive pictures have ten or so, films
/// of a smaller size many.
const MAX_PASSES: u64 = 20;

/// What a browser does to show a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Width and height as it is shown.
    pub size: (u32, u32),
    /// Scans or frames: each may touch every pixel.
    pub passes: u32,
    /// How many of these a picture of its kind has at most.
    pub most_passes: u32,
}

impl Drawn {
    pub fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }

    /// Pixels that are drawn in all.
    pub fn work(&self) -> u64 {
        self.pixels().saturating_mul(self.passes.into())
    }

    /// Holds that a picture does not stop the browser of whoever looks at it.
    pub fn check(&self, settings: &Settings) -> Result<(), Bad> {
        let most = u64::from(settings.max_megapixels) * 1_000_000;
        if self.pixels() > most {
            return Err(Bad::Pixels);
        }
        let fine = self.passes <= self.most_passes && self.work() <= most.saturating_mul(MAX_PASSES);
        if fine { Ok(()) } else { Err(Bad::Passes) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
}

impl Format {
    pub fn of_mime_type(mime_type: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Gif, Self::Webp].into_iter().find(|format| format.mime_type() == mime_type)
    }

    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// Copies a picture without place, camera and author.
    pub fn copy(self, from: &mut impl BufRead, to: &mut (impl Write + Seek)) -> Result<Drawn, Bad> {
        match self {
            Self::Jpeg => jpeg::copy(from, to),
            Self::Png => png::copy(from, to),
            Self::Gif => gif::copy(from, to),
            Self::Webp => webp::copy(from, to),
        }
    }
}
