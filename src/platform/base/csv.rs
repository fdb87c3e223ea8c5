//! Tables for spreadsheets (RFC 4180): with a byte order mark, so that Excel reads Russian, and with
//! texts that are never taken for formulas.

use crate::platform::base::i18n::Lang;

/// A table in the making.
pub struct Csv {
    text: String,
    separator: char,
}

/// One value.
pub enum Cell {
    Text(String),
    Number(i64),
    /// Nothing is known.
    Empty,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Csv {
    /// Excel separates lists as the reader's country does: by semicolons where the comma is in numbers.
    pub fn new(lang: Lang) -> Self {
        Self { text: "\u{feff}".into(), separator: if lang.is_russian() { ';' } else { ',' } }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        for (n, cell) in cells.into_iter().enumerate() {
            if n > 0 {
                self.text.push(self.separator);
            }
            match cell {
                Cell::Text(text) => self.text.push_str(&quoted(&harmless(&text))),
                Cell::Number(number) => self.text.push_str(&number.to_string()),
                Cell::Empty => {}
            }
        }
        self.text.push_str("\r\n");
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// A text that a spreadsheet would run as a formula gets a quote before it (ASVS 1.2.10).
fn harmless(text: &str) -> String {
    let begins_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    if begins_formula { format!("'{text}") } else { text.to_owned() }
}

fn quoted(text: &str) -> String {
    if text.contains([',', ';', '"', '\n', '\r', '\t', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(lang: Lang, cells: Vec<Cell>) -> String {
        let mut csv = Csv::new(lang);
        csv.row(cells);
        csv.finish()
    }

    #[test]
    fn excel_reads_it() {
        let cells = || vec![Cell::from("Мария; \"М\"".to_owned()), 5.into(), Cell::Empty, Some(-3).into()];
        assert_eq!(line(Lang::Ru, cells()), "\u{feff}\"Мария; \"\"М\"\"\";5;;-3\r\n");
        assert_eq!(line(Lang::En, cells()), "\u{feff}\"Мария; \"\"М\"\"\",5,,-3\r\n");
    }

    #[test]
    fn asvs_1_2_10_a_text_is_never_a_formula() {
        for text in ["=1+1", "+7 900", "-2", "@SUM(A1)", "\t=1", "\r=1", "\0=1"] {
            assert_eq!(line(Lang::En, vec![text.to_owned().into()]), format!("\u{feff}\"'{text}\"\r\n"));
        }
        assert_eq!(line(Lang::En, vec!["a=1".to_owned().into()]), "\u{feff}a=1\r\n");
    }
}
