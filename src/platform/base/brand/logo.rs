//! A hoster's own logo: an SVG that can do nothing but be looked at, or a PNG.

use std::{fs, io::Cursor, path::Path};

use image::{GenericImageView, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};

use super::svg;

const MOST_BYTES: u64 = 64 << 10;
/// What 64 KiB may unpack to; it is shown 32 pixels high.
const MOST_PIXELS: u32 = 2048;
/// Systems show nothing smaller as the picture of an app.
const LEAST_ICON: u32 = 192;

/// A checked logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    pub bytes: Vec<u8>,
    pub form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Svg,
    /// Its size.
    Png(u32, u32),
}

impl Logo {
    /// Reads and checks the file; says what is wrong with it for whoever wrote the setting.
    pub fn read(path: &Path) -> Result<Self, String> {
        let size =
            fs::metadata(path).and_then(|about| if about.is_file() { Ok(about.len()) } else { Err(not_a_file()) });
        let size = size.map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
        if size > MOST_BYTES {
            return Err(format!("{} has {size} bytes, expected {MOST_BYTES} (64 KiB) or fewer", path.display()));
        }
        let bytes = fs::read(path).map_err(|why| format!("{} cannot be read: {why}", path.display()))?;
        Self::of(bytes).map_err(|why| format!("{}: {why}", path.display()))
    }

    fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let form = match image::guess_format(&bytes) {
            Ok(ImageFormat::Png) => png(&bytes)?,
            Ok(_) => return Err("expected an SVG or a PNG".into()),
            Err(_) => svg::check(&bytes).map(|()| Form::Svg)?,
        };
        Ok(Self { bytes, form })
    }

    /// What it is called among the assets.
    pub fn file_name(&self) -> &'static str {
        match self.form {
            Form::Svg => "logo.svg",
            Form::Png(..) => "logo.png",
        }
    }

    pub fn content_type(&self) -> &'static str {
        match self.form {
            Form::Svg => "image/svg+xml",
            Form::Png(..) => "image/png",
        }
    }

    /// As a manifest says sizes, if it is large enough to be the picture of an app.
    pub fn icon_sizes(&self) -> Option<String> {
        match self.form {
            Form::Svg => Some("any".into()),
            Form::Png(width, height) => (width.min(height) >= LEAST_ICON).then(|| format!("{width}x{height}")),
        }
    }

    /// Another logo has another one.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

fn not_a_file() -> std::io::Error {
    std::io::Error::other("it is no file")
}

fn png(bytes: &[u8]) -> Result<Form, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_PIXELS), Some(MOST_PIXELS));
    reader.limits(limits);
    let image =
        reader.decode().map_err(|why| format!("expected a PNG of {MOST_PIXELS} pixels a side or fewer: {why}"))?;
    let (width, height) = image.dimensions();
    Ok(Form::Png(width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = image::DynamicImage::new_rgba8(width, height);
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn what_a_file_holds_says_what_it_is() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>"#;
        let logo = Logo::of(svg.to_vec()).unwrap();
        assert_eq!((logo.file_name(), logo.icon_sizes().as_deref()), ("logo.svg", Some("any")));
        let small = Logo::of(png_of(64, 32)).unwrap();
        assert_eq!((small.form, small.icon_sizes()), (Form::Png(64, 32), None));
        let large = Logo::of(png_of(256, 200)).unwrap();
        assert_eq!(large.icon_sizes().as_deref(), Some("256x200"));
    }

    #[test]
    fn what_is_no_logo_is_refused_in_words() {
        let said = |bytes: &[u8]| Logo::of(bytes.to_vec()).unwrap_err();
        assert!(said(b"\xff\xd8\xff\xe0\0\x10JFIF").contains("SVG or a PNG"));
        assert!(said(b"").contains("expected an SVG or a PNG"));
        assert!(said(&png_of(3000, 10)).contains("2048"));
        let half = png_of(64, 64);
        assert!(said(&half[..half.len() / 2]).contains("PNG"));
        let folder = tempfile::tempdir().unwrap();
        let file = |bytes: &[u8]| {
            let path = folder.path().join("лого.svg");
            fs::write(&path, bytes).unwrap();
            Logo::read(&path).unwrap_err()
        };
        assert!(file(&vec![b' '; 65 << 10]).contains("64 KiB"));
        assert!(Logo::read(&folder.path().join("nowhere.svg")).unwrap_err().contains("cannot be read"));
        assert!(Logo::read(folder.path()).unwrap_err().contains("no file"));
    }
}
