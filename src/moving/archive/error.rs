//! What can keep an archive from being written or read, in words for the administrator.

use std::{
    io,
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{} is not empty: name a new folder", .0.display())]
    NotEmpty(PathBuf),
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the storage of files: {0}: {1}")]
    Storage(String, String),
    #[error("{} holds no archive: there is no header.json in it, as in what an export left that was cut off", .0.display())]
    NoArchive(PathBuf),
    #[error("{}: {}", .0.display(), .1)]
    Header(PathBuf, String),
    /// The file, the line and what is wrong with it.
    #[error("{0}:{1}: {2}")]
    Line(String, u64, String),
    #[error("{0}: {1}")]
    Part(String, String),
    #[error(
        "there are {people} people and {tickets} tickets here already, and an archive is only brought into an empty \
         ospabhost: name a new data_dir or an empty database"
    )]
    NotAlone { people: i64, tickets: i64 },
}

pub type Result<T> = std::result::Result<T, Trouble>;

/// Names the file that an error is about.
pub fn at(path: &Path) -> impl Fn(io::Error) -> Trouble + '_ {
    move |error| Trouble::File(path.to_owned(), error)
}
