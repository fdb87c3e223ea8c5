//! The data folder and the files in it are the server's alone: 0700 and 0600, whatever the umask is and
//! whatever an earlier version or a copy has left.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("data_dir: the folder {0} cannot be used: {1}")]
    Unusable(PathBuf, io::Error),
    #[error("data_dir: {0} is no folder")]
    NoFolder(PathBuf),
    #[error(
        "data_dir: {0} is shared with others (mode {1:o}) and not known as ours: name a folder of its own, such as {0}/ospabhost"
    )]
    Shared(PathBuf, u32),
    #[error(
        "data_dir: others can read {0} (mode {1:o}) and it belongs to somebody else: chown it to the user of this program, or chmod 700 it"
    )]
    Foreign(PathBuf, u32),
}

/// What this program puts into its folder, and what a file system has from the beginning.
const OURS: [&str; 5] = ["keys", "ospabhost.db", "ospabhost.db.lock", "files", "incoming"];
const NOTHING: &str = "lost+found";
const OTHERS: u32 = 0o077;

/// Makes the folder, or takes from others what they may do with it. A folder that holds somebody else's
/// things (`/tmp`, `/var/lib`) stays as it is and is refused.
pub fn prepare(folder: &Path) -> Result<(), FolderError> {
    let unusable = |error| FolderError::Unusable(folder.to_owned(), error);
    make(folder).map_err(unusable)?;
    let found = fs::metadata(folder).map_err(unusable)?;
    let mode = found.mode() & 0o7777;
    if !found.is_dir() {
        return Err(FolderError::NoFolder(folder.to_owned()));
    }
    if mode & OTHERS == 0 {
        return Ok(());
    }
    if mode & 0o1000 != 0 || !is_ours(folder).map_err(unusable)? {
        return Err(FolderError::Shared(folder.to_owned(), mode));
    }
    match fs::set_permissions(folder, fs::Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => Ok(()),
        // Volumes of containers belong to root and are given to a group.
        Err(_) if mode & 0o007 == 0 => Ok(()),
        Err(_) => Err(FolderError::Foreign(folder.to_owned(), mode)),
    }
}

/// A folder that only we can enter, with those above it.
pub fn make(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        // Said more clearly by who looks at it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// An empty folder will be ours.
fn is_ours(folder: &Path) -> io::Result<bool> {
    let mut others = false;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if OURS.contains(&&*name) {
            return Ok(true);
        }
        others |= name != NOTHING;
    }
    Ok(!others)
}

/// A new file that only we can read; an error if there is one of this name.
pub fn make_file(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The same for a file that may be there: then others lose what they may do with it. It is never opened
/// here, for closing it would take its locks from a connection of this process.
pub fn keep_private(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.mode() & 0o7777;
    match mode & OTHERS {
        0 => Ok(()),
        _ => fs::set_permissions(path, fs::Permissions::from_mode(mode & !OTHERS)),
    }
}

/// A SQLite database, made empty if it is missing, with the journals that it may have.
pub fn keep_database_private(path: &Path) -> io::Result<()> {
    if let Err(error) = make_file(path)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    keep_private(path)?;
    for ending in ["-wal", "-shm", "-journal", ".lock"] {
        let mut journal = path.as_os_str().to_owned();
        journal.push(ending);
        match keep_private(Path::new(&journal)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
