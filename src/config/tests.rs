use super::*;

fn load(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, file).unwrap();
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<Vec<_>>();
    Config::load(Some(&path), own(env).into_iter(), &own(flags).into_iter().collect())
}

#[test]
fn flags_beat_variables_beat_the_file() {
    let file = "listen = \"127.0.0.1:1\"\npublic_url = \"http://a\"\n[session]\nlimit = 3";
    let env = [("OSPABHOST_PUBLIC_URL", "http://b"), ("OSPABHOST_SESSION_LIMIT", "4"), ("HOME", "/x")];
    let config = load(file, &env, &[("session.limit", "5")]).unwrap();
    assert_eq!(config.platform.listen.port(), 1);
    assert_eq!(config.platform.public_url, "http://b");
    assert_eq!(config.session.limit, 5);
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = [
        load("nonsense = 1", &[], &[]),
        load("[session]\nnonsense = 1", &[], &[]),
        load("", &[("OSPABHOST_NONSENSE", "1")], &[]),
        load("listen = \"nonsense\"", &[], &[]),
        load("", &[("OSPABHOST_SESSION_LIMIT", "many")], &[]),
        load("", &[("OSPABHOST_RATE_LIMITS", "maybe")], &[]),
        load("", &[("OSPABHOST_EVENTS_URL", "redis://127.0.0.1")], &[]),
        load("", &[("OSPABHOST_TRUSTED_PROXIES", "10.0.0.0/99")], &[]),
        load("", &[("OSPABHOST_LISTEN", "nowhere")], &[]),
        load("", &[("OSPABHOST_LISTEN", "127.0.0.1:1")], &[("listen", "nowhere")]),
        load("", &[], &[("session.limit", "0")]),
    ];
    let names = [
        "nonsense",
        "session.nonsense",
        "OSPABHOST_NONSENSE",
        "listen",
        "OSPABHOST_SESSION_LIMIT",
        "OSPABHOST_RATE_LIMITS",
        "OSPABHOST_EVENTS_URL",
        "OSPABHOST_TRUSTED_PROXIES",
        "OSPABHOST_LISTEN",
        "--listen",
        "--session-limit",
    ];
    for (result, name) in wrong.into_iter().zip(names) {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(name), "{message} should name {name}");
    }
}

/// What is nonsense for each text; a new setting needs a line.
const NONSENSE: [(&str, &[&str]); 24] = [
    (
        "listen",
        &[
            "",
            "localhost",
            "5000",
            ":5000",
            "localhost:5000",
            "http://127.0.0.1:5000",
            "127.0.0.1",
            "1.2.3.4:99999",
            "*:5000",
        ],
    ),
    ("data_dir", &["", " ", "a\0b", "sqlite://data"]),
    (
        "public_url",
        &[
            "my.example.org",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a?b=c",
            "https://a#b",
            "https://u@a",
            "https://u:p@a",
            "https://a//",
            "https://a b",
            "HTTPS://A",
            "https://почта.рф",
            "https://a:443",
            "http://a:80",
            "https://a:99999",
            " ",
        ],
    ),
    ("site_name", &["", " ", "a\nb", "a "]),
    (
        "database_url",
        &[
            "mysql://a/b",
            "sqlite://",
            "sqlite:///folder/",
            "sqlite:///a.db?mode=ro",
            "data/a.db",
            "postgres://",
            "postgres:///",
            "postgres://h:x/n",
            "postgres://h",
            " ",
        ],
    ),
    ("brand_logo", &["/nowhere/logo.svg", "/", " ", "\u{1}"]),
    ("events_url", &["redis://a", "nats://", "a:4222", "nats://a,", "nats://a b"]),
    ("signing_keys", &["a", "a:short", ":", "k:AAAA,k:AAAA"]),
    ("trusted_proxies", &["all", "10.0.0.0/99", "0.0.0.0/0", "::/0", "proxy.example", "1.2.3"]),
    ("proxy_header", &["", "x-real-ip", "X-Forwarded-For"]),
    ("geoip_database", &["/nowhere/city.mmdb", "/", " "]),
    ("smtp_url", &["mail.example", "http://a", "smtp://", "smtp://a?tls=maybe", "smtp://a:99999", " "]),
    ("mail_from", &["nobody", "a@", "a@b\r\nBcc: c@d", "<a@b"]),
    ("storage_url", &["s3://", "s3:///a", "gs://bucket", "http://a", " "]),
    ("files.kinds", &["", " ", "exe", "text,pdf", "PDF"]),
    ("clamd_url", &["a", "tcp://a", "tcp://:3310", "tcp://a:0", "tcp://a:99999", "unix:a", "unix:", "http://a:1"]),
    ("rate_limits", &["", "true", "maybe", "0"]),
    ("registration", &["", "true", "ON"]),
    ("qr_link", &["", "http", "page"]),
    ("log", &["", "loud", "INFO,loud", "info,", "sqlx=", "=info", "info;warn", "sqlx=loud", "5"]),
    ("log_format", &["", "xml", "JSON"]),
    ("qr_login.scheme", &["", "http", "https", "javascript", "1a", "a b", "a:", "data", "file", "Схема"]),
    ("qr_login.match_number", &["", "true", "yes"]),
    ("smtp_hello", &["a b", "-", "a..b", "http://a", "a_b.example", "1.2.3.4."]),
];

#[test]
fn door_27_nonsense_is_refused_for_every_setting_with_an_example() {
    let nonsense: BTreeMap<_, _> = NONSENSE.into_iter().collect();
    for (name, default) in Config::known() {
        let texts: Vec<String> = match &default {
            Value::Integer(_) => {
                let (least, most) = bounds::of(&name);
                let numbers = [least - 1, most + 1, -1, i64::MAX, i64::MIN].map(|number| number.to_string());
                numbers.into_iter().chain(["", "many", "1.5", "1e3", "0x10", " 1"].map(str::to_owned)).collect()
            }
            _ => {
                let texts = nonsense.get(name.as_str());
                texts
                    .unwrap_or_else(|| panic!("{name}: what is nonsense for it?"))
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect()
            }
        };
        for text in texts {
            let from = [("SMTP_URL", "smtp://mail.example")].into_iter().filter(|_| name == "mail_from");
            let mut env: Vec<(String, String)> = from.map(|(k, v)| (format!("{PREFIX}{k}"), v.to_owned())).collect();
            env.push((variable(&name), text.clone()));
            let error = Config::load(None, env.into_iter(), &BTreeMap::new());
            let error = error.err().unwrap_or_else(|| panic!("{name}={text:?} is taken")).to_string();
            assert!(error.starts_with(&variable(&name)), "{name}={text:?} is not named: {error}");
            assert!(error.contains("such as") || error.contains(" or \""), "{name}={text:?} has no example: {error}");
        }
    }
}

#[test]
fn door_27_what_cannot_be_together_is_refused() {
    for (name, value) in [("files.max_unpacked_bytes", "1048576"), ("notification.mail_wait_most_seconds", "30")] {
        let error = load("", &[], &[(name, value)]).unwrap_err().to_string();
        assert!(error.contains(&flag(name)) && error.contains("such as"), "{error}");
    }
    load("", &[("OSPABHOST_FILES_MAX_UNPACKED_BYTES", "20971520")], &[]).unwrap();
}

#[test]
fn nought_is_for_those_settings_whose_comment_says_what_it_means() {
    let text = include_str!("../../config.default.toml");
    let (mut section, mut comment) = (String::new(), String::new());
    let mut in_comment = false;
    for line in text.lines() {
        match line.chars().next() {
            Some('#') if in_comment => comment += line,
            Some('#') => comment = line.to_owned(),
            Some('[') => section = format!("{}.", line.trim_matches(['[', ']'])),
            Some(_) => {
                let name = section.clone() + line.split(' ').next().unwrap();
                if matches!(Config::known()[&name], Value::Integer(_)) {
                    let (least, _) = bounds::of(&name);
                    assert_eq!(least == 0, comment.contains("0 = "), "{name}: {comment}");
                }
            }
            None => {}
        }
        in_comment = line.starts_with('#');
    }
    for (name, value) in Config::known() {
        if let Value::Integer(number) = value {
            assert_eq!(bounds::check(&name, number), Ok(()), "{name}");
        }
    }
}

#[test]
fn the_default_file_lists_every_setting_with_its_default() {
    let text = include_str!("../../config.default.toml");
    let table: Table = toml::from_str(text).unwrap();
    assert_eq!(leaves(&table), Config::known());
}

#[test]
fn secrets_are_not_printed() {
    let env = [
        ("OSPABHOST_SMTP_URL", "smtps://me:hunter2@mail.example"),
        ("OSPABHOST_DATABASE_URL", "postgres://me:hunter2@db/x"),
        ("OSPABHOST_EVENTS_URL", "nats://me:hunter2@nats.example"),
        ("OSPABHOST_MAIL_FROM", "help@example.org"),
    ];
    let text = load("", &env, &[]).unwrap().printable();
    assert!(!text.contains("hunter2") && text.contains("mail.example"), "{text}");
}

#[test]
fn door_16_no_part_of_an_address_gives_a_secret_away() {
    for (text, shown) in [
        ("postgres://me:hunter2@db:5433/x", "postgres://…@db:5433/x"),
        ("postgres://db/x?password=hunter2&user=me", "postgres://db/x?…"),
        ("postgres:///x?host=/run/pg&password=hun@ter2", "postgres:///x?…"),
        ("postgres://me:hun?ter2@db/x", "(set)"),
        ("postgres://me:hun/ter2@db/x", "(set)"),
        ("postgres://db/x#hunter2", "postgres://db/x?…"),
        ("sqlite:///var/lib/ospabhost.db", "sqlite:///var/lib/ospabhost.db"),
        ("nats://me:hunter2@a,nats://me:hunter2@b:4222", "nats://…@a,nats://…@b:4222"),
        ("nats://hunter2@a:4222", "nats://…@a:4222"),
        ("smtp://me:hunter2@mail:587?tls=required", "smtp://…@mail:587?…"),
        ("k1:hunter2", "(set)"),
        ("hunter2", "(set)"),
    ] {
        assert_eq!(hide_secret(text), shown, "{text}");
    }
}
