//! What a text among the settings may be. Each refusal gives an example of a right one.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::Platform;
use crate::platform::{
    base::{address::parse_trusted, brand::Brand, keys::Keys, text},
    files,
    outbox::mail::Mailer,
};

/// The setting that is wrong, and why.
pub type Wrong = (&'static str, String);

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

type Check = fn(&Platform) -> Result<(), String>;

pub fn all(settings: &Platform) -> Result<(), Wrong> {
    let checks: [(&'static str, Check); 13] = [
        ("data_dir", data_dir),
        ("public_url", public_url),
        ("site_name", site_name),
        ("brand_logo", brand_logo),
        ("database_url", database_url),
        ("events_url", events_url),
        ("signing_keys", signing_keys),
        ("trusted_proxies", trusted_proxies),
        ("geoip_database", geoip_database),
        ("smtp_url", smtp_url),
        ("smtp_hello", smtp_hello),
        ("mail_from", mail_from),
        ("log", log),
    ];
    for (name, check) in checks {
        check(settings).map_err(|why| (name, why))?;
    }
    files::check(settings)
}

/// The first of them that does not hold.
fn refuse(wrong: bool, why: &str) -> Result<(), String> {
    if wrong { Err(why.to_owned()) } else { Ok(()) }
}

fn is_plain(text: &str) -> bool {
    text == text.trim() && !text.chars().any(char::is_control)
}

fn data_dir(settings: &Platform) -> Result<(), String> {
    let text = settings.data_dir.to_string_lossy();
    let wrong = text.is_empty() || !is_plain(&text) || text.contains("://");
    refuse(wrong, "expected a folder, such as \"/var/lib/ospabhost\"")
}

/// Only what the browser calls an origin: links are made by putting a path behind it, and it is compared
/// with what browsers send.
fn public_url(settings: &Platform) -> Result<(), String> {
    const EXPECTED: &str = "expected https:// or http:// and a host, without path, query or user";
    let text = settings.public_url.as_str();
    if text.is_empty() {
        return Ok(());
    }
    let example = || format!("{EXPECTED}, such as \"https://my.example.org\"");
    let url = reqwest::Url::parse(text).map_err(|_| example())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let nobody = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !bare || !nobody || !url.has_host() {
        return Err(example());
    }
    let origin = url.origin().ascii_serialization();
    refuse(text.strip_suffix('/').unwrap_or(text) != origin, &format!("{EXPECTED}, such as \"{origin}\""))
}

fn site_name(settings: &Platform) -> Result<(), String> {
    let name = &settings.site_name;
    let wrong =
        name.chars().all(|c| c.is_whitespace() || text::is_hidden(c)) || !is_plain(name) || name.chars().count() > 60;
    refuse(wrong, "expected a name of 1 to 60 characters on one line, such as \"ospab.host\"")
}

fn brand_logo(settings: &Platform) -> Result<(), String> {
    let opened = Brand::open(settings.brand_hue, &settings.brand_logo).map(drop);
    opened.map_err(|why| format!("{why}; expected a file such as \"/etc/ospabhost/logo.svg\", or nothing"))
}

fn database_url(settings: &Platform) -> Result<(), String> {
    let wrong = match settings.database_url.split_once("://") {
        None => !settings.database_url.is_empty(),
        Some(("sqlite", path)) => {
            path.is_empty() || path.ends_with('/') || path.contains(['?', '#']) || !is_plain(path)
        }
        Some(("postgres" | "postgresql", rest)) => {
            let host = rest.split(['/', '?']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
            let options = PgConnectOptions::from_str(&settings.database_url);
            // A database on a socket of this machine has its folder among the parameters.
            (host.is_empty() && !rest.contains("host="))
                || options.is_ok_and(|options| options.get_database().is_none_or(str::is_empty))
                || PgConnectOptions::from_str(&settings.database_url).is_err()
        }
        Some(_) => true,
    };
    refuse(
        wrong,
        "expected \"sqlite:///var/lib/ospabhost/ospabhost.db\", or \"postgres://user:password@host/name\", or nothing",
    )
}

fn events_url(settings: &Platform) -> Result<(), String> {
    let nats = |part: &str| {
        ["nats://", "tls://"].iter().any(|scheme| part.starts_with(scheme))
            && async_nats::ServerAddr::from_str(part).is_ok_and(|address| !address.host().is_empty())
    };
    let wrong = !settings.events_url.is_empty() && !settings.events_url.split(',').all(nats);
    refuse(wrong, "expected nats:// or tls:// and a host, such as \"nats://user:password@host:4222\", or nothing")
}

fn signing_keys(settings: &Platform) -> Result<(), String> {
    let wrong = !settings.signing_keys.is_empty() && Keys::parse(&settings.signing_keys).is_err();
    refuse(
        wrong,
        "expected `name:key` pairs separated by commas, each key 32 bytes in base64url, no name twice, such as \
         k1:$(head -c 32 /dev/urandom | basenc --base64url | tr -d =)",
    )
}

fn trusted_proxies(settings: &Platform) -> Result<(), String> {
    const EXAMPLE: &str = "expected addresses or networks, such as \"127.0.0.1,10.0.0.0/8\", or nothing";
    let networks = parse_trusted(&settings.trusted_proxies).map_err(|why| format!("{EXAMPLE}; {why}"))?;
    let everybody = networks.iter().any(|network| network.prefix_len() == 0);
    refuse(everybody, &format!("{EXAMPLE}; a network of length 0 is everybody, and nobody's word could be believed"))
}

fn geoip_database(settings: &Platform) -> Result<(), String> {
    let text = &settings.geoip_database;
    let wrong = !text.is_empty() && (!is_plain(text) || !std::path::Path::new(text).is_file());
    refuse(wrong, "expected a file that is there, such as \"/usr/share/GeoIP/GeoLite2-City.mmdb\", or nothing")
}

fn smtp_url(settings: &Platform) -> Result<(), String> {
    const EXAMPLE: &str = "expected \"smtps://user:password@host\" (TLS) or \"smtp://user:password@host:587?tls=required\" \
                           (STARTTLS), or nothing";
    if settings.smtp_url.is_empty() {
        return Ok(());
    }
    let url = reqwest::Url::parse(&settings.smtp_url).map_err(|_| EXAMPLE.to_owned())?;
    let known = matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some_and(|host| !host.is_empty());
    refuse(!known || !Mailer::is_address(&settings.smtp_url), EXAMPLE)
}

fn smtp_hello(settings: &Platform) -> Result<(), String> {
    let name = settings.smtp_hello.as_str();
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let fine = match address {
        Some(address) => address.parse::<std::net::IpAddr>().is_ok(),
        None => name.is_empty() || name.len() <= 253 && name.split('.').all(label),
    };
    refuse(
        !fine,
        "expected a domain or an address in brackets, such as \"my.example.org\" or \"[203.0.113.7]\", or nothing",
    )
}

fn mail_from(settings: &Platform) -> Result<(), String> {
    const EXAMPLE: &str = "an address such as \"Support <help@example.org>\"";
    let text = &settings.mail_from;
    refuse(text.is_empty() && !settings.smtp_url.is_empty(), &format!("needed when smtp_url is set: {EXAMPLE}"))?;
    let wrong = !text.is_empty() && (!is_plain(text) || text.parse::<lettre::message::Mailbox>().is_err());
    refuse(wrong, &format!("expected {EXAMPLE}"))
}

/// `tracing` takes a word that it does not know for the name of a module.
fn log(settings: &Platform) -> Result<(), String> {
    let is_module =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_:-".contains(c));
    let fine = |part: &str| match part.split_once('=') {
        None => LEVELS.contains(&part),
        Some((module, level)) => is_module(module) && LEVELS.contains(&level),
    };
    refuse(
        !settings.log.split(',').all(fine),
        "expected error, warn, info, debug or trace, also by module, such as \"info,sqlx=warn\"",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::Switch, *};

    #[test]
    fn door_27_what_is_right_is_taken() {
        let right: [(&str, fn(&mut Platform) -> &mut String, &[&str]); 7] = [
            (
                "public_url",
                |s| &mut s.public_url,
                &[
                    "http://a",
                    "https://my.example.org/",
                    "http://127.0.0.1:5000",
                    "http://[::1]:8443",
                    "https://xn--80a1acny.xn--p1ai",
                ],
            ),
            (
                "database_url",
                |s| &mut s.database_url,
                &[
                    "sqlite:///srv/a b.db",
                    "sqlite://data/x.db",
                    "postgres://u:p%40@db.example:5433/name?sslmode=require",
                    "postgresql://db/name",
                    "postgres:///name?host=/run/postgresql",
                ],
            ),
            ("events_url", |s| &mut s.events_url, &["nats://a", "tls://u:p@a:4222,nats://b"]),
            ("trusted_proxies", |s| &mut s.trusted_proxies, &["127.0.0.1", "10.0.0.0/8, ::1", "fd00::/8"]),
            ("smtp_url", |s| &mut s.smtp_url, &["smtps://u:p@h", "smtp://h:25", "smtp://u@h:587?tls=required"]),
            ("log", |s| &mut s.log, &["warn", "off", "info,sqlx=warn,ospabhost::session=trace"]),
            ("site_name", |s| &mut s.site_name, &["Хостинг «Ы»"]),
        ];
        for (name, field, texts) in right {
            for text in texts {
                let mut settings = Platform { mail_from: "a@b.example".into(), ..Platform::default() };
                *field(&mut settings) = (*text).to_owned();
                let checked = all(&settings);
                assert!(checked.is_ok(), "{name}={text}: {checked:?}");
            }
        }
        assert!(all(&Platform { site_name: "\u{200b} ".into(), ..Platform::default() }).is_err());
        assert!(all(&Platform { rate_limits: Switch::Off, ..Platform::default() }).is_ok());
    }
}
