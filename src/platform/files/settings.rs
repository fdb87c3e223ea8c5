//! Limits of what people may send. `config.default.toml` says what each is for.

use serde::{Deserialize, Serialize};

use super::kind::Kinds;
use crate::platform::base::i18n::Lang;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub kinds: Kinds,
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
            kinds: Kinds::default(),
            max_files: 5,
            max_bytes: 10 << 20,
            uploads_per_hour: 200,
            max_megapixels: 100,
            max_archive_entries: 10_000,
            max_unpacked_bytes: 200 << 20,
        }
    }
}

/// What a file field says and lets through.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub most: u32,
    pub bytes: u32,
    megabytes: String,
    kinds: String,
    /// What the field offers to choose from; empty: anything.
    pub accept: String,
    /// Files with other endings must be text.
    pub endings: String,
}

impl Rules {
    /// How many files, how large, and which.
    pub fn hint(&self, lang: &Lang) -> String {
        self.text(lang, "files-hint")
    }

    /// One of the texts that name a limit.
    pub fn text(&self, lang: &Lang, key: &str) -> String {
        let count = self.most.to_string();
        lang.ta(key, &[("count", &count), ("size", &self.megabytes), ("kinds", &self.kinds)])
    }
}

impl Settings {
    pub fn rules(&self) -> Rules {
        Rules {
            most: self.max_files,
            bytes: self.max_bytes,
            megabytes: self.max_megabytes(),
            kinds: self.kinds.to_string(),
            accept: self.kinds.accept(),
            endings: self.kinds.endings(),
        }
    }

    /// For the description of the API.
    pub fn described(&self) -> String {
        format!("{} files at most, of {} MiB each: {}", self.max_files, self.max_megabytes(), self.kinds)
    }

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
