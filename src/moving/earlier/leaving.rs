//! What has no place here, and what an administrator is to do after a run.

use super::{Run, report::Report};
use crate::{cli::Failure, platform::outbox::mail::Mailer};

/// Tables whose rows are accounted for one by one.
const TAKEN: [&str; 8] = [
    "user",
    "user_profile",
    "notification_settings",
    "ticket",
    "response",
    "ticket_attachment",
    "response_attachment",
    "notification",
];

/// Counts the rows of every other table.
pub async fn count(run: &mut Run<'_>) -> Result<(), Failure> {
    for (name, table) in run.source.schema.all() {
        if !TAKEN.contains(&name.as_str()) {
            let count = run.source.count(&table).await.map_err(super::theirs)?;
            run.report.not_brought_over.insert(name, count);
        }
    }
    Ok(())
}

/// Says what comes next.
pub fn advise(run: &mut Run<'_>) {
    let has_mail = !matches!(run.app.platform.mailer, Mailer::Off { .. });
    let mut next = Vec::new();
    if run.report.dry_run {
        next.push("Nothing was written. Run it again without --dry-run.".to_owned());
    }
    about_people(&run.report, has_mail, &mut next);
    about_tickets(&run.report, run.options.unmarked_internal, &mut next);
    next.push(
        "Everybody signs in anew, and switches push messages on again on their devices: tell them before.".into(),
    );
    run.report.next = next;
}

fn about_people(report: &Report, has_mail: bool, next: &mut Vec<String>) {
    let all = &report.accounts;
    let without = all.password_unusable;
    if without > 0 && !has_mail {
        next.push(format!(
            "{without} people have no usable password and need a mail to set one, but smtp_url is not set: they cannot \
             sign in until it is."
        ));
    } else if without > 0 {
        next.push(format!("{without} people have no usable password: they set one by \"Forgot password\"."));
    }
    if !all.unreachable.is_empty() {
        let count = all.unreachable.len();
        next.push(format!("{count} people have an address that no mail reaches: give them another."));
    }
    if !all.email_here_already.is_empty() {
        next.push(
            "Some people have the mailbox of an account that was here before, and were kept apart. If all of these are \
             the same people, use --existing take in a first run."
                .into(),
        );
    }
    if !all.gained_rights.is_empty() {
        next.push(
            "Administrators who were no operators there may read every ticket here: see whether they should.".into(),
        );
    }
}

fn about_tickets(report: &Report, unmarked_internal: bool, next: &mut Vec<String>) {
    let unmarked = report.responses.unmarked;
    if unmarked > 0 {
        let taken = if unmarked_internal { "internal notes" } else { "public" };
        next.push(format!(
            "{unmarked} answers are marked neither as public nor as internal; they are taken as {taken} (--unmarked)."
        ));
    }
    if report.files.left_out.contains_key("missing") {
        next.push("Put missing files into the folder of uploads and run it again: only what failed is tried.".into());
    }
    if report.files.left_out.contains_key("no_uploads_given") {
        next.push("No folder of uploads was given: run it again with --uploads to bring over the files.".into());
    }
}
