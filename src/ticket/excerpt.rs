//! The shown place of a text: where it has what was searched for, or its beginning. Trusted markup.

use super::{
    query::Query,
    words::{letters, places, runs},
};

/// Characters of a shown place, and how many of them stand before what was found.
const EXCERPT: usize = 180;
const BEFORE: usize = 60;

/// The place in `text` where the first word was found, as HTML with `<mark>`.
pub fn found(text: &str, query: &Query) -> String {
    let flat = letters(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let hits = hits(&flat, query);
    let from = hits.first().map_or(0, |hit| hit.0).saturating_sub(BEFORE);
    let to = (from + EXCERPT).min(flat.len());
    let mut html = String::from(if from > 0 { "…" } else { "" });
    let mut at = from;
    let part = |from: usize, to: usize| flat.get(from..to).unwrap_or_default();
    for (start, end) in hits.into_iter().filter(|(start, end)| *start >= from && *end <= to) {
        push_escaped(&mut html, part(at, start));
        html.push_str("<mark>");
        push_escaped(&mut html, part(start, end));
        html.push_str("</mark>");
        at = end;
    }
    push_escaped(&mut html, part(at, to));
    if to < flat.len() {
        html.push('…');
    }
    html
}

/// Where the text has words of the search, in order, those that touch as one.
fn hits(text: &[char], query: &Query) -> Vec<(usize, usize)> {
    let mut hits: Vec<(usize, usize)> = Vec::new();
    let meant = places(&runs(text)).into_iter().filter(|place| query.means(&place.word));
    let mut all: Vec<(usize, usize)> = meant.map(|place| (place.start, place.end)).collect();
    all.sort_unstable();
    for (start, end) in all {
        match hits.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => hits.push((start, end)),
        }
    }
    hits
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
    fn hits_are_marked_and_the_rest_is_escaped() {
        let query = Query::parse("серверами").unwrap();
        let html = found("<b>Мой</b> сервер & ваш Сервер", &query);
        assert_eq!(html, "&lt;b&gt;Мой&lt;/b&gt; <mark>сервер</mark> &amp; ваш <mark>Сервер</mark>");
        let far = format!("{} сервер {}", "слово ".repeat(60), "дальше ".repeat(60));
        let html = found(&far, &query);
        assert!(html.starts_with('…') && html.ends_with('…') && html.contains("<mark>сервер</mark>"), "{html}");
    }

    #[test]
    fn what_has_marks_inside_is_marked_whole() {
        for (search, text, marked) in [
            ("185.12.33.4", "Адрес 185.12.33.4, да", "Адрес <mark>185.12.33.4</mark>, да"),
            ("12.33", "Адрес 185.12.33.4", "Адрес 185.<mark>12.33</mark>.4"),
            ("email", "E-mail!", "<mark>E-mail</mark>!"),
            ("8.2", "php8.2", "php<mark>8.2</mark>"),
            ("wordpress", "WordPress", "<mark>WordPress</mark>"),
        ] {
            assert_eq!(found(text, &Query::parse(search).unwrap()), marked, "{search}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_safe_html(text in "\\PC{0,400}", search in "\\PC{0,20}") {
            let found = Query::parse(&search).map(|query| found(&text, &query.open()));
            for html in [found, Some(beginning(&text))].into_iter().flatten() {
                let html = html.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!html.contains('<') && !html.contains('>'), "{}", html);
            }
        }
    }
}
