//! The whole way: out of one ospabhost, into another, and out again.

mod damage;
mod house;
mod round;
mod whole;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    error::Trouble,
    reading::{self, Imported},
    writing::{self, Exported},
};
use crate::testing::{Database, TestApp};

/// A folder that is not there yet, in one that goes with the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("archive")
    }
}

async fn export(app: &TestApp, to: &Path) -> Result<Exported, Trouble> {
    let platform = &app.app.platform;
    writing::export(&platform.db, &platform.files, &platform.clock, to).await
}

async fn import(app: &TestApp, from: &Path) -> Result<Imported, Trouble> {
    let platform = &app.app.platform;
    reading::import(&platform.db, &platform.files, from).await
}

/// Every file by its name, but the header.
fn all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    drop(found.insert(
                        path.strip_prefix(folder).unwrap().display().to_string(),
                        std::fs::read(&path).unwrap(),
                    ))
                }
            }
        }
    }
    found.remove("header.json");
    found
}

/// Two archives hold the same, to the byte.
#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (all(one), all(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        if other[name] == *bytes {
            continue;
        }
        let (left, right) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[name]));
        let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
        panic!("{name}: {differs:?}");
    }
}

/// Both kinds of database, each with the other: what can be moved to what.
async fn pairs() -> Vec<(Database, Database)> {
    let mut all = vec![(Database::sqlite(), Database::sqlite())];
    if let (Some(one), Some(two)) = (Database::postgres().await, Database::postgres().await) {
        all.push((Database::sqlite(), one));
        all.push((two, Database::sqlite()));
    }
    all
}
