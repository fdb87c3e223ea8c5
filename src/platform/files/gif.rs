//! Copies a GIF without comments, XMP and whatever follows its end.

use std::io::{self, BufRead, Read, Write};

use super::{check::Bad, picture::Drawn};

const MAX_FRAMES: u32 = 2000;

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// Extensions that change what is seen: how often it repeats, its colour profile.
const KEPT: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

/// Copies block by block.
pub fn copy(from: &mut impl BufRead, to: &mut impl Write) -> Result<Drawn, Bad> {
    let head: [u8; 13] = take(from)?;
    if !head.starts_with(b"GIF87a") && !head.starts_with(b"GIF89a") {
        return Err(Bad::Content);
    }
    to.write_all(&head)?;
    table(from, to, head[10])?;
    let mut size = (number(head[6], head[7]), number(head[8], head[9]));
    let mut frames = 0_u32;
    loop {
        match take(from)? {
            [IMAGE] => {
                let image: [u8; 9] = take(from)?;
                to.write_all(&[IMAGE])?;
                to.write_all(&image)?;
                table(from, to, image[8])?;
                to.write_all(&take::<1>(from)?)?;
                sub_blocks(from, to)?;
                // Some readers make the canvas as large as its images.
                size.0 = size.0.max(number(image[0], image[1]) + number(image[4], image[5]));
                size.1 = size.1.max(number(image[2], image[3]) + number(image[6], image[7]));
                frames = frames.saturating_add(1);
            }
            [EXTENSION] => extension(from, to)?,
            [END] => break,
            _ => return Err(Bad::Content),
        }
    }
    to.write_all(&[END])?;
    if frames == 0 || size.0 == 0 || size.1 == 0 {
        return Err(Bad::Content);
    }
    Ok(Drawn { size, passes: frames, most_passes: MAX_FRAMES })
}

fn extension(from: &mut impl BufRead, to: &mut impl Write) -> Result<(), Bad> {
    let [label] = take(from)?;
    if label == CONTROL {
        to.write_all(&[EXTENSION, label])?;
        return sub_blocks(from, to);
    }
    if label != APPLICATION {
        return sub_blocks(from, &mut io::sink());
    }
    let [length] = take(from)?;
    let mut name = vec![0; length.into()];
    from.read_exact(&mut name)?;
    if !KEPT.contains(&&*name) {
        return sub_blocks(from, &mut io::sink());
    }
    to.write_all(&[EXTENSION, label, length])?;
    to.write_all(&name)?;
    sub_blocks(from, to)
}

/// A colour table, if the flags announce one.
fn table(from: &mut impl Read, to: &mut impl Write, flags: u8) -> Result<(), Bad> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    pass(from, to, 3 << (u64::from(flags & 7) + 1))
}

/// Blocks with their length before them, up to an empty one.
fn sub_blocks(from: &mut impl Read, to: &mut impl Write) -> Result<(), Bad> {
    loop {
        let [length] = take(from)?;
        to.write_all(&[length])?;
        if length == 0 {
            return Ok(());
        }
        pass(from, to, length.into())?;
    }
}

fn pass(from: &mut impl Read, to: &mut impl Write, length: u64) -> Result<(), Bad> {
    if io::copy(&mut from.take(length), to)? == length { Ok(()) } else { Err(Bad::Content) }
}

fn take<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Bad> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number(low: u8, high: u8) -> u32 {
    u16::from_le_bytes([low, high]).into()
}
