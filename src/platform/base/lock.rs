//! One server for one SQLite file: a second one would not hear what the first one changes. The lock is the
//! system's, so it goes with its holder, however that ends. Commands beside the server need none.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Held as long as the server runs.
pub struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another server (process {0}) serves {1}: stop it first, or give this one another data_dir")]
    Held(String, PathBuf),
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

impl Lock {
    /// Takes the lock of the database at `sqlite://path`; others than SQLite have none.
    pub fn take(database_url: &str) -> Result<Option<Self>, LockError> {
        match database_url.strip_prefix("sqlite://") {
            Some(path) => Self::of_file(Path::new(path)).map(Some),
            None => Ok(None),
        }
    }

    fn of_file(database: &Path) -> Result<Self, LockError> {
        // By whatever name it is reached.
        let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let problem = |error| LockError::File(path.clone(), error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(problem)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(problem)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The name of the holder is a help, not the lock.
                let _ = file.read_to_string(&mut holder);
                return Err(LockError::Held(holder.trim().to_owned(), database));
            }
            Err(TryLockError::Error(error)) => return Err(problem(error)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(problem)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn door_25_one_lock_for_one_file_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let url = |path: &Path| format!("sqlite://{}", path.display());
        let first = Lock::take(&url(&file)).unwrap().unwrap();
        for name in [&file, &link] {
            let refused = Lock::take(&url(name)).err().unwrap().to_string();
            assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        }
        assert!(Lock::take(&url(&folder.path().join("c.db"))).unwrap().is_some(), "another file is another's");
        drop(first);
        assert!(Lock::take(&url(&link)).unwrap().is_some());
        assert!(Lock::take("postgres://db/portal").unwrap().is_none());
    }
}
