//! Holds the texts: every key in both languages with the same arguments, every key that is used
//! exists, and none is unused.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{ast, parser};

/// Keys made from a code, a method, a role …: their beginnings, with where they are made.
const MADE: [&str; 16] = [
    "ticket-done-",
    "ticket-change-left-",
    "error-",
    "field-",
    "attempt-",
    "users-notice-",
    "theme-",
    "zone-",
    "session-by-",
    "ticket-status-",
    "ticket-priority-",
    "ticket-category-",
    "notice-title-",
    "notice-kind-",
    "notice-status-",
    "deliveries-notice-",
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

/// Everything in quotes in templates, code and scripts.
fn quoted() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![root().join("src"), root().join("assets")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|ending| ending != "css")
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.extend(text.split(['"', '\'', '`']).map(str::to_owned));
            }
        }
    }
    found
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
fn no_text_is_unused() {
    let quoted = quoted();
    let unused: Vec<_> = texts("ru")
        .into_keys()
        .filter(|key| !quoted.contains(key) && !MADE.iter().any(|start| key.starts_with(start)))
        .collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn every_error_code_has_its_words() {
    let texts = texts("ru");
    let mut codes = BTreeSet::new();
    for word in quoted() {
        if word.starts_with("field-") && word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && word.len() > 6 {
            assert!(texts.contains_key(&word), "no text {word}");
        }
        codes.insert(word);
    }
    let mut checked = 0;
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            for block in text.split("codes! {\n").skip(1) {
                let named = block.split("}\n").next().unwrap().split(" = \"").skip(1);
                for code in named {
                    let key = format!("error-{}", code.split('"').next().unwrap().replace('_', "-"));
                    assert!(texts.contains_key(&key), "{}: no text {key}", path.display());
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "the test looks in the wrong place");
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
