//! What a file really is, by its first bytes: for the words that refuse it, and so that nothing with a
//! signature of its own passes for text.

const SIGNATURES: [(&[u8], &str); 20] = [
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x1f\x8b\x08", "GZ"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\0", "XZ"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DOC/XLS"),
    (b"{\\rtf", "RTF"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90\0", "EXE"),
    (b"SQLite format 3\0", "SQLite"),
    (b"ID3", "MP3"),
    (b"\x1aE\xdf\xa3", "MKV"),
];

/// The name of the format, if its beginning gives it away.
pub fn format(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => return Some("WebP"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            return Some(match brand.get(..4) {
                Some(b"avif" | b"avis") => "AVIF",
                Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => "HEIC",
                _ => "MP4",
            });
        }
        _ => {}
    }
    SIGNATURES.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name)
}

/// Formats that may be text all the same: their signature is made of letters that texts begin with.
pub fn is_binary(head: &[u8]) -> bool {
    format(head).is_some_and(|name| !matches!(name, "RTF" | "BZIP2" | "MP3"))
}
