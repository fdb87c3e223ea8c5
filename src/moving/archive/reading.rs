//! `import --from`: brings an archive into an ospabhost that has nobody yet. First all of it is checked; then
//! its files are stored, each announced, so that what nothing comes to refer to is removed; then its rows are
//! written in one transaction. Whatever ends it early, the next run begins anew and finds nothing half.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

use super::{
    checking::{Known, check, open},
    error::{Result, Trouble, at},
    format::{Change, FILES, File, Header, Line, Notice, Origin, Person, Response, Seen, SignIn, Ticket},
    lines::Reader,
    store_read, store_write as store,
};
use crate::{
    account,
    platform::{
        data::db::{Db, Tx},
        files::Files,
    },
    ticket::store_search::{self, NewDoc},
};

/// So many files are announced at once.
const FILES_AT_ONCE: usize = 100;
/// So many texts are indexed at once, and so much of them.
const TEXTS_AT_ONCE: usize = 300;
const BYTES_AT_ONCE: usize = 1 << 20;

/// What was imported, or would be.
#[derive(Debug)]
pub struct Imported {
    /// File of lines → how many.
    pub lines: BTreeMap<String, u64>,
    pub files: u64,
}

/// Reads and checks all of it, and writes nothing.
pub async fn try_out(db: &Db, from: &Path) -> Result<Imported> {
    must_be_alone(&mut db.snapshot().await?).await?;
    let (header, _) = check(from)?;
    Ok(told(&header, 0))
}

pub async fn import(db: &Db, files: &Files, from: &Path) -> Result<Imported> {
    must_be_alone(&mut db.snapshot().await?).await?;
    let (header, known) = check(from)?;
    let mut objects = Objects { files, from, waiting: Vec::new(), stored: 0, shared: HashSet::new() };
    objects.store_all(&header).await?;
    let Objects { stored, shared, .. } = objects;

    let mut tx = db.begin_patiently().await?;
    store::any_keep_others_out(&mut tx).await?;
    must_be_alone(&mut tx).await?;
    rows(&mut tx, &Source { files, from, header: &header, shared }).await?;
    index(&mut tx, from, &header, &known).await?;
    store::any_set_public_id_key(&mut tx, &header.public_id_key).await?;
    for table in store_read::NUMBERED {
        store::any_go_on_after(&mut tx, table, header.highest_ids.get(table).copied().unwrap_or(0)).await?;
    }
    tx.commit().await?;
    // Made of what is there now; a start of the server goes on with it.
    while account::store::any_fill_words(db, 500).await? {}
    Ok(told(&header, stored))
}

fn told(header: &Header, files: u64) -> Imported {
    Imported { lines: header.parts.iter().map(|(part, written)| (part.clone(), written.lines)).collect(), files }
}

async fn must_be_alone(tx: &mut Tx) -> Result<()> {
    match store_read::any_count(tx).await? {
        (0, 0) => Ok(()),
        (people, tickets) => Err(Trouble::NotAlone { people, tickets }),
    }
}

/// Where rows come from.
struct Source<'a> {
    files: &'a Files,
    from: &'a Path,
    header: &'a Header,
    /// Keys of objects that were there.
    shared: HashSet<String>,
}

/// Writes all lines of a part.
macro_rules! part {
    ($tx:expr, $source:expr, $line:ident, $put:path) => {{
        let mut lines: Reader<$line> = open($source.from, $source.header)?;
        while let Some(line) = lines.next()? {
            $put($tx, &line).await.map_err(|error| named(&lines, error))?;
            $source.claim($tx, &lines, line.files()).await?;
        }
    }};
}

async fn rows(tx: &mut Tx, source: &Source<'_>) -> Result<()> {
    store::any_stop_counting(tx).await?;
    part!(tx, source, Person, store::any_person);
    part!(tx, source, SignIn, store::any_sign_in);
    part!(tx, source, Ticket, store::any_ticket);
    part!(tx, source, Response, store::any_response);
    part!(tx, source, Change, store::any_change);
    part!(tx, source, Seen, store::any_seen);
    part!(tx, source, Notice, store::any_notice);
    store::any_forget_origins(tx).await?;
    part!(tx, source, Origin, store::any_origin);
    Ok(store::any_count_all(tx).await?)
}

/// What a rule of the database refuses is the line's fault.
fn named<T: Line + serde::de::DeserializeOwned>(lines: &Reader<T>, error: sqlx::Error) -> Trouble {
    match error.as_database_error() {
        Some(told) if told.is_unique_violation() || told.is_check_violation() || told.is_foreign_key_violation() => {
            lines.wrong(told.message())
        }
        _ => error.into(),
    }
}

impl Source<'_> {
    async fn claim<T: Line + serde::de::DeserializeOwned>(
        &self,
        tx: &mut Tx,
        lines: &Reader<T>,
        files: &[File],
    ) -> Result<()> {
        for file in files.iter().filter(|file| file.sha256.is_some() && !self.shared.contains(&file.storage_key)) {
            if !self.files.claim(tx, &[&file.storage_key]).await? {
                let key = &file.storage_key;
                return Err(
                    lines.wrong(&format!("its file {key} was removed meanwhile: stop all servers, and begin anew"))
                );
            }
        }
        Ok(())
    }
}

/// A line that may have files.
trait HasFiles {
    fn files(&self) -> &[File] {
        &[]
    }
}

impl HasFiles for Person {}
impl HasFiles for SignIn {}
impl HasFiles for Change {}
impl HasFiles for Seen {}
impl HasFiles for Notice {}
impl HasFiles for Origin {}
impl HasFiles for Ticket {
    fn files(&self) -> &[File] {
        &self.files
    }
}
impl HasFiles for Response {
    fn files(&self) -> &[File] {
        &self.files
    }
}

/// Makes everything findable, the newest last, as it came to be.
async fn index(tx: &mut Tx, from: &Path, header: &Header, known: &Known) -> Result<()> {
    let mut tickets: Reader<Ticket> = open(from, header)?;
    let mut responses: Reader<Response> = open(from, header)?;
    let (mut ticket, mut response) = (tickets.next()?, responses.next()?);
    let mut texts = Texts::default();
    loop {
        let first = match (&ticket, &response) {
            (Some(asked), Some(said)) => asked.created_at <= said.created_at,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return Ok(texts.index(tx).await?),
        };
        if first && let Some(asked) = ticket.take() {
            let text = format!("{}\n{}", asked.title, asked.message);
            texts.add(Text { ticket: asked.id, response: None, owner: asked.user_id, is_internal: false, text });
            ticket = tickets.next()?;
        } else if let Some(said) = response.take() {
            let owner = known.owner(said.ticket_id).unwrap_or(0);
            let Response { id, ticket_id: ticket, is_internal, message: text, .. } = said;
            texts.add(Text { ticket, response: Some(id), owner, is_internal, text });
            response = responses.next()?;
        }
        if texts.are_many() {
            texts.index(tx).await?;
        }
    }
}

struct Text {
    ticket: i64,
    response: Option<i64>,
    owner: i64,
    is_internal: bool,
    text: String,
}

impl Text {
    fn doc(&self) -> NewDoc<'_> {
        let Self { ticket, response, owner, is_internal, text } = self;
        NewDoc { ticket: *ticket, response: *response, owner: *owner, is_internal: *is_internal, text }
    }
}

/// What is indexed at once.
#[derive(Default)]
struct Texts {
    all: Vec<Text>,
    bytes: usize,
}

impl Texts {
    fn add(&mut self, text: Text) {
        self.bytes += text.text.len();
        self.all.push(text);
    }

    fn are_many(&self) -> bool {
        self.all.len() >= TEXTS_AT_ONCE || self.bytes >= BYTES_AT_ONCE
    }

    async fn index(&mut self, tx: &mut Tx) -> std::result::Result<(), sqlx::Error> {
        store_search::any_add_all(tx, &self.all.iter().map(Text::doc).collect::<Vec<_>>()).await?;
        self.all.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Puts objects into the storage.
struct Objects<'a> {
    files: &'a Files,
    from: &'a Path,
    /// Key and checksum of those that come next, and where they were told of.
    waiting: Vec<(String, String)>,
    stored: u64,
    shared: HashSet<String>,
}

impl Objects<'_> {
    async fn store_all(&mut self, header: &Header) -> Result<()> {
        let mut tickets: Reader<Ticket> = open(self.from, header)?;
        while let Some(ticket) = tickets.next()? {
            self.take(ticket.files).await?;
        }
        let mut responses: Reader<Response> = open(self.from, header)?;
        while let Some(response) = responses.next()? {
            self.take(response.files).await?;
        }
        self.store().await
    }

    async fn take(&mut self, files: Vec<File>) -> Result<()> {
        for file in files {
            self.waiting.extend(file.sha256.map(|sha256| (file.storage_key, sha256)));
        }
        if self.waiting.len() < FILES_AT_ONCE { Ok(()) } else { self.store().await }
    }

    async fn store(&mut self) -> Result<()> {
        let problem = |key: &str| {
            let key = key.to_owned();
            move |error: std::io::Error| Trouble::Storage(key, error.to_string())
        };
        let mut mine = Vec::new();
        for (key, sha256) in std::mem::take(&mut self.waiting) {
            match self.files.is_shared(&key).await.map_err(problem(&key))? {
                true => drop(self.shared.insert(key)),
                false => mine.push((key, sha256)),
            }
        }
        let keys: Vec<&str> = mine.iter().map(|(key, _)| key.as_str()).collect();
        self.files.announce_carried(&keys).await?;
        for (key, sha256) in &mine {
            let path = self.from.join(FILES).join(key);
            let file = fs::File::open(&path).map_err(at(&path))?;
            self.files.carry(key, file, sha256).await.map_err(problem(key))?;
            self.stored += 1;
        }
        Ok(())
    }
}
