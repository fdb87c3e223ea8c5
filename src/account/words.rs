//! The words by which people are found, alike on both databases: those of the name, and the address with
//! its parts. A search is words in any order, each of which begins one of theirs.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Longer is no word that anybody types.
const LONGEST: usize = 254;
/// So many words of a search count.
const MOST: usize = 8;

/// The words of somebody.
pub fn of(username: &str, email: &str) -> BTreeSet<String> {
    let (name, email) = (fold(username), fold(email));
    let (local, domain) = email.rsplit_once('@').unwrap_or((&email, ""));
    let mut all: BTreeSet<String> = name.split_whitespace().map(trimmed).map(str::to_owned).collect();
    all.extend(pieces(&name).chain(pieces(local)).map(str::to_owned));
    all.extend([email.clone(), local.to_owned()]);
    // `mail.example.ru` is found by `example.ru` too, and by `example`.
    all.extend(domain.char_indices().filter(|(_, c)| *c == '.').map(|(at, _)| domain[at + 1..].to_owned()));
    all.extend(domain.split('.').chain([domain]).map(str::to_owned));
    all.retain(|word| !word.is_empty() && word.len() <= LONGEST);
    all
}

/// The words of a search; `None`: it holds none, so it finds nobody.
pub fn wanted(search: &str) -> Option<Vec<String>> {
    let folded = fold(search);
    let words = folded.split_whitespace().map(trimmed).filter(|word| !word.is_empty() && word.len() <= LONGEST);
    let all: Vec<_> = words.take(MOST).map(str::to_owned).collect();
    (!all.is_empty()).then_some(all)
}

/// What follows every word that begins with this one, in the order of code points.
pub fn after(word: &str) -> String {
    format!("{word}{}", char::MAX)
}

/// Lower case, composed letters, and one letter for the two that Russians type for one.
fn fold(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control() || c.is_whitespace());
    shown.nfc().flat_map(char::to_lowercase).nfc().map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

/// Without the marks around it, as in `<ivan@example.ru>,` or `@example.ru`.
fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_16_words_of_a_person() {
        let found = |search: &str| {
            let words = of("Артём Соколов-Ларин", "Artem.Sokolov@mail.Example.ru");
            wanted(search)
                .is_some_and(|all| all.iter().all(|word| words.iter().any(|own| own >= word && *own < after(word))))
        };
        for search in [
            "артём",
            "АРТЕМ",
            "соколов артём",
            "ларин",
            "Соколов-Ларин",
            "арт сок",
            "artem.sokolov@mail.example.ru",
            "SOKOLOV",
            "example.ru",
            "@example.ru",
            "mail.example",
            "example",
            "<artem.sokolov@mail.example.ru>",
            "арте\u{308}м",
            "артём example.ru",
        ] {
            assert!(found(search), "{search}");
        }
        for search in ["", " ", "%", "_", "*", "колов", "артём иванов", "xample.ru", "\0"] {
            assert!(!found(search), "{search}");
        }
    }
}
