//! Which program sent the request.

use super::hints::Hints;
use super::table::{BRANDS, NO_NAMES, PRODUCTS, Product, Role};
use super::{leading_version, named, version_after};

/// Names of programs we have no table entry for are cut to this length.
const MAX_NAME: usize = 40;

/// The program's name with its version, and what sort of program it is.
pub(super) fn of(agent: &str, hints: &Hints) -> (String, Role) {
    let known = PRODUCTS.iter().find(|product| agent.contains(product.needle));
    // Whoever does not open as browsers do is none, whatever engine it has inside.
    let known = known.filter(|product| {
        product.role != Role::Engine || ["Mozilla", "Opera"].iter().any(|name| agent.starts_with(name))
    });
    let brand = best_brand(hints);
    match (known, brand) {
        (Some(product), _) if product.role == Role::Bot => (label(agent, product), Role::Bot),
        _ if let Some(name) = bot(agent) => (name, Role::Bot),
        // Hints know nothing of the app around a web view.
        (Some(product), _) if matches!(product.role, Role::Tool | Role::App) => (label(agent, product), product.role),
        (_, Some((name, true))) => (name, Role::Browser),
        (Some(product), _)
            if product.role == Role::Engine
                && let Some(name) = own_name(agent) =>
        {
            (name, Role::Browser)
        }
        // Every Chromium says "Chrome"; only the hint tells which it is.
        (Some(product), Some((name, false))) if product.name == "Chrome" => (name, Role::Engine),
        (Some(product), _) => (label(agent, product), product.role),
        (None, Some((name, false))) => (name, Role::Engine),
        (None, None) => tool(agent),
    }
}

fn label(agent: &str, product: &Product) -> String {
    let token = if product.version.is_empty() { product.needle } else { product.version };
    let parts = if product.role == Role::Tool { 2 } else { 1 };
    let version = if product.role == Role::Bot { None } else { version_after(agent, token, parts) };
    named(product.name, version)
}

/// The most telling brand, and whether it is more than the bare engine.
fn best_brand(hints: &Hints) -> Option<(String, bool)> {
    let ranked = hints.brands.iter().filter_map(|(brand, version)| {
        let known = BRANDS.iter().find(|(name, ..)| name == brand);
        let (name, rank) = known.map_or((short(brand), 3), |(_, name, rank)| (*name, *rank));
        (rank > 0).then(|| (rank, named(name, leading_version(version, 1))))
    });
    let (rank, name) = ranked.max_by_key(|(rank, _)| *rank)?;
    Some((name, rank > 2))
}

/// Robots nearly always say so in their name.
fn bot(agent: &str) -> Option<String> {
    let mut words = agent.split(|c: char| !c.is_ascii_alphanumeric());
    let named = words.find(|word| {
        let word = word.to_ascii_lowercase();
        let says_so = word.ends_with("bot") || word.contains("crawler") || word.contains("spider");
        // Cubot makes phones.
        says_so && word != "cubot" && !["bot", "crawler", "spider"].contains(&word.as_str())
    });
    // Others at least leave an address to complain to.
    let polite = || {
        let (_, rest) = agent.split_once("compatible; ").filter(|_| agent.contains("+http"))?;
        rest.split(['/', ';', ' ', ')']).next().filter(|name| !name.is_empty())
    };
    named.or_else(polite).map(|name| short(name).to_owned())
}

/// The name that a browser we do not know puts beside those of its engine, best behind them.
fn own_name(agent: &str) -> Option<String> {
    let (_, names) = agent.split_once("like Gecko")?;
    let (before, behind) = names.split_once("Safari/").unwrap_or((names, ""));
    let name = |word: &str| {
        let (name, version) = word.split_once('/')?;
        let is_name = name.len() >= 2 && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
        let is_name = is_name && name.starts_with(|c: char| c.is_ascii_alphabetic()) && !NO_NAMES.contains(&name);
        // A cordova plug-in or a library names a part of the program.
        let is_name = is_name && !name.starts_with("cordova") && version.as_bytes().first()?.is_ascii_digit();
        is_name.then(|| named(short(name), leading_version(version, 1)))
    };
    behind.split_whitespace().skip(1).find_map(name).or_else(|| before.split_whitespace().find_map(name))
}

/// Programs other than browsers open with their own name.
fn tool(agent: &str) -> (String, Role) {
    let head = agent.split([';', '(']).next().unwrap_or_default();
    let before_version =
        head.find('/').or_else(|| head.find(|c: char| c.is_ascii_digit()).filter(|at| head[..*at].ends_with(' ')));
    let (name, version) = match before_version {
        Some(at) if at <= MAX_NAME => (head[..at].trim_end(), head[at..].trim_start_matches('/')),
        _ => head.split([' ', '/']).next().map_or(("", ""), |name| (name, "")),
    };
    match name {
        "" => ("Unknown client".to_owned(), Role::Tool),
        "Mozilla" | "Opera" => ("Unknown browser".to_owned(), Role::Engine),
        // An app of somebody's own on a phone says what it runs on: "shop/1.4.0 (Android 15; Pixel 8)".
        name => {
            let on_a_phone = ["(Android ", "; Android ", "(iPhone", "(iPad", "; iPhone", "; iPad", "(iOS ", "; iOS "];
            let role = if on_a_phone.iter().any(|mark| agent.contains(mark)) { Role::App } else { Role::Tool };
            (named(short(name), leading_version(version, 2)), role)
        }
    }
}

fn short(name: &str) -> &str {
    name.get(..MAX_NAME).unwrap_or(name)
}
