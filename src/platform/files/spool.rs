//! A file on its way in: on disk, so that a body of any size takes no memory; removed when dropped.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::io::AsyncWriteExt;

use crate::platform::base::keys;

/// What the operating system's file layer may hold back of each file, beside the chunk at hand.
const BUFFER: usize = 64 << 10;

pub struct Spool {
    path: PathBuf,
    name: String,
    size: u64,
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Already gone when it was stored by renaming.
        let _ = fs::remove_file(&self.path);
    }
}

impl Spool {
    fn new(folder: &Path) -> Self {
        let name: String = keys::random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: folder.join(&name), name, size: 0 }
    }

    fn make(folder: &Path) -> io::Result<(Self, fs::File)> {
        let spool = Self::new(folder);
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&spool.path)?;
        Ok((spool, file))
    }

    /// An empty one to be written in chunks. Nobody may be waiting any more when the file is made; then
    /// it is removed where it was made.
    pub async fn create(folder: &Path) -> io::Result<Writer> {
        let folder = folder.to_owned();
        let (spool, file) = tokio::task::spawn_blocking(move || Self::make(&folder)).await??;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(BUFFER);
        Ok(Writer { spool, file })
    }

    /// One that `write` fills, in a thread where waiting is allowed.
    pub fn fill<T, E: From<io::Error>>(
        folder: &Path,
        write: impl FnOnce(&mut io::BufWriter<fs::File>) -> Result<T, E>,
    ) -> Result<(Self, T), E> {
        let (mut spool, file) = Self::make(folder)?;
        let mut out = io::BufWriter::with_capacity(BUFFER, file);
        let result = write(&mut out)?;
        out.flush()?;
        spool.size = out.get_ref().metadata()?.len();
        Ok((spool, result))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// For a thread where waiting is allowed.
    pub fn open(&self) -> io::Result<fs::File> {
        fs::File::open(&self.path)
    }

    pub async fn reader(&self) -> io::Result<tokio::fs::File> {
        let mut file = tokio::fs::File::open(&self.path).await?;
        file.set_max_buf_size(BUFFER);
        Ok(file)
    }

    /// Waits until the disk has it.
    pub async fn sync(&self) -> io::Result<()> {
        tokio::fs::File::open(&self.path).await?.sync_all().await
    }
}

/// A spool that is being written.
pub struct Writer {
    spool: Spool,
    file: tokio::fs::File,
}

impl Writer {
    pub fn size(&self) -> u64 {
        self.spool.size
    }

    pub async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.spool.size += chunk.len() as u64;
        self.file.write_all(chunk).await
    }

    pub async fn finish(mut self) -> io::Result<Spool> {
        self.file.flush().await?;
        Ok(self.spool)
    }
}

/// Removes what a process that died has left. No upload takes as long as `age`.
pub fn sweep(folder: &Path, age: Duration) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let written = entry.metadata().and_then(|found| found.modified());
        if written.is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed > age)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}
