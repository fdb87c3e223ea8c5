//! The orientation in EXIF, read as browsers read it, and written anew without the rest.

/// Whether a segment is EXIF: the byte after the name and its end is any (as browsers have it).
pub fn of_segment(segment: &[u8]) -> Option<&[u8]> {
    segment.strip_prefix(b"Exif\0")?.get(1..)
}

/// The first right orientation of a TIFF block, if it turns or mirrors the picture (Exif 2.32, 4.6.4): a
/// SHORT, one of it, in the first directory. Values of other types, which some programs write, turn
/// nothing in browsers.
pub fn orientation(tiff: &[u8]) -> Option<u16> {
    const TAG: u16 = 0x0112;
    const SHORT: u16 = 3;
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let two = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let four = |at: usize| {
        let (first, second) = (u32::from(two(at)?), u32::from(two(at.checked_add(2)?)?));
        Some(if big { first << 16 | second } else { second << 16 | first })
    };
    let directory = usize::try_from(four(4)?).ok()?.checked_add(2)?;
    let entries = usize::from(two(directory - 2)?);
    let whole = (0..entries).map(|n| directory + n * 12).take_while(|at| at + 12 <= tiff.len());
    let mut values = whole
        .filter(|at| two(*at) == Some(TAG) && two(*at + 2) == Some(SHORT) && four(*at + 4) == Some(1))
        .filter_map(|at| two(at + 8));
    values.find(|value| (1..=8).contains(value)).filter(|value| *value != 1)
}

/// A TIFF block that says the orientation and nothing else.
pub fn block(orientation: u16) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    block.extend_from_slice(&orientation.to_be_bytes());
    // The rest of the value, and no further directory.
    block.extend_from_slice(&[0; 6]);
    block
}
