//! What somebody searches for, as either database is asked for it, and which words of a text it means.

use super::words::{self, Join, Run};

/// Of a search as typed: more words than these narrow nothing.
const MAX_TERMS: usize = 8;
const MAX_WORDS: usize = 16;
const MAX_LETTERS: usize = 512;
/// What is shorter is the beginning of too much.
const MIN_BEGINNING: usize = 2;

/// Words that say nothing beside others; alone they are searched for like any.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "а", "бы", "в", "во", "вы", "да", "для", "до", "же", "за", "и", "из", "или", "к", "как", "ли", "мне", "мой", "моя",
    "мы", "на", "не", "но", "о", "об", "от", "по", "под", "при", "с", "со", "то", "у", "что", "чтобы", "это", "я",
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "how", "i", "in", "is", "it", "my", "not", "of",
    "on", "or", "that", "the", "this", "to", "was", "we", "with",
];

#[derive(Clone, Debug)]
struct Word {
    plain: String,
    stem: String,
}

/// One thing between spaces.
#[derive(Clone, Debug)]
struct Term {
    /// A run, or the neighbours of several that marks join: a text must have all of them.
    together: Vec<Word>,
    /// Or all of these: the runs of what people also write apart.
    apart: Vec<Word>,
}

/// How a database writes a query. Words are letters, digits and dots, so none needs escaping.
struct Syntax {
    quote: char,
    and: &'static str,
    or: &'static str,
    begins: &'static str,
}

const FTS5: Syntax = Syntax { quote: '"', and: " AND ", or: " OR ", begins: " *" };
const TSQUERY: Syntax = Syntax { quote: '\'', and: " & ", or: " | ", begins: ":*" };

/// What somebody searches for: at most eight terms, of at most sixteen words.
#[derive(Clone, Debug)]
pub struct Query {
    terms: Vec<Term>,
    open: bool,
}

impl Query {
    /// `None`: there is nothing to search for.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().take(MAX_LETTERS).collect();
        let runs = words::runs(&words::letters(&text));
        let mut groups: Vec<&[Run]> = runs.chunk_by(|_, next| next.join != Join::None).collect();
        let filler = |group: &[Run]| matches!(group, [run] if FILLERS.contains(&run.word()));
        if !groups.iter().all(|group| filler(group)) {
            groups.retain(|group| !filler(group));
        }
        let mut left = MAX_WORDS;
        let terms: Vec<Term> =
            groups.into_iter().take(MAX_TERMS).map_while(|group| Term::new(group, &mut left)).collect();
        (!terms.is_empty()).then_some(Self { terms, open: false })
    }

    /// The same, and the last word may go on.
    pub fn open(self) -> Self {
        Self { open: true, ..self }
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// For SQLite.
    pub fn fts5(&self) -> String {
        self.written(&FTS5)
    }

    /// For PostgreSQL's type `tsquery`.
    pub fn tsquery(&self) -> String {
        self.written(&TSQUERY)
    }

    fn written(&self, syntax: &Syntax) -> String {
        let last = self.terms.len() - 1;
        let terms = self.terms.iter().enumerate();
        terms.map(|(n, term)| term.written(syntax, self.open && n == last)).collect::<Vec<_>>().join(syntax.and)
    }

    /// Whether a text with this word has something of what is searched for.
    pub fn means(&self, word: &str) -> bool {
        let last = self.terms.len() - 1;
        let terms = self.terms.iter().enumerate();
        terms.map(|(n, term)| (term, self.open && n == last)).any(|(term, open)| {
            let of = |words: &[Word]| {
                let last = words.len().saturating_sub(1);
                words.iter().enumerate().any(|(n, one)| one.means(word, open && n == last))
            };
            of(&term.together) || of(&term.apart)
        })
    }

    #[cfg(test)]
    pub fn finds(&self, lexemes: &std::collections::BTreeSet<String>) -> bool {
        let last = self.terms.len() - 1;
        self.terms.iter().enumerate().all(|(n, term)| {
            let all = |words: &[Word]| {
                let found = |(m, word): (usize, &Word)| {
                    let begins = self.open && n == last && m + 1 == words.len() && word.begins();
                    lexemes.contains(&word.stem) || (begins && lexemes.iter().any(|one| one.starts_with(&word.plain)))
                };
                !words.is_empty() && words.iter().enumerate().all(found)
            };
            all(&term.together) || all(&term.apart)
        })
    }
}

impl Term {
    /// `None`: no word is left to spend.
    fn new(group: &[Run], left: &mut usize) -> Option<Self> {
        let take = |words: Vec<String>, left: &mut usize| -> Vec<Word> {
            let words: Vec<Word> = words.into_iter().take(*left).map(Word::new).collect();
            *left -= words.len();
            words
        };
        let runs: Vec<String> = group.iter().map(|run| run.word().to_owned()).collect();
        let neighbours = group.array_windows().map(|[one, other]| words::joined(one.word(), other.word())).collect();
        let term = match group {
            [_] => Self { together: take(runs, left), apart: Vec::new() },
            [_, others @ ..] if others.iter().all(|run| run.join == Join::Dash) => {
                Self { together: take(neighbours, left), apart: take(runs, left) }
            }
            _ => Self { together: take(neighbours, left), apart: Vec::new() },
        };
        (!term.together.is_empty()).then_some(term)
    }

    fn written(&self, syntax: &Syntax, open: bool) -> String {
        let all = |words: &[Word]| {
            let last = words.len().saturating_sub(1);
            let words = words.iter().enumerate();
            words.map(|(n, word)| word.written(syntax, open && n == last)).collect::<Vec<_>>().join(syntax.and)
        };
        match self.apart.as_slice() {
            [] => all(&self.together),
            apart => format!("(({}){}({}))", all(&self.together), syntax.or, all(apart)),
        }
    }
}

impl Word {
    fn new(plain: String) -> Self {
        Self { stem: words::stem(&plain), plain }
    }

    fn begins(&self) -> bool {
        self.plain.chars().nth(MIN_BEGINNING - 1).is_some()
    }

    fn written(&self, syntax: &Syntax, open: bool) -> String {
        let Syntax { quote, or, begins, .. } = syntax;
        let stem = format!("{quote}{}{quote}", self.stem);
        match open && self.begins() {
            true => format!("({stem}{or}{quote}{}{quote}{begins})", self.plain),
            false => stem,
        }
    }

    fn means(&self, word: &str, open: bool) -> bool {
        // A stem keeps the first letter: most words need none.
        word.chars().next() == self.plain.chars().next()
            && (word == self.stem
                || (open && self.begins() && word.starts_with(&self.plain))
                || words::stem(word) == self.stem)
    }
}

/// The ticket whose number somebody typed or pasted: `3`, `#3`, `№ 3`, `[#3]`, "Re: [#3] …".
pub fn ticket_number(text: &str) -> Option<i64> {
    let alone = text.trim_matches(|c: char| c.is_whitespace() || "[]()#№".contains(c));
    let subject = || text.split_once("[#")?.1.split_once(']').map(|(number, _)| number);
    let number = if alone.bytes().all(|c| c.is_ascii_digit()) { Some(alone) } else { subject() };
    number?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn operators_of_a_query_language_are_no_operators() {
        assert!(Query::parse(" \"*()-:& ").is_none());
        let query = Query::parse("nginx OR \"кот\"* -пёс").unwrap();
        assert_eq!(query.fts5(), "\"nginx\" AND \"кот\" AND \"пес\"");
        assert_eq!(query.open().tsquery(), "'nginx' & 'кот' & ('пес' | 'пес':*)");
    }

    #[test]
    fn marks_inside_ask_for_neighbours() {
        let asks = |text: &str| Query::parse(text).unwrap().tsquery();
        assert_eq!(asks("185.12.33.4"), "'185.12' & '12.33' & '33.4'");
        assert_eq!(asks("vps-4711"), "'vps4711'");
        assert_eq!(asks("e-mail"), "(('email') | ('e' & 'mail'))");
        assert_eq!(Query::parse("1.2").unwrap().open().fts5(), "(\"1.2\" OR \"1.2\" *)");
        assert_eq!(Query::parse("a").unwrap().open().fts5(), "\"a\"", "the beginning of too much");
        assert_eq!(asks("не работает почта"), asks("работает почта"));
        assert_eq!(asks("не"), "'не'");
    }

    #[test]
    fn a_long_search_is_a_bounded_one() {
        for text in
            ["слово ".repeat(10_000), "1.2.3.4.5.6.7.8.9.".repeat(10_000), "a-b-".repeat(10_000), "x".repeat(200_000)]
        {
            let query = Query::parse(&text).unwrap().open();
            let words = query.terms.iter().map(|term| term.together.len() + term.apart.len()).sum::<usize>();
            assert!(words <= MAX_WORDS && query.terms.len() <= MAX_TERMS, "{words}");
            assert!(query.tsquery().len() <= 4_000);
        }
        let behind = format!("{}сервер", "и ".repeat(MAX_LETTERS / 2));
        assert!(!Query::parse(&behind).unwrap().means("сервер"), "it stands behind the last letter that counts");
    }

    #[test]
    fn a_number_is_a_ticket_however_it_is_written() {
        for text in ["3", "#3", " # 3 ", "№3", "№ 3", "[#3]", "(#3)", "Re: [#3] Сервер", "Fwd: Re: [# 3 ]"] {
            assert_eq!(ticket_number(text), Some(3), "{text}");
        }
        for text in ["", "#", "[]", "3.5", "vps-3", "-3", "99999999999999999999", "[#x]", "[#"] {
            assert_eq!(ticket_number(text), None, "{text}");
        }
    }

    proptest! {
        /// Whatever stands between two spaces of a text finds it, and so does each of its beginnings.
        #[test]
        fn every_piece_of_a_text_finds_it(text in "([a-zA-Zа-яёА-ЯЁ0-9]{1,6}([-./:@_ ,+]|://|\u{ad})){1,12}", cut in 1..60usize) {
            let lexemes = words::lexemes(&text);
            for piece in text.split_whitespace() {
                if let Some(query) = Query::parse(piece) {
                    prop_assert!(query.finds(&lexemes), "{:?} in {:?}: {}", piece, text, query.tsquery());
                }
                let beginning: String = piece.chars().take(cut).collect();
                let last = beginning.split(|c: char| !c.is_alphanumeric()).next_back().unwrap_or_default();
                if let Some(query) = Query::parse(&beginning) && last.chars().count() >= MIN_BEGINNING {
                    prop_assert!(query.open().finds(&lexemes), "{:?} in {:?}", beginning, text);
                }
            }
        }
    }
}
