//! Texts as people write them to a hosting company: words by rank, the first very common (Zipf).

use rust_stemmers::{Algorithm, Stemmer};

/// The most common first; plain, because the program keeps them so.
const WORDS: &str = "сервер не на после и в сайт работает клиент ошибка доступ помогите пожалуйста обновления \
    домен оплата добрый день панель база данных файл настройки почта резервная копия ответ запрос порт диск память \
    процессор нагрузка перезапуск сертификат адрес сеть маршрут пакет потери скорость трафик лимит тариф счет \
    платеж возврат карта баланс договор акт перенос заказ продление отмена пароль ключ вход сессия код письмо \
    телефон инженер смена дежурный проверка журнал лог время минут часов вчера сегодня утром ночью снова \
    иногда постоянно медленно быстро упал завис открывается загружается отвечает пингуется показывает пишет требует \
    nginx apache php mysql postgres redis docker kernel ubuntu debian centos windows linux ssh ftp dns ssl smtp imap \
    timeout connection refused error gateway request response server restart update upgrade backup restore snapshot \
    image volume network firewall route packet loss latency speed traffic limit plan invoice payment refund card \
    balance contract transfer order renewal password key login session code letter phone engineer check log \
    systemd cron cache proxy cluster node replica shard queue worker thread process memory swap inode quota \
    certbot wordpress bitrix laravel django node python composer package version module plugin theme";
const RANKS: usize = 5_000;
pub const TEXTS: i64 = 20_000;

/// The word of a rank: from some rank on they are names that few people write.
pub fn word(rank: usize) -> String {
    const NAMES: [&str; 8] = ["shop", "forum", "blog", "crm", "bot", "mail", "stage", "host"];
    let known = WORDS.split_whitespace().nth(rank).map(str::to_owned);
    known.unwrap_or_else(|| format!("{}{rank}", NAMES[rank % NAMES.len()]))
}

pub struct Text {
    pub text: String,
    /// Its words and their stems, as `words::lexemes` gives them.
    pub lexemes: String,
}

/// The same texts at every run.
pub fn texts() -> impl Iterator<Item = Text> {
    let (russian, english) = (Stemmer::create(Algorithm::Russian), Stemmer::create(Algorithm::English));
    let all: Vec<(String, String)> = (0..RANKS)
        .map(|rank| {
            let word = word(rank);
            let stemmer = if word.is_ascii() { &english } else { &russian };
            let stem = stemmer.stem(&word).into_owned();
            let lexemes = if stem == word { stem } else { format!("{stem} {word}") };
            (word, lexemes)
        })
        .collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    // xorshift; the upper half as a number from 0 to 1.
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as f64 / f64::from(u32::MAX)
    };
    (0..TEXTS).map(move |_| {
        let length = 8 + (random() * 34.0) as usize;
        let rank = |random: f64| ((RANKS as f64).powf(random) as usize).clamp(1, RANKS) - 1;
        let chosen: Vec<&(String, String)> = (0..length).map(|_| &all[rank(random())]).collect();
        let join =
            |field: fn(&(String, String)) -> &str| chosen.iter().map(|pair| field(pair)).collect::<Vec<_>>().join(" ");
        Text { text: join(|pair| &pair.0), lexemes: join(|pair| &pair.1) }
    })
}
