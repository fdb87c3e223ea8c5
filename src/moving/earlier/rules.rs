//! What of the earlier portal becomes what here: one rule for each thing that stands in its rows.

use std::borrow::Cow;

use crate::{
    account::old_hash::is_bcrypt,
    platform::base::{actor::Role, i18n::Lang, mailbox, text},
    ticket::model::{Category, Priority, Status},
};

/// What people may type here as a name.
const LONGEST_NAME: usize = 64;
const NO_TITLE: &str = "(без темы)";
/// What an answer without a word is shown as.
const NO_WORDS: &str = "—";
/// People who came by GitHub and hid their address have this one, which takes no mail.
const HIDDEN_BY_GITHUB: &str = "@users.noreply.github.com";
/// Where nobody can have a mailbox (RFC 2606, section 2).
const NOWHERE: &str = "@invalid";
const MOSCOW: &str = "Europe/Moscow";

/// Letters, digits and underscores: " In progress" is "in_progress".
fn word(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Any word at all may stand there; `closed`: it also says when it was closed.
pub fn status(text: &str, closed: bool) -> Status {
    Status::parse(&word(text)).unwrap_or(if closed { Status::Closed } else { Status::Open })
}

pub fn priority(text: Option<&str>) -> Priority {
    text.and_then(|text| Priority::parse(&word(text))).unwrap_or(Priority::Normal)
}

pub fn category(text: Option<&str>) -> Category {
    text.map_or(Category::General, |text| Category::parse(&word(text)).unwrap_or(Category::Other))
}

/// Only 1 made an operator there, whatever other numbers stand in the column.
pub fn role(operator: i64, is_admin: bool) -> Role {
    match (is_admin, operator) {
        (true, _) => Role::Admin,
        (false, 1) => Role::Operator,
        _ => Role::Customer,
    }
}

/// A name by the rule for names here.
pub fn username(name: &str, email: &str, id: i64) -> String {
    let local = email.rsplit_once('@').map_or("", |(local, _)| local);
    let blanked: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let named = [text::line(&blanked), text::line(local)].into_iter().find(|name| !name.is_empty());
    let named = named.unwrap_or_else(|| format!("user {id}"));
    match named.char_indices().nth(LONGEST_NAME) {
        None => named,
        Some((end, _)) => named[..end].trim_end().to_owned(),
    }
}

/// The address, where it is one that somebody can have typed to sign in.
pub fn address(text: &str) -> Option<String> {
    let email = mailbox::clean(text);
    let (local, domain) = email.rsplit_once('@')?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    (!local.is_empty() && !domain.is_empty() && !email.contains(odd)).then_some(email)
}

/// An address that nobody has, for who has none of their own.
pub fn no_address(id: i64) -> String {
    format!("imported-{id}{NOWHERE}")
}

/// Whether mail to this address arrives nowhere.
pub fn is_unreachable(email: &str) -> bool {
    let email = email.to_lowercase();
    email.ends_with(NOWHERE) || email.ends_with(HIDDEN_BY_GITHUB) || mailbox::deliverable(&email).is_none()
}

/// Why nobody can sign in by what stands in the column.
pub fn password(hash: &str) -> Result<&str, &'static str> {
    match hash.trim() {
        "" => Err("empty"),
        hash if is_bcrypt(hash) => Ok(hash),
        hash if hash.starts_with("$2") => Err("broken_hash"),
        _ => Err("not_a_hash"),
    }
}

pub fn language(text: Option<&str>) -> &'static str {
    let known = text.and_then(|text| Lang::from_code(text.trim().to_lowercase().as_str()));
    known.unwrap_or(Lang::Ru).code()
}

/// None: no such zone is known.
pub fn timezone(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|name| !name.is_empty() && jiff::tz::TimeZone::get(name).is_ok())
}

/// Who said nothing about it lives by Moscow time, as there.
pub fn timezone_or_default(text: Option<&str>) -> String {
    timezone(text).unwrap_or(MOSCOW).to_owned()
}

pub fn title(text: &str) -> String {
    let title = text::line(text);
    if title.is_empty() { NO_TITLE.to_owned() } else { title }
}

/// Every letter that can be seen, whole: nothing is cut.
pub fn message(text: &str) -> String {
    text::clean(text)
}

/// Whether nothing of a text can be seen.
pub fn is_blank(text: &str) -> bool {
    text::prose(text).is_empty()
}

pub fn answer(text: &str) -> String {
    if is_blank(text) { NO_WORDS.to_owned() } else { message(text) }
}

/// UTF-8 that was read as Latin-1 on its way in, as it was meant; everything else as it is.
pub fn mended(name: &str) -> Cow<'_, str> {
    let bytes: Option<Vec<u8>> = name.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    match bytes.filter(|bytes| !bytes.is_ascii()).and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(meant) => Cow::Owned(meant),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_unknown_word_gets_in() {
        for (text, closed, is) in [
            ("open", false, Status::Open),
            ("Closed ", false, Status::Closed),
            ("in progress", true, Status::InProgress),
            ("AWAITING-REPLY", false, Status::AwaitingReply),
            ("pending", false, Status::Open),
            ("pending", true, Status::Closed),
            ("", false, Status::Open),
            ("ANSWERED", true, Status::Closed),
        ] {
            assert_eq!(status(text, closed), is, "{text}");
        }
        for (text, is) in [
            (None, Priority::Normal),
            (Some("critical"), Priority::Normal),
            (Some("средний"), Priority::Normal),
            (Some("Urgent"), Priority::Urgent),
        ] {
            assert_eq!(priority(text), is, "{text:?}");
        }
        for (text, is) in [
            (None, Category::General),
            (Some("vps"), Category::Other),
            (Some(""), Category::Other),
            (Some("billing"), Category::Billing),
        ] {
            assert_eq!(category(text), is, "{text:?}");
        }
        assert_eq!(role(2, false), Role::Customer);
        assert_eq!(role(1, false), Role::Operator);
        assert_eq!(role(0, true), Role::Admin);
        assert_eq!((language(Some("uk")), language(None), language(Some("en"))), ("ru", "ru", "en"));
        assert_eq!(timezone_or_default(Some("UTC+3")), "Europe/Moscow");
        assert_eq!(timezone_or_default(Some("Asia/Yekaterinburg")), "Asia/Yekaterinburg");
    }

    #[test]
    fn names_and_addresses_are_mended() {
        for (name, email, is) in [
            (" Артём ", "a@b.ru", "Артём"),
            ("", "noname@example.test", "noname"),
            ("\u{200b}", "@", "user 7"),
            ("Имя\tс\nсимволами\x07", "", "Имя с символами"),
            ("<b>Жирный</b>", "", "<b>Жирный</b>"),
            ("x", "", "x"),
        ] {
            assert_eq!(username(name, email, 7), is);
        }
        assert_eq!(username(&format!("Имя {}", "длинное".repeat(26)), "", 1).chars().count(), 64);
        for (email, is) in [
            (" pad@example.test", Some("pad@example.test")),
            ("no-at-sign", None),
            ("a b@example.test", None),
            ("", None),
            ("@b.ru", None),
            ("root@server", Some("root@server")),
        ] {
            assert_eq!(address(email).as_deref(), is, "{email}");
        }
        assert!(is_unreachable("octocat@users.noreply.github.com") && is_unreachable(&no_address(7)));
        assert!(is_unreachable("root@server") && !is_unreachable("Ёлка@пример.test"));
    }

    #[test]
    fn texts_lose_nothing_that_can_be_seen() {
        assert_eq!(title(" Тема\nв две строки "), "Тема в две строки");
        assert_eq!(title("   "), NO_TITLE);
        assert_eq!(message("до\0после\r\n  🙂 "), "допосле\n  🙂 ");
        assert_eq!(answer(" \u{200b}\n"), "—");
        assert_eq!(answer("Ж".repeat(60_000).as_str()).chars().count(), 60_000);
        let wrong: String = "счёт за октябрь.png".bytes().map(char::from).collect();
        assert_eq!(mended(&wrong), "счёт за октябрь.png");
        for right in ["счёт.png", "a.png", "naïve.png", ""] {
            assert_eq!(mended(right), right);
        }
    }
}
