//! What is known of programs, systems and models, in the order it is tried.
//!
//! Nearly every browser also claims to be Chrome or Safari, so the more
//! particular name always stands before the more general one.

use super::DeviceKind;

/// What a program is, which decides how far client hints may rename it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Bot,
    /// A library or a command, not a person's browser.
    Tool,
    /// A browser inside another app.
    App,
    Browser,
    /// A browser that others imitate or build upon.
    Engine,
}

/// A program told by `needle`; its version follows `version`, or the needle.
pub(super) struct Product {
    pub needle: &'static str,
    pub name: &'static str,
    pub version: &'static str,
    pub role: Role,
}

macro_rules! role {
    ($name:ident, $role:ident) => {
        const fn $name(needle: &'static str, name: &'static str, version: &'static str) -> Product {
            let role = Role::$role;
            Product { needle, name, version, role }
        }
    };
}
role!(bot, Bot);
role!(tool, Tool);
role!(app, App);
role!(web, Browser);
role!(engine, Engine);

#[rustfmt::skip]
pub(super) const PRODUCTS: &[Product] = &[
    bot("facebookexternalhit", "Facebook link preview", ""),
    bot("Mediapartners-Google", "Google AdSense", ""),
    bot("Google-InspectionTool", "Google Inspection Tool", ""),
    bot("Chrome-Lighthouse", "Lighthouse", ""),
    bot("Google-Read-Aloud", "Google Read Aloud", ""),
    bot("Yahoo! Slurp", "Yahoo Slurp", ""),
    tool("curl/", "curl", ""),
    tool("Wget/", "Wget", ""),
    tool("python-requests/", "Python Requests", ""),
    tool("Python-urllib/", "Python urllib", ""),
    tool("aiohttp/", "aiohttp", ""),
    tool("python-httpx/", "HTTPX", ""),
    tool("Go-http-client/", "Go", ""),
    tool("okhttp/", "OkHttp", ""),
    tool("Dart/", "Dart", ""),
    tool("axios/", "Axios", ""),
    tool("node-fetch", "node-fetch", ""),
    tool("undici", "undici", ""),
    tool("Apache-HttpClient/", "Apache HttpClient", ""),
    tool("Java-http-client/", "Java", ""),
    tool("Java/", "Java", ""),
    tool("reqwest/", "reqwest", ""),
    tool("PostmanRuntime/", "Postman", ""),
    tool("insomnia/", "Insomnia", ""),
    tool("GuzzleHttp/", "Guzzle", ""),
    tool("HTTPie/", "HTTPie", ""),
    tool("PowerShell/", "PowerShell", ""),
    app("Telegram-Android/", "Telegram", ""),
    app("Telegram", "Telegram", "Telegram-iOS/"),
    app("VKAndroidApp/", "VK", ""),
    app("com.vk.vkclient", "VK", "com.vk.vkclient/"),
    app("Barcelona ", "Threads", ""),
    app("Instagram ", "Instagram", ""),
    app("TwitterAndroid", "X", "TwitterAndroid/"),
    app("Twitter for i", "X", "Twitter for iPhone/"),
    app(" Line/", "LINE", ""),
    app(" QQ/", "QQ", ""),
    app("NAVER(", "Naver", "none"),
    app("PLAYit", "PLAYit", "none"),
    app("baiduboxapp/", "Baidu", ""),
    app("com.google.android.youtube/", "YouTube", ""),
    app("com.google.android.apps.youtube.music/", "YouTube Music", ""),
    app("Discord/", "Discord", ""),
    app("discord/", "Discord", ""),
    app("Teams/", "Microsoft Teams", ""),
    app("Slack/", "Slack", ""),
    app("Slack_SSB/", "Slack", ""),
    app("MAX/", "MAX", ""),
    app("musical_ly", "TikTok", "musical_ly_"),
    app("BytedanceWebview", "TikTok", "app_version/"),
    app("TikTok", "TikTok", "TikTok/"),
    app("MessengerForiOS", "Messenger", "FBAV/"),
    app("FB_IAB/MESSENGER", "Messenger", "FBAV/"),
    app("FBAN/EMA", "Facebook Lite", "FBAV/"),
    app("FBAV/", "Facebook", ""),
    app("FBAN/", "Facebook", "FBAV/"),
    app("WhatsApp/", "WhatsApp", ""),
    app("Viber/", "Viber", ""),
    app("MicroMessenger/", "WeChat", ""),
    app("Snapchat/", "Snapchat", ""),
    app("Pinterest/", "Pinterest", ""),
    app("LinkedInApp", "LinkedIn", "LinkedInApp/"),
    app("GSA/", "Google App", ""),
    app("YaApp_", "Yandex App", "YaApp_Android/"),
    app("YaSearchBrowser/", "Yandex App", ""),
    app("YandexSearch/", "Yandex App", ""),
    app("Dalvik/", "Android app", "none"),
    engine("Electron/", "Electron app", ""),
    web("Edition Yx GX", "Opera GX", "OPR/"),
    web("OPX/", "Opera GX", ""),
    web("OPR/", "Opera", ""),
    web("OPT/", "Opera", ""),
    web("OPiOS/", "Opera", ""),
    web("Opera Mini/", "Opera Mini", ""),
    web("Opera/", "Opera", "Version/"),
    web("YaBrowser/", "Yandex Browser", ""),
    web("Vivaldi/", "Vivaldi", ""),
    web("Brave/", "Brave", ""),
    web("Arc/", "Arc", ""),
    web("DuckDuckGo/", "DuckDuckGo", ""),
    web("Ddg/", "DuckDuckGo", ""),
    web("SamsungBrowser/", "Samsung Internet", ""),
    web("UCBrowser/", "UC Browser", ""),
    web("MiuiBrowser/", "Mi Browser", ""),
    web("HuaweiBrowser/", "Huawei Browser", ""),
    web("HeyTapBrowser/", "HeyTap Browser", ""),
    web("VivoBrowser/", "Vivo Browser", ""),
    web("Whale/", "Whale", ""),
    web("QQBrowser/", "QQ Browser", ""),
    web("coc_coc_browser/", "Coc Coc", ""),
    web("Silk/", "Silk", ""),
    web("Puffin/", "Puffin", ""),
    web("PHX/", "Phoenix Browser", ""),
    web("Quark/", "Quark", ""),
    web("SznProhlizec/", "Seznam Browser", ""),
    web("ABB/", "Adblock Browser", ""),
    web("Lite Browser/", "GO Browser", ""),
    web("SberBrowser/", "Sber Browser", ""),
    web("Avast/", "Avast Secure Browser", ""),
    web("AVG/", "AVG Secure Browser", ""),
    web("CCleaner/", "CCleaner Browser", ""),
    web("Norton/", "Norton Browser", ""),
    web("ChromiumGOST/", "Chromium GOST", ""),
    web("Chromium-GOST/", "Chromium GOST", ""),
    web("Chromium-Gost/", "Chromium GOST", ""),
    web("Chromium GOST", "Chromium GOST", "Chrome/"),
    web("Avira/", "Avira Secure Browser", ""),
    web("Dragon/", "Comodo Dragon", ""),
    web("VivaiOS/", "Vivaldi", ""),
    web("UCPC/", "UC Browser", ""),
    web("UCMobile/", "UC Browser", ""),
    web("Atlas/", "ChatGPT Atlas", ""),
    web("Atom/", "Atom", ""),
    web("Maxthon/", "Maxthon", ""),
    web("EdgA/", "Edge", ""),
    web("EdgiOS/", "Edge", ""),
    web("Edg/", "Edge", ""),
    web("Edge/", "Edge", ""),
    web("Focus/", "Firefox Focus", ""),
    web("SeaMonkey/", "SeaMonkey", ""),
    web("PaleMoon/", "Pale Moon", ""),
    web("Waterfox/", "Waterfox", ""),
    web("FxiOS/", "Firefox", ""),
    web("Firefox/", "Firefox", ""),
    web("CriOS/", "Chrome", ""),
    web("HeadlessChrome/", "Headless Chrome", ""),
    web("Epiphany/", "GNOME Web", ""),
    web("Trident/7", "Internet Explorer", "rv:"),
    web("MSIE ", "Internet Explorer", ""),
    engine("ArkWeb/", "Huawei Browser", ""),
    engine("; wv)", "Android WebView", "Chrome/"),
    engine("Version/4.0 Chrome/", "Android WebView", ""),
    engine("Chromium/", "Chromium", ""),
    engine("Chrome/", "Chrome", ""),
    engine("Android ", "Android Browser", "Version/"),
    engine("Safari/", "Safari", "Version/"),
    engine("Mobile/1", "iOS app", "none"),
    engine("Mobile/2", "iOS app", "none"),
];

/// A family of systems, told by a lower-case `needle`.
pub(super) struct Family {
    pub needle: &'static str,
    pub os: &'static str,
    pub device: &'static str,
    pub kind: DeviceKind,
}

const fn family(needle: &'static str, os: &'static str, device: &'static str, kind: DeviceKind) -> Family {
    Family { needle, os, device, kind }
}

#[rustfmt::skip]
pub(super) const FAMILIES: &[Family] = &[
    family("windows phone", "Windows Phone", "Windows Phone", DeviceKind::Mobile),
    family("openharmony", "HarmonyOS", "HarmonyOS", DeviceKind::Mobile),
    family("cloud phone", "Cloud Phone", "Cloud Phone", DeviceKind::Mobile),
    family("tizen", "Tizen", "Tizen", DeviceKind::Desktop),
    family("web0s", "webOS", "LG TV", DeviceKind::Desktop),
    family("playstation", "PlayStation", "PlayStation", DeviceKind::Desktop),
    family("xbox", "Xbox", "Xbox", DeviceKind::Desktop),
    family("kaios", "KaiOS", "KaiOS", DeviceKind::Mobile),
    family("android", "Android", "Android", DeviceKind::Mobile),
    family("dalvik", "Android", "Android", DeviceKind::Mobile),
    family("ipad", "iPadOS", "iPad", DeviceKind::Tablet),
    family("iphone", "iOS", "iPhone", DeviceKind::Mobile),
    family("ipod", "iOS", "iPod", DeviceKind::Mobile),
    family("x11; cros", "ChromeOS", "ChromeOS", DeviceKind::Desktop),
    family("chrome os", "ChromeOS", "ChromeOS", DeviceKind::Desktop),
    family("chromium os", "ChromeOS", "ChromeOS", DeviceKind::Desktop),
    family("cfnetwork", "iOS or macOS", "Apple device", DeviceKind::Mobile),
    family("macintosh", "macOS", "macOS", DeviceKind::Desktop),
    family("macos", "macOS", "macOS", DeviceKind::Desktop),
    family("mac os x", "macOS", "macOS", DeviceKind::Desktop),
    family("darwin", "macOS", "macOS", DeviceKind::Desktop),
    family("windows", "Windows", "Windows", DeviceKind::Desktop),
    family("freebsd", "FreeBSD", "FreeBSD", DeviceKind::Desktop),
    family("openbsd", "OpenBSD", "OpenBSD", DeviceKind::Desktop),
    family("linux", "Linux", "Linux", DeviceKind::Desktop),
    family("x11", "Linux", "Linux", DeviceKind::Desktop),
];

/// Client hint brands, our names and how telling they are: 0 is no browser,
/// up to 2 an engine, 3 is left for brands not listed.
#[rustfmt::skip]
pub(super) const BRANDS: &[(&str, &str, u8)] = &[
    ("Chromium", "Chromium", 1),
    ("Google Chrome", "Chrome", 2),
    ("Android WebView", "Android WebView", 2),
    ("Yowser", "Yowser", 0),
    ("YaBrowser", "Yandex Browser", 4),
    ("Microsoft Edge", "Edge", 4),
    ("Microsoft Edge WebView2", "Edge WebView", 4),
    ("Opera", "Opera", 4),
    ("Opera GX", "Opera GX", 5),
    ("Opera Mobile", "Opera", 4),
    ("OperaMobile", "Opera", 4),
    ("Brave", "Brave", 4),
    ("Vivaldi", "Vivaldi", 4),
    ("Arc", "Arc", 4),
    ("DuckDuckGo", "DuckDuckGo", 5),
    ("Samsung Internet", "Samsung Internet", 4),
    ("HuaweiBrowser", "Huawei Browser", 4),
    ("MiuiBrowser", "Mi Browser", 4),
    ("XiaoMiBrowser", "Mi Browser", 4),
    ("HeadlessChrome", "Headless Chrome", 4),
    ("CocCoc", "Coc Coc", 4),
];

/// Model codes, by their beginning, that nobody knows their phone by: `code = name`.
pub(super) const MODELS: &str = include_str!("models.txt");

/// The name on the box, by the longest beginning of a code.
pub(super) fn name_on_the_box(code: &str) -> Option<&'static str> {
    let lines = MODELS.lines().filter_map(|line| line.split_once(" = "));
    let known = lines.filter(|(beginning, _)| code.starts_with(beginning));
    known.max_by_key(|(beginning, _)| beginning.len()).map(|(_, name)| name)
}

/// Parts of the names of tablets that also say "Mobile", in lower case.
const TABLETS: &[&str] = &["tab", "pad", "iplay"];

/// How the codes of tablets begin: Samsung, Amazon, Lenovo, Huawei and Honor, Oukitel, Teclast.
#[rustfmt::skip]
const TABLET_CODES: &[&str] = &[
    "SM-T", "SM-X", "SM-P", "KF", "TB-", "TB1", "TB2", "TB3", "TB5", "TB7", "AGS", "AGR", "BAH", "BTK", "DBY", "DBR", "GOT-",
    "MRX-", "SCM-", "Bach-", "JMS-", "NDL", "CGA-", "ELN-", "HEY", "ROD", "RT1", "RT2", "RT3", "RT5", "RT6", "RT7", "RT8", "RT9",
    "P20HD", "P25", "P30HD", "P40", "P80", "P85", "M40", "T20", "T30", "Active ",
];

/// Whether a model is a tablet by its name.
pub(super) fn is_tablet(model: &str) -> bool {
    let lower = model.to_ascii_lowercase();
    // Digma and its sisters number theirs so: "CS1273PL".
    let digma = model.split(' ').any(|word| match word.as_bytes() {
        [_, b'S', number @ .., b'P' | b'M', b'L' | b'G'] => number.len() == 4 && number.iter().all(u8::is_ascii_digit),
        _ => false,
    });
    // Huawei's and Honor's without a telephone.
    let wireless = model.split_once('-').is_some_and(|(_, rest)| rest.starts_with("W0") || rest.starts_with("W1"));
    digma
        || wireless
        || TABLETS.iter().any(|word| lower.contains(word))
        || TABLET_CODES.iter().any(|code| model.starts_with(code))
}

/// What stands among a browser's names and is none: engines, parts, counters.
#[rustfmt::skip]
pub(super) const NO_NAMES: &[&str] = &[
    "AppleWebKit", "appname", "appverc", "AtContent", "AmazonWebAppPlatform", "ArkWeb", "BroPP", "Browser", "Build", "Chrome", "Chromium", "Config", "Electron",
    "Gecko", "GLS", "HMSCore", "Mobile", "Mozilla", "NABar", "NativeAppFlavor", "QtWebEngine", "Safari", "SA", "SP-engine",
    "Tablet", "Ubuntu", "Version", "Viewer", "Agency", "Herring", "LikeWise", "Unique", "OS", "Web",
];

/// Names that have a Russian form.
#[rustfmt::skip]
pub(super) const RUSSIAN: &[(&str, &str)] = &[
    ("Yandex Browser", "Яндекс Браузер"),
    ("Yandex App", "Яндекс"),
    ("VK", "ВКонтакте"),
    ("Google App", "Приложение Google"),
    ("Android app", "Приложение Android"),
    ("iOS app", "Приложение iOS"),
    ("Electron app", "Приложение Electron"),
    ("Android Browser", "Браузер Android"),
    ("Facebook link preview", "Предпросмотр Facebook"),
    ("Unknown browser", "Неизвестный браузер"),
    ("Unknown client", "Неизвестная программа"),
    ("Unknown device", "Неизвестное устройство"),
    ("Unknown system", "Неизвестная система"),
    ("Bot", "Робот"),
    ("API client", "API-клиент"),
    ("Apple device", "Устройство Apple"),
    ("iOS or macOS", "iOS или macOS"),
    ("LG TV", "Телевизор LG"),
];
