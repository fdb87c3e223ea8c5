//! A form as it is shown: what was typed, and what is wrong with it.

use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Form {
    values: BTreeMap<String, String>,
    /// Already in the reader's language.
    errors: BTreeMap<String, String>,
    /// What is wrong with the whole, shown above the fields.
    pub message: Option<String>,
}

impl Form {
    /// Empty, as at first sight.
    pub fn new() -> Self {
        Self::default()
    }

    /// As it was sent. Leave passwords out: they are typed anew.
    pub fn filled<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, ..Self::default() }
    }

    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// With a text beside the field `name`.
    pub fn with_error(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.errors.insert(name.into(), text.into());
        self
    }

    pub fn with_message(mut self, text: impl Into<String>) -> Self {
        self.message = Some(text.into());
        self
    }

    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    pub fn failed(&self) -> bool {
        self.message.is_some() || !self.errors.is_empty()
    }

    /// For `<option selected>`.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }
}
