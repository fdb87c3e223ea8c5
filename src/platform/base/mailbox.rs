//! E-mail addresses: which spellings are one mailbox, and the form in which mail goes out.

use unicode_normalization::UnicodeNormalization;

/// In characters (RFC 5321, 4.5.3.1).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// The address as it was typed, without outer space and without what cannot be seen: that comes along
/// when an address is copied.
pub fn clean(email: &str) -> String {
    email.trim_matches(is_nothing).chars().filter(|c| !is_invisible(*c)).take(LONGEST + 1).nfc().collect()
}

/// The same for every spelling of a mailbox: case, invisible characters, composed or not, and for a
/// domain its form in ASCII (RFC 5891).
pub fn key(email: &str) -> String {
    let email = clean(email);
    let Some((local, domain)) = email.rsplit_once('@') else { return lower(&email) };
    format!("{}@{}", lower(local), ascii(domain).unwrap_or_else(|| lower(domain)))
}

/// The address that mail is sent to, its domain in ASCII; `None` where there can be no mailbox.
pub fn deliverable(email: &str) -> Option<String> {
    let email = clean(email);
    let (local, domain) = email.rsplit_once('@')?;
    let domain = ascii(domain).filter(|domain| is_host(domain))?;
    let address = format!("{local}@{domain}");
    let fits = local.len() <= LONGEST_LOCAL && address.len() <= LONGEST;
    (fits && address.parse::<lettre::Address>().is_ok()).then_some(address)
}

/// Domains where no mail arrives: one is reserved for that (RFC 2606, 2), the other takes none.
const NOWHERE: [&str; 2] = ["invalid", "users.noreply.github.com"];

/// Whether mail can arrive there at all. People who were brought over from elsewhere may have addresses that
/// only tell them apart.
pub fn is_reachable(email: &str) -> bool {
    let key = key(email);
    let Some((_, domain)) = key.rsplit_once('@') else { return false };
    !key.contains(' ') && !domain.ends_with(".invalid") && !NOWHERE.contains(&domain)
}

/// A name of a host that can be found: with a domain of the first level, which has two letters at least
/// and is no number; or this very machine.
fn is_host(domain: &str) -> bool {
    let has_top = |(_, top): (&str, &str)| top.len() >= 2 && !top.bytes().all(|byte| byte.is_ascii_digit());
    domain == "localhost" || domain.rsplit_once('.').is_some_and(has_top)
}

fn ascii(domain: &str) -> Option<String> {
    // Converting takes the square of the length.
    if domain.chars().nth(LONGEST).is_some() {
        return None;
    }
    idna::domain_to_ascii_strict(domain).ok()
}

fn lower(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

fn is_nothing(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || is_joiner(c)
}

/// Two that some scripts need inside a word.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_09_every_spelling_of_a_mailbox_has_one_key() {
        for (one, other) in [
            ("ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"),
            ("ivan@почта.рф", " Ivan@ПОЧТА。РФ\u{200b}"),
            ("ivan@почта.рф", "\u{feff}ivan\u{200b}@XN--80a1acny.xn--p1ai\u{200d}"),
            ("й@пример.рф", "И\u{306}@при\u{ad}мер.рф"),
            ("Artem@Example.RU", "artem@example.ru\u{2060}\n"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other:?}");
            assert_eq!(key(&key(one)), key(one), "{one}");
        }
        for (one, other) in
            [("a@faß.de", "a@fass.de"), ("a@example.ru", "a@example.com"), ("a@example.ru", "b@example.ru")]
        {
            assert_ne!(key(one), key(other));
        }
        assert_eq!(key("ivan@почта.рф"), "ivan@xn--80a1acny.xn--p1ai");
    }

    #[test]
    fn input_09_some_addresses_only_tell_people_apart() {
        for nowhere in [
            "imported-17@invalid",
            "IMPORTED-17@INVALID ",
            "a@mail.Invalid",
            "octocat@users.noreply.github.com",
            "Octocat@Users.NoReply.GitHub.com",
            "1234+octocat@users.noreply.github.com",
            "",
            "octocat",
            "a b@example.ru",
        ] {
            assert!(!is_reachable(nowhere), "{nowhere}");
        }
        for there in
            ["a@example.ru", "invalid@example.ru", "a@notinvalid.ru", "a@github.com", "ivan@почта.рф", "root@localhost"]
        {
            assert!(is_reachable(there), "{there}");
        }
    }

    #[test]
    fn input_09_only_where_there_can_be_a_mailbox() {
        for (typed, sent) in [
            ("a@example.ru", "a@example.ru"),
            (" Артём@пример.рф ", "Артём@xn--e1afmkfd.xn--p1ai"),
            ("\u{200b}a+b@sub.example.org\u{200b}", "a+b@sub.example.org"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(deliverable(typed).as_deref(), Some(sent), "{typed}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b.ru",
            "a b@c.ru",
            "a@b",
            "a@b.ru\r\nBcc: x@y.ru",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@127.0.0.1",
            "a@e.c",
            "a@example.7",
            "a@example.42",
            "a@-b.ru",
            "a@b-.ru",
            "a@b..ru",
            "a@.ru",
            "a@b.ru.",
            "a@b_c.ru",
            "a@b c.ru",
            "a@b@c.ru",
            "a@\u{202e}",
            "a\u{0}@b.ru",
        ] {
            assert_eq!(deliverable(bad), None, "{bad}");
        }
        assert!(deliverable(&format!("{}@example.ru", "a".repeat(64))).is_some());
        assert!(deliverable(&format!("{}@example.ru", "a".repeat(65))).is_none());
        assert!(deliverable(&format!("a@{}.ru", "почта.".repeat(60))).is_none());
    }

    #[test]
    fn input_09_what_is_too_long_is_not_looked_at() {
        let long = key(&format!("a@{}", "я".repeat(60_000)));
        assert!(long.chars().count() <= LONGEST + 1);
    }
}
