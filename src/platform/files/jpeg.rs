//! Copies a JPEG without what it tells beside the picture: EXIF with its place, XMP, IPTC, comments,
//! previews, and whatever is appended. The colour profile and the orientation stay.

use std::io::{BufRead, ErrorKind, Read, Write};

use super::{check::Bad, exif, picture::Drawn};

/// Ten or so are usual; each is a pass over all pixels.
const MAX_SCANS: u32 = 100;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// Copies segment by segment.
pub fn copy(from: &mut impl BufRead, to: &mut impl Write) -> Result<Drawn, Bad> {
    if take(from)? != [0xff, SOI] {
        return Err(Bad::Content);
    }
    to.write_all(&[0xff, SOI])?;
    let mut seen = Seen::default();
    let mut marker = next_marker(from)?;
    loop {
        match marker {
            EOI => break,
            // Stands alone.
            0x01 | 0xd0..=0xd7 => {
                to.write_all(&[0xff, marker])?;
                marker = next_marker(from)?;
            }
            SOI => return Err(Bad::Content),
            _ => {
                let length = usize::from(u16::from_be_bytes(take(from)?));
                let mut segment = vec![0; length.checked_sub(2).ok_or(Bad::Content)?];
                from.read_exact(&mut segment)?;
                seen.note(marker, &segment)?;
                if let Some(kept) = seen.keep(marker, &segment) {
                    write_segment(to, marker, kept)?;
                }
                marker = if marker == SOS { scan(from, to)? } else { next_marker(from)? };
            }
        }
    }
    to.write_all(&[0xff, EOI])?;
    seen.finish()
}

#[derive(Default)]
struct Seen {
    size: Option<(u32, u32)>,
    scans: u32,
    has_exif: bool,
    orientation: Option<u16>,
    minimal: Vec<u8>,
}

impl Seen {
    fn note(&mut self, marker: u8, segment: &[u8]) -> Result<(), Bad> {
        match marker {
            // SOF0 to SOF15 but the tables DHT, JPG and DAC, which share the range.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, h1, h2, w1, w2, ..] = segment else { return Err(Bad::Content) };
                let (height, width) = (u16::from_be_bytes([*h1, *h2]), u16::from_be_bytes([*w1, *w2]));
                if height == 0 || width == 0 || self.size.is_some() {
                    return Err(Bad::Content);
                }
                self.size = Some((width.into(), height.into()));
            }
            SOS if self.size.is_none() => return Err(Bad::Content),
            SOS => self.scans = self.scans.saturating_add(1),
            _ => {}
        }
        Ok(())
    }

    /// What of a segment is written.
    fn keep<'a>(&'a mut self, marker: u8, segment: &'a [u8]) -> Option<&'a [u8]> {
        match marker {
            0xe0 if segment.starts_with(b"JFIF\0") && segment.len() >= 14 => {
                // Without its preview.
                self.minimal = segment.iter().take(12).copied().chain([0, 0]).collect();
                Some(&self.minimal)
            }
            // Browsers look at the first one, in front of the first scan, whatever it holds.
            0xe1 if !self.has_exif && self.scans == 0 => {
                let tiff = exif::of_segment(segment)?;
                self.has_exif = true;
                let orientation = exif::orientation(tiff)?;
                self.orientation = Some(orientation);
                self.minimal = [b"Exif\0\0", &*exif::block(orientation)].concat();
                Some(&self.minimal)
            }
            0xe2 if segment.starts_with(b"ICC_PROFILE\0") => Some(segment),
            // Says how colours are coded.
            0xee if segment.starts_with(b"Adobe") => Some(segment),
            0xe0..=0xef | 0xfe => None,
            _ => Some(segment),
        }
    }

    fn finish(self) -> Result<Drawn, Bad> {
        let (width, height) = self.size.filter(|_| self.scans > 0).ok_or(Bad::Content)?;
        // From 5 on the picture lies on its side.
        let turned = self.orientation.is_some_and(|orientation| orientation >= 5);
        let size = if turned { (height, width) } else { (width, height) };
        Ok(Drawn { size, passes: self.scans, most_passes: MAX_SCANS })
    }
}

/// Copies coded data up to the next marker, which it returns. A picture that was cut off ends here.
fn scan(from: &mut impl BufRead, to: &mut impl Write) -> Result<u8, Bad> {
    loop {
        let block = from.fill_buf()?;
        if block.is_empty() {
            return Ok(EOI);
        }
        let plain = block.split(|byte| *byte == 0xff).next().unwrap_or_default();
        to.write_all(plain)?;
        let (length, at_end) = (plain.len(), plain.len() == block.len());
        from.consume(length);
        if at_end {
            continue;
        }
        let marker = match next_marker(from) {
            Err(Bad::Content) => return Ok(EOI),
            other => other?,
        };
        match marker {
            0x00 | 0xd0..=0xd7 => to.write_all(&[0xff, marker])?,
            marker => return Ok(marker),
        }
    }
}

/// The byte after one or more 0xff.
fn next_marker(from: &mut impl Read) -> Result<u8, Bad> {
    if take(from)? != [0xff] {
        return Err(Bad::Content);
    }
    loop {
        let [byte] = take(from)?;
        if byte != 0xff {
            return Ok(byte);
        }
    }
}

fn take<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Bad> {
    let mut bytes = [0; N];
    match from.read_exact(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Bad::Content),
        Err(error) => Err(Bad::Io(error)),
        Ok(()) => Ok(bytes),
    }
}

fn write_segment(to: &mut impl Write, marker: u8, segment: &[u8]) -> Result<(), Bad> {
    let length = u16::try_from(segment.len() + 2).map_err(|_| Bad::Content)?;
    to.write_all(&[0xff, marker])?;
    to.write_all(&length.to_be_bytes())?;
    Ok(to.write_all(segment)?)
}
