//! A report in plain words, for a terminal. Of people it holds ids only.

use std::fmt::{self, Display, Write};

use super::report::{Report, Sides};

/// So many ids of a list are shown; the JSON has them all.
const SHOWN: usize = 20;

pub fn words(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(report, &mut out);
    out.trim_end().to_owned()
}

fn write_all(report: &Report, out: &mut String) -> fmt::Result {
    let what = if report.dry_run { "Looked at" } else { "Brought over from" };
    writeln!(out, "{what} {} ({}), in {:.1} seconds.\n", report.source, report.server, report.seconds)?;
    tables(report, out)?;
    people(report, out)?;
    tickets(report, out)?;
    files(report, out)?;
    for (what, sides) in [("status", &report.sides.by_status), ("role", &report.sides.by_role)] {
        writeln!(out, "By {what} there: {}", counted(&sides.there))?;
        if !report.dry_run {
            writeln!(out, "By {what} here: {}", counted(&sides.here))?;
        }
    }
    months(&report.sides.tickets_by_month, "Tickets", report.dry_run, out)?;
    months(&report.sides.responses_by_month, "Answers", report.dry_run, out)?;
    if !report.dry_run {
        let sample = &report.sample;
        write!(out, "Compared field by field: {} tickets, {} equal", sample.compared, sample.equal)?;
        writeln!(
            out,
            "{}.",
            if sample.changed_here > 0 {
                format!(", {} changed here since", sample.changed_here)
            } else {
                String::new()
            }
        )?;
    }
    writeln!(out, "{}", if report.adds_up { "Everything adds up." } else { "THIS DOES NOT ADD UP." })?;
    if !report.next.is_empty() {
        writeln!(out, "\nWhat to do next:")?;
        for step in &report.next {
            writeln!(out, "- {step}")?;
        }
    }
    Ok(())
}

fn tables(report: &Report, out: &mut String) -> fmt::Result {
    writeln!(out, "{:<24}{:>10}{:>10}{:>10}{:>10}", "table", "read", "written", "known", "left out")?;
    for (name, counts) in &report.tables {
        let (written, known, left) = (counts.written, counts.known_before, counts.left());
        write!(out, "{name:<24}{:>10}{written:>10}{known:>10}{left:>10}", counts.read)?;
        let why: Vec<String> = counts.left_out.iter().map(|(why, count)| format!("{why} {count}")).collect();
        writeln!(out, "{}{}", if why.is_empty() { "" } else { "  " }, why.join(", "))?;
    }
    let lost: Vec<String> = report.not_brought_over.iter().map(|(name, count)| format!("{name} {count}")).collect();
    if !lost.is_empty() {
        writeln!(out, "Not brought over: {}", lost.join(", "))?;
    }
    writeln!(out)
}

fn people(report: &Report, out: &mut String) -> fmt::Result {
    let all = &report.accounts;
    let groups: Vec<String> = all.email_conflicts.iter().map(|group| ids(group)).collect();
    if !groups.is_empty() {
        writeln!(out, "Two accounts of one mailbox, kept apart: {}", shown(&groups, " / "))?;
    }
    for (what, list) in [
        ("Accounts without an address that one can have", &all.email_unusable),
        ("Accounts whose mailbox somebody here has already, kept apart", &all.email_here_already),
        ("Accounts that are those here with the same mailbox", &all.taken),
        ("Accounts whom no mail reaches", &all.unreachable),
        ("Names that were mended", &all.names_mended),
        ("Administrators who were no operators there and read tickets here", &all.gained_rights),
    ] {
        if !list.is_empty() {
            writeln!(out, "{what}: {} ({})", list.len(), ids(list))?;
        }
    }
    for (why, list) in &all.passwords {
        writeln!(out, "Accounts without a usable password, {}: {} ({})", why.replace('_', " "), list.len(), ids(list))?;
    }
    if all.avatars > 0 {
        writeln!(out, "Pictures of people, which have no place here: {}", all.avatars)?;
    }
    Ok(())
}

fn tickets(report: &Report, out: &mut String) -> fmt::Result {
    let (all, words) = (&report.tickets, &report.responses);
    if !all.left_out.is_empty() {
        let left: Vec<i64> = all.left_out.keys().copied().collect();
        writeln!(out, "Tickets whose owner is gone, left out: {} ({})", left.len(), ids(&left))?;
    }
    for (what, count) in [
        ("Tickets with another number than there", all.other_id),
        ("Tickets whose operator is none here, assigned to nobody", all.assignee_dropped),
        ("Tickets without a title", all.title_empty),
        ("Tickets known before that moved there, and so here", all.followed),
        ("Tickets known before that got new answers", all.grown),
        ("Answers whose author is gone", words.author_gone),
        ("Answers without a word", words.blank),
        ("Answers that nobody marked as public or internal", words.unmarked),
    ] {
        if count > 0 {
            writeln!(out, "{what}: {count}")?;
        }
    }
    if !all.odd_words.is_empty() {
        writeln!(out, "Words that are none here: {}", counted(&all.odd_words))?;
    }
    Ok(())
}

fn files(report: &Report, out: &mut String) -> fmt::Result {
    let all = &report.files;
    if all.rows == 0 && all.unreferenced_on_disk == 0 {
        return Ok(());
    }
    let why: Vec<String> = all.left_out.iter().map(|(why, count)| format!("{why} {count}")).collect();
    writeln!(
        out,
        "Files: {} rows, {} taken; left out: {}",
        all.rows,
        all.taken,
        if why.is_empty() { "none".to_owned() } else { why.join(", ") }
    )?;
    for file in all.not_taken.iter().take(SHOWN) {
        writeln!(out, "  {} {}: {}", file.table, file.id, file.why)?;
    }
    if all.not_taken.len() > SHOWN {
        writeln!(out, "  and {} more", all.not_taken.len() - SHOWN)?;
    }
    if all.unreferenced_on_disk > 0 {
        writeln!(out, "Files on disk that no row names: {}", all.unreferenced_on_disk)?;
    }
    Ok(())
}

fn months(sides: &Sides, what: &str, dry_run: bool, out: &mut String) -> fmt::Result {
    let same = if dry_run {
        ""
    } else if sides.there == sides.here {
        ", the same here as there"
    } else {
        ", not the same here"
    };
    let span = match (sides.there.keys().next(), sides.there.keys().next_back()) {
        (Some(first), Some(last)) => format!(" from {first} to {last}"),
        _ => String::new(),
    };
    writeln!(out, "{what} by month: {} months{span}{same}", sides.there.len())
}

fn counted<K: Display>(counts: &std::collections::BTreeMap<K, u64>) -> String {
    shown(&counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>(), ", ")
}

fn ids(list: &[i64]) -> String {
    shown(&list.iter().map(i64::to_string).collect::<Vec<_>>(), ", ")
}

fn shown(list: &[String], between: &str) -> String {
    let first = list.get(..SHOWN).unwrap_or(list).join(between);
    if list.len() > SHOWN { format!("{first} and {} more", list.len() - SHOWN) } else { first }
}
