//! Files: found on the disk of the earlier portal by the last part of their address, checked like any upload, and
//! stored where uploads are. What could not be taken is tried again by the next run.

use std::{
    collections::HashSet,
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    Run,
    report::LeftFile,
    rows::FileRow,
    rules,
    store_map::{self, Kind as MapKind},
};
use crate::{
    cli::Failure,
    platform::{
        base::error::Error,
        files::{Incoming, name},
    },
    ticket::{
        moving::{self, Kind},
        store_import,
    },
};

const AT_ONCE: usize = 200;
const BLOCK: usize = 64 << 10;
/// So many of those that were not taken are named.
const NAMED: usize = 100_000;
/// What the check of uploads calls a reason, and what it is called here.
const REASONS: [(&str, &str); 7] = [
    ("file_type", "not_allowed"),
    ("file_content", "lying_type"),
    ("file_too_large", "too_large"),
    ("file_empty", "empty"),
    ("file_archive", "bad_archive"),
    ("file_pixels", "too_many_pixels"),
    ("file_infected", "infected"),
];

/// One of the two tables of files.
struct Place {
    table: &'static str,
    hangs_on: Kind,
    of: MapKind,
    own: MapKind,
}

const PLACES: [Place; 2] = [
    Place { table: "ticket_attachment", hangs_on: Kind::Ticket, of: MapKind::Ticket, own: MapKind::TicketFile },
    Place { table: "response_attachment", hangs_on: Kind::Response, of: MapKind::Response, own: MapKind::ResponseFile },
];

/// What was seen on the disk so far: a number for each name.
struct Disk {
    folder: Option<PathBuf>,
    hasher: RandomState,
    named: HashSet<u64>,
}

pub async fn bring(run: &mut Run<'_>) -> Result<(), Failure> {
    let folder = run.options.uploads.as_ref().map(|uploads| uploads.join("tickets"));
    let mut disk = Disk { folder, hasher: RandomState::new(), named: HashSet::new() };
    for place in &PLACES {
        let Some(table) = run.source.schema.table(place.table) else { continue };
        let all = run.source.count(&table).await.map_err(super::theirs)?;
        run.report.table(place.table).read = all;
        run.report.files.rows += all;
        let (mut after, mut done) = (i64::MIN, 0);
        loop {
            let rows = run.source.files(&table, place.hangs_on == Kind::Ticket, after, AT_ONCE).await;
            let rows = rows.map_err(super::theirs)?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            done += rows.len() as u64;
            batch(run, &mut disk, place, &rows).await?;
            run.progress.at("files", done, all);
        }
    }
    run.report.files.unreferenced_on_disk = disk.unnamed()?;
    Ok(())
}

async fn batch(run: &mut Run<'_>, disk: &mut Disk, place: &Place, rows: &[FileRow]) -> Result<(), Failure> {
    let db = &run.app.platform.db;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let owners: Vec<i64> = rows.iter().map(|row| row.hangs_on).collect();
    let known = store_map::any_known(db, &run.name, place.own, &ids).await.map_err(super::ours)?;
    let owners = store_map::any_known(db, &run.name, place.of, &owners).await.map_err(super::ours)?;
    let here: Vec<i64> = owners.values().map(|known| known.target_id).collect();
    let here = match place.hangs_on {
        Kind::Ticket => store_import::any_there(db, &here).await,
        Kind::Response => store_import::any_words_there(db, &here).await,
    };
    let here: HashSet<i64> = here.map_err(super::ours)?.into_iter().collect();
    for row in rows {
        let path = disk.find(row);
        let hangs_on = owners.get(&row.hangs_on).map(|known| known.target_id).filter(|id| here.contains(id));
        let done = match (known.contains_key(&row.id), path) {
            (true, _) => Ok(false),
            _ if !row.has_owner => Err("orphan"),
            _ if hangs_on.is_none() && !run.options.dry_run => Err("removed_here"),
            _ if disk.folder.is_none() => Err("no_uploads_given"),
            (_, None) => Err(if climbs(&row.url) { "traversal" } else { "missing" }),
            (_, Some(path)) if !run.options.take_scripts && name::is_run_by_a_click(&filename(row, &path)) => {
                Err("not_allowed")
            }
            (_, Some(path)) => take(run, place, row, &path, hangs_on).await?.map(|()| true),
        };
        account(run, place, row, done);
    }
    Ok(())
}

fn account(run: &mut Run<'_>, place: &Place, row: &FileRow, done: Result<bool, &'static str>) {
    let counts = run.report.table(place.table);
    match done {
        Ok(true) => counts.written += 1,
        Ok(false) => counts.known_before += 1,
        Err(why) => counts.leave(why),
    }
    let all = &mut run.report.files;
    match done {
        Ok(_) => {
            all.taken += 1;
            all.names_mended += u64::from(rules::mended(&row.filename) != row.filename);
        }
        Err(why) => {
            *all.left_out.entry(why).or_default() += 1;
            if all.not_taken.len() < NAMED {
                let name = rules::mended(&row.filename).into_owned();
                all.not_taken.push(LeftFile { table: place.table, id: row.id, name, why });
            }
        }
    }
}

/// Checks a file and stores it. The inner error says why it is none that is taken; the outer one ends the run,
/// for it is not the file's fault.
async fn take(
    run: &mut Run<'_>,
    place: &Place,
    row: &FileRow,
    path: &Path,
    hangs_on: Option<i64>,
) -> Result<Result<(), &'static str>, Failure> {
    let files = &run.app.platform.files;
    let Some(file) = open(path) else { return Ok(Err("missing")) };
    let size = file.metadata().map_or(0, |found| found.len());
    if size > u64::from(files.settings().max_bytes) {
        return Ok(Err("too_large"));
    }
    let filename = filename(row, path);
    let mut spool = files.spool().await.map_err(super::ours_too)?;
    let mut reading = file.take(size);
    let mut block = vec![0; BLOCK];
    loop {
        let read = reading.read(&mut block).map_err(|error| format!("{}: {error}", path.display()))?;
        let Some(part @ [_, ..]) = block.get(..read) else { break };
        spool.write(part).await.map_err(no_room)?;
    }
    // Whoever it was sent to has had it for years: what is in it is no news.
    let incoming = Incoming { filename, spool: spool.finish().await.map_err(no_room)?, may_hold_key: true };
    if run.options.dry_run {
        return judged(files.examine(incoming).await);
    }
    let received = match files.receive(incoming).await {
        Ok(received) => received,
        Err(error) => return judged(Err(error)),
    };
    let Some(hangs_on) = hangs_on else { return Ok(Err("removed_here")) };
    let at = row.at.unwrap_or_else(|| run.app.platform.clock.now());
    let mut tx = run.app.platform.db.begin().await.map_err(super::ours)?;
    let here = moving::attach(&run.app.tickets, &mut tx, (place.hangs_on, hangs_on), &received, at).await;
    let pair = (row.id, here.map_err(super::ours_too)?, None);
    store_map::any_keep(&mut tx, &run.name, place.own, &[pair]).await.map_err(super::ours)?;
    tx.commit().await.map_err(super::ours)?;
    Ok(Ok(()))
}

/// Where files lie on their way in, something is wrong: most likely its disk is full.
fn no_room(error: std::io::Error) -> Failure {
    format!("this portal's folder of files on their way in: {error}. What was written stays; run it again to go on")
        .into()
}

/// A file's own fault, or a storage that does not work.
fn judged(checked: Result<(), Error>) -> Result<Result<(), &'static str>, Failure> {
    let Err(error) = checked else { return Ok(Ok(())) };
    if error.kind.is_ours() {
        return Err(super::ours_too(error));
    }
    Ok(Err(REASONS.iter().find(|(code, _)| *code == error.code.as_str()).map_or("refused", |(_, why)| *why)))
}

/// A plain file, and no way to another place.
fn open(path: &Path) -> Option<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    file.metadata().is_ok_and(|found| found.is_file()).then_some(file)
}

fn filename(row: &FileRow, path: &Path) -> String {
    let on_disk = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let named = [row.filename.as_str(), &on_disk].map(|given| name::clean(&rules::mended(given)));
    named.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// Whether an address leads out of where it begins, as no address that the portal itself wrote does.
fn climbs(url: &str) -> bool {
    percent_encoding::percent_decode_str(url).decode_utf8_lossy().split(['/', '\\']).any(|part| part == "..")
}

/// The names under which a file may lie there, by its address: whatever stands before the last part, and after
/// it, is of no interest.
fn names(url: &str) -> Vec<String> {
    let last = |text: &str| text.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let decoded = |text: &str| {
        percent_encoding::percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), |it| it.into_owned())
    };
    let plain = last(url);
    let cut = last(url.split(['?', '#']).next().unwrap_or_default());
    let mut all = vec![plain.clone(), last(&decoded(&plain)), cut.clone(), last(&decoded(&cut))];
    let mended: Vec<String> = all.iter().map(|name| rules::mended(name).into_owned()).collect();
    all.extend(mended);
    all.retain(|name| !name.is_empty() && name != "." && name != ".." && !name.contains('\0'));
    let mut seen = HashSet::new();
    all.retain(|name| seen.insert(name.clone()));
    all
}

impl Disk {
    /// Where the file of a row lies.
    fn find(&mut self, row: &FileRow) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let named = names(&row.url).into_iter().find(|name| {
            let found = fs::symlink_metadata(folder.join(name));
            found.is_ok_and(|found| found.is_file())
        })?;
        self.named.insert(self.hasher.hash_one(named.as_bytes()));
        Some(folder.join(named))
    }

    /// How many files no row names.
    fn unnamed(&self) -> Result<u64, Failure> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let failed = |error: std::io::Error| format!("--uploads: {}: {error}", folder.display());
        let mut count = 0;
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            count += u64::from(is_file && !self.named.contains(&self.hasher.hash_one(name)));
        }
        Ok(count)
    }
}

/// Whether there is a folder to look in.
pub fn check(uploads: &Path) -> Result<(), Failure> {
    let folder = uploads.join("tickets");
    match fs::metadata(&folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(format!("--uploads: {} is no folder", folder.display()).into()),
        Err(error) => Err(format!("--uploads: {}: {error}", folder.display()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_for_by_the_last_part_of_its_address() {
        for (url, name) in [
            ("/uploads/tickets/1-a.png", "1-a.png"),
            ("uploads\\tickets\\1-a.png", "1-a.png"),
            ("D:\\work\\uploads\\tickets\\1-снимок.png", "1-снимок.png"),
            ("https://api.example/uploads/tickets/1-a.png?v=1", "1-a.png"),
            ("/uploads/tickets/1-%D0%BC%D0%BE%D0%B9%20%E2%84%961.png", "1-мой №1.png"),
            ("1-a.png", "1-a.png"),
            ("/uploads/tickets/50%.png", "50%.png"),
            ("/uploads/tickets/a#1.png", "a#1.png"),
            ("/uploads/tickets/..%2f..%2fetc%2fpasswd", "passwd"),
        ] {
            assert!(names(url).contains(&name.to_owned()), "{url}: {:?}", names(url));
        }
        for url in ["", "/", "/uploads/tickets/..", "..%2f..", "../../../../etc/", "a/%00"] {
            let all = names(url);
            assert!(all.iter().all(|name| !name.contains(['/', '\\', '\0']) && name != ".."), "{url}: {all:?}");
        }
    }
}
