//! What a notification says, in the reader's language: one headline and one line below it.

use super::model::{Facts, Kind};
use crate::platform::base::{actor::Role, geo::Place, i18n::Lang, user_agent::localised};

/// Short enough for the first line of a push message.
pub fn title(lang: Lang, kind: Kind, facts: &Facts) -> String {
    let key = match (kind, facts.status.as_str()) {
        (Kind::AccountAccess, what @ ("role" | "blocked" | "unblocked" | "password" | "email" | "failures")) => {
            format!("notice-title-access-{what}")
        }
        _ => format!("notice-title-{}", kind.as_str().replace('_', "-")),
    };
    match kind {
        Kind::TicketLeft => lang.tn(&key, facts.count),
        _ => lang.ta(&key, &[("title", &facts.title)]),
    }
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
    match status {
        "open" | "in_progress" | "awaiting_reply" | "resolved" | "closed" => {
            lang.ta("notice-status", &[("status", lang.t(&format!("notice-status-{}", status.replace('_', "-"))))])
        }
        _ => String::new(),
    }
}

fn role(lang: Lang, role: &str) -> String {
    match Role::parse(role) {
        Some(role) => lang.t(&format!("role-{}", role.as_str())).to_owned(),
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
