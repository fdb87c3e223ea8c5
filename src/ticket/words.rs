//! Words of a text and of a search: their stems in Russian and English (Snowball, as PostgreSQL's
//! dictionaries), and where a text has what was searched for.

use rust_stemmers::{Algorithm, Stemmer};

const MAX_WORDS: usize = 8;
/// Characters of a shown place, and how many of them stand before what was found.
const EXCERPT: usize = 180;
const BEFORE: usize = 60;

/// Lower case, with `ё` as `е`: nobody types it reliably.
pub fn plain(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The stem of one plain word.
fn stem(word: &str) -> String {
    let russian = word.chars().any(|c| ('а'..='я').contains(&c));
    let stemmer = Stemmer::create(if russian { Algorithm::Russian } else { Algorithm::English });
    stemmer.stem(word).into_owned()
}

/// The stems of a text, separated by spaces.
pub fn stems(text: &str) -> String {
    split(&plain(text)).map(stem).collect::<Vec<_>>().join(" ")
}

/// What somebody searches for: words, at most eight.
#[derive(Clone, Debug)]
pub struct Query {
    words: Vec<String>,
    stems: Vec<String>,
}

impl Query {
    /// `None`: there is nothing to search for.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = split(&plain(text)).take(MAX_WORDS).map(str::to_owned).collect();
        let stems = words.iter().map(|word| stem(word)).collect();
        (!words.is_empty()).then_some(Self { words, stems })
    }

    /// For FTS5: every word; with `prefix` the last one may go on.
    pub fn stems(&self, prefix: bool) -> String {
        let last = self.stems.len() - 1;
        let term = |(n, stem): (usize, &String)| match prefix && n == last {
            true => format!("(\"{stem}\" OR \"{}\" *)", self.words[n]),
            false => format!("\"{stem}\""),
        };
        self.stems.iter().enumerate().map(term).collect::<Vec<_>>().join(" AND ")
    }

    /// For `to_tsquery`: the same. Words are letters and digits only, so none is an operator.
    pub fn tsquery(&self, prefix: bool) -> String {
        let last = self.words.len() - 1;
        let term = |(n, word): (usize, &String)| match prefix && n == last {
            true => format!("({word} | {word}:*)"),
            false => word.clone(),
        };
        self.words.iter().enumerate().map(term).collect::<Vec<_>>().join(" & ")
    }

    fn is_hit(&self, word: &str) -> bool {
        let plain = plain(word);
        let stem = stem(&plain);
        let last = self.words.last();
        self.stems.contains(&stem) || last.is_some_and(|last| plain.starts_with(last.as_str()))
    }

    /// The place in `text` where the first word was found, as HTML with `<mark>`.
    pub fn excerpt(&self, text: &str) -> String {
        let flat: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
        let words = word_places(&flat);
        let hit = |place: &(usize, usize)| self.is_hit(&flat[place.0..place.1].iter().collect::<String>());
        let first = words.iter().find(|place| hit(place)).map_or(0, |place| place.0);
        let from = first.saturating_sub(BEFORE);
        let to = (from + EXCERPT).min(flat.len());
        let mut html = String::from(if from > 0 { "…" } else { "" });
        let mut at = from;
        for (start, end) in words.into_iter().filter(|(start, end)| *start >= from && *end <= to) {
            if hit(&(start, end)) {
                push_escaped(&mut html, &flat[at..start]);
                html.push_str("<mark>");
                push_escaped(&mut html, &flat[start..end]);
                html.push_str("</mark>");
                at = end;
            }
        }
        push_escaped(&mut html, &flat[at..to]);
        if to < flat.len() {
            html.push('…');
        }
        html
    }
}

/// The beginning of a text on one line, as HTML.
pub fn beginning(text: &str) -> String {
    let mut html = String::new();
    let mut left = EXCERPT;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() > left {
            html.push('…');
            break;
        }
        left -= letters.len() + usize::from(left > letters.len());
        if !html.is_empty() {
            html.push(' ');
        }
        push_escaped(&mut html, &letters);
    }
    html
}

fn word_places(text: &[char]) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut start = None;
    for (at, c) in text.iter().enumerate() {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                places.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    places.extend(start.map(|from| (from, text.len())));
    places
}

fn push_escaped(html: &mut String, text: &[char]) {
    for c in text {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(*c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert_eq!(stems("Серверы серверу сервером"), "сервер сервер сервер");
        assert_eq!(stems("payments PAYMENT"), "payment payment");
        assert_eq!(stems("всё ещё"), stems("все еще"));
        assert!(!stems("_42 ⓐ_42 a_42").contains('_'), "nobody writes the mark of an owner");
    }

    #[test]
    fn hits_are_marked_and_the_rest_is_escaped() {
        let query = Query::parse("серверами").unwrap();
        let html = query.excerpt("<b>Мой</b> сервер & ваш Сервер");
        assert_eq!(html, "&lt;b&gt;Мой&lt;/b&gt; <mark>сервер</mark> &amp; ваш <mark>Сервер</mark>");
        let far = format!("{} сервер {}", "слово ".repeat(60), "дальше ".repeat(60));
        let html = query.excerpt(&far);
        assert!(html.starts_with('…') && html.ends_with('…') && html.contains("<mark>сервер</mark>"), "{html}");
    }

    #[test]
    fn operators_of_a_query_language_are_no_operators() {
        assert!(Query::parse(" \"*()-:& ").is_none());
        let query = Query::parse("nginx OR \"кот\"* -пёс").unwrap();
        assert_eq!(query.stems(false), "\"nginx\" AND \"or\" AND \"кот\" AND \"пес\"");
        assert_eq!(query.tsquery(true), "nginx & or & кот & (пес | пес:*)");
    }

    proptest! {
        #[test]
        fn any_text_gives_safe_html(text in "\\PC{0,400}", search in "\\PC{0,20}") {
            for html in [Query::parse(&search).map(|query| query.excerpt(&text)), Some(beginning(&text))].into_iter().flatten() {
                let html = html.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!html.contains('<') && !html.contains('>'), "{}", html);
            }
        }
    }
}
