//! `backup`: a copy of the SQLite database, also while the server runs.

use std::path::{Path, PathBuf};

use crate::{
    cli::{Failure, print},
    config::Config,
    platform::{
        Platform,
        base::folder,
        data::{db::Db, pools::Reading},
    },
};

/// Writes a new file that nobody else can read. It has its name only when it is whole.
pub async fn backup(config: Config, to: &str) -> Result<(), Failure> {
    Platform::must_be_there(&config.platform).await?;
    let to = Path::new(to);
    if to.symlink_metadata().is_ok() {
        return Err(format!("{} is there already: name a new file", to.display()).into());
    }
    // Not brought up to date first: an older server may be running on it.
    let db = Db::open_with(&config.platform.database_url(), config.platform.carrier(), Reading::Once).await?;
    let part = beside(to);
    let copied = copy(&db, &part, to).await;
    if copied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    let bytes = copied?;
    print(format!(
        "The database was copied to {} ({bytes} bytes). A restore also needs the signing keys and the files.",
        to.display()
    ))?;
    Ok(())
}

async fn copy(db: &Db, part: &Path, to: &Path) -> Result<u64, Failure> {
    let failed = |error: &dyn std::fmt::Display| format!("the copy {} was not written: {error}", to.display());
    // Made here, so that its mode is ours from the beginning.
    folder::make_file(part).map_err(|error| failed(&error))?;
    if !db.backup_sqlite(part).await.map_err(|error| failed(&error))? {
        return Err("the database is PostgreSQL: use pg_dump".into());
    }
    let finish = || {
        let file = std::fs::File::open(part)?;
        file.sync_all()?;
        std::fs::rename(part, to)?;
        Ok::<_, std::io::Error>(file.metadata()?.len())
    };
    Ok(finish().map_err(|error| failed(&error))?)
}

/// The name of the copy while it is written.
fn beside(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    to.with_file_name(name)
}
