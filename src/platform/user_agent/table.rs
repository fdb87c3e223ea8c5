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
    app("Instagram ", "Instagram", ""),
    app("musical_ly", "TikTok", "musical_ly_"),
    app("BytedanceWebview", "TikTok", "app_version/"),
    app("TikTok", "TikTok", "TikTok/"),
    app("MessengerForiOS", "Messenger", "FBAV/"),
    app("FB_IAB/MESSENGER", "Messenger", "FBAV/"),
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
    app("Dalvik/", "Android app", "none"),
    app("Electron/", "Electron app", ""),
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
    engine("; wv)", "Android WebView", "Chrome/"),
    engine("Chromium/", "Chromium", ""),
    engine("Chrome/", "Chrome", ""),
    engine("Android ", "Android Browser", "Version/"),
    engine("Safari/", "Safari", "Version/"),
    engine("Mobile/15E", "iOS app", "none"),
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
    ("HeadlessChrome", "Headless Chrome", 4),
    ("CocCoc", "Coc Coc", 4),
];

/// Model codes, by their beginning, that nobody knows their phone by.
#[rustfmt::skip]
pub(super) const MODELS: &[(&str, &str)] = &[
    ("SM-S937", "Galaxy S25 Edge"), ("SM-S938", "Galaxy S25 Ultra"), ("SM-S936", "Galaxy S25+"),
    ("SM-S931", "Galaxy S25"), ("SM-S928", "Galaxy S24 Ultra"), ("SM-S926", "Galaxy S24+"),
    ("SM-S921", "Galaxy S24"), ("SM-S721", "Galaxy S24 FE"), ("SM-S918", "Galaxy S23 Ultra"),
    ("SM-S916", "Galaxy S23+"), ("SM-S911", "Galaxy S23"), ("SM-S711", "Galaxy S23 FE"),
    ("SM-S908", "Galaxy S22 Ultra"), ("SM-S906", "Galaxy S22+"), ("SM-S901", "Galaxy S22"),
    ("SM-G998", "Galaxy S21 Ultra"), ("SM-G996", "Galaxy S21+"), ("SM-G991", "Galaxy S21"),
    ("SM-G990", "Galaxy S21 FE"), ("SM-G988", "Galaxy S20 Ultra"), ("SM-G985", "Galaxy S20+"),
    ("SM-G980", "Galaxy S20"), ("SM-G981", "Galaxy S20"), ("SM-G780", "Galaxy S20 FE"),
    ("SM-G781", "Galaxy S20 FE"), ("SM-A736", "Galaxy A73"), ("SM-A725", "Galaxy A72"),
    ("SM-A715", "Galaxy A71"), ("SM-A705", "Galaxy A70"), ("SM-A566", "Galaxy A56"),
    ("SM-A556", "Galaxy A55"), ("SM-A546", "Galaxy A54"), ("SM-A536", "Galaxy A53"),
    ("SM-A528", "Galaxy A52s"), ("SM-A526", "Galaxy A52"), ("SM-A525", "Galaxy A52"),
    ("SM-A515", "Galaxy A51"), ("SM-A505", "Galaxy A50"), ("SM-A366", "Galaxy A36"),
    ("SM-A356", "Galaxy A35"), ("SM-A346", "Galaxy A34"), ("SM-A336", "Galaxy A33"),
    ("SM-A245", "Galaxy A24"), ("SM-A235", "Galaxy A23"), ("SM-A225", "Galaxy A22"),
    ("SM-A155", "Galaxy A15"), ("SM-A057", "Galaxy A05s"), ("SM-A055", "Galaxy A05"),
    ("SM-A045", "Galaxy A04"), ("SM-F956", "Galaxy Z Fold6"), ("SM-F946", "Galaxy Z Fold5"),
    ("SM-F936", "Galaxy Z Fold4"), ("SM-F926", "Galaxy Z Fold3"), ("SM-F741", "Galaxy Z Flip6"),
    ("SM-F731", "Galaxy Z Flip5"), ("SM-F721", "Galaxy Z Flip4"), ("SM-F711", "Galaxy Z Flip3"),
    ("SM-N986", "Galaxy Note 20 Ultra"), ("SM-X910", "Galaxy Tab S9 Ultra"), ("SM-X810", "Galaxy Tab S9+"),
    ("SM-X710", "Galaxy Tab S9"), ("SM-X210", "Galaxy Tab A9+"), ("SM-X200", "Galaxy Tab A8"),
    ("2201117TG", "Redmi Note 11"), ("22101316G", "Redmi Note 12 Pro"), ("23021RAA2Y", "Redmi Note 12"),
    ("23117RA68G", "Redmi Note 13 Pro"), ("23124RA7EO", "Redmi Note 13"), ("M2101K6G", "Redmi Note 10 Pro"),
    ("2211133G", "Xiaomi 13"), ("23127PN0CG", "Xiaomi 14"), ("M2007J20CG", "POCO X3 NFC"),
];

/// Parts of the names of tablets that also say "Mobile".
pub(super) const TABLETS: &[&str] = &["Tab ", " Tab", "Pad", "SM-T", "SM-X", "SM-P"];

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
