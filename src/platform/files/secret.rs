//! Finds private keys in what somebody is about to send: whoever reads one can pass for its owner.

use memchr::memmem;

/// In the first line of every key in text form (RFC 7468, OpenSSH, PGP).
const NAME: &[u8] = b"PRIVATE KEY";
const BEFORE: &[u8] = b"-----BEGIN ";
/// The first line of PuTTY's keys.
const PUTTY: &[u8] = b"PuTTY-User-Key-File-";
/// `-----BEGIN ENCRYPTED PRIVATE KEY`, with room for other words.
const LINE: usize = 64;

/// Looks through blocks of a file, also where a key's first line lies across two of them.
#[derive(Default)]
pub struct Finder {
    end: Vec<u8>,
    found: bool,
}

impl Finder {
    pub fn feed(&mut self, block: &[u8]) {
        if self.found {
            return;
        }
        self.end.extend(block.iter().take(LINE));
        self.found = has_key(&self.end) || has_key(block);
        let last = if block.len() >= LINE { block } else { &self.end };
        self.end = last.get(last.len().saturating_sub(LINE)..).unwrap_or_default().to_vec();
    }

    pub fn has_found(&self) -> bool {
        self.found
    }
}

fn has_key(text: &[u8]) -> bool {
    let named = |at: usize| {
        let line = text.get(at.saturating_sub(LINE)..at).unwrap_or_default();
        memmem::find(line, BEFORE).is_some()
    };
    memmem::find_iter(text, NAME).any(named) || memmem::find(text, PUTTY).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_wherever_they_are_cut() {
        for (text, expected) in [
            ("-----BEGIN PRIVATE KEY-----\nMIIE", true),
            ("x\n-----BEGIN OPENSSH PRIVATE KEY-----\n", true),
            ("-----BEGIN RSA PRIVATE KEY-----", true),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----", true),
            ("PuTTY-User-Key-File-3: ssh-ed25519", true),
            ("-----BEGIN CERTIFICATE-----", false),
            ("-----BEGIN PUBLIC KEY-----", false),
            ("nginx: cannot load PRIVATE KEY from file", false),
        ] {
            let text = format!("{}{text}{}", "a".repeat(100), "b".repeat(100));
            for size in [1, 7, 63, 64, 65, 500] {
                let mut finder = Finder::default();
                text.as_bytes().chunks(size).for_each(|block| finder.feed(block));
                assert_eq!(finder.has_found(), expected, "{size}: {text}");
            }
        }
    }
}
