//! Holds the front end to its tokens: colours, lengths and breakpoints stand in one place each, components are set by
//! knobs, and no script, template or drawing has a colour of its own.

use super::{files, none};

/// The widths at which a layout changes; `token_lengths.css` says what each is for.
const BREAKPOINTS: [&str; 4] = ["640px", "860px", "1040px", "1200px"];
/// Lengths that measure the text or the window where no token can: `property: value` parts, by file.
const RELATIVE: [(&str, &str); 14] = [
    ("base.css", "100dvh"),
    ("door.css", "100dvh"),
    ("door.css", "12vh"),
    ("field.css", "60vh"),
    ("frame.css", "100dvh"),
    ("frame.css", "3vw"),
    ("session.css", "100vw"),
    ("ticket.css", "100vw"),
    ("ticket_form.css", "1.5em"),
    ("ticket_talk.css", ".6em"),
    ("ticket_talk.css", ".2em"),
    ("ticket_talk.css", "1.4em"),
    ("ticket_talk.css", "300lh"),
    ("ticket_talk.css", "40lh"),
];
/// Where each component with knobs stands. Elsewhere only its place and its knobs are set.
const COMPONENTS: [(&str, &str); 4] =
    [(".btn", "button.css"), (".input", "field.css"), (".badge", "card.css"), (".icon", "base.css")];
const PLACE: [&str; 21] = [
    "--",
    "margin",
    "flex",
    "order",
    "justify-self",
    "align-self",
    "place-self",
    "grid-area",
    "grid-column",
    "grid-row",
    "position",
    "inset",
    "top",
    "left",
    "bottom",
    "z-index",
    "translate",
    "display",
    "width",
    "max-width",
    "min-width",
];
const COLOURS: [&str; 12] = [
    "oklch(",
    "oklab(",
    "rgb(",
    "rgba(",
    "hsl(",
    "color(",
    "color-mix(",
    "light-dark(",
    "white",
    "black",
    "red",
    "blue",
];

/// A style sheet as rules, and the conditions of its media queries.
#[derive(Default)]
struct Sheet {
    /// Selector, property, value.
    rules: Vec<(String, String, String)>,
    media: Vec<String>,
}

fn sheet(text: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let mut open: Vec<String> = Vec::new();
    let mut part = String::new();
    for c in without_comments(text).chars() {
        if !['{', '}', ';'].contains(&c) {
            part.push(c);
            continue;
        }
        let said = std::mem::take(&mut part).trim().to_owned();
        if c == '{' {
            if said.starts_with("@media") {
                sheet.media.push(said.clone());
            }
            open.push(said);
            continue;
        }
        if let Some((property, value)) = said.split_once(':').filter(|_| !said.starts_with('@')) {
            let selector = open.last().cloned().unwrap_or_default();
            sheet.rules.push((selector, property.trim().to_owned(), value.trim().to_owned()));
        }
        if c == '}' {
            open.pop();
        }
    }
    sheet
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("*/").map_or("", |(_, rest)| rest))
}

/// The name and content of each style sheet; `tokens`: those that may hold literals.
fn sheets(tokens: bool) -> Vec<(String, Sheet)> {
    let all = files("assets", "css").into_iter().map(|(path, text)| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, sheet(&text))
    });
    all.filter(|(name, _)| name.starts_with("token_") == tokens).collect()
}

/// Numbers with a unit, such as `12px`.
fn lengths(value: &str) -> Vec<&str> {
    let words = value.split(|c: char| c.is_whitespace() || "(),/*".contains(c));
    let is_length = |word: &&str| {
        let unit = word.trim_start_matches(['-', '+']).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        ["px", "rem", "em", "ch", "ex", "lh", "vh", "vw", "dvh", "svh", "cqw", "pt", "cm", "mm"].contains(&unit)
            && word.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c))
    };
    words.filter(is_length).map(|word| word.trim_start_matches(['-', '+'])).collect()
}

/// Whether a value names a colour that is no token.
fn has_colour(value: &str) -> bool {
    let words = value.split(|c: char| c.is_whitespace() || "(),".contains(c));
    let is_hex = |word: &str| {
        word.strip_prefix('#').is_some_and(|hex| hex.len() >= 3 && hex.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let functions = COLOURS.iter().filter(|colour| colour.ends_with('('));
    let names: Vec<_> = COLOURS.iter().filter(|colour| !colour.ends_with('(')).collect();
    words.clone().any(is_hex)
        || functions.into_iter().any(|function| value.contains(function))
        || words.clone().any(|word| names.iter().any(|name| **name == word))
}

#[test]
fn colours_stand_among_the_tokens() {
    let wrong = sheets(false).into_iter().flat_map(|(name, sheet)| {
        let coloured = sheet.rules.into_iter().filter(|(_, _, value)| has_colour(value));
        coloured.map(move |(selector, property, value)| format!("{name}: {selector} {{ {property}: {value} }}"))
    });
    none(wrong.collect(), "a colour outside token_colours.css");
}

#[test]
fn lengths_are_tokens() {
    let mut wrong = Vec::new();
    let mut relative = Vec::new();
    for (name, sheet) in sheets(false) {
        for (selector, property, value) in &sheet.rules {
            for length in lengths(value) {
                if RELATIVE.contains(&(&name, length)) {
                    relative.push((name.clone(), length.to_owned()));
                } else if length != "1px" {
                    wrong.push(format!("{name}: {selector} {{ {property}: {value} }}"));
                }
            }
        }
    }
    none(wrong, "a length outside token_lengths.css; 0 and a hairline of 1px are free");
    let unused = RELATIVE.iter().filter(|(name, length)| !relative.contains(&((*name).into(), (*length).into())));
    none(unused.map(|pair| format!("{pair:?}")).collect(), "an exception that nobody needs");
}

#[test]
fn layouts_change_at_four_widths() {
    let tokens = files("assets", "css").into_iter().find(|(path, _)| path.ends_with("token_lengths.css")).unwrap().1;
    none(
        BREAKPOINTS.iter().filter(|width| !tokens.contains(**width)).map(|width| (*width).to_owned()).collect(),
        "the comment in token_lengths.css names each breakpoint",
    );
    let queries =
        sheets(false).into_iter().flat_map(|(name, sheet)| sheet.media.into_iter().map(move |one| (name.clone(), one)));
    let wrong = queries.filter(|(_, query)| {
        let old = query.contains("min-width") || query.contains("max-width");
        old || lengths(query).iter().any(|width| !BREAKPOINTS.contains(width))
    });
    none(wrong.map(|one| format!("{one:?}")).collect(), "write (width <= …) or (width > …) with one of the four");
}

#[test]
fn every_token_that_is_used_is_there() {
    let known: Vec<String> =
        sheets(true).into_iter().flat_map(|(_, sheet)| sheet.rules.into_iter().map(|rule| rule.1)).collect();
    let known: Vec<_> = known.into_iter().filter(|name| name.starts_with("--")).collect();
    let mut wrong = Vec::new();
    let mut used = String::new();
    for (name, sheet) in sheets(false).into_iter().chain(sheets(true)) {
        for (selector, _, value) in sheet.rules {
            for use_ in value.split("var(").skip(1) {
                let token: String = use_.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                let has_default = use_[token.len()..].starts_with(',');
                if !has_default && !known.contains(&token) {
                    wrong.push(format!("{name}: {selector}: {token}"));
                }
            }
            used += &value;
        }
    }
    none(wrong, "no such token; a knob has a default: var(--btn-bg, var(--card))");
    let unused = known.into_iter().filter(|token| !used.contains(&format!("var({token})")));
    none(unused.collect(), "a token that nobody uses");
}

/// The compound that a selector ends with: `.a > .b:hover` ends with `.b:hover`.
fn ends(selector: &str) -> Vec<String> {
    let mut depth = 0;
    let mut ends = vec![String::new()];
    for c in selector.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        match c {
            ',' if depth == 0 => ends.push(String::new()),
            ' ' | '>' | '+' | '~' if depth == 0 => ends.last_mut().unwrap().clear(),
            _ => ends.last_mut().unwrap().push(c),
        }
    }
    ends
}

fn is_about(end: &str, class: &str) -> bool {
    end.match_indices(class).any(|(at, _)| {
        !end[at + class.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    })
}

#[test]
fn components_are_set_by_their_knobs() {
    let mut wrong = Vec::new();
    for (name, sheet) in sheets(false) {
        for (selector, property, value) in &sheet.rules {
            let reached = COMPONENTS.iter().any(|(class, home)| {
                name != *home && ends(selector).iter().any(|end| is_about(end.split(":has(").next().unwrap(), class))
            });
            if reached && !PLACE.iter().any(|start| property.starts_with(start)) {
                wrong.push(format!("{name}: {selector} {{ {property}: {value} }}"));
            }
        }
    }
    none(wrong, "set a knob of the component (--btn-…), or give it a new one");
}

#[test]
fn scripts_templates_and_drawings_have_no_colours() {
    let mut wrong = Vec::new();
    for (folder, ending) in [("src", "html"), ("assets", "js"), ("assets", "svg")] {
        for (path, text) in files(folder, ending) {
            let words = text.split(['"', '\'', '`', ';', ':', '=', ' ', '\n']);
            let is_hex = |word: &&str| {
                word.strip_prefix('#')
                    .is_some_and(|hex| [3, 4, 6, 8].contains(&hex.len()) && hex.chars().all(|c| c.is_ascii_hexdigit()))
            };
            let named =
                words.filter(|word| is_hex(word) || ["oklch(", "rgb(", "hsl("].iter().any(|f| word.starts_with(f)));
            wrong.extend(named.map(|word| format!("{}: {word}", path.display())));
        }
    }
    none(wrong, "a colour outside the tokens; mails and icons ask ui.brand or mail.frame.brand");
}
