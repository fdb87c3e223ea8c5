//! Figures for Prometheus. One recorder serves the whole process. Every label comes from a closed set:
//! what a caller invents is counted, and never remembered.

use std::{sync::OnceLock, time::Duration};

use axum::http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

/// The commit that this program was made from, as far as who made it said so.
const COMMIT: &str = match (option_env!("OSPABHOST_COMMIT"), option_env!("GITHUB_SHA"), option_env!("CI_COMMIT_SHA")) {
    (Some(commit), ..) | (None, Some(commit), _) | (None, None, Some(commit)) => commit,
    (None, None, None) => "unknown",
};

/// Every figure there is, and what it says. `docs/figures.md` has the same and what to be alarmed by.
pub const KNOWN: [(&str, &str); 24] = [
    ("build_info", "1, with the version and the commit that the program was made from"),
    ("cache_bytes", "Memory that a cache takes, about"),
    ("cache_reads_total", "Reads of a cache, by whether it had what was asked for"),
    ("clock_difference_seconds", "How far this node's clock is ahead of the database's"),
    ("connections_open", "Connections of clients, sockets among them"),
    ("connections_refused_total", "Connections refused because one address, or all together, had their places"),
    ("database_connections", "Connections to the database by pool and by whether somebody uses them"),
    ("database_connections_most", "Connections that a pool may hold"),
    ("database_transactions_waiting", "Transactions that wait for a connection"),
    ("database_writable", "Whether this node could write when it last tried"),
    ("http_request_seconds", "How long requests took, by route"),
    ("http_requests_total", "Requests answered, by route, method and status"),
    ("jobs_failed", "Jobs that were given up and wait for the administrator"),
    ("jobs_oldest_seconds", "Age of the oldest job that is due or was tried in vain"),
    ("jobs_waiting", "Jobs that are not done yet"),
    ("log_lines_lost_total", "Lines of the log that nobody took"),
    ("mails_total", "Mails by what the mail server said"),
    ("process_max_fds", "File handles that this process may have"),
    ("process_open_fds", "File handles that this process has"),
    ("process_resident_memory_bytes", "Memory of this process"),
    ("process_threads", "Threads of this process"),
    ("pushes_total", "Push messages by what the push service said"),
    ("websockets_open", "Sockets of people who are signed in"),
    ("work_waiting", "Pieces of work that wait or run on a group of threads"),
];

/// Figures that count outcomes: their label and all of its values.
const COUNTED: [(&str, &str, &[&str]); 3] = [
    ("connections_refused_total", "full", &["address", "all"]),
    ("mails_total", "outcome", &["sent", "refused", "failed", "off"]),
    ("pushes_total", "outcome", &["sent", "gone", "refused", "failed"]),
];

#[derive(Clone, Copy, Debug)]
pub struct Figures;

impl Figures {
    pub fn new() -> Self {
        HANDLE.get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full("http_request_seconds".into()), &BUCKETS)
                .inspect_err(|error| tracing::error!(%error, "figures are off"))
                .ok()?;
            builder.install_recorder().inspect_err(|error| tracing::error!(%error, "figures are off")).ok()
        });
        describe();
        Self
    }

    /// Counts one answered request. `route` is a template of ours.
    pub fn request(self, method: &Method, route: &str, status: StatusCode, seconds: f64) {
        let route = route.to_owned();
        let labels = [
            ("method", method_label(method).to_owned()),
            ("route", route.clone()),
            ("status", status.as_str().to_owned()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_seconds", "route" => route).record(seconds);
    }

    /// Says how many pieces of work wait or run on a group of threads.
    pub fn waiting(self, threads: &'static str, count: usize) {
        metrics::gauge!("work_waiting", "threads" => threads).set(count as f64);
    }

    /// The text that Prometheus reads.
    pub fn render(self) -> String {
        let Some(Some(handle)) = HANDLE.get() else { return String::new() };
        handle.run_upkeep();
        handle.render()
    }

    /// Folds recorded values now and then, so that memory stays flat when nobody reads them.
    pub async fn upkeep(self) {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if let Some(Some(handle)) = HANDLE.get() {
                handle.run_upkeep();
            }
        }
    }
}

/// Gives each figure its words, and says what this program is.
fn describe() {
    for (name, text) in KNOWN {
        match name {
            _ if name.ends_with("_total") => metrics::describe_counter!(name, text),
            "http_request_seconds" => metrics::describe_histogram!(name, text),
            _ => metrics::describe_gauge!(name, text),
        }
    }
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("commit", COMMIT)];
    metrics::gauge!("build_info", &labels).set(1.0);
    // There from the start: nobody can be alarmed by a figure that is not there yet.
    for (name, label, values) in COUNTED {
        values.iter().for_each(|value| metrics::counter!(name, label => *value).increment(0));
    }
    for name in ["websockets_open", "connections_open", "database_transactions_waiting"] {
        metrics::gauge!(name).increment(0);
    }
}

/// The methods that this server answers; all others are one.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
