//! One line that says how far a run has come: renewed in place on a terminal, seldom anywhere else.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

pub struct Progress {
    terminal: bool,
    said: Instant,
}

impl Progress {
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), said: Instant::now() }
    }

    /// `done` of `all` rows of a table are looked at.
    pub fn at(&mut self, what: &str, done: u64, all: u64) {
        let every = if self.terminal { Duration::from_millis(200) } else { Duration::from_secs(15) };
        if self.said.elapsed() < every {
            return;
        }
        self.said = Instant::now();
        let line = format!("{what}: {done} of {all}");
        let mut out = std::io::stderr().lock();
        // Nobody may be reading any more, which is no reason to stop.
        let _ = match self.terminal {
            true => write!(out, "\r\x1b[K{line}").and_then(|()| out.flush()),
            false => writeln!(out, "{line}"),
        };
    }

    /// Leaves the line free for what is said next.
    pub fn clear(&self) {
        if self.terminal {
            let _ = std::io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}
