//! Archives as attackers make them, record by record.

use super::{Scene, given, samples::*};
use crate::testing::Database;

/// An entry, as its two records say it.
#[derive(Clone)]
struct Entry {
    name: &'static [u8],
    content: Vec<u8>,
    flags: u16,
    method: u16,
    mode: u32,
    extra: Vec<u8>,
    /// What stands in front of the content, if that says something else.
    header: Option<Box<Entry>>,
}

fn file(name: &'static str, content: &[u8]) -> Entry {
    Entry {
        name: name.as_bytes(),
        content: content.to_vec(),
        flags: 0,
        method: 0,
        mode: 0o100_644,
        extra: Vec::new(),
        header: None,
    }
}

fn link(name: &'static str, target: &str) -> Entry {
    Entry { mode: 0o120_777, ..file(name, target.as_bytes()) }
}

impl Entry {
    fn fields(&self) -> Vec<u8> {
        let size = u32::try_from(self.content.len()).unwrap().to_le_bytes();
        let mut crc = flate2::Crc::new();
        crc.update(&self.content);
        let lengths = [self.name.len() as u16, self.extra.len() as u16].map(u16::to_le_bytes).concat();
        [
            &self.flags.to_le_bytes()[..],
            &self.method.to_le_bytes(),
            &[0; 4],
            &crc.sum().to_le_bytes(),
            &size,
            &size,
            &lengths,
        ]
        .concat()
    }

    fn header(&self) -> Vec<u8> {
        let said = self.header.as_deref().unwrap_or(self);
        [b"PK\x03\x04\x14\0", &*said.fields(), said.name, &said.extra, &self.content].concat()
    }

    fn record(&self, at: usize) -> Vec<u8> {
        let place = u32::try_from(at).unwrap().to_le_bytes();
        let more = [&[0; 6], &(self.mode << 16).to_le_bytes()[..], &place].concat();
        [b"PK\x01\x02\x14\x03\x14\0", &*self.fields(), &more, self.name, &self.extra].concat()
    }
}

fn end(count: u16, bytes: usize, at: usize, comment: &[u8]) -> Vec<u8> {
    let numbers = [bytes as u32, at as u32].map(u32::to_le_bytes).concat();
    let counts = [count, count].map(u16::to_le_bytes).concat();
    let length = (comment.len() as u16).to_le_bytes();
    [b"PK\x05\x06\0\0\0\0", &*counts, &numbers, &length, comment].concat()
}

/// With `between` behind each content.
fn packed(entries: &[Entry], between: &[u8]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        directory.extend(entry.record(out.len()));
        out.extend(entry.header());
        out.extend(between);
    }
    let at = out.len();
    out.extend(&directory);
    out.extend(end(entries.len() as u16, directory.len(), at, b""));
    out
}

fn pack(entries: &[Entry]) -> Vec<u8> {
    packed(entries, b"")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

async fn refused(scene: &Scene, what: &str, archive: &[u8], text: &str) {
    let Err(error) = given(scene.files(), "a.zip", archive).await else { panic!("taken: {what}") };
    assert_eq!((error.code.as_str(), error.fields["attachments"]), ("file_archive", text), "{what}");
}

#[tokio::test]
async fn door_02_an_archive_is_what_its_directory_says() {
    let scene = Scene::new(Database::sqlite()).await;
    let (one, two) = (file("a.txt", b"first"), file("b.txt", b"second"));
    let good = pack(&[one.clone(), two.clone()]);
    let directory = good.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let headers = &good[..directory];
    let only_one = [headers, &one.record(0), &end(1, one.record(0).len(), directory, b"")].concat();
    let bomb = zip(&[("0.bin", &vec![0; 20 << 20])]);
    let twice = [one.record(0), two.record(0)].concat();
    let overlap = [one.header(), twice.clone(), end(2, twice.len(), one.header().len(), b"")].concat();
    let second = [&good[..], &good].concat();
    let mut counted = good.clone();
    let at = counted.len() - 14;
    counted[at..at + 4].copy_from_slice(&[1, 0, 1, 0]);
    let said = |header: Entry| pack(&[Entry { header: Some(Box::new(header)), ..one.clone() }]);
    let odd = "field-file-archive-odd";
    for (what, archive) in [
        ("a second, empty end", [&bomb[..], &end(0, 0, 0, b"")].concat()),
        ("a second, empty end in the comment's place", [&good[..], &end(0, 0, good.len(), b"")].concat()),
        ("a second archive behind", second),
        ("an entry that the directory lacks", only_one),
        ("a directory with more than it counts", counted),
        ("gaps", packed(&[one.clone(), two.clone()], b"hidden")),
        ("a gap that looks like a header", packed(std::slice::from_ref(&one), &two.header())),
        ("two entries with one content", overlap),
        ("something in front", [b"#!/bin/sh\n", &good[..]].concat()),
        ("something behind", [&good[..], b"\0"].concat()),
        ("another name in front", said(file("x.php", b"first"))),
        ("another content in front", said(file("a.txt", b"other"))),
        ("another way in front", said(Entry { method: 8, ..one.clone() })),
        ("a folder with content", pack(&[file("a/", b"x")])),
    ] {
        refused(&scene, what, &archive, odd).await;
    }
    let commented = [&good[..good.len() - 2], b"\x05\0hello"].concat();
    for fine in [good.clone(), commented, zip_streamed(&[("a", b"x"), ("b", b"y")])] {
        given(scene.files(), "a.zip", &fine).await.unwrap();
    }
    // A comment that holds an end of its own.
    let inner = end(0, 0, good.len(), b"");
    let with_end = [&good[..good.len() - 2], &(inner.len() as u16).to_le_bytes(), &inner].concat();
    refused(&scene, "an end in the comment", &with_end, odd).await;
}

#[tokio::test]
async fn door_02_nothing_leaves_the_folder() {
    let scene = Scene::new(Database::sqlite()).await;
    let unicode = |name: &[u8]| {
        let length = (name.len() as u16 + 5).to_le_bytes();
        Entry { extra: [b"\x75\x70", &length[..], &[1, 0, 0, 0, 0], name].concat(), ..file("a", b"x") }
    };
    for entries in [
        vec![file("../a", b"x")],
        vec![file("a/../../b", b"x")],
        vec![file("/etc/passwd", b"x")],
        vec![file("C:a", b"x")],
        vec![file("c:/a", b"x")],
        vec![file("..\\a", b"x")],
        vec![file("\\\\host\\share", b"x")],
        vec![file("a\0.txt", b"x")],
        vec![unicode(b"../../a")],
        vec![link("a", "/etc")],
        vec![link("a", "../b")],
        vec![link("a", "b/../../c")],
        vec![link("a", "b"), file("A/c", b"x")],
        vec![file("a/c", b"x"), link("a", ".")],
        vec![Entry { mode: 0o060_644, ..file("disk", b"") }],
    ] {
        let what = String::from_utf8_lossy(entries[0].name).into_owned();
        refused(&scene, &what, &pack(&entries), "field-file-archive-name").await;
        refused(&scene, &what, &pack(&[file("in.zip", &pack(&entries))]), "field-file-archive-name").await;
    }
    let fine = [file("a/b.txt", b"x"), link("bin/run", "../a/b.txt"), link("c", "a"), unicode("файл".as_bytes())];
    given(scene.files(), "a.zip", &pack(&fine)).await.unwrap();
}

#[tokio::test]
async fn door_02_passwords_and_bombs_inside_are_seen() {
    let scene = Scene::with(Database::sqlite(), |config| config.platform.files.max_unpacked_bytes = 20 << 20).await;
    let secret = Entry { flags: 1, ..file("a", b"x") };
    let hidden = Entry { header: Some(Box::new(secret.clone())), ..file("a", b"x") };
    for entry in [secret, hidden, Entry { method: 99, ..file("a", b"x") }] {
        refused(&scene, "a password", &pack(&[entry]), "field-file-archive-password").await;
    }
    let much = vec![b'x'; 21 << 20];
    let prefixed = [b"#!/bin/sh\n", &zip(&[("a", &much)])[..]].concat();
    for inner in [gzip(&much), gzip(&gzip(&much)), zip(&[("a", &much)]), prefixed, zip(&[("a.gz", &gzip(&much))])] {
        refused(&scene, "a bomb inside", &zip(&[("inner", &inner)]), "field-file-archive-size").await;
    }
    let mut cut = gzip(b"a log that was cut off while it was packed");
    cut.truncate(cut.len() - 10);
    given(scene.files(), "a.zip", &zip(&[("a.tar.gz", &gzip(b"x")), ("cut.gz", &cut)])).await.unwrap();
}

#[tokio::test]
async fn input_06_archives_that_readers_open_are_taken_and_others_are_named() {
    let scene = Scene::new(Database::sqlite()).await;
    let line = b"PHP Warning:  Undefined variable $x in /var/www/u1/data/www/example.org/wp-content/functions.php on line 12\n";
    for (what, archive) in [
        ("a text about archives", zip(&[("notes.txt", b"PK\x03\x04 is the magic of ZIP\n")])),
        ("an empty file", zip(&[("a.txt", b""), ("b/", b"")])),
        ("a log that repeats itself", zip(&[("error.log", &line.repeat(200_000))])),
        ("an empty archive inside", zip(&[("a.zip", &end(0, 0, 0, b""))])),
    ] {
        given(scene.files(), "a.zip", &archive).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    }
    refused(&scene, "empty", &end(0, 0, 0, b""), "field-file-archive-empty").await;
    refused(&scene, "rare", &pack(&[Entry { method: 12, ..file("a", b"x") }]), "field-file-archive-method").await;
    let Err(error) = given(scene.files(), "a.zip", &pack(&[Entry { method: 12, ..file("a", b"x") }])).await else {
        panic!()
    };
    assert!(error.args.contains(&("method", "BZIP2".into())));
}
