//! Copies a PNG with the chunks that draw it, and no other: no texts, no EXIF, no time, nothing after
//! its end.

use std::io::{self, BufRead, Read, Write};

use super::check::Bad;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Pixels, colours, transparency, density, animation (PNG, third edition).
const KEPT: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];
/// Four bytes of checksum follow the data.
const CHECKSUM: u64 = 4;

/// Copies chunk by chunk; returns width and height.
pub fn copy(from: &mut impl BufRead, to: &mut impl Write) -> Result<(u32, u32), Bad> {
    let mut signature = [0; 8];
    from.read_exact(&mut signature)?;
    if signature != SIGNATURE {
        return Err(Bad::Content);
    }
    to.write_all(&SIGNATURE)?;
    let size = header(from, to)?;
    let mut has_data = false;
    loop {
        let (length, kind) = chunk(from)?;
        has_data |= kind == *b"IDAT";
        if KEPT.contains(&&kind) {
            to.write_all(&length.to_be_bytes())?;
            to.write_all(&kind)?;
            pass(from, to, length)?;
        } else if kind[0].is_ascii_uppercase() {
            // A chunk that nobody may leave out, and that no picture has.
            return Err(Bad::Content);
        } else {
            pass(from, &mut io::sink(), length)?;
        }
        if kind == *b"IEND" {
            return if has_data { Ok(size) } else { Err(Bad::Content) };
        }
    }
}

fn header(from: &mut impl BufRead, to: &mut impl Write) -> Result<(u32, u32), Bad> {
    const LENGTH: u32 = 13;
    let (length, kind) = chunk(from)?;
    if length != LENGTH || kind != *b"IHDR" {
        return Err(Bad::Content);
    }
    let mut sizes = [0; 8];
    from.read_exact(&mut sizes)?;
    to.write_all(&LENGTH.to_be_bytes())?;
    to.write_all(&kind)?;
    to.write_all(&sizes)?;
    pass(from, to, LENGTH - 8)?;
    let [w1, w2, w3, w4, h1, h2, h3, h4] = sizes;
    let size = (u32::from_be_bytes([w1, w2, w3, w4]), u32::from_be_bytes([h1, h2, h3, h4]));
    if size.0 == 0 || size.1 == 0 { Err(Bad::Content) } else { Ok(size) }
}

fn chunk(from: &mut impl Read) -> Result<(u32, [u8; 4]), Bad> {
    let (mut length, mut kind) = ([0; 4], [0; 4]);
    from.read_exact(&mut length)?;
    from.read_exact(&mut kind)?;
    Ok((u32::from_be_bytes(length), kind))
}

/// Hands on what is left of a chunk, with its checksum.
fn pass(from: &mut impl Read, to: &mut impl Write, length: u32) -> Result<(), Bad> {
    let whole = u64::from(length) + CHECKSUM;
    if io::copy(&mut from.take(whole), to)? == whole { Ok(()) } else { Err(Bad::Content) }
}
