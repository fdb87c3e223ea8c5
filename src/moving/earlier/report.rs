//! What a run found and did, so that every row is accounted for.

use std::collections::BTreeMap;

use serde::Serialize;

/// The rows of one table.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub read: u64,
    pub written: u64,
    pub known_before: u64,
    /// By reason.
    pub left_out: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub fn adds_up(&self) -> bool {
        self.read == self.written + self.known_before + self.left()
    }

    pub fn left(&self) -> u64 {
        self.left_out.values().sum()
    }

    pub fn leave(&mut self, why: &'static str) {
        self.leave_some(why, 1);
    }

    pub fn leave_some(&mut self, why: &'static str, count: u64) {
        if count > 0 {
            *self.left_out.entry(why).or_default() += count;
        }
    }
}

/// An account that is kept apart from the one that has its mailbox, or whose address is none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Apart {
    pub id: i64,
    pub why: &'static str,
    /// What stood there as the address.
    pub was: String,
    pub address: String,
}

/// Everything about people; lists are of their ids there.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accounts {
    pub total: u64,
    pub admin: u64,
    pub operator: u64,
    pub customer: u64,
    /// Who have one mailbox together; the first of each has it here.
    pub email_conflicts: Vec<Vec<i64>>,
    pub email_unusable: Vec<i64>,
    /// Whose mailbox somebody here has already.
    pub email_here_already: Vec<i64>,
    /// Whose account here was taken for theirs.
    pub taken: Vec<i64>,
    pub kept_apart: Vec<Apart>,
    /// Whom no mail reaches.
    pub unreachable: Vec<i64>,
    pub names_mended: Vec<i64>,
    pub password_usable: u64,
    pub password_unusable: u64,
    /// By reason.
    pub passwords: BTreeMap<&'static str, Vec<i64>>,
    /// Administrators there who were no operators: here they read tickets.
    pub gained_rights: Vec<i64>,
    pub other_id: u64,
    pub erased_here: u64,
    pub english: u64,
    pub timezones_replaced: u64,
    pub avatars: u64,
    pub ticket_mail_off: u64,
    pub ticket_push_off: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tickets {
    pub imported: u64,
    pub without_owner: u64,
    /// Ids there of those that were left out, and whose they were.
    pub left_out: BTreeMap<i64, i64>,
    pub assigned: u64,
    pub assignee_dropped: u64,
    pub title_empty: u64,
    pub message_over_10000: u64,
    pub with_nul: u64,
    pub other_id: u64,
    pub odd_words: BTreeMap<String, u64>,
    /// Known from before, and moved here as they moved there.
    pub followed: u64,
    /// Known from before, and got new answers.
    pub grown: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Responses {
    pub imported: u64,
    pub without_imported_ticket: u64,
    pub internal: u64,
    pub public: u64,
    pub by_staff: u64,
    pub author_gone: u64,
    /// Of those that are written in this run: no other text is fetched.
    pub blank: u64,
    pub over_10000: u64,
    /// Nobody said whether they are notes.
    pub unmarked: u64,
    pub with_nul: u64,
}

/// A file that was not taken.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftFile {
    pub table: &'static str,
    pub id: i64,
    pub name: String,
    pub why: &'static str,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    pub rows: u64,
    pub taken: u64,
    pub left_out: BTreeMap<&'static str, u64>,
    pub not_taken: Vec<LeftFile>,
    pub names_mended: u64,
    pub unreferenced_on_disk: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notices {
    pub about_a_ticket_of_the_reader: u64,
    pub of_these_unread: u64,
    pub other_kinds: u64,
    pub reader_gone: u64,
}

/// The same counted there, by the rules of the import, and here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sides {
    pub there: BTreeMap<String, u64>,
    pub here: BTreeMap<String, u64>,
}

impl Sides {
    pub fn add(&mut self, what: &str) {
        *self.there.entry(what.to_owned()).or_default() += 1;
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sides4 {
    pub by_status: Sides,
    pub by_role: Sides,
    pub tickets_by_month: Sides,
    pub responses_by_month: Sides,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    pub compared: u64,
    pub equal: u64,
    /// Changed here since they were brought over.
    pub changed_here: u64,
    /// Ids there and the fields that differ.
    pub differences: BTreeMap<i64, Vec<&'static str>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub source: String,
    pub server: String,
    pub dry_run: bool,
    pub seconds: f64,
    pub adds_up: bool,
    /// Why it does not.
    pub wrong: Vec<String>,
    pub tables: BTreeMap<String, Counts>,
    pub accounts: Accounts,
    pub tickets: Tickets,
    pub responses: Responses,
    pub files: Files,
    pub notifications: Notices,
    /// Rows of tables that have no place here.
    pub not_brought_over: BTreeMap<String, u64>,
    pub sides: Sides4,
    pub sample: Sample,
    pub next: Vec<String>,
}

impl Report {
    pub fn table(&mut self, name: &str) -> &mut Counts {
        self.tables.entry(name.to_owned()).or_default()
    }

    /// Whether anything was known from before.
    pub fn is_first(&self) -> bool {
        self.tables.values().all(|counts| counts.known_before == 0)
    }

    /// Finds what does not add up.
    pub fn judge(&mut self) {
        for (name, counts) in &self.tables {
            if !counts.adds_up() {
                self.wrong.push(format!(
                    "table {name}: {} rows were read, but {} written, {} known before and {} left out",
                    counts.read,
                    counts.written,
                    counts.known_before,
                    counts.left()
                ));
            }
        }
        let sides = [
            ("tickets by status", &self.sides.by_status),
            ("accounts by role", &self.sides.by_role),
            ("tickets by month", &self.sides.tickets_by_month),
            ("answers by month", &self.sides.responses_by_month),
        ];
        // Later, life here has moved on.
        if !self.dry_run && self.is_first() {
            for (what, _) in sides.iter().filter(|(_, sides)| sides.there != sides.here) {
                self.wrong.push(format!("{what}: not the same here as there"));
            }
        }
        for (id, fields) in &self.sample.differences {
            self.wrong.push(format!("ticket {id} is not here as it is there: {}", fields.join(", ")));
        }
        self.adds_up = self.wrong.is_empty();
    }
}

#[cfg(test)]
impl Report {
    pub fn table_written(&self, name: &str) -> u64 {
        self.tables.get(name).map_or(0, |counts| counts.written)
    }
}
