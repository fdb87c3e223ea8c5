//! A throw-away portal with believable people and sessions, to look around in.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::{
    account::{self, actions::Registration},
    app::App,
    cli::Failure,
    platform::{
        actor::Role,
        geo::Place,
        http::{error::Error, extract::Visitor},
        i18n::Lang,
        user_agent::recognise,
    },
    session::{
        history,
        model::{Method, Reason},
        sign_in::{self, Keep},
        store,
    },
};

const PASSWORD: &str = "demo-portal-2026";

/// Name, e-mail, role.
const PEOPLE: [(&str, &str, Role); 8] = [
    ("Ирина Дроздова", "admin@demo.example", Role::Admin),
    ("Мария Ковалёва", "maria@demo.example", Role::Operator),
    ("Илья Демидов", "ilya@demo.example", Role::Operator),
    ("Артём Соколов", "artem@demo.example", Role::Customer),
    ("Елена Громова", "elena@demo.example", Role::Customer),
    ("ООО «Вектор»", "it@vektor.example", Role::Customer),
    ("Павел Никитин", "pavel@demo.example", Role::Customer),
    ("ИП Орлова Т. В.", "orlova@demo.example", Role::Customer),
];

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";
const YANDEX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const SCRIPT: &str = "python-requests/2.32.3";

struct Visit {
    agent: &'static str,
    address: [u8; 4],
    ru: &'static str,
    en: &'static str,
    country: &'static str,
    hours_ago: u64,
}

/// Addresses are from the ranges kept for documentation (RFC 5737).
const VISITS: [Visit; 4] = [
    Visit {
        agent: FIREFOX,
        address: [203, 0, 113, 7],
        ru: "Казань, Россия",
        en: "Kazan, Russia",
        country: "RU",
        hours_ago: 71,
    },
    Visit {
        agent: YANDEX,
        address: [192, 0, 2, 18],
        ru: "Тверь, Россия",
        en: "Tver, Russia",
        country: "RU",
        hours_ago: 30,
    },
    Visit {
        agent: IPHONE,
        address: [198, 51, 100, 42],
        ru: "Москва, Россия",
        en: "Moscow, Russia",
        country: "RU",
        hours_ago: 5,
    },
    Visit {
        agent: CHROME,
        address: [198, 51, 100, 42],
        ru: "Москва, Россия",
        en: "Moscow, Russia",
        country: "RU",
        hours_ago: 1,
    },
];

/// Makes the people, their sessions and their history.
pub async fn fill(app: &App) -> Result<(), Failure> {
    for (username, email, role) in PEOPLE {
        let new = Registration { username: username.into(), email: email.into(), password: PASSWORD.into() };
        let user = account::actions::create(&app.accounts, &new, role, Lang::Ru).await.map_err(words)?.id;
        for visit in &VISITS {
            sign_in_once(app, user, visit).await?;
        }
        let script = Visit {
            agent: SCRIPT,
            address: [192, 0, 2, 200],
            ru: "Чанчунь, Китай",
            en: "Changchun, China",
            country: "CN",
            hours_ago: 0,
        };
        for _ in 0..3 {
            let done =
                history::failed(&app.sessions, Some(user), Method::Password, Reason::WrongPassword, &visitor(&script))
                    .await;
            done.map_err(words)?;
        }
    }
    Ok(())
}

async fn sign_in_once(app: &App, user: i64, visit: &Visit) -> Result<(), Failure> {
    let made =
        sign_in::begin(&app.sessions, user, Method::Password, &visitor(visit), Keep::Tokens).await.map_err(words)?;
    let at = app.platform.clock.now().minus(Duration::from_secs(visit.hours_ago * 3600));
    let mut tx = app.platform.db.begin().await?;
    store::backdate(&mut tx, user, made.session, at).await?;
    Ok(tx.commit().await?)
}

fn visitor(visit: &Visit) -> Visitor {
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, header::HeaderValue::from_static(visit.agent));
    Visitor {
        address: visit.address.into(),
        place: Place::Known { ru: visit.ru.into(), en: visit.en.into(), country: Some(visit.country.into()) },
        user_agent: visit.agent.into(),
        client: recognise(&headers),
        device_key: None,
    }
}

/// What to print: addresses and the one password.
pub fn how_to_sign_in(app: &App) -> String {
    let people = PEOPLE.iter().take(4).map(|(name, email, role)| format!("  {email:<22} {name} ({})\n", role.as_str()));
    format!(
        "A trial on a throw-away folder. Sign in at {}/login, password {PASSWORD}\n{}",
        app.platform.base_url,
        people.collect::<String>()
    )
}

fn words(error: Error) -> String {
    error.text(Lang::En)
}
