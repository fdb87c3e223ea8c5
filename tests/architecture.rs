//! Holds the rules of ARCHITECTURE.md: who may use whom, where SQL and HTTP live, how long a file is.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "architecture/style.rs"]
mod style;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// In this order; a slice may use only those before it.
const SLICES: [&str; 6] = ["account", "session", "qr_login", "notification", "ticket", "overview"];

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no {ending} files in {folder}: the test looks in the wrong place");
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| ["tests", "testing", "tests.rs"].contains(&part.as_os_str().to_str().unwrap()))
}

/// The code of a file without its unit tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

/// Product code: every Rust file but tests.
fn sources() -> Vec<(PathBuf, String)> {
    files("src", "rs").into_iter().filter(|(path, _)| !is_test(path)).collect()
}

#[track_caller]
fn none(wrong: Vec<String>, rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

fn slice_of(path: &Path) -> Option<usize> {
    SLICES.iter().position(|slice| path.starts_with(Path::new("src").join(slice)))
}

/// Whether code uses a module of the crate, by path or inside braces of `use crate::{…}`.
fn uses(text: &str, module: &str) -> bool {
    let text = code(text);
    let listed = text.split("use crate::{").skip(1).any(|rest| {
        let block = rest.split("};").next().unwrap();
        block
            .split(['{', ',', '}', '\n', ' '])
            .any(|word| word.split("::").next() == Some(module) && !word.is_empty() && starts_item(block, word))
    });
    listed || text.contains(&format!("crate::{module}::")) || text.contains(&format!("crate::{module};"))
}

/// Whether `word` stands at the outer level of a `use` block.
fn starts_item(block: &str, word: &str) -> bool {
    let Some(at) = block.find(word) else { return false };
    let before = &block[..at];
    before.matches('{').count() == before.matches('}').count()
}

#[test]
fn the_platform_knows_no_slice() {
    let wrong = sources().into_iter().filter(|(path, _)| path.starts_with("src/platform"));
    let wrong = wrong
        .filter(|(_, text)| SLICES.iter().chain(&["app", "cli", "config", "moving"]).any(|module| uses(text, module)));
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "platform uses what stands on it");
}

/// The rooms of the platform, each using only those before it; `services` is what stands between them.
#[test]
fn rooms_of_the_platform_use_only_earlier_ones() {
    let rooms = ["base", "data", "outbox", "files", "web", "live"];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = rooms.iter().position(|room| path.starts_with(Path::new("src/platform").join(room))) else {
            continue;
        };
        let text = code(&text);
        for later in &rooms[own + 1..] {
            let listed = text.split("use crate::").skip(1).any(|rest| {
                let tree: String = rest.split(';').next().unwrap().split_whitespace().collect();
                let inside = tree.strip_prefix("platform::").or_else(|| tree.split_once(",platform::").map(|(_, t)| t));
                let tree = inside.unwrap_or("");
                tree.starts_with(&format!("{later}::"))
                    || tree.starts_with(&format!("{{{later}::"))
                    || outer(tree).any(|word| word.starts_with(&format!("{later}::")))
            });
            if listed || text.contains(&format!("crate::platform::{later}::")) {
                wrong.push(format!("{} uses {later}", path.display()));
            }
        }
    }
    none(wrong, "a room of the platform uses a later one");
}

/// The members of a tree of names in braces, without what is inside them.
fn outer(tree: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    tree.trim_start_matches('{').split(move |c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

#[test]
fn events_are_named_where_all_of_them_stand() {
    let own = ["src/platform/data/events", "src/platform/base/error.rs"];
    let wrong = sources().into_iter().filter(|(path, text)| {
        !own.iter().any(|place| path.starts_with(place))
            && ["EventKind::named(", "Code::new("].iter().any(|word| code(text).contains(word))
    });
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "named outside `events!` and `codes!`");
}

#[test]
fn a_slice_uses_only_earlier_ones() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = slice_of(&path) else { continue };
        for later in SLICES[own + 1..].iter().chain(&["app", "cli", "config", "demo", "commands", "moving"]) {
            if uses(&text, later) {
                wrong.push(format!("{} uses {later}", path.display()));
            }
        }
    }
    none(wrong, "a slice uses a later one; it should be told by an event");
}

#[test]
fn sql_stands_in_stores() {
    let words = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "];
    let wrong = sources().into_iter().filter(|(path, text)| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let allowed = name.starts_with("store") || path.starts_with("src/platform");
        !allowed && words.iter().any(|word| code(text).contains(word))
    });
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "SQL outside a store");
}

/// `Authority::Machine` is for whoever sits at the machine, who is asked for no proof.
#[test]
fn only_commands_act_for_the_machine() {
    let wrong = sources().into_iter().filter(|(path, text)| {
        let own = path.ends_with("session/admin.rs") || path.starts_with("src/commands");
        !own && code(text).contains("Authority::Machine")
    });
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "acts for the machine without sitting at it");
}

/// A file that answers requests announces its routes; types, rules and rows know no HTTP.
#[test]
fn http_stops_at_the_handlers() {
    let wrong = sources().into_iter().filter(|(path, text)| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let starts = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        let answers = starts(&["live", "middleware", "mod.rs"]) || code(text).contains("pub fn routes()");
        slice_of(path).is_some() && code(text).contains("axum") && (!answers || starts(&["model", "store"]))
    });
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "axum without routes, or in a model or a store");
}

#[test]
fn every_query_names_an_owner() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let is_store = path.file_name().unwrap().to_str().unwrap().starts_with("store");
        if !is_store || slice_of(&path) < Some(1) {
            continue;
        }
        for function in code(&text).split("pub async fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            let arguments = rest.split(") ->").next().unwrap();
            if !name.starts_with("any_")
                && !["user: i64", "scope: Scope", "new: &New"].iter().any(|owner| arguments.contains(owner))
            {
                wrong.push(format!("{}: {name}", path.display()));
            }
        }
    }
    none(wrong, "a store function takes the owner's id or a scope, or is called any_…");
}

/// The name of a type in the description of the API: after `as`, or its own.
fn schema_name(item: &str) -> Option<&str> {
    let head = item.split('{').next()?;
    let own = head.split(["struct ", "enum "].iter().find(|word| head.contains(**word))?).nth(1)?;
    let given = head.split("#[schema(as = ").nth(1).and_then(|rest| rest.split(')').next());
    given.or_else(|| own.split(['<', '(', ' ', '\n']).next()).filter(|name| !name.starts_with('$'))
}

#[test]
fn door_15_no_two_types_share_a_name_in_the_description() {
    let mut all = Vec::new();
    for (path, text) in sources() {
        let derived =
            code(&text).split("#[derive(").skip(1).filter(|item| item.split(")]").next().unwrap().contains("ToSchema"));
        let words =
            code(&text).split("words! {").skip(1).filter_map(|item| item.split('{').next()?.split(" as ").nth(1));
        let names = derived.filter_map(schema_name).chain(words.map(str::trim)).map(str::to_owned);
        all.extend(names.map(|name| (name, path.display().to_string())));
    }
    assert!(all.len() > 70, "the test finds them: {}", all.len());
    all.sort();
    let twice = all.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| format!("{pair:?}"));
    none(twice.collect(), "two types are one schema, and one of them is described wrongly");
}

#[test]
fn files_are_small_enough_to_see_whole() {
    let limits = [("src", "rs", 400), ("src", "html", 80), ("assets", "css", 150), ("assets", "js", 100)];
    let mut wrong = Vec::new();
    for (folder, ending, most) in limits {
        for (path, text) in files(folder, ending) {
            let lines = text.lines().count();
            if lines > most && !is_test(&path) {
                wrong.push(format!("{}: {lines} lines, {most} at most", path.display()));
            }
        }
    }
    none(wrong, "too long");
}

#[test]
fn every_file_says_what_it_is_for() {
    let wrong = sources().into_iter().filter(|(_, text)| !text.starts_with("//!"));
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "no `//!` at the top");
}

#[test]
fn migrations_are_the_same_for_both_databases() {
    let names = |database: &str| {
        let mut names: Vec<_> = files(&format!("migrations/{database}"), "sql")
            .into_iter()
            .map(|(path, _)| path.file_name().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn pages_carry_no_inline_style_or_script() {
    let wrong = files("src", "html").into_iter().filter(|(path, text)| {
        let is_mail = path.file_name().unwrap().to_str().unwrap().starts_with("mail");
        !is_mail && [" style=", "<style", " onclick=", "javascript:"].iter().any(|word| text.contains(word))
    });
    none(wrong.map(|(path, _)| path.display().to_string()).collect(), "the policy of the pages forbids this");
}
