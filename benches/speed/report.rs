//! The table: printed, and kept with the commit and the machine.

use std::{fmt::Write, path::Path, process::Command};

use crate::{Result, Run, data::Kind};

#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 6]>,
    notes: Vec<String>,
    failed: bool,
}

pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Report {
    pub fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// What went wrong is part of the report, and the rest goes on.
    pub fn keep(&mut self, id: &str, kind: &Kind, done: Result<()>) {
        if let Err(error) = done {
            eprintln!("{id}: {error}");
            self.notes.push(format!("{id} on {} failed: {error}", kind.name()));
            self.failed = true;
        }
    }

    /// A rate against that of the static answer.
    pub fn ratio(&mut self, id: &str, what: &str, base: Run, run: Run, at_least: Option<f64>) {
        let ratio = run.rate / base.rate;
        let figure = format!("{:.0}/s of {:.0}/s; p50 {:.2} ms, p99 {:.2} ms", run.rate, base.rate, run.p50, run.p99);
        let target = at_least.map(|least| (format!("≥ {:.0} %", least * 100.0), ratio >= least));
        self.push(id, what, figure, format!("{:.1} %", ratio * 100.0), target);
    }

    /// One number with a bound.
    pub fn at_most(&mut self, id: &str, what: &str, value: f64, unit: &str, most: Option<f64>) {
        let target = most.map(|most| (format!("≤ {most:.0} {unit}"), value <= most));
        self.push(id, what, format!("{value:.1} {unit}"), String::new(), target);
    }

    /// How many times a quiet figure.
    pub fn row(&mut self, id: &str, what: &str, figure: &str, times: f64, most: f64) {
        self.push(
            id,
            what,
            figure.to_owned(),
            format!("{times:.2} ×"),
            Some((format!("≤ {most:.0} ×"), times <= most)),
        );
    }

    fn push(&mut self, id: &str, what: &str, figure: String, ratio: String, target: Option<(String, bool)>) {
        let (bound, met) = target.map_or((String::new(), ""), |(bound, met)| (bound, if met { "yes" } else { "no" }));
        self.rows.push([id.to_owned(), what.to_owned(), figure, ratio, bound, met.to_owned()]);
    }

    /// Prints the table and writes it to `bench/results/<commit>.md`.
    pub fn write(&self) -> Result<()> {
        let commit = commit();
        let mut text = format!("# Speed of {commit}\n\n{}\n\n", machine());
        writeln!(text, "| id | what | figure | ratio | bound | met |\n|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(text, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            writeln!(text, "\n{note}")?;
        }
        print!("\n{text}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/results");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{commit}.md")), text)?;
        println!("\nwritten to bench/results/{commit}.md");
        if self.failed { Err("not everything could be measured".into()) } else { Ok(()) }
    }
}

/// The commit that was measured, and whether files differ from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "uncommitted".into() };
    // The results themselves are no change.
    let changed = git(&["status", "--porcelain", "--", ".", ":!bench"]).is_some_and(|list| !list.is_empty());
    if changed { format!("{commit}-changed") } else { commit }
}

fn machine() -> String {
    let read = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (model, memory) = (read("/proc/cpuinfo", "model name"), read("/proc/meminfo", "MemTotal"));
    format!(
        "{cores} cores ({model}), {memory} of memory, Linux {}; wrk, 64 connections, on the same cores; medians of {} runs of {} s.",
        kernel.trim(),
        crate::ROUNDS,
        crate::SECONDS
    )
}
