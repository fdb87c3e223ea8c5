//! Names of entries, and where links lead: nothing is written, or read through a link, outside the folder
//! that an archive is unpacked to, whatever the system it is unpacked on (CWE-22, CWE-59).

use std::collections::HashSet;

use super::Fault;

/// Bytes of all links of an archive that are remembered.
const MAX_LINK_BYTES: usize = 256 << 10;
/// Longer ones no system has.
pub const MAX_TARGET: u64 = 4096;

/// Holds that a name is a path below the folder: no root, no drive, no step up, no backslash (which is a
/// slash on one system and a letter on others), no end in its midst.
pub fn check(name: &[u8]) -> Result<(), Fault> {
    let drive = matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic());
    let bad = matches!(name, [] | [b'/', ..]) || drive || name.contains(&0) || name.contains(&b'\\');
    if bad || name.split(|byte| *byte == b'/').any(is_up) { Err(Fault::Name) } else { Ok(()) }
}

/// `..`, also as Windows reads it, which drops dots and blanks at the end.
fn is_up(step: &[u8]) -> bool {
    step.len() >= 2 && step.starts_with(b".") && step.iter().all(|byte| matches!(byte, b'.' | b' '))
}

/// The links of an archive.
#[derive(Default)]
pub struct Links {
    names: HashSet<String>,
    bytes: usize,
}

impl Links {
    pub fn add(&mut self, name: &[u8]) -> Result<(), Fault> {
        self.bytes += name.len();
        self.names.insert(plain(name));
        if self.bytes > MAX_LINK_BYTES { Err(Fault::TooMuch) } else { Ok(()) }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Holds that an entry does not stand below a link: it would be written where that leads.
    pub fn check_below(&self, name: &[u8]) -> Result<(), Fault> {
        let name = plain(name);
        let mut above = name.match_indices('/').map(|(at, _)| &name[..at]);
        if above.any(|folder| self.names.contains(folder)) { Err(Fault::Name) } else { Ok(()) }
    }
}

/// As the least careful system reads it: letters of one size, no empty steps, no dots and blanks at ends.
fn plain(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).to_lowercase();
    let steps = name.split('/').map(|step| step.trim_end_matches(['.', ' '])).filter(|step| !step.is_empty());
    steps.collect::<Vec<_>>().join("/")
}

/// Holds that a link leads to a place below the folder. Steps up may stand in front only: behind the name
/// of another link they would begin where that leads.
pub fn check_target(link: &[u8], target: &[u8]) -> Result<(), Fault> {
    let mut depth = link.split(|byte| *byte == b'/').filter(|step| !matches!(*step, b"" | b".")).count();
    let steps = || target.split(|byte| *byte == b'/').filter(|step| !matches!(*step, b"" | b"."));
    let ups = steps().take_while(|step| *step == b"..").count();
    depth = depth.saturating_sub(1);
    let later = steps().skip(ups).collect::<Vec<_>>().join(&b'/');
    let below = later.is_empty() || check(&later).is_ok();
    let rooted = matches!(target, [] | [b'/', ..]) || target.contains(&b'\\') || target.contains(&0);
    if rooted || ups > depth || !below { Err(Fault::Name) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_folder() {
        for good in ["a", "a/b.txt", "a/", "./a", "..a/b..", "ab:c", "сайт/index.php", "a/...b"] {
            assert!(check(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/a",
            "../a",
            "a/../b",
            "a/..",
            "C:a",
            "c:/a",
            "a\\b",
            "\\a",
            "\\\\host\\a",
            "a\0.txt",
            "a/.. /b",
            "...",
        ] {
            assert_eq!(check(bad.as_bytes()), Err(Fault::Name), "{bad}");
        }
    }

    #[test]
    fn links_stay_below_the_folder() {
        for (link, target) in [("a", "b"), ("a/b", "../c"), ("bin/x", "../lib/x.js"), ("a/b/c", "../.."), ("a", ".")] {
            assert!(check_target(link.as_bytes(), target.as_bytes()).is_ok(), "{link} -> {target}");
        }
        for (link, target) in [
            ("a", "/etc"),
            ("a", ".."),
            ("a/b", "../../c"),
            ("a", "b/../.."),
            ("a/x", "b/../c"),
            ("a", "C:/x"),
            ("a", "..\\x"),
            ("a", ""),
        ] {
            assert_eq!(check_target(link.as_bytes(), target.as_bytes()), Err(Fault::Name), "{link} -> {target}");
        }
        let mut links = Links::default();
        links.add("A/link".as_bytes()).unwrap();
        assert!(links.check_below(b"a/link").is_ok() && links.check_below(b"a/links/x").is_ok());
        assert!(links.check_below(b"a/LINK/x/y").is_err() && links.check_below(b"./a//link./x").is_err());
    }
}
