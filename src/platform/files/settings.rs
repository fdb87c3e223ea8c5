//! Limits of what people may send. `config.default.toml` says what each is for.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub max_files: u32,
    pub max_bytes: u32,
    pub uploads_per_hour: u32,
    pub max_megapixels: u32,
    pub max_archive_entries: u32,
    pub max_unpacked_bytes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_files: 5,
            max_bytes: 10 << 20,
            uploads_per_hour: 200,
            max_megapixels: 100,
            max_archive_entries: 10_000,
            max_unpacked_bytes: 200 << 20,
        }
    }
}

impl Settings {
    /// Bytes of all files that one request may carry.
    pub fn max_total(&self) -> u64 {
        u64::from(self.max_files) * u64::from(self.max_bytes)
    }

    /// `max_bytes` in megabytes, for people.
    pub fn max_megabytes(&self) -> String {
        let tenths = u64::from(self.max_bytes) * 10 / (1 << 20);
        if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    }
}
