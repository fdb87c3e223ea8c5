//! What a line must be before anything of an archive is written: its numbers rise, what it refers to is there,
//! and its file lies beside it. Shapes and words are checked by the types that it is read as.

use std::{fs, path::Path};

use super::{
    error::{Result, Trouble, at},
    format::{
        Change, FILES, FORMAT, File, HEADER, Header, Line, Notice, Origin, PARTS, Person, Response, Seen, SignIn,
        Ticket, VERSION,
    },
    lines::Reader,
};
use crate::moving::earlier::Kind;

/// What was read so far that later lines refer to, in the order of the ids.
#[derive(Default)]
pub struct Known {
    people: Vec<i64>,
    /// With their owners.
    tickets: Vec<(i64, i64)>,
    /// Of this part.
    last: (i64, i64),
    /// The source, kind and id of the origin before.
    origin: (String, String, i64),
}

type Verdict = std::result::Result<(), String>;

impl Known {
    /// Whose ticket it is.
    pub fn owner(&self, ticket: i64) -> Option<i64> {
        let found = self.tickets.binary_search_by_key(&ticket, |(id, _)| *id);
        found.ok().and_then(|at| self.tickets.get(at)).map(|(_, owner)| *owner)
    }

    fn rises(&mut self, id: (i64, i64)) -> Verdict {
        if id <= self.last {
            return Err("its id is not higher than that of the line before".into());
        }
        self.last = id;
        Ok(())
    }

    fn person(&self, id: impl Into<Option<i64>>) -> Verdict {
        match id.into() {
            Some(id) if self.people.binary_search(&id).is_err() => Err(format!("there is no person with the id {id}")),
            _ => Ok(()),
        }
    }

    fn ticket(&self, id: i64) -> Verdict {
        self.owner(id).map(|_| ()).ok_or_else(|| format!("there is no ticket with the id {id}"))
    }
}

/// A line that knows what it must be.
trait Checked: Line {
    fn check(&self, known: &mut Known, folder: &Path) -> Verdict;
}

fn must(holds: bool, else_why: &str) -> Verdict {
    if holds { Ok(()) } else { Err(else_why.into()) }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Checked for Person {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        let hash = &self.password_hash;
        // What is no hash would be answered sooner than a wrong password, and so tell who has an account.
        must(["$argon2id$", "$2a$", "$2b$", "$2y$"].iter().any(|form| hash.starts_with(form)), "no password hash")?;
        must(!self.email_key.is_empty(), "emailKey is empty")?;
        if let Some(quiet) = &self.quiet_hours {
            let day = 0..1440;
            let right = day.contains(&quiet.from_minute) && day.contains(&quiet.to_minute);
            must(right && quiet.from_minute != quiet.to_minute, "quietHours are two minutes of the day")?;
        }
        must(self.known_browsers.iter().all(|one| is_hex(&one.key_hash, 64)), "keyHash is no SHA-256")?;
        known.people.push(self.id);
        Ok(())
    }
}

impl Checked for SignIn {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        must(self.count > 0, "count is not positive")?;
        known.person(self.user_id)
    }
}

impl Checked for Ticket {
    fn check(&self, known: &mut Known, folder: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        known.person(self.user_id)?;
        known.person(self.assigned_to)?;
        if let Some(previous) = self.previous_id {
            // The one that goes on is younger than the one that was closed.
            known.ticket(previous)?;
        }
        known.tickets.push((self.id, self.user_id));
        check_files(&self.files, folder)
    }
}

impl Checked for Response {
    fn check(&self, known: &mut Known, folder: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        known.ticket(self.ticket_id)?;
        known.person(self.author_id)?;
        check_files(&self.files, folder)
    }
}

impl Checked for Change {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        known.ticket(self.ticket_id)?;
        known.person(self.author_id)
    }
}

impl Checked for Seen {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        known.rises((self.user_id, self.ticket_id))?;
        known.person(self.user_id)?;
        known.ticket(self.ticket_id)
    }
}

impl Checked for Notice {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        known.rises((self.id, 0))?;
        known.person(self.user_id)
    }
}

impl Checked for Origin {
    fn check(&self, known: &mut Known, _: &Path) -> Verdict {
        must(!self.source.is_empty(), "source is empty")?;
        must(Kind::ALL.iter().any(|kind| kind.as_str() == self.kind), "kind is none that is brought over")?;
        let origin = (self.source.clone(), self.kind.clone(), self.source_id);
        must(origin > known.origin, "its source, kind and id do not come after those of the line before")?;
        known.origin = origin;
        Ok(())
    }
}

fn check_files(files: &[File], folder: &Path) -> Verdict {
    for file in files {
        let key = &file.storage_key;
        let in_key = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        must(key.len() <= 128 && key.split('/').all(in_key), "storageKey is no key")?;
        must(key.contains('/') && !key.starts_with("incoming/"), "storageKey is no key")?;
        must(file.mime_type.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "mimeType is no type")?;
        must(file.file_size >= 0, "fileSize is negative")?;
        let Some(sha256) = &file.sha256 else { continue };
        must(is_hex(sha256, 64), "sha256 is no SHA-256")?;
        // A link would bring a file of this machine to whoever may read the ticket.
        let there = fs::symlink_metadata(folder.join(FILES).join(key)).is_ok_and(|found| found.is_file());
        must(there, &format!("its file {FILES}/{key} is not there"))?;
    }
    Ok(())
}

/// Reads the header, of a version that this program knows.
fn header(folder: &Path) -> Result<Header> {
    let path = folder.join(HEADER);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Trouble::NoArchive(folder.to_owned()));
        }
        other => other.map_err(at(&path))?,
    };
    let problem = |why: String| Trouble::Header(path.clone(), why);
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|error| problem(error.to_string()))?;
    let told = |key: &str| value.get(key).cloned().unwrap_or_default();
    if told("format") != FORMAT {
        return Err(problem("it is no archive of ospabhost".into()));
    }
    if told("version") != VERSION {
        return Err(problem(format!(
            "it is of version {}, and this program knows version {VERSION}: bring it in with the program that wrote it, or a newer one",
            told("version")
        )));
    }
    let header: Header = serde_json::from_value(value).map_err(|error| problem(error.to_string()))?;
    let key = &header.public_id_key;
    if !is_hex(key, key.len()) || key.len() < 32 || !key.len().is_multiple_of(2) {
        return Err(problem("publicIdKey is no key".into()));
    }
    match PARTS.iter().find(|part| !header.parts.contains_key(**part)) {
        Some(part) => Err(problem(format!("it does not tell of {part}"))),
        None => Ok(header),
    }
}

/// Reads all of it once, and says what is wrong with the first line that is.
pub fn check(folder: &Path) -> Result<(Header, Known)> {
    let header = header(folder)?;
    let mut known = Known::default();
    read::<Person>(folder, &header, &mut known)?;
    read::<SignIn>(folder, &header, &mut known)?;
    read::<Ticket>(folder, &header, &mut known)?;
    read::<Response>(folder, &header, &mut known)?;
    read::<Change>(folder, &header, &mut known)?;
    read::<Seen>(folder, &header, &mut known)?;
    read::<Notice>(folder, &header, &mut known)?;
    read::<Origin>(folder, &header, &mut known)?;
    Ok((header, known))
}

fn read<T: Checked + serde::de::DeserializeOwned>(folder: &Path, header: &Header, known: &mut Known) -> Result<()> {
    let mut lines = open::<T>(folder, header)?;
    known.last = (0, 0);
    while let Some(line) = lines.next()? {
        line.check(known, folder).map_err(|why| lines.wrong(&why))?;
    }
    Ok(())
}

pub fn open<T: Line + serde::de::DeserializeOwned>(folder: &Path, header: &Header) -> Result<Reader<T>> {
    let told = header.parts.get(T::PART).cloned();
    Reader::open(folder, &told.unwrap_or_default())
}
