//! What a word is: one definition for both databases, for the index, for a search and for the marks in
//! what was found.
//!
//! A run is letters and digits without a break. It is a word, and so are its pieces: "php" and "8" of
//! "php8", "word" and "press" of "WordPress". Runs that marks join without a space ("vps-4711",
//! "185.12.33.4", "/etc/nginx.conf") also make a word of each two neighbours, without the mark. So what
//! has marks inside is found whole, from any of its parts on, and however the marks are written.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters of a run that count: what is longer is no word that somebody would type.
const MAX_RUN: usize = 64;
/// A run with more pieces is a hash or a key, and has no parts that mean anything.
const MAX_PIECES: usize = 3;
/// Between two runs: more marks are a ruler.
const MAX_MARKS: usize = 3;

/// A word of a text and where it stands, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub start: usize,
    pub end: usize,
    /// Lower case, composed, with `ё` as `е`: letters, digits, and a dot between the digits of two runs.
    pub word: String,
}

/// How a run hangs on the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    None,
    /// By a dash between letters: people write such words together, apart or with the dash.
    Dash,
    Mark,
}

/// Letters and digits without a break.
pub struct Run {
    pub join: Join,
    whole: Place,
    pieces: Vec<Place>,
}

impl Run {
    pub fn word(&self) -> &str {
        &self.whole.word
    }

    fn ends(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.whole).chain(self.pieces.last())
    }

    fn beginnings(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.whole).chain(self.pieces.first())
    }
}

/// A text as its letters are compared: composed, so that `й` of two characters is `й` of one.
pub fn letters(text: &str) -> Vec<char> {
    text.nfc().collect()
}

/// Two neighbours as one word.
pub fn joined(one: &str, other: &str) -> String {
    let digits = one.ends_with(char::is_numeric) && other.starts_with(char::is_numeric);
    format!("{one}{}{other}", if digits { "." } else { "" })
}

/// The stem of a word (Snowball).
pub fn stem(word: &str) -> String {
    let russian = word.chars().any(|c| ('а'..='я').contains(&c));
    let stemmer = Stemmer::create(if russian { Algorithm::Russian } else { Algorithm::English });
    stemmer.stem(word).into_owned()
}

/// What an index keeps of a text: its words and their stems.
pub fn lexemes(text: &str) -> BTreeSet<String> {
    let words: BTreeSet<String> = places(&runs(&letters(text))).into_iter().map(|place| place.word).collect();
    let mut lexemes: BTreeSet<String> = words.iter().map(|word| stem(word)).collect();
    lexemes.extend(words);
    lexemes
}

/// All words, in the order of their runs.
pub fn places(runs: &[Run]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut before: Option<&Run> = None;
    for run in runs {
        if run.join != Join::None {
            for one in before.into_iter().flat_map(Run::ends) {
                places.extend(run.beginnings().map(|other| both(one, other)));
            }
        }
        before = Some(run);
        places.push(run.whole.clone());
        places.extend(run.pieces.iter().cloned());
        if run.pieces.len() > 2 {
            places.extend(run.pieces.array_windows().map(|[one, other]| both(one, other)));
        }
    }
    places
}

fn both(one: &Place, other: &Place) -> Place {
    Place { start: one.start, end: other.end, word: joined(&one.word, &other.word) }
}

/// The runs of a composed text.
pub fn runs(text: &[char]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(rest @ [first, ..]) = text.get(at..) {
        if !first.is_alphanumeric() {
            at += 1;
            continue;
        }
        let length = rest.iter().take_while(|c| c.is_alphanumeric() || is_silent(**c)).count();
        let end = at + length;
        let join = runs.last().map_or(Join::None, |before| join(text, before.whole.end, at));
        runs.push(Run { join, whole: place(text, at, end), pieces: pieces(text, at, end) });
        at = end;
    }
    runs
}

/// Nobody sees or types it: accents that no letter took up, soft hyphens, marks of width and direction.
fn is_silent(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}');
    format || is_combining_mark(c)
}

fn place(text: &[char], start: usize, end: usize) -> Place {
    let run = text.get(start..end).unwrap_or_default();
    let lower = run.iter().flat_map(|c| c.to_lowercase()).filter(|c| c.is_alphanumeric());
    let word = lower.map(|c| if c == 'ё' { 'е' } else { c }).take(MAX_RUN).collect();
    Place { start, end, word }
}

/// Where letters meet digits, and a small letter a capital one.
fn pieces(text: &[char], start: usize, end: usize) -> Vec<Place> {
    let mut cuts = vec![start];
    let mut before: Option<char> = None;
    let run = text.get(start..end).unwrap_or_default();
    for (at, &c) in (start..).zip(run).filter(|(_, c)| c.is_alphanumeric()) {
        if before.is_some_and(|b| b.is_numeric() != c.is_numeric() || (b.is_lowercase() && c.is_uppercase())) {
            cuts.push(at);
        }
        before = Some(c);
    }
    if !(2..=MAX_PIECES).contains(&cuts.len()) {
        return Vec::new();
    }
    cuts.push(end);
    cuts.array_windows().map(|[from, to]| place(text, *from, *to)).collect()
}

fn join(text: &[char], from: usize, to: usize) -> Join {
    let between = text.get(from..to).unwrap_or_default();
    let marks: Vec<char> = between.iter().copied().filter(|c| !is_silent(*c)).take(MAX_MARKS + 1).collect();
    let dash = |c: &char| matches!(c, '-' | '\'' | '’' | '‐' | '‑' | '–');
    let mark = |c: &char| dash(c) || ".:/\\@_+=~#%&?".contains(*c);
    match marks.len() {
        1..=MAX_MARKS if marks.iter().all(mark) => {}
        _ => return Join::None,
    }
    let last = text.iter().take(from).rev().find(|c| c.is_alphanumeric());
    let letters = last.is_some_and(|c| !c.is_numeric()) && text.get(to).is_some_and(|c| !c.is_numeric());
    if letters && marks.iter().all(dash) { Join::Dash } else { Join::Mark }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        places(&runs(&letters(text))).into_iter().map(|place| place.word).collect()
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (form, stem_of) in [("Серверы", "сервер"), ("серверу", "сервер"), ("payments", "payment"), ("ВСЁ", "все")]
        {
            assert!(lexemes(form).contains(&stem(stem_of)), "{form}");
        }
        assert!(lexemes("connection").is_superset(&["connect".to_owned(), "connection".to_owned()].into()));
    }

    #[test]
    fn what_has_marks_inside_has_words_for_its_parts_and_neighbours() {
        assert_eq!(words("185.12.33"), ["185", "185.12", "12", "12.33", "33"]);
        assert_eq!(words("vps-4711"), ["vps", "vps4711", "4711"]);
        assert_eq!(words("vps4711"), ["vps4711", "vps", "4711"]);
        assert_eq!(words("ivan@ospab.host"), ["ivan", "ivanospab", "ospab", "ospabhost", "host"]);
        assert_eq!(words("php8.2"), ["php8", "php", "8", "php8.2", "8.2", "2"]);
        assert_eq!(words("WordPress"), ["wordpress", "word", "press"]);
        assert_eq!(words("9f86d081884c7d65"), ["9f86d081884c7d65"], "a hash has no parts");
        assert_eq!(words("да,нет (или) — так ---- вот"), ["да", "нет", "или", "так", "вот"]);
    }

    #[test]
    fn letters_are_compared_as_people_see_them() {
        assert_eq!(
            words("и\u{306} е\u{308} за\u{301}мок сер\u{ad}вер \u{feff}НЕТ"),
            ["й", "е", "замок", "сервер", "нет"]
        );
    }

    #[test]
    fn no_word_is_long_or_has_a_mark_of_a_query_or_of_an_owner() {
        let long = format!("{0} {0}-{0} _42 ⓐ_42 \"'*():&|! a\0b \u{1f600}", "ы1".repeat(5_000));
        for word in lexemes(&long) {
            assert!(word.chars().count() <= 2 * MAX_RUN + 1, "{}", word.len());
            assert!(word.chars().all(|c| c.is_alphanumeric() || c == '.'), "{word}");
        }
    }
}
