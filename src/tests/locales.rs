//! Holds the texts: every key in both languages with the same arguments, every key that is said exists and gets
//! its arguments, and none is unused.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{ast, parser};

use super::codes;
use crate::{
    notification::{self, texts::title_key},
    session::{
        model::{Method, Reason},
        show::attempt_key,
    },
    ticket::model::{Category, Priority, Status},
};

/// In quotes, and beginning as a key does; but no keys.
const NO_KEYS: [&str; 13] = [
    "date-time",
    "keys-hint",
    "nav-main",
    "new-email",
    "new-role",
    "new-username",
    "password-stdin",
    "password-title",
    "proof-password",
    "sign-in-again",
    "sign-in-again-title",
    "theme-color",
    "ticket-head",
];

/// Key → names of its arguments.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root().join("locales").join(language)).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let resource =
            parser::parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            if let ast::Entry::Message(message) = entry {
                let mut arguments = BTreeSet::new();
                collect(message.value.as_ref().unwrap(), &mut arguments);
                let before = all.insert(message.id.name.to_owned(), arguments);
                assert!(before.is_none(), "{language}: {} stands twice", message.id.name);
            }
        }
    }
    all
}

fn collect(pattern: &ast::Pattern<&str>, arguments: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            of_expression(expression, arguments);
        }
    }
}

fn of_expression(expression: &ast::Expression<&str>, arguments: &mut BTreeSet<String>) {
    let inline = match expression {
        ast::Expression::Inline(inline) => inline,
        ast::Expression::Select { selector, variants } => {
            variants.iter().for_each(|variant| collect(&variant.value, arguments));
            selector
        }
    };
    if let ast::InlineExpression::VariableReference { id } = inline {
        arguments.insert(id.name.to_owned());
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Templates and code, without tests.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["tests", "testing"].contains(&name) {
                open.push(path);
            } else if name != "tests.rs" && (name.ends_with(".rs") || name.ends_with(".html")) {
                let text = fs::read_to_string(&path).unwrap();
                found.push(text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned());
            }
        }
    }
    assert!(found.len() > 300, "the test looks in the wrong place");
    found
}

/// Everything in quotes.
fn quoted() -> BTreeSet<String> {
    sources().iter().flat_map(|text| text.split('"')).map(str::to_owned).collect()
}

/// Keys that stand nowhere in full: they are made of the words of a set.
fn made() -> BTreeSet<String> {
    let errors = codes::all().into_iter().map(|code| code.text_key());
    let statuses = Status::ALL.iter().map(|status| status.text_key());
    let priorities = Priority::ALL.iter().map(|priority| priority.text_key());
    let categories = Category::ALL.iter().flat_map(|category| [category.text_key(), category.hint_key()]);
    let notices = notification::model::Kind::ALL.into_iter().flat_map(|kind| [kind.text_key(), title_key(kind, "")]);
    let methods = Method::ALL.map(|method| attempt_key(method.as_str(), None));
    let reasons = Reason::ALL.map(|reason| attempt_key("", Some(reason.as_str())));
    let all = errors.chain(statuses).chain(priorities).chain(categories).chain(notices).chain(methods).chain(reasons);
    all.collect()
}

/// `.t("key")`, `.tn("key", …)` and `.ta("key", "name", …)`: the key, and the names of what is given
/// where they stand beside it.
fn calls(text: &str) -> Vec<(&str, Option<BTreeSet<&str>>)> {
    let mut found = Vec::new();
    for (call, after) in
        [".t(", ".tn(", ".ta("].iter().flat_map(|call| text.split(call).skip(1).map(move |rest| (call, rest)))
    {
        let Some((key, rest)) = after.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
            continue;
        };
        let rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        let given = match *call {
            ".t(" => Some(BTreeSet::new()),
            ".tn(" => Some(["n"].into()),
            _ => match rest.strip_prefix("&[") {
                Some(list) => Some(list.split("])").next().unwrap().split("(\"").skip(1).map(until_quote).collect()),
                None => rest.strip_prefix('"').map(|name| [until_quote(name)].into()),
            },
        };
        found.push((key, given));
    }
    found
}

fn until_quote(text: &str) -> &str {
    text.split('"').next().unwrap()
}

#[test]
fn both_languages_say_the_same_things() {
    let (russian, english) = (texts("ru"), texts("en"));
    assert_eq!(russian.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
    for (key, arguments) in &russian {
        assert_eq!(arguments, &english[key], "{key} takes different arguments");
    }
}

#[test]
fn what_is_said_is_there_and_gets_its_arguments() {
    let texts = texts("ru");
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for source in sources() {
        for (key, given) in calls(&source) {
            tried += 1;
            match (texts.get(key), given) {
                (None, _) => wrong.push(format!("no text {key}")),
                (Some(arguments), Some(given)) if !arguments.iter().all(|name| given.contains(name.as_str())) => {
                    wrong.push(format!("{key} takes {arguments:?}, not {given:?}"));
                }
                _ => {}
            }
        }
    }
    assert!(tried > 600, "the test finds them: {tried}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Also those that stand in a table, or are chosen between.
#[test]
fn what_looks_like_a_key_is_one() {
    let texts = texts("ru");
    let beginning = |key: &str| key.split_once('-').map(|(word, _)| word.to_owned());
    let beginnings: BTreeSet<_> = texts.keys().filter_map(|key| beginning(key)).collect();
    let is_word = |text: &&String| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let quoted = quoted();
    let like_keys = quoted.iter().filter(is_word).filter(|text| !text.ends_with('-'));
    let like_keys = like_keys.filter(|text| beginning(text).is_some_and(|word| beginnings.contains(&word)));
    let wrong: Vec<_> = like_keys.filter(|text| !texts.contains_key(*text)).collect();
    assert_eq!(wrong, NO_KEYS, "no text has this key; what is no key is named in NO_KEYS");
}

#[test]
fn every_word_of_a_set_has_its_text() {
    let texts = texts("ru");
    let missing: Vec<_> = made().into_iter().filter(|key| !texts.contains_key(key)).collect();
    assert!(missing.is_empty(), "no texts {missing:?}");
}

#[test]
fn no_text_is_unused() {
    let (quoted, made) = (quoted(), made());
    let unused: Vec<_> = texts("ru").into_keys().filter(|key| !quoted.contains(key) && !made.contains(key)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// Texts of errors are said with what the error carries, wherever that was put in.
#[test]
fn errors_carry_what_their_texts_mention() {
    let sources = sources();
    let mut carried: BTreeSet<_> =
        sources.iter().flat_map(|text| text.split(".with(\"").skip(1)).map(until_quote).collect();
    // Seconds until it may be tried again.
    carried.insert("n");
    let errors: BTreeSet<_> = codes::all().into_iter().map(|code| code.text_key()).collect();
    for (key, arguments) in texts("ru") {
        if errors.contains(&key) || key.starts_with("field-") {
            let unknown: Vec<_> = arguments.iter().filter(|name| !carried.contains(name.as_str())).collect();
            assert!(unknown.is_empty(), "{key} mentions {unknown:?}");
        }
    }
}

#[test]
fn no_russian_word_stands_in_code() {
    let cyrillic = |c: char| ('а'..='я').contains(&c.to_ascii_lowercase()) || ('А'..='Я').contains(&c);
    let mut wrong = Vec::new();
    let mut open = ["src/session", "src/account", "src/ticket", "assets"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != "tests" {
                open.push(path);
            } else if name.ends_with(".html") || name.ends_with(".js") {
                let text = fs::read_to_string(&path).unwrap();
                let told = text
                    .lines()
                    .filter(|line| line.chars().any(cyrillic) && !line.trim_start().starts_with(['/', '*', '{']));
                wrong.extend(told.map(|line| format!("{}: {line}", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "texts belong in locales:\n{}", wrong.join("\n"));
}
