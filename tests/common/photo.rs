//! Photos of a QR code as phones take them: turned, at an angle, with noise and uneven light. Drawn, so
//! that a test knows what stands in them. Used by the unit tests and by those in a browser.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage, metadata::Orientation};
use qrcode::{Color, EcLevel, QrCode};

/// What a camera does to a code.
#[derive(Clone)]
pub struct Shot {
    pub width: u32,
    pub height: u32,
    /// Of the code, as a part of the shorter side.
    pub size: f64,
    /// In the plane of the screen.
    pub degrees: f64,
    /// How much nearer one edge is than the other: 0 = straight from the front.
    pub tilt: f64,
    /// The largest change of a pixel's brightness, of 255.
    pub noise: f64,
    /// How much darker the far corner is, of 1.
    pub shade: f64,
}

impl Default for Shot {
    fn default() -> Self {
        Self { width: 600, height: 800, size: 0.6, degrees: 0.0, tilt: 0.0, noise: 0.0, shade: 0.0 }
    }
}

impl Shot {
    /// Turned, from the side, noisy, badly lit: an ordinary evening.
    pub fn bad() -> Self {
        Self { degrees: 23.0, tilt: 0.35, noise: 70.0, shade: 0.5, ..Self::default() }
    }

    /// The picture of a code with this text on a light wall.
    pub fn of(&self, text: &str) -> GrayImage {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let (modules, colors) = (code.width() as f64, code.to_colors());
        let dark = |x: f64, y: f64| {
            let inside = x >= 0.0 && y >= 0.0 && x < modules && y < modules;
            inside && colors[y as usize * code.width() + x as usize] == Color::Dark
        };
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let scale = modules / (self.size * f64::from(self.width.min(self.height)));
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        GrayImage::from_fn(self.width, self.height, |px, py| {
            let (x, y) = (f64::from(px) - f64::from(self.width) / 2.0, f64::from(py) - f64::from(self.height) / 2.0);
            // Farther to the right everything is smaller.
            let depth = 1.0 + self.tilt * x / f64::from(self.width);
            let (x, y) = ((x * cos + y * sin) * scale * depth, (y * cos - x * sin) * scale * depth);
            // A quiet zone of four modules on a screen that is darker around it.
            let (mx, my) = (x + modules / 2.0, y + modules / 2.0);
            let white = mx > -4.0 && my > -4.0 && mx < modules + 4.0 && my < modules + 4.0;
            let paint = if dark(mx, my) {
                20.0
            } else if white {
                235.0
            } else {
                150.0
            };
            let light = 1.0 - self.shade * f64::from(px + py) / f64::from(self.width + self.height);
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let noise = (random % 2001) as f64 / 1000.0 - 1.0;
            Luma([(paint * light + noise * self.noise).clamp(0.0, 255.0) as u8])
        })
    }

    pub fn jpeg(&self, text: &str) -> Vec<u8> {
        encode(&self.of(text), ImageFormat::Jpeg)
    }
}

/// As a file, in colour as cameras write it.
pub fn encode(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let colored: RgbImage = DynamicImage::ImageLuma8(picture.clone()).into_rgb8();
    let mut bytes = Cursor::new(Vec::new());
    colored.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// As a JPEG without colours, which takes a third of the time.
pub fn encode_grey(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// A JPEG whose pixels are turned and whose EXIF says how to turn them back (1 to 8).
pub fn turned(picture: &GrayImage, exif: u8) -> Vec<u8> {
    let wanted = Orientation::from_exif(exif).unwrap();
    // What undoes it: a quarter turn is undone by the other one, all else by itself.
    let undo = match wanted {
        Orientation::Rotate90 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::Rotate90,
        other => other,
    };
    let mut pixels = DynamicImage::ImageLuma8(picture.clone());
    pixels.apply_orientation(undo);
    let plain = encode(&pixels.into_luma8(), ImageFormat::Jpeg);
    // TIFF, little-endian, one entry: tag 0x0112 (orientation), type SHORT, one value.
    let tiff =
        [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[exif, 0, 0, 0], &[0; 4]].concat();
    let segment = [&[0xff, 0xe1], &u16::try_from(tiff.len() + 2).unwrap().to_be_bytes()[..], &tiff].concat();
    [&plain[..2], &segment, &plain[2..]].concat()
}

/// A PNG of a few bytes that says it has so many pixels.
pub fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = encode(&GrayImage::new(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

/// CRC-32 of a PNG chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
