//! What a line looks like: a hoster's customers paste configuration, logs and commands, and mark
//! nothing. A wrong guess costs a font, never a character.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Blank,
    /// For a program, even alone: it begins with blanks, or as a command at a prompt.
    Surely,
    /// For a program if its neighbours are.
    Likely,
    /// Of a program if it stands between such lines.
    Maybe,
    /// For people.
    Words,
}

/// First words of commands that no sentence begins with.
const COMMANDS: [&str; 46] = [
    "apt",
    "apt-get",
    "cat",
    "cd",
    "certbot",
    "chmod",
    "chown",
    "composer",
    "cp",
    "crontab",
    "curl",
    "df",
    "dig",
    "dnf",
    "docker",
    "du",
    "export",
    "git",
    "grep",
    "ifconfig",
    "iptables",
    "journalctl",
    "ls",
    "mkdir",
    "mv",
    "mysql",
    "mysqldump",
    "nano",
    "netstat",
    "nginx",
    "npm",
    "openssl",
    "php",
    "pip",
    "psql",
    "rm",
    "rsync",
    "scp",
    "ss",
    "ssh",
    "sudo",
    "systemctl",
    "tail",
    "tar",
    "ufw",
    "wget",
];

/// What begins lines of a log, a patch, a trace or a prompt.
const BEGINNINGS: [&str; 13] = [
    "@@ ",
    "+++ ",
    "--- ",
    "diff --git ",
    "Traceback ",
    "File \"",
    "mysql>",
    "MariaDB [",
    "PS C:\\",
    "C:\\>",
    "/*",
    "*/",
    "//",
];

/// A line without its end.
pub fn look(line: &str) -> Look {
    let text = line.trim();
    if text.is_empty() {
        return Look::Blank;
    }
    let is_foreign = text.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    let indent = line.len() - line.trim_start().len();
    let led = line.starts_with('\t') || indent >= 4 || indent >= 2 && !is_foreign;
    if led || !is_foreign && (is_cron(text) || is_at_prompt(text)) {
        return Look::Surely;
    }
    if has_columns(text)
        || is_logged(text)
        || !is_foreign && (is_statement(text) || is_setting(text) || is_command(text))
    {
        return Look::Likely;
    }
    let is_remark = ["#", "//", ";", "--", "*", "+", "-"].iter().any(|mark| text.starts_with(mark));
    if is_remark || indent > 0 || !is_foreign && !text.ends_with(['.', '!', '?', ':']) {
        Look::Maybe
    } else {
        Look::Words
    }
}

/// Five fields of a time table, and what is to be done.
fn is_cron(text: &str) -> bool {
    let mut fields = text.split_whitespace();
    let is_field = |field: &str| {
        field.chars().all(|c| c.is_ascii_digit() || "*/,-".contains(c))
            && field.contains(|c: char| c == '*' || c.is_ascii_digit())
    };
    fields.by_ref().take(5).filter(|field| is_field(field)).count() == 5 && fields.next().is_some()
}

/// `$ ls`, `# ls`, `root@vps:~# ls`.
fn is_at_prompt(text: &str) -> bool {
    let is_command = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase() || "./".contains(c));
    let first = text.strip_prefix("$ ").or_else(|| text.strip_prefix("# "));
    let after_host = || {
        let (prompt, rest) = text.split_once("# ").or_else(|| text.split_once("$ "))?;
        (prompt.contains('@') && prompt.split_whitespace().count() <= 2).then_some(rest)
    };
    first.or_else(after_host).is_some_and(is_command)
}

/// A table drawn with characters, or columns set apart by tabs and blanks.
fn has_columns(text: &str) -> bool {
    text.contains('\t') || text.contains("   ") || text.matches('|').count() >= 2 || text.starts_with("+-")
}

/// Begins with a time, or with an address.
fn is_logged(text: &str) -> bool {
    let mut parts = text.trim_start_matches('[').splitn(3, [' ', ']', 'T']);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let numbers = first.split(['-', '/', '.', ':']).filter(|part| part.bytes().all(|c| c.is_ascii_digit())).count();
    let is_timed = first.contains(':') || second.contains(':') || first.matches('.').count() == 3;
    let is_dated = first.starts_with(|c: char| c.is_ascii_digit()) && numbers >= 3 && is_timed;
    let mut words = text.split_whitespace();
    let is_syslog = words.next().is_some_and(|month| month.len() == 3)
        && words.next().is_some_and(|day| day.parse::<u8>().is_ok())
        && words.next().is_some_and(|time| time.split(':').count() == 3);
    is_dated || is_syslog
}

/// Ends as a statement does, or is nothing but brackets, or markup.
fn is_statement(text: &str) -> bool {
    let ends = ['{', '}', ';', '\\'];
    let is_markup = text
        .strip_prefix('<')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/?!".contains(c)));
    text.ends_with(ends)
        || is_markup
        || text.chars().all(|c| "{}[]()<>;,?".contains(c))
        || BEGINNINGS.iter().any(|begin| text.starts_with(begin))
}

/// `[section]`, `key = value`, `key: value`.
fn is_setting(text: &str) -> bool {
    let is_section = text.starts_with('[') && text.ends_with(']') && !text.contains("](");
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-[]$/".contains(c))
            && !name.starts_with('-')
    };
    let assigned = text
        .split_once('=')
        .is_some_and(|(name, _)| is_name(name.trim_end_matches([':', '+', '?', ' ']).trim_start_matches("export ")));
    let entry = text.strip_prefix("- ").unwrap_or(text);
    let keyed = entry.split_once(':').is_some_and(|(name, value)| {
        is_name(name)
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && (value.is_empty() || value.starts_with(' '))
    });
    is_section || assigned || keyed
}

fn is_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    COMMANDS.binary_search(&first).is_ok() || first.starts_with('/') || first.starts_with("./")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_words() {
        assert!(COMMANDS.is_sorted());
        for line in [
            "    listen 80;",
            "\tfoo",
            "  at main (app.js:7)",
            "* * * * * php cron.php",
            "# systemctl restart nginx",
            "*/5 2 * * 1-5 x",
            "root@vps:~# ls -la",
            "[root@vps ~]$ ls",
        ] {
            assert_eq!(look(line), Look::Surely, "{line}");
        }
        for line in [
            "server {",
            "}",
            "<?php",
            "[mysqld]",
            "max_connections = 5",
            "ports:",
            "- name: x",
            "systemctl restart nginx",
            "2026-01-31 09:00:00 ошибка",
            "Jan 12 10:00:00 vps kernel: x",
            "10.0.0.1 - - GET",
            "a\tb",
            "имя | цена | срок",
            "@@ -1,2 +1,2 @@",
            "$x = 1;",
            "/usr/bin/php x",
        ] {
            assert_eq!(look(line), Look::Likely, "{line}");
        }
        for line in [
            "31.01.2026 сервер упал",
            "8-800-555-35-35 звоните",
            "Сервер не отвечает;",
            "# Заголовок".trim_start_matches("# "),
            "Пароль: 123",
            "Please help.",
            "Проблемы:",
            "Добрый день",
        ] {
            assert_eq!(look(line), Look::Words, "{line}");
        }
        assert_eq!(
            (look(" "), look("# Заголовок"), look("PermitRootLogin no")),
            (Look::Blank, Look::Maybe, Look::Maybe)
        );
    }
}
