//! Lists: two or more lines with the same dash or star before words. Numbers are part of what was
//! written and stay text; so do signs of a patch and of a time table.

use super::looks::Look;

/// Length of indent, mark and blank, if a line is an item's first.
pub fn mark(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    let (mark, words) = (rest.get(..2)?, rest.get(2..)?);
    let begins = |c: char| c.is_alphabetic() || mark == "- " && c.is_numeric() || "\"'«„“([`".contains(c);
    let has_words = words.starts_with(begins) || words.starts_with("**") && !words.starts_with("***");
    (indent < 4 && ["- ", "* "].contains(&mark) && has_words).then_some(indent + 2)
}

fn kind(line: &str) -> Option<char> {
    mark(line).and_then(|_| line.trim_start().chars().next())
}

/// The line after the last one of a list that begins at line `at`.
pub fn end(lines: &[&str], looks: &[Look], at: usize) -> Option<usize> {
    let is_inner = |at: usize| lines.get(at).is_some_and(|line| line.starts_with("  "));
    let item = |at: usize| match looks.get(at)? {
        Look::Maybe | Look::Words => kind(lines.get(at)?),
        _ => None,
    };
    let mark = item(at)?;
    let (mut end, mut items, mut after_blank) = (at + 1, 1, false);
    for (next, look) in looks.iter().enumerate().skip(at + 1) {
        if *look == Look::Blank {
            after_blank = true;
        } else if item(next) == Some(mark) && is_inner(next) == is_inner(at) {
            (end, after_blank) = (next + 1, false);
            items += 1;
        } else if !after_blank && is_inner(next) {
            end = next + 1;
        } else {
            break;
        }
    }
    let beside = [lines.get(end), at.checked_sub(1).and_then(|before| lines.get(before))];
    let beside_added = beside.into_iter().flatten().any(|line| line.starts_with('+'));
    (items >= 2 && !beside_added).then_some(end)
}

/// The length of each item with the lines that belong to it.
pub fn items(lines: &[&str]) -> Vec<usize> {
    let begins = |line: &str| (kind(line), line.starts_with("  "));
    let first = lines.first().map(|line| begins(line));
    let mut items: Vec<usize> = Vec::new();
    for line in lines {
        match items.last_mut() {
            Some(item) if first != Some(begins(line)) => *item += line.len(),
            _ => items.push(line.len()),
        }
    }
    items
}
