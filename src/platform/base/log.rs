//! Lines on their way out: a bounded queue and a thread of its own, so that who logs never waits for who
//! reads, and never fails because nobody does. What does not fit, or cannot be written, is counted.
//!
//! The crate tracing-appender does the same, but prints to standard output when its own end fails, and
//! bounds lines, not bytes.

use std::{
    io::{self, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use tracing_subscriber::fmt::MakeWriter;

/// What may wait to be written.
const MOST_LINES: usize = 8192;
const MOST_BYTES: usize = 4 << 20;
/// How long the end of the program waits for the last lines.
const PATIENCE: Duration = Duration::from_secs(1);
static STDERR: OnceLock<Lines> = OnceLock::new();
static STDOUT: OnceLock<Lines> = OnceLock::new();

/// Takes lines. Clones share one queue.
#[derive(Clone)]
pub struct Lines {
    queue: SyncSender<Vec<u8>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    waiting: AtomicUsize,
    lost: AtomicU64,
}

impl Lines {
    fn start(out: impl Write + Send + 'static) -> Self {
        let (queue, lines) = sync_channel(MOST_LINES);
        let state = Arc::<State>::default();
        let writing = state.clone();
        // Without a thread nobody takes lines out of the queue: they are lost, and counted.
        let _ = std::thread::Builder::new().name("log".into()).spawn(move || write(out, &lines, &writing));
        Self { queue, state }
    }

    pub fn put(&self, line: &[u8]) {
        let fits = self.state.waiting.fetch_add(line.len(), Ordering::AcqRel) < MOST_BYTES;
        if !fits || self.queue.try_send(line.to_vec()).is_err() {
            self.state.waiting.fetch_sub(line.len(), Ordering::AcqRel);
            self.state.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all is written, for a while.
    fn drain(&self) {
        let until = Instant::now() + PATIENCE;
        while self.state.waiting.load(Ordering::Acquire) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn write(mut out: impl Write, lines: &Receiver<Vec<u8>>, state: &State) {
    let mut told = 0;
    for line in lines {
        let lost = state.lost.load(Ordering::Relaxed);
        if lost > told {
            let note = format!("{} lines were lost here\n", lost - told);
            told = if out.write_all(note.as_bytes()).is_ok() { lost } else { told };
        }
        if out.write_all(&line).and_then(|()| out.flush()).is_err() {
            state.lost.fetch_add(1, Ordering::Relaxed);
        }
        state.waiting.fetch_sub(line.len(), Ordering::AcqRel);
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What goes to standard error.
pub fn stderr() -> &'static Lines {
    STDERR.get_or_init(|| Lines::start(io::stderr()))
}

/// Says something on standard output while the server runs: whoever reads it may have gone.
pub fn announce(text: &str) {
    STDOUT.get_or_init(|| Lines::start(io::stdout())).put(format!("{text}\n").as_bytes());
}

/// The last words of the program.
pub fn complain(text: &str) {
    stderr().put(format!("{text}\n").as_bytes());
}

/// Has what was said so far written, if somebody takes it.
pub fn drain() {
    STDOUT.get().into_iter().chain(STDERR.get()).for_each(Lines::drain);
}

/// Lines of the log that nobody got.
pub fn lost() -> u64 {
    STDERR.get().map_or(0, |lines| lines.state.lost.load(Ordering::Relaxed))
}

/// A panic is a line of the log like any other.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Takes nothing before it is told to, and fails when it is told so.
    struct Reader {
        may: Receiver<io::Result<()>>,
        took: Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.may.recv().map_err(|_| io::ErrorKind::BrokenPipe)??;
            let _ = self.took.send(line.to_vec());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn door_20_who_logs_never_waits_and_what_is_lost_is_counted() {
        let (go, may) = channel();
        let (took, taken) = channel();
        let lines = Lines::start(Reader { may, took });
        let line = vec![b'x'; 1000];
        let full = || Err(io::ErrorKind::StorageFull.into());
        // The first line is lost to a full disk, so that the thread is known to be at the second.
        lines.put(&line);
        go.send(full()).unwrap();
        let begun = Instant::now();
        while lines.state.lost.load(Ordering::Relaxed) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "it is not counted");
            std::thread::yield_now();
        }
        // Nobody reads: this ends all the same, within its bounds.
        let (done, ended) = channel();
        std::thread::spawn({
            let (lines, line) = (lines.clone(), line.clone());
            move || {
                for _ in 0..3 * MOST_LINES {
                    lines.put(&line);
                }
                let _ = done.send(());
            }
        });
        ended.recv_timeout(Duration::from_secs(20)).expect("who logs waits for who reads");
        assert!(lines.state.waiting.load(Ordering::Acquire) <= MOST_BYTES + line.len());
        let lost = lines.state.lost.load(Ordering::Relaxed);
        assert!(lost >= (2 * MOST_LINES) as u64, "{lost}");
        // A full disk, then somebody who reads.
        for outcome in [full(), Ok(()), Ok(())] {
            go.send(outcome).unwrap();
        }
        assert_eq!(taken.recv().unwrap(), line);
        assert!(String::from_utf8(taken.recv().unwrap()).unwrap().ends_with("lines were lost here\n"));
        drop(go);
        // All the rest fails, and nobody waits for it.
        lines.drain();
        assert_eq!(lines.state.waiting.load(Ordering::Acquire), 0);
        assert!(lines.state.lost.load(Ordering::Relaxed) > lost);
    }
}
