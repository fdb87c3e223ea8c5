//! The rule for text that comes in: what nobody can see is not there. Every string of a request passes
//! `clean` before its handler sees it (`http/incoming.rs`); `line` and `prose` are what is stored.

use std::ops::Deref;

use icu_properties::{CodePointSetData, CodePointSetDataBorrowed, props::DefaultIgnorableCodePoint};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// What shows nothing, the signs that turn text among it.
static IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// The black flag, whose tags spell a region.
const FLAG: char = '\u{1f3f4}';

/// Whether a character shows nothing, or turns the order of others (`gpj.exe` shown as `exe.jpg`).
/// Those that join letters or choose the look of one are seen in what they do.
pub fn is_hidden(c: char) -> bool {
    let is_annotation = matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}');
    let is_no_character = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c.is_control() || is_annotation || is_no_character || (IGNORABLE.contains(c) && !shapes(c))
}

/// Joiners of emoji and of Persian letters, and what chooses a variant of the letter before.
fn shapes(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' | '\u{180f}')
}

/// Whether a character leaves the paper white.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}' || is_hidden(c) || shapes(c)
}

/// Without hidden characters; every end of a line is LF. Letters, blanks and tabs stay as they are.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut in_flag = false;
    while let Some(c) = letters.next() {
        in_flag = c == FLAG || in_flag && is_tag(c);
        match c {
            '\n' | '\t' => clean.push(c),
            '\r' => {
                letters.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            c if !is_hidden(c) || in_flag => clean.push(c),
            _ => {}
        }
    }
    clean
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// A title or a name: on one line, without outer blanks; empty when nothing of it can be seen.
pub fn line(text: &str) -> String {
    let line: String =
        clean(text).chars().map(|c| if c.is_whitespace() || c == '\u{2800}' { ' ' } else { c }).collect();
    if line.chars().all(is_blank) { String::new() } else { line.trim().to_owned() }
}

/// A message: without empty lines around it and blanks behind it, the first line with its indent if more
/// lines follow; empty when nothing of it can be seen.
pub fn prose(text: &str) -> String {
    let text = clean(text);
    if text.chars().all(is_blank) {
        return String::new();
    }
    let text = text.trim_end();
    let trimmed = text.trim_start();
    if !trimmed.contains('\n') {
        return trimmed.to_owned();
    }
    let blank = &text[..text.len() - trimmed.len()];
    let indent = blank.rfind('\n').map_or(0, |end| end + 1);
    text[indent..].to_owned()
}

/// Reads a text that is kept where it is not given: an empty field of a form is an empty text, not none.
pub fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(D::Error::custom("not a text")),
    }
}

/// Text made by one of the rules. It cannot be made otherwise.
macro_rules! made_by {
    ($(#[$doc:meta])* $name:ident, $rule:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name(String);

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self($rule(text.as_ref()))
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from).map(Self::from)
            }
        }
    };
}

made_by!(
    /// See `line`.
    Line, line);
made_by!(
    /// See `prose`.
    Prose, prose);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Nothing is seen of any of these.
    const HIDDEN: &str = "\0\u{1}\u{1b}\u{7f}\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{200b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{206a}\u{3164}\u{feff}\u{ffa0}\u{fff9}\u{ffff}\u{1d173}\u{e0001}\u{e0041}\u{10ffff}";

    #[test]
    fn input_08_what_cannot_be_seen_is_not_there() {
        assert_eq!(clean(HIDDEN), "");
        for hidden in HIDDEN.chars() {
            assert_eq!(line(&format!(" a{hidden}b ")), "ab", "{:x}", u32::from(hidden));
            assert_eq!(prose(&format!("{hidden}\n{hidden}")), "");
        }
        for blank in ["", " ", "\u{2800}", "\u{200d}\u{200c}", "\u{a0}\u{3000}\u{2800}", "\u{fe0f}"] {
            assert_eq!((line(blank), prose(blank)), (String::new(), String::new()), "{blank:?}");
        }
        assert_eq!(line("VPS\r\nне\tотвечает\u{2028}"), "VPS не отвечает");
        assert_eq!(clean("a\rb\r\nc\n\rd\u{b}e\u{85}f"), "a\nb\nc\n\nd\ne\nf");
    }

    #[test]
    fn input_08_letters_of_all_scripts_stay() {
        for text in ["Ёлка ё й", "👩‍💻 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "می‌خواهم", "שלום", "e\u{301}", "日本語", "⠋⠙", "C:\\dir\\new\ta  b"]
        {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_message_keeps_the_indent_of_its_first_line() {
        assert_eq!(prose("  Привет \r\n"), "Привет");
        assert_eq!(prose("\n \n  server {\n    listen 80;\n  }\n\n "), "  server {\n    listen 80;\n  }");
    }

    proptest! {
        #[test]
        fn each_rule_is_done_once(text in "(\\PC|[\u{0}-\u{20}\u{ad}\u{200b}-\u{202e}\u{2800}\u{e0020}-\u{e0041}🏴\r\n\t]){0,60}") {
            for rule in [clean, line, prose] {
                let once = rule(&text);
                prop_assert_eq!(&rule(&once), &once);
                prop_assert!(once.chars().count() <= text.chars().count());
                prop_assert!(once.chars().all(|c| matches!(c, '\n' | '\t') || is_tag(c) || !is_hidden(c)));
            }
        }
    }
}
