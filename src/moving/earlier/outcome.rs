//! A run's report as it leaves: for programs as JSON with the map of ids, for people in a few lines.

use std::io::Write;

use super::{
    report::Report,
    store_map::{self, Kind},
    telling,
};
use crate::{app::App, cli::Failure};

/// Rows of the map at once: there may be millions.
const AT_ONCE: i64 = 10_000;

/// What came of a run.
pub struct Outcome(pub(super) Report);

impl Outcome {
    /// For people, without anything that is about a person but ids.
    pub fn words(&self) -> String {
        telling::words(&self.0)
    }

    /// Success only where everything adds up.
    pub fn verdict(&self) -> Result<(), Failure> {
        match self.0.adds_up {
            true => Ok(()),
            false => Err(format!("this does not add up:\n{}", self.0.wrong.join("\n")).into()),
        }
    }

    /// The whole of it, with which row here is which row there.
    pub async fn write_json(&self, app: &App, out: &mut impl Write) -> Result<(), Failure> {
        // The map is written as it is read: the report itself is left open for it.
        let mut open = Open { out: &mut *out, end: Vec::new() };
        serde_json::to_writer_pretty(&mut open, &self.0)?;
        write!(out, ",\n  \"map\": {{")?;
        for (n, kind) in Kind::ALL.into_iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            write!(out, "{comma}\n    \"{}\": {{", kind.as_str())?;
            self.write_pairs(app, kind, out).await?;
            write!(out, "}}")?;
        }
        write!(out, "\n  }}\n}}\n")?;
        Ok(())
    }

    async fn write_pairs(&self, app: &App, kind: Kind, out: &mut impl Write) -> Result<(), Failure> {
        let (mut after, mut first) = (i64::MIN, true);
        loop {
            let some = store_map::any_page(&app.platform.db, &self.0.source, kind, after, AT_ONCE).await?;
            let Some((last, _)) = some.last() else { return Ok(()) };
            after = *last;
            for (there, here) in some {
                write!(out, "{}\"{there}\": {here}", if first { "" } else { ", " })?;
                first = false;
            }
        }
    }
}

/// Writes all but how a JSON object ends.
struct Open<W> {
    out: W,
    end: Vec<u8>,
}

/// As it is written with indents.
const END: usize = "\n}".len();

impl<W: Write> Write for Open<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.end.extend_from_slice(bytes);
        let ready = self.end.len().saturating_sub(END);
        let rest = self.end.split_off(ready);
        self.out.write_all(&std::mem::replace(&mut self.end, rest))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
