//! Copies a PNG with the chunks that draw it, and no other: no texts, no time, nothing after its end. Of
//! EXIF the orientation stays.

use std::io::{self, BufRead, Read, Write};

use flate2::Crc;

use super::{check::Bad, exif, picture::Drawn};

const MAX_FRAMES: u32 = 2000;
/// A longer EXIF block is passed over.
const MAX_EXIF: u32 = 1 << 20;

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Pixels, colours, transparency, density, animation (PNG, third edition).
const KEPT: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];
/// Four bytes of checksum follow the data.
const CHECKSUM: u64 = 4;
const EXIF: [u8; 4] = *b"eXIf";

/// Copies chunk by chunk.
pub fn copy(from: &mut impl BufRead, to: &mut impl Write) -> Result<Drawn, Bad> {
    let mut signature = [0; 8];
    from.read_exact(&mut signature)?;
    if signature != SIGNATURE {
        return Err(Bad::Content);
    }
    to.write_all(&SIGNATURE)?;
    let mut size = header(from, to)?;
    let (mut has_data, mut has_exif, mut frames) = (false, false, 0_u32);
    loop {
        let (length, kind) = chunk(from)?;
        has_data |= kind == *b"IDAT";
        frames += u32::from(kind == *b"fcTL");
        if KEPT.contains(&&kind) {
            to.write_all(&length.to_be_bytes())?;
            to.write_all(&kind)?;
            pass(from, to, length)?;
        } else if kind == EXIF && !has_exif && !has_data && length <= MAX_EXIF {
            // Browsers look at the first whole one in front of the pixels.
            if let Some(orientation) = read_exif(from, length, &mut has_exif)? {
                write_exif(to, orientation)?;
                // From 5 on the picture lies on its side.
                size = if orientation >= 5 { (size.1, size.0) } else { size };
            }
        } else if kind[0].is_ascii_uppercase() {
            // A chunk that nobody may leave out, and that no picture has.
            return Err(Bad::Content);
        } else {
            pass(from, &mut io::sink(), length)?;
        }
        if kind == *b"IEND" {
            let drawn = Drawn { size, passes: frames.max(1), most_passes: MAX_FRAMES };
            return if has_data { Ok(drawn) } else { Err(Bad::Content) };
        }
    }
}

/// The orientation, unless the chunk is damaged: then it does not count at all.
fn read_exif(from: &mut impl Read, length: u32, has_exif: &mut bool) -> Result<Option<u16>, Bad> {
    let mut block = Vec::new();
    pass(from, &mut block, length)?;
    let (data, checksum) = block.split_at(block.len() - 4);
    *has_exif = checksum == checksum_of(data).to_be_bytes();
    Ok(exif::orientation(data).filter(|_| *has_exif))
}

fn write_exif(to: &mut impl Write, orientation: u16) -> Result<(), Bad> {
    let block = exif::block(orientation);
    to.write_all(&u32::try_from(block.len()).unwrap_or(0).to_be_bytes())?;
    to.write_all(&EXIF)?;
    to.write_all(&block)?;
    Ok(to.write_all(&checksum_of(&block).to_be_bytes())?)
}

fn checksum_of(exif: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(&EXIF);
    crc.update(exif);
    crc.sum()
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
