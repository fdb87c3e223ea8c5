//! A throw-away portal with believable people, sessions and tickets, to look around in.

mod files;
#[cfg(test)]
mod tests;
mod tickets;

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::{
    account::{self, store::NewAccount},
    app::App,
    cli::Failure,
    platform::{
        base::{actor::Role, error::Error, geo::Place, i18n::Lang, user_agent::recognise},
        web::extract::Visitor,
    },
    session::{
        history,
        model::{Method, Reason},
        sign_in::{self, Keep},
        store,
    },
};

const PASSWORD: &str = "demo-portal-2026";

/// Name, e-mail, role. The first of the customers is the one to sign in as.
const PEOPLE: [(&str, &str, Role); 25] = [
    ("Ирина Дроздова", "admin@demo.example", Role::Admin),
    ("Мария Ковалёва", "maria@demo.example", Role::Operator),
    ("Илья Демидов", "ilya@demo.example", Role::Operator),
    ("Софья Белова", "sofia@demo.example", Role::Operator),
    ("Тимур Галиев", "timur@demo.example", Role::Operator),
    ("Артём Соколов", "artem@demo.example", Role::Customer),
    ("Елена Громова", "elena@demo.example", Role::Customer),
    ("ООО «Вектор»", "it@vektor.example", Role::Customer),
    ("Павел Никитин", "pavel@demo.example", Role::Customer),
    ("ИП Орлова Т. В.", "orlova@demo.example", Role::Customer),
    ("Денис Ким", "kim@demo.example", Role::Customer),
    ("Студия «Полдень»", "hello@polden.example", Role::Customer),
    ("Анна Лебедева", "lebedeva@demo.example", Role::Customer),
    ("Сергей Тарасов", "tarasov@demo.example", Role::Customer),
    ("ООО «Северный лес»", "office@sevles.example", Role::Customer),
    ("Ольга Мельник", "melnik@demo.example", Role::Customer),
    ("Роман Агеев", "ageev@demo.example", Role::Customer),
    ("Лилия Хасанова", "hasanova@demo.example", Role::Customer),
    ("Школа «Алгоритм»", "admin@algoritm.example", Role::Customer),
    ("Виктор Панов", "panov@demo.example", Role::Customer),
    ("Наталья Жукова", "zhukova@demo.example", Role::Customer),
    ("ИП Саркисян А. Г.", "sarkisyan@demo.example", Role::Customer),
    ("Глеб Воронин", "voronin@demo.example", Role::Customer),
    ("Магазин «Уют»", "zakaz@uyut.example", Role::Customer),
    ("Кирилл Федотов", "fedotov@demo.example", Role::Customer),
];
/// So many of them have sessions and a history of sign-ins.
const AT_HOME: usize = 8;

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

/// Makes the people, their sessions, their history and their tickets.
pub async fn fill(app: &App) -> Result<(), Failure> {
    let people = people(app).await?;
    for user in people.iter().take(AT_HOME) {
        for visit in &VISITS {
            sign_in_once(app, *user, visit).await?;
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
                history::failed(&app.sessions, Some(*user), Method::Password, Reason::WrongPassword, &visitor(&script))
                    .await;
            done.map_err(words)?;
        }
    }
    let with = |wanted: fn(Role) -> bool| {
        PEOPLE.iter().zip(&people).filter(|((.., role), _)| wanted(*role)).map(|(_, id)| *id).collect()
    };
    let cast = tickets::Cast {
        customers: with(|role| role == Role::Customer),
        operators: with(|role| role == Role::Operator),
        staff: with(Role::is_staff),
    };
    tickets::fill(app, &cast).await
}

/// Accounts made over the last year, all with the same password.
async fn people(app: &App) -> Result<Vec<i64>, Failure> {
    let password_hash = app.accounts.hasher.hash(PASSWORD).await.map_err(words)?;
    let mut tx = app.platform.db.begin().await?;
    let mut made = Vec::new();
    for (days_ago, (username, email, role)) in (70..).step_by(12).zip(PEOPLE) {
        let new = NewAccount {
            username,
            email,
            password_hash: &password_hash,
            role,
            language: Lang::Ru.code(),
            timezone: "Europe/Moscow",
            now: app.platform.clock.now().minus(Duration::from_secs(days_ago * 86_400)),
        };
        made.push(account::store::insert(&mut tx, &new).await?);
    }
    tx.commit().await?;
    Ok(made)
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
        address: std::net::IpAddr::from(visit.address).into(),
        place: Place::Known { ru: visit.ru.into(), en: visit.en.into(), country: Some(visit.country.into()) },
        user_agent: visit.agent.into(),
        client: recognise(&headers),
        device_key: None,
    }
}

/// What to print: addresses and the one password.
pub fn how_to_sign_in(app: &App) -> String {
    let shown = [&PEOPLE[0], &PEOPLE[1], &PEOPLE[2], &PEOPLE[5]];
    let people = shown.map(|(name, email, role)| format!("  {email:<22} {name} ({})\n", role.as_str()));
    format!(
        "A trial on a throw-away folder. Sign in at {}/login, password {PASSWORD}\n{}",
        app.platform.base_url,
        people.concat()
    )
}

fn words(error: Error) -> String {
    error.text(Lang::En)
}
