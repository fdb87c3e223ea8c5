//! What a notification says, in the reader's language: one headline and one line below it.

use super::model::{Facts, Kind};
use crate::platform::base::{actor::Role, geo::Place, i18n::Lang, user_agent::localised};

/// Short enough for the first line of a push message.
pub fn title(lang: Lang, kind: Kind, facts: &Facts) -> String {
    let key = title_key(kind, &facts.status);
    match kind {
        Kind::TicketLeft => lang.tn(&key, facts.count),
        _ => lang.ta(&key, &[("title", &facts.title)]),
    }
}

/// `what` has happened to somebody's access, where the notification is about that.
pub fn title_key(kind: Kind, what: &str) -> String {
    let key = match (kind, what) {
        (Kind::AccountAccess, "role") => "notice-title-access-role",
        (Kind::AccountAccess, "blocked") => "notice-title-access-blocked",
        (Kind::AccountAccess, "unblocked") => "notice-title-access-unblocked",
        (Kind::AccountAccess, "password") => "notice-title-access-password",
        (Kind::AccountAccess, "email") => "notice-title-access-email",
        (Kind::AccountAccess, "failures") => "notice-title-access-failures",
        _ => return format!("notice-title-{}", kind.as_str().replace('_', "-")),
    };
    key.to_owned()
}

/// What there is to say more; empty when there is nothing.
pub fn body(lang: Lang, kind: Kind, facts: &Facts) -> String {
    match kind {
        Kind::TicketStatus => status(lang, &facts.status),
        Kind::AccountAccess if !facts.role.is_empty() => role(lang, &facts.role),
        Kind::AccountAccess | Kind::SignIn | Kind::QrApproval | Kind::QrRequest => device(lang, facts),
        _ if facts.author.is_empty() => facts.excerpt.clone(),
        _ if facts.excerpt.is_empty() => facts.author.clone(),
        _ => format!("{}: {}", facts.author, facts.excerpt),
    }
}

fn status(lang: Lang, status: &str) -> String {
    let key = match status {
        "open" => "notice-status-open",
        "in_progress" => "notice-status-in-progress",
        "awaiting_reply" => "notice-status-awaiting-reply",
        "resolved" => "notice-status-resolved",
        "closed" => "notice-status-closed",
        _ => return String::new(),
    };
    lang.ta("notice-status", &[("status", lang.t(key))])
}

fn role(lang: Lang, role: &str) -> String {
    match Role::parse(role) {
        Some(role) => lang.t(role.text_key()).to_owned(),
        None => String::new(),
    }
}

fn device(lang: Lang, facts: &Facts) -> String {
    let russian = lang.is_russian();
    let parts = [
        localised(&facts.device, russian),
        localised(&facts.browser, russian),
        Place::from_json(&facts.place).name(russian),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
