//! Addresses of the web and of mailboxes in a text.

use reqwest::Url;

/// Longer ones are text.
const LONGEST: usize = 2_000;
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;

const SCHEMES: [&str; 2] = ["https://", "http://"];

/// The address of the web that `text` begins with: http or https, without what ends the sentence.
pub fn web(text: &str) -> Option<&str> {
    if !begins_with_scheme(text) {
        return None;
    }
    let run = run(text);
    let url = if run.len() <= LONGEST { without_end(run) } else { run };
    is_web(url).then_some(url)
}

/// What stands together here and could be an address.
pub fn run(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"«»“”„‘’‹›`|\\".contains(c);
    &text[..text.find(ends).unwrap_or(text.len())]
}

/// Whether it begins as an address does.
pub fn begins_with_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

fn is_web(url: &str) -> bool {
    url.len() <= LONGEST && begins_with_scheme(url) && Url::parse(url).is_ok_and(|url| url.has_host())
}

/// Takes punctuation from the end, and brackets that were opened outside.
fn without_end(run: &str) -> &str {
    let mut url = run;
    // More punctuation than this is no end of a sentence.
    for _ in 0..8 {
        let Some(last) = url.chars().next_back() else { break };
        let is_closing = match last {
            ')' => url.matches(')').count() > url.matches('(').count(),
            ']' => url.matches(']').count() > url.matches('[').count(),
            '}' => true,
            _ => ".,;:!?'…—–。，".contains(last),
        };
        if !is_closing {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url
}

/// The address in `(address)` at the beginning of `text`, with its length in all.
pub fn in_brackets(text: &str) -> Option<(&str, usize)> {
    let inside = text.strip_prefix('(')?;
    if !begins_with_scheme(inside) && !inside.starts_with("mailto:") {
        return None;
    }
    let mut depth = 1;
    for (at, c) in inside.char_indices().take(LONGEST) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            c if c.is_whitespace() || "<>[]\"".contains(c) => return None,
            _ => {}
        }
        if depth == 0 {
            let url = &inside[..at];
            let is_mailbox = |to: &str| to.find('@').and_then(|at| mailbox(to, at)) == Some(to);
            let known = is_web(url) || url.strip_prefix("mailto:").is_some_and(is_mailbox);
            return known.then_some((url, at + 2));
        }
    }
    None
}

/// The address of the mailbox around the `@` at `at`.
pub fn mailbox(text: &str, at: usize) -> Option<&str> {
    let is_local = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let local = text[..at].char_indices().rev().take(LONGEST_LOCAL).take_while(|(_, c)| is_local(*c)).last()?.0;
    let after = &text[at + 1..];
    let is_domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let last = after.char_indices().take(LONGEST_DOMAIN).take_while(|(_, c)| is_domain(*c)).last();
    let end = last.map_or(0, |(at, c)| at + c.len_utf8());
    let domain = after[..end].trim_end_matches(['.', '-']);
    let before = text[..local].chars().next_back();
    let next = after[domain.len()..].chars().next();
    let stands_free = before.is_none_or(|c| !"/:@=&?".contains(c) && !is_local(c))
        && !(next == Some(':') && after[domain.len() + 1..].starts_with(|c: char| !c.is_whitespace()))
        && next.is_none_or(|c| !"@/\\_".contains(c));
    let (host, top) = domain.rsplit_once('.')?;
    let is_top = top.starts_with("xn--") || top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    let has_labels = host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let name = &text[local..at];
    let is_name = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
    (stands_free && is_top && has_labels && is_name).then(|| &text[local..at + 1 + domain.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_02_an_address_ends_where_it_ends() {
        for (text, url) in [
            ("https://ru.wikipedia.org/wiki/Ядро_(ОС)", "https://ru.wikipedia.org/wiki/Ядро_(ОС)"),
            ("https://ru.wikipedia.org/wiki/Ядро_(ОС)) и", "https://ru.wikipedia.org/wiki/Ядро_(ОС)"),
            ("https://a.example/x”, там", "https://a.example/x"),
            ("https://a.example/__init__.py.", "https://a.example/__init__.py"),
            ("https://a.example/__init__", "https://a.example/__init__"),
            ("https://a.example/*/x*y", "https://a.example/*/x*y"),
            ("HTTP://A.example/?a=1&b=[2]…", "HTTP://A.example/?a=1&b=[2]"),
            ("http://[::1]:8080/a;", "http://[::1]:8080/a"),
            ("https://почта.рф/путь?", "https://почта.рф/путь"),
            ("https://a.example/a,b!", "https://a.example/a,b"),
        ] {
            assert_eq!(web(text), Some(url), "{text}");
        }
        for text in ["https://", "http:// a", "https://:80/", "javascript:alert(1)", "https:/a", "http://[x"] {
            assert_eq!(web(text), None, "{text}");
        }
        assert_eq!(web(&format!("https://a.example/{}", "x".repeat(LONGEST))), None);
    }

    #[test]
    fn input_02_a_mailbox_is_known_by_its_domain() {
        let found = |text: &str| mailbox(text, text.find('@').unwrap()).map(str::to_owned);
        for (text, address) in [
            ("пишите на help@host.ru.", "help@host.ru"),
            ("(a.b+c@mail.host.example)", "a.b+c@mail.host.example"),
            ("Иван@почта.рф, тел.", "Иван@почта.рф"),
            ("mail: ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai"),
        ] {
            assert_eq!(found(text).as_deref(), Some(address), "{text}");
        }
        for text in [
            "root@vps:~#",
            "root@10.0.0.1",
            "git@host.ru:user/x.git",
            "a@b",
            "@host.ru",
            "x@@host.ru",
            "a@-b.ru",
            "https://u@host.ru/",
            "a@host.ru/x",
            ".@host.ru",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
