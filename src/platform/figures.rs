//! Figures for Prometheus. One recorder serves the whole process.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

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
        Self
    }

    /// Counts one answered request.
    pub fn request(self, method: &str, route: &str, status: u16, seconds: f64) {
        let labels =
            [("method", method.to_owned()), ("route", route.to_owned()), ("status", status_class(status).to_owned())];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_seconds").record(seconds);
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

fn status_class(status: u16) -> &'static str {
    match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "other",
    }
}
