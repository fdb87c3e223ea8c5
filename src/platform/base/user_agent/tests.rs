use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

/// Blocks of "kind | device | os | browser", the user agent and any hints.
const CASES: &str = include_str!("cases.txt");

fn headers(lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap_or(("user-agent", line));
        let (name, value) = if name.starts_with("sec-") { (name, value) } else { ("user-agent", *line) };
        headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    headers
}

#[test]
fn input_21_real_requests_are_recognised() {
    let mut wrong = Vec::new();
    let blocks: Vec<_> = CASES.split("\n\n").filter(|block| !block.trim().is_empty()).collect();
    assert!(blocks.len() >= 100, "{} cases", blocks.len());
    for block in blocks {
        let lines: Vec<_> = block.trim().lines().collect();
        let client = recognise(&headers(&lines[1..]));
        let got = [client.kind.as_str(), &client.device, &client.os, &client.browser].join(" | ");
        if got != lines[0] {
            wrong.push(format!("{}\n  expected {}\n  got      {got}", lines[1..].join("\n"), lines[0]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn input_21_common_model_codes_are_the_names_on_the_box() {
    let lines: Vec<&str> = table::MODELS.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 150, "{} models", lines.len());
    for line in &lines {
        let (code, name) = line.split_once(" = ").unwrap_or_else(|| panic!("{line:?} is no model"));
        assert!(!code.is_empty() && code.trim() == code && !name.is_empty() && name.trim() == name, "{line:?}");
        assert_eq!(
            lines.iter().filter(|line| line.starts_with(&format!("{code} ="))).count(),
            1,
            "{code} stands twice"
        );
        for model in [code.to_owned(), format!("{code}B")] {
            let agent = format!(
                "Mozilla/5.0 (Linux; Android 14; {model}) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
            );
            let client = recognise(&headers(&[&agent]));
            let kind = if ["Tab", "Pad"].iter().any(|word| name.contains(word)) {
                DeviceKind::Tablet
            } else {
                DeviceKind::Mobile
            };
            assert_eq!((client.kind, client.os.as_str()), (kind, "Android 14"), "{model}");
            // A longer code may be another model: "RMX3" goes on.
            assert!(client.device == name || model != code, "{model}: {}", client.device);
        }
    }
}

#[test]
fn input_21_what_is_read_of_a_header_is_bounded() {
    let long = |start: &str| format!("{start}{}", "Foo/1 ".repeat(5_000));
    for agent in [
        long("Mozilla/5.0 (Linux; Android 14; "),
        long("App/1 (Android 14; "),
        long("Mozilla/5.0 like Gecko) Chrome/1 Safari/1 "),
    ] {
        let client = recognise(&headers(&[&agent]));
        assert!([client.device, client.os, client.browser].iter().all(|text| text.len() <= 60));
    }
}

#[test]
fn a_silent_client_is_unknown() {
    for headers in [HeaderMap::new(), headers(&[""]), headers(&["sec-ch-ua-platform: \"Windows\""])] {
        let client = recognise(&headers);
        assert_eq!((client.kind, client.browser.as_str()), (DeviceKind::Api, "Unknown client"));
        assert_eq!((client.device.as_str(), client.os.as_str()), ("API client", "Unknown system"));
    }
}

#[test]
fn names_have_russian_forms() {
    for (english, russian) in [
        ("Yandex Browser 25", "Яндекс Браузер 25"),
        ("Unknown browser", "Неизвестный браузер"),
        ("Unknown device", "Неизвестное устройство"),
        ("VK 8", "ВКонтакте 8"),
        ("VKontakte", "VKontakte"),
        ("Chrome 143", "Chrome 143"),
        ("", ""),
    ] {
        assert_eq!(localised(english, true), russian);
        assert_eq!(localised(english, false), english);
    }
}

#[test]
fn kinds_survive_the_database() {
    use DeviceKind::*;
    for kind in [Desktop, Mobile, Tablet, Bot, Api] {
        assert_eq!(DeviceKind::parse(kind.as_str()), kind);
    }
    assert_eq!(DeviceKind::parse("toaster"), Desktop);
}

#[test]
fn only_plain_text_comes_out() {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_bytes("App\tX\u{202e}\u{1f600}/1.5".as_bytes()).unwrap();
    headers.insert("user-agent", value);
    assert_eq!(recognise(&headers).browser, "AppX 1.5");
    headers.insert("user-agent", "x".repeat(9000).parse().unwrap());
    assert!(recognise(&headers).browser.len() <= 40);
}

/// As long as a tablet's model, and cut between its letters nowhere.
#[test]
fn a_model_of_other_letters_is_no_tablet() {
    let mut headers = HeaderMap::new();
    let agent = "Mozilla/5.0 (Linux; Android 9; xS\u{20ac}\u{20ac} Build/PPR1) Chrome/120.0 Mobile Safari/537.36";
    headers.insert("user-agent", HeaderValue::from_bytes(agent.as_bytes()).unwrap());
    assert_eq!(recognise(&headers).kind, DeviceKind::Mobile);
}

const PIECES: &str = "(Mozilla/5\\.0|Android|Chrome/|\\(|\\)|;| |K|Build/|Version/|Telegram-Android/|compatible; |\
                      http|bot|\"|,|v=|\\\\|1|\\.|_|x11| OS |é|iPhone|Windows NT |/){0,24}";

proptest! {
    #[test]
    fn any_bytes_are_survived(values in proptest::collection::vec(prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..700),
        PIECES.prop_map(String::into_bytes),
    ], 7)) {
        let names = ["user-agent", "sec-ch-ua", "sec-ch-ua-full-version-list", "sec-ch-ua-mobile",
            "sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-model"];
        let mut headers = HeaderMap::new();
        for (name, mut value) in names.into_iter().zip(values) {
            value.retain(|byte| *byte >= b' ' && *byte != 127);
            headers.insert(name, HeaderValue::from_bytes(&value).unwrap());
        }
        let client = recognise(&headers);
        for text in [&client.device, &client.os, &client.browser] {
            prop_assert!(!text.is_empty() && text.len() <= 2 * MAX_LEN, "{text}");
            let _ = localised(text, true);
        }
    }
}

#[test]
fn door_01_a_user_agent_is_cut_before_it_is_looked_at() {
    let beyond = |name: &str, tail: &str| format!("{name}: {}{tail}", "x".repeat(MAX_LEN));
    for name in ["user-agent", "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-model"] {
        let agent = "user-agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0.0.0 Safari/537.36";
        let found = |tail| recognise(&headers(&[agent, &beyond(name, tail)]));
        assert_eq!(found(" \"Windows\" Firefox/140 curl/8.5"), found(""), "{name}");
    }
}
