//! Which device and system the request came from.

use super::hints::Hints;
use super::table::{FAMILIES, Family, is_tablet, name_on_the_box};
use super::{DeviceKind, leading_version, named, version_after};

/// Longer "models" are something else.
const MAX_MODEL: usize = 40;

/// The device and its system, as far as they are told.
pub(super) struct Platform {
    pub kind: DeviceKind,
    pub device: Option<String>,
    pub os: Option<String>,
}

/// The family of systems a text speaks of.
pub(super) fn family(text: &str) -> Option<&'static Family> {
    let text = text.to_ascii_lowercase();
    FAMILIES.iter().find(|family| text.contains(family.needle))
}

pub(super) fn of(agent: &str, hints: &Hints) -> Platform {
    let Some(family) = family(agent).or_else(|| family(&hints.platform)) else {
        return Platform { kind: DeviceKind::Desktop, device: None, os: None };
    };
    let told = leading_version(&hints.platform_version, 1);
    let whole =
        |name: String, device: &str| Platform { kind: family.kind, device: Some(device.to_owned()), os: Some(name) };
    match family.os {
        "Android" => android(agent, hints, told),
        "Windows" => {
            let name = windows(agent, told);
            whole(name.clone(), &name)
        }
        "HarmonyOS" => harmony(agent, hints),
        // An iPad that asks for desktop pages is a Mac to us, unless it slips: by a name that only iOS has.
        "macOS" if ["Mobile/", "CriOS/", "FxiOS/", "EdgiOS/", "OPiOS/"].iter().any(|word| agent.contains(word)) => {
            Platform {
                kind: DeviceKind::Tablet,
                device: Some("iPad".to_owned()),
                // Beside a name that only iOS has, Safari's version is an old one, for show.
                os: Some(named("iPadOS", version_after(agent, "Version/", 1).filter(|_| agent.contains("Mobile/")))),
            }
        }
        // The user agent has said 10.15.7 ever since, so only hints count.
        "macOS" => whole(named("macOS", told), "macOS"),
        "iOS" | "iPadOS" => whole(named(family.os, apple_version(agent)), family.device),
        os => whole(os.to_owned(), family.device),
    }
}

/// Safari 26 stopped raising the system's number and shares its own with it.
fn apple_version(agent: &str) -> Option<String> {
    let number = |text: &String| text.parse::<u32>().ok();
    let system = version_after(&agent.replace('_', "."), "OS ", 1);
    let safari = version_after(agent, "Version/", 1).filter(|text| number(text) >= Some(26));
    safari.into_iter().chain(system).max_by_key(number)
}

/// "(Phone; OpenHarmony 5.0)", "(Tablet; …)", "(PC; …)".
fn harmony(agent: &str, hints: &Hints) -> Platform {
    let kind = match agent {
        _ if agent.contains("PC;") => DeviceKind::Desktop,
        _ if agent.contains("Tablet;") || hints.tablet => DeviceKind::Tablet,
        _ => DeviceKind::Mobile,
    };
    let model = Some(hints.model.as_str()).filter(|model| !model.is_empty() && model.len() <= MAX_MODEL).map(friendly);
    let os = named("HarmonyOS", version_after(agent, "OpenHarmony ", 1));
    Platform { kind, device: Some(model.unwrap_or_else(|| "HarmonyOS".to_owned())), os: Some(os) }
}

fn windows(agent: &str, told: Option<String>) -> String {
    let told = told.and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let nt = version_after(agent, "Windows NT ", 2);
    match (told, nt.as_deref()) {
        (13.., _) => "Windows 11",
        (1..13, _) => "Windows 10",
        // Windows 11 also calls itself 10.0, so without hints it is either.
        (0, Some("6.3")) => "Windows 8.1",
        (0, Some("6.2")) => "Windows 8",
        (0, Some("6.1")) => "Windows 7",
        (0, Some("6.0")) => "Windows Vista",
        (0, Some("5.1" | "5.2")) => "Windows XP",
        (0, _) => "Windows",
    }
    .to_owned()
}

fn android(agent: &str, hints: &Hints, told: Option<String>) -> Platform {
    // Telegram names the phone in a comment of its own at the end.
    let comment = agent.split_once("Telegram-Android/").map_or("", |(_, rest)| rest);
    let model = Some(hints.model.as_str()).filter(|model| !model.is_empty());
    let model = model.or_else(|| first_segment(comment)).or_else(|| agent_model(agent));
    let code = model.filter(|model| model.len() <= MAX_MODEL);
    let model = code.map(friendly);
    let version = told.or_else(|| version_after(comment, "Android ", 1)).or_else(|| {
        // "Android 10; K" is what Chrome sends whatever the phone.
        let frozen = agent.contains("Android 10; K)");
        version_after(agent, "Android ", 1).filter(|_| !frozen)
    });
    let device = model.unwrap_or_else(|| "Android".to_owned());
    // Browsers on phones say "Mobile"; apps do not say what they run on. A fold that is open asks as a tablet does.
    let mobile = hints.mobile.unwrap_or_else(|| agent.contains("Mobile") || !agent.starts_with("Mozilla/"));
    let tablet = match code.and_then(name_on_the_box) {
        Some(name) => is_tablet(name),
        None => hints.tablet || !mobile || agent.contains("/apad") || code.is_some_and(is_tablet),
    };
    Platform {
        kind: if tablet { DeviceKind::Tablet } else { DeviceKind::Mobile },
        device: Some(device),
        os: Some(named("Android", version)),
    }
}

fn first_segment(comment: &str) -> Option<&str> {
    let (_, rest) = comment.split_once('(')?;
    let first = rest.split([';', ')']).next()?.trim();
    (!first.is_empty() && !first.starts_with("Android")).then_some(first)
}

/// The model in `(Linux; Android 14; Pixel 8 Build/X; wv)`.
fn agent_model(agent: &str) -> Option<&str> {
    let (_, rest) = agent.split_once("Android")?;
    let comment = rest.split(')').next()?;
    let models = comment.split(';').skip(1).map(|part| {
        let part = part.split(" Build/").next().unwrap_or(part);
        part.split(" MIUI/").next().unwrap_or(part).trim()
    });
    models.into_iter().find(|part| is_model(part))
}

fn is_model(part: &str) -> bool {
    let locale = matches!(part.as_bytes(), [first, _, b'-' | b'_', _, _] if first.is_ascii_lowercase());
    let word = ["", "K", "U", "wv", "Mobile", "Tablet", "HarmonyOS", "arm_64", "Unspecified Device"].contains(&part);
    !locale && !word && !["rv:", "Build/", "HMSCore", "Android"].iter().any(|start| part.starts_with(start))
}

/// The name on the box where we know it, else the model as sent.
fn friendly(model: &str) -> String {
    let vendors = ["SAMSUNG ", "Samsung ", "samsung ", "Google ", "Xiaomi "];
    let code = vendors.iter().find_map(|vendor| model.strip_prefix(vendor)).unwrap_or(model);
    let known = name_on_the_box(code);
    // "Xiaomi 14" is a name, and "14" alone would not be.
    let fallback = if model.starts_with("Xiaomi ") { model } else { code };
    known.unwrap_or(fallback).to_owned()
}
