//! Which tables and columns the earlier portal's database has. There are three shapes of it: as its ORM makes it,
//! as patched by hand, and as it was before, with capitals and without the newer columns. Where a column is
//! missing its rows have nothing in it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A table, or what an empty one would be.
#[derive(Clone, Debug)]
pub struct Table {
    name: String,
    /// Types by name, in lower case.
    columns: Arc<HashMap<String, String>>,
}

pub struct Schema {
    pub user: Table,
    pub ticket: Table,
    pub response: Table,
    all: BTreeMap<String, Table>,
}

/// Without these it is no database of the earlier portal.
const NEEDED: [(&str, &[&str]); 3] = [
    ("user", &["id", "email", "password"]),
    ("ticket", &["id", "userid", "title", "message", "status"]),
    ("response", &["id", "ticketid", "operatorid", "message"]),
];

impl Schema {
    /// From the names of tables and columns and their types.
    pub fn of(columns: impl Iterator<Item = (String, String, String)>) -> Self {
        let mut found: BTreeMap<String, HashMap<String, String>> = BTreeMap::new();
        for (table, column, kind) in columns {
            found.entry(table).or_default().insert(column.to_lowercase(), kind.to_lowercase());
        }
        let mut all: BTreeMap<String, Table> = BTreeMap::new();
        for (name, columns) in found {
            let table = Table { name: name.clone(), columns: Arc::new(columns) };
            let lower = name.to_lowercase();
            // Of `User` and `user`, which are two tables on Linux, the newer version has the second.
            if name == lower || !all.contains_key(&lower) {
                all.insert(lower, table);
            }
        }
        let or_empty = |name: &str| all.get(name).cloned().unwrap_or_else(|| Table::missing(name));
        Self { user: or_empty("user"), ticket: or_empty("ticket"), response: or_empty("response"), all }
    }

    /// Why this is no database of the earlier portal.
    pub fn check(&self) -> Result<(), String> {
        for (name, columns) in NEEDED {
            let Some(table) = self.all.get(name) else { return Err(format!("there is no table `{name}`")) };
            for column in columns {
                if !table.has(column) {
                    return Err(format!("the table `{}` has no column `{column}`", table.name));
                }
            }
        }
        Ok(())
    }

    pub fn table(&self, name: &str) -> Option<Table> {
        self.all.get(name).cloned()
    }

    /// Every table, by its name in lower case.
    pub fn all(&self) -> Vec<(String, Table)> {
        self.all.iter().map(|(name, table)| (name.clone(), table.clone())).collect()
    }
}

impl Table {
    fn missing(name: &str) -> Self {
        Self { name: name.to_owned(), columns: Arc::default() }
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&column.to_lowercase())
    }

    /// Whether a moment in it is kept with its zone, and comes in that of the connection.
    pub fn has_zone(&self, column: &str) -> bool {
        self.columns.get(&column.to_lowercase()).is_some_and(|kind| kind == "timestamp")
    }

    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// A column, or nothing.
    pub fn name(&self, column: &str) -> String {
        if self.has(column) { quoted(column) } else { "NULL".into() }
    }

    pub fn int(&self, column: &str) -> String {
        self.int_or(column, "NULL")
    }

    /// With what stands there where there is no such column.
    pub fn int_or(&self, column: &str, otherwise: &str) -> String {
        if self.has(column) { format!("CAST({} AS SIGNED)", quoted(column)) } else { otherwise.into() }
    }

    pub fn text(&self, column: &str) -> String {
        self.name(column)
    }

    /// As text: there are moments that no calendar has, such as 0000-00-00.
    pub fn time(&self, column: &str) -> String {
        if self.has(column) { format!("CAST({} AS CHAR)", quoted(column)) } else { "NULL".into() }
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &[(&str, &str)]) -> Schema {
        Schema::of(columns.iter().map(|(table, column)| ((*table).into(), (*column).into(), "int".into())))
    }

    #[test]
    fn names_are_found_in_any_case() {
        let schema = of(&[("User", "id"), ("User", "EMAIL"), ("user", "id"), ("Ticket", "userId")]);
        assert_eq!(schema.user.quoted(), "`user`", "of two the newer one");
        assert!(!schema.user.has("email") && schema.ticket.has("userid"));
        assert_eq!(schema.ticket.quoted(), "`Ticket`");
        assert_eq!(
            (schema.ticket.int("userId").as_str(), schema.ticket.int("priority").as_str()),
            ("CAST(`userId` AS SIGNED)", "NULL")
        );
        assert_eq!(schema.check().unwrap_err(), "the table `user` has no column `email`");
        assert_eq!(of(&[]).check().unwrap_err(), "there is no table `user`");
    }
}
