//! Copies a WebP with the chunks that draw it: no EXIF (which turns no WebP in browsers), no XMP, nothing
//! after its end (RFC 9649).

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use super::{check::Bad, picture::Drawn};

const MAX_FRAMES: u32 = 2000;
/// Flags of the extended header that announce EXIF and XMP.
const TOLD: u8 = 0x08 | 0x04;

/// Copies chunk by chunk.
pub fn copy(from: &mut impl BufRead, to: &mut (impl Write + Seek)) -> Result<Drawn, Bad> {
    let head: [u8; 12] = take(from)?;
    if !head.starts_with(b"RIFF") || !head.ends_with(b"WEBP") {
        return Err(Bad::Content);
    }
    let begins = to.stream_position()?;
    to.write_all(&head)?;
    let mut rest = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])).saturating_sub(4);
    let (mut written, mut size, mut frames, mut has_image) = (4_u64, None, 0_u32, false);
    while rest >= 8 {
        let name: [u8; 4] = take(from)?;
        let length = u32::from_le_bytes(take(from)?);
        // Chunks have an even length.
        let padded = u64::from(length) + u64::from(length % 2);
        rest = rest.saturating_sub(8 + padded);
        let mut start = [0; 10];
        let known = usize::try_from(padded).unwrap_or(10).min(10);
        from.read_exact(start.get_mut(..known).unwrap_or_default())?;
        match &name {
            b"VP8X" => {
                start[0] &= !TOLD;
                size = Some((1 + three(&start[4..7]), 1 + three(&start[7..10])));
            }
            b"VP8 " | b"VP8L" => {
                has_image = true;
                size = size.or_else(|| size_of(&name, &start));
            }
            b"ANMF" => frames += 1,
            b"ALPH" | b"ANIM" | b"ICCP" => {}
            _ => {
                pass(from, &mut io::sink(), padded - known as u64)?;
                continue;
            }
        }
        to.write_all(&[&name[..], &length.to_le_bytes(), start.get(..known).unwrap_or_default()].concat())?;
        pass(from, to, padded - known as u64)?;
        written += 8 + padded;
    }
    set_length(to, begins + 4, written)?;
    let size = size.filter(|size| (has_image || frames > 0) && size.0 > 0 && size.1 > 0).ok_or(Bad::Content)?;
    Ok(Drawn { size, passes: frames.max(1), most_passes: MAX_FRAMES })
}

/// The length stands in front of what it is the length of.
fn set_length(to: &mut (impl Write + Seek), at: u64, length: u64) -> Result<(), Bad> {
    let end = to.stream_position()?;
    to.seek(SeekFrom::Start(at))?;
    to.write_all(&u32::try_from(length).map_err(|_| Bad::Content)?.to_le_bytes())?;
    to.seek(SeekFrom::Start(end))?;
    Ok(())
}

/// From the beginning of the coded picture itself.
fn size_of(name: &[u8; 4], start: &[u8; 10]) -> Option<(u32, u32)> {
    match (name, *start) {
        (b"VP8L", [0x2f, a, b, c, d, ..]) => {
            let both = u32::from_le_bytes([a, b, c, d]);
            Some((1 + (both & 0x3fff), 1 + (both >> 14 & 0x3fff)))
        }
        (b"VP8 ", [.., 0x9d, 0x01, 0x2a, a, b, c, d]) => {
            let both = u32::from_le_bytes([a, b, c, d]);
            Some((both & 0x3fff, both >> 16 & 0x3fff))
        }
        _ => None,
    }
}

fn three(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte))
}

fn pass(from: &mut impl Read, to: &mut impl Write, length: u64) -> Result<(), Bad> {
    if io::copy(&mut from.take(length), to)? == length { Ok(()) } else { Err(Bad::Content) }
}

fn take<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Bad> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
