use super::*;
use crate::{
    on_write,
    platform::data::pools::Pools,
    testing::engines::*,
    ticket::{model::Scope, query::Query, store_list::Narrow, store_search, words},
};

fn encoded(search: &str) -> String {
    percent_encoding::utf8_percent_encode(search, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn found(by: &mut Client, search: &str) -> Vec<i64> {
    let answer = by.get(&format!("/api/ticket?search={}", encoded(search))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.value()["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

impl crate::platform::data::db::Db {
    /// What migration 0027 found: documents whose words are not as the program makes them now.
    async fn forget_words(&self) {
        let (old, waiting) = match self.pools() {
            Pools::Sqlite { .. } => ("INSERT INTO ticket_fts (ticket_fts) VALUES ('delete-all')", MIGRATION_SQLITE),
            Pools::Postgres(_) => {
                ("UPDATE ticket_doc SET words = to_tsvector('russian', 'прежние слова')", MIGRATION_POSTGRES)
            }
        };
        let waiting = waiting.split_once("(below BIGINT NOT NULL);").unwrap().1;
        for sql in [old, waiting] {
            on_write!(self, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
        }
    }
}

const MIGRATION_SQLITE: &str = include_str!("../../../migrations/sqlite/0027_search_words.sql");
const MIGRATION_POSTGRES: &str = include_str!("../../../migrations/postgres/0027_search_words.sql");

/// Texts of hosting as customers write them.
const TEXTS: [(&str, &str); 10] = [
    ("Сервер не пингуется", "Адрес 185.12.33.4, порт 185.12.33.4:8443, шлюз 10.0.0.0/24 и 2a01:4f8:c0c:1234::1"),
    (
        "Домен panel.ospab.host",
        "Письма на ivan.petrov@mail.ospab.host не доходят, https://panel.ospab.host/login?next=/vps тоже",
    ),
    ("vps-4711 после перезагрузки", "E: Unable to locate package php8.2-fpm, в /etc/nginx/conf.d/site.conf:42 ошибка"),
    ("Ошибка ERR_CONNECTION_REFUSED", "И ещё 0x80070005 в WordPress, MySQL 5.7.44, код SQLSTATE[HY000] [2002]"),
    ("Load-balancer and backups", "Payments are declined, companies' e-mails bounce, connection times out"),
    ("Оплата счёта", "Ёлка, объём, подъезд. Счёт-фактура № INV-2026/118 на 12,500.00 руб."),
    ("Интернет-магазин на 1С-Битрикс", "Wi-Fi есть, SSL-сертификат истёк 01.02.2026, резервные копии"),
    ("Новы\u{438}\u{306} тариф", "Пере\u{ad}езд за\u{301}мка, все\u{308} работает, СЛОВОзаглавными"),
    (
        "Node.js и C:\\Users\\ivan\\app.log",
        "Хэш 9f86d081884c7d659a2feaa0c55ad015, uuid 550e8400-e29b-41d4-a716-446655440000",
    ),
    ("Просто вопрос", "Как настроить почту на телефоне, мы не понимаем"),
];

/// What is searched for, and the texts that have it.
#[rustfmt::skip]
const SEARCHES: [(&str, &[usize]); 96] = [
    ("185.12.33.4", &[0]), ("12.33", &[0]), ("185.12.", &[0]), ("185.1", &[0]), ("33.4:8443", &[0]), ("8443", &[0]),
    ("185.12.33.5", &[]), ("4.33.12.185", &[]), ("10.0.0.0/24", &[0]), ("2a01:4f8:c0c:1234::1", &[0]), ("c0c:1234", &[0]),
    ("panel.ospab.host", &[1]), ("ospab.host", &[1]), ("ospab", &[1]), ("OSPAB.HOST", &[1]), ("panel.osp", &[1]),
    ("ivan.petrov@mail.ospab.host", &[1]), ("@mail.ospab.host", &[1]), ("petrov@mail", &[1]), ("ivan", &[1, 8]),
    ("https://panel.ospab.host/login", &[1]), ("ospab.login", &[]), ("next=/vps", &[1]), ("host.ospab", &[]),
    ("vps-4711", &[2]), ("VPS4711", &[2]), ("vps_4711", &[2]), ("4711", &[2]), ("vps 4711", &[2]), ("vps-47", &[2]),
    ("vps-4712", &[]), ("php8.2-fpm", &[2]), ("php8.2", &[2]), ("php 8.2", &[2]), ("8.2", &[2]), ("php8", &[2]),
    ("/etc/nginx/conf.d/site.conf", &[2]), ("nginx/conf.d", &[2]), ("site.conf:42", &[2]), ("site.co", &[2]), ("nginx", &[2]),
    ("ERR_CONNECTION_REFUSED", &[3]), ("err connection", &[3]), ("connection_refused", &[3]), ("err_con", &[3]),
    ("0x80070005", &[3]), ("80070005", &[3]), ("0x8007", &[3]), ("wordpress", &[3]), ("press", &[3]), ("WORDPRESS", &[3]),
    ("mysql 5.7", &[3]), ("5.7.44", &[3]), ("SQLSTATE[HY000]", &[3]), ("HY000", &[3]), ("2002", &[3]),
    ("load balancer", &[4]), ("load-balancers", &[4]), ("loadbalancer", &[4]), ("balanc", &[4]), ("backup", &[4]),
    ("payment declining", &[4]), ("company", &[4]), ("email", &[4]), ("e-mail", &[4]), ("connecti", &[3, 4]), ("connections", &[3, 4]),
    ("елка", &[5]), ("ЁЛКИ", &[5]), ("объем", &[5]), ("счет", &[5]), ("счёт-фактуры", &[5]), ("INV-2026/118", &[5]), ("inv-2026", &[5]),
    ("12,500.00", &[5]), ("интернет-магазины", &[6]), ("интернет магазин", &[6]), ("интернетмагазин", &[6]), ("1с битрикс", &[6]),
    ("1С-Битрикса", &[6]), ("wifi", &[6]), ("ssl сертификаты", &[6]), ("01.02.2026", &[6]), ("02.01.2026", &[]),
    ("новый", &[7]), ("новы\u{438}\u{306}", &[7]), ("переезды", &[7]), ("замка", &[7]), ("е\u{308}лка", &[5]),
    ("node.js", &[8]), ("nodejs", &[8]), ("C:\\Users\\ivan", &[8]), ("app.log", &[8]),
    ("9f86d081884c7d659a2feaa0c55ad015", &[8]), ("550e8400-e29b-41d4-a716-446655440000", &[8]),
    ("как мы настроить на почту в телефоне", &[9]),
];

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_16_operators_find_tickets_by_their_customer(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let other = create(&mut desk.elena, "Счёт за октябрь", "Пришлите акт, пожалуйста").await;
        let found = async |client: &Client, search: &str| {
            let query = percent_encoding::utf8_percent_encode(search, percent_encoding::NON_ALPHANUMERIC);
            let list = client.clone().get(&format!("/api/ticket?search={query}")).await.value();
            let ids: Vec<_> =
                list["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
            assert_eq!(list["meta"]["total"], ids.len(), "{search}");
            ids
        };
        let maria = desk.maria.clone();
        assert_eq!(found(&maria, &desk.artem_account.email).await, [id]);
        assert_eq!(found(&maria, &desk.artem_account.username.to_uppercase()).await, [id]);
        let backwards: Vec<_> = desk.artem_account.username.split(' ').rev().collect();
        assert_eq!(found(&maria, &backwards.join(" ")).await, [id]);
        let mut all = found(&maria, "@example.ru").await;
        all.sort_unstable();
        assert_eq!(all, [id, other], "by domain");
        let narrowed = maria.clone().get(&format!("/api/ticket?search={}&status=closed", "example.ru")).await.value();
        assert_eq!(narrowed["meta"]["total"], 0);
        // Whose ticket it is tells customers nothing.
        assert!(found(&desk.elena.clone(), &desk.artem_account.email).await.is_empty());
        assert!(found(&desk.artem.clone(), "example.ru").await.is_empty());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_04_the_same_searches_find_the_same_on_both_databases(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut ids = Vec::new();
        for (title, message) in TEXTS {
            ids.push(create(&mut desk.artem, title, message).await);
        }
        for (search, texts) in SEARCHES {
            let expected: Vec<i64> = texts.iter().rev().map(|n| ids[*n]).collect();
            assert_eq!(found(&mut desk.artem, search).await, expected, "{search}");
            assert_eq!(found(&mut desk.elena, search).await, Vec::<i64>::new(), "{search}");
            let path = format!("/dashboard/tickets-new?search={}", encoded(search));
            let page = desk.artem.get(&path).await;
            assert_eq!(page.status, 200, "{search}");
            assert_eq!(page.text.contains("<mark>"), !expected.is_empty(), "{search}: what was found is marked");
        }
        let (last, number) = (ids[2], ids[2].to_string());
        for search in [format!("#{number}"), format!("[#{number}]"), number.clone(), format!("№ {number}")] {
            assert_eq!(found(&mut desk.artem, &search).await.first(), Some(&last), "{search}");
            assert!(!found(&mut desk.elena, &search).await.contains(&last), "{search}");
        }
        assert_eq!(found(&mut desk.maria, &format!("Re: [#{number}] vps")).await, [last]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_04_a_long_search_is_answered_and_bounded(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = create(&mut desk.artem, "Длинный вопрос", "раз два три четыре пять шесть семь восемь девять").await;
        assert_eq!(found(&mut desk.artem, "раз два три четыре пять шесть семь восемь прочее").await, [id]);
        for search in ["a-".repeat(100), "1.".repeat(100), "ы ".repeat(100), "\u{1f600}".repeat(200), "x1".repeat(100)]
        {
            assert_eq!(found(&mut desk.artem, &search).await, Vec::<i64>::new(), "{search}");
        }
        // A pasted line of a log: its first words count.
        assert_eq!(found(&mut desk.artem, &format!("один {}", "раз два ".repeat(120))).await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.artem, &"раз два ".repeat(120)).await, [id]);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_found_in_all_their_forms(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let server = create(&mut desk.artem, "Не отвечает сервер", "После обновления ядра он не пингуется").await;
        let payment = create(&mut desk.artem, "Вопрос", "Оплата картой не проходит, payments are declined").await;
        respond(&mut desk.maria, payment, "Передали в бухгалтерию, ждём выписку").await;
        for (search, expected) in [
            ("серверы", vec![server]),
            ("СЕРВЕРОМ", vec![server]),
            ("обновлений ядром", vec![server]),
            ("payment", vec![payment]),
            ("бухгалтерия", vec![payment]),
            ("выпис", vec![payment]),
            ("сер", vec![server]),
            ("own", vec![]),
            ("сервер бухгалтерия", vec![]),
            ("нетакогослова", vec![]),
            ("\"' OR 1=1 --", vec![]),
            ("* ( ) : ^ & | !", vec![]),
            // To some tokenizers a letter, to others none: one word, not a phrase.
            ("сер\u{24d0}вер", vec![]),
        ] {
            assert_eq!(found(&mut desk.maria, search).await, expected, "{search}");
            assert_eq!(found(&mut desk.artem, search).await, expected, "{search}");
            assert_eq!(found(&mut desk.elena, search).await, Vec::<i64>::new(), "{search}");
        }
        assert_eq!(found(&mut desk.maria, &format!("#{server}")).await, [server]);
        assert_eq!(found(&mut desk.maria, "").await, [payment, server], "no words: everything");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_found_by_operators_only(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        note(&mut desk.maria, id, "сломанный initramfs, как у соседа").await;
        assert_eq!(found(&mut desk.ilya, "initramfs").await, [id]);
        assert_eq!(found(&mut desk.artem, "initramfs").await, Vec::<i64>::new());
        let page = desk.ilya.get("/dashboard/tickets-new?search=initramfs").await;
        assert!(page.text.contains("<mark>initramfs</mark>"), "{}", page.text);
        let page = desk.artem.get("/dashboard/tickets-new?search=initramfs").await;
        assert!(!page.text.contains("<mark>") && !page.text.contains("соседа"));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_can_be_narrowed_and_follows_a_new_title(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        patch(&mut desk.maria, id, json!({ "title": "Сломан initramfs", "category": "technical" })).await;
        assert_eq!(found(&mut desk.artem, "initramfs").await, [id]);
        assert_eq!(found(&mut desk.artem, "VPS").await, Vec::<i64>::new());
        let narrowed = |category: &str| format!("/api/ticket?search=initramfs&category={category}");
        assert_eq!(desk.maria.get(&narrowed("technical")).await.value()["meta"]["total"], 1);
        assert_eq!(desk.maria.get(&narrowed("billing")).await.value()["meta"]["total"], 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_ones_own_documents_and_no_others(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let (mut artems, mut everybodys) = (Vec::new(), Vec::new());
        for word in ["альфа", "бета", "гамма", "дельта", "омега"] {
            let own = create(&mut desk.artem, word, "Молчит маршрутизатор").await;
            note(&mut desk.maria, own, "секретный маршрутизатор").await;
            let others = create(&mut desk.elena, word, "Молчит маршрутизатор").await;
            artems.insert(0, own);
            everybodys.splice(0..0, [others, own]);
        }
        for (n, word) in ["омега", "дельта", "гамма", "бета", "альфа"].into_iter().enumerate()
        {
            assert_eq!(found(&mut desk.artem, word).await, artems[n..=n], "{word}");
            assert_eq!(found(&mut desk.elena, word).await, everybodys[2 * n..=2 * n], "{word}");
            assert_eq!(found(&mut desk.maria, word).await, everybodys[2 * n..2 * n + 2], "{word}");
        }
        for search in ["маршрутизаторы", "маршрут"] {
            assert_eq!(found(&mut desk.artem, search).await, artems, "{search}");
            assert_eq!(found(&mut desk.maria, search).await, everybodys, "{search}");
        }
        assert_eq!(found(&mut desk.maria, "секретный").await, artems);
        assert_eq!(found(&mut desk.artem, "секретный").await, Vec::<i64>::new());
        patch(&mut desk.maria, artems[4], json!({ "category": "billing" })).await;
        // "альфа"
        let narrowed = desk.maria.get("/api/ticket?search=%D0%B0%D0%BB%D1%8C%D1%84%D0%B0&category=billing").await;
        assert_eq!(narrowed.value()["tickets"][0]["id"], artems[4]);
        assert_eq!(narrowed.value()["meta"]["total"], 1);
        // The words of buckets are nobody's.
        for bucket in 0..10 {
            assert_eq!(found(&mut desk.maria, &format!("_{bucket}")).await, Vec::<i64>::new());
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_himself_into_anothers_search(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let me = desk.artem_account.id;
        create(&mut desk.elena, "Приманка", &format!("приманка _{me} ⓐ_{me} a_{me}")).await;
        assert_eq!(found(&mut desk.artem, "приманка").await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.artem, &format!("_{me}")).await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.elena, "приманка").await.len(), 1);
    })
    .await;
}

// As a database of the version before has it: words that only the newest documents have are missing.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_04_old_rows_are_indexed_anew_and_a_stop_loses_none(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let first = create(&mut desk.artem, "Не отвечает сервер", "После обновления 185.12.33.4 не пингуется").await;
        note(&mut desk.maria, first, "сломанный initramfs на /dev/sda1").await;
        for n in 0..120 {
            respond(&mut desk.maria, first, &format!("Ответ vps-{n}")).await;
        }
        desk.app.app.tickets.db.forget_words().await;
        let second = create(&mut desk.artem, "Второй сервер", "Он тоже не отвечает с утра").await;
        assert_eq!(found(&mut desk.artem, "сервер").await, [second]);
        // One step and a stop; a title changes meanwhile.
        assert!(crate::ticket::reindexing::some(&desk.app.app.tickets).await.unwrap());
        assert_eq!(found(&mut desk.artem, "vps-119").await, [first], "the newest first");
        assert_eq!(found(&mut desk.artem, "185.12.33.4").await, Vec::<i64>::new());
        patch(&mut desk.maria, first, json!({ "title": "Не отвечает старый сервер" })).await;
        while crate::ticket::reindexing::some(&desk.app.app.tickets).await.unwrap() {}
        assert!(!crate::ticket::reindexing::some(&desk.app.app.tickets).await.unwrap(), "it is over");
        assert_eq!(found(&mut desk.artem, "сервер").await, [second, first]);
        for search in ["старый обновление", "185.12.33.4", "vps-0", "vps-60", "119"] {
            assert_eq!(found(&mut desk.artem, search).await, [first], "{search}");
        }
        for search in ["initramfs", "/dev/sda1"] {
            assert_eq!(found(&mut desk.maria, search).await, [first], "{search}");
            assert_eq!(found(&mut desk.artem, search).await, Vec::<i64>::new(), "{search}");
        }
        assert_eq!(found(&mut desk.elena, "сервер").await, Vec::<i64>::new());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_found_no_more(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        desk.ticket().await;
        assert_eq!(found(&mut desk.maria, "VPS").await.len(), 1);
        crate::session::admin::erase(
            &desk.app.app.sessions,
            crate::session::admin::Authority::Machine,
            desk.artem_account.id,
        )
        .await
        .unwrap();
        assert_eq!(found(&mut desk.maria, "VPS").await.len(), 0);
        assert_eq!(desk.maria.get("/api/ticket").await.value()["stats"]["open"], 0, "the counters follow");
    })
    .await;
}

/// Above all places: more than a search reads first, one in thirty of them with a frequent word.
const NEWEST: i64 = 3_000_000;
const FILLERS: i64 = 2_100;
/// Ids of documents with a rare word, in each of the steps that it makes a search take: among the newest, by
/// words over some buckets twice, by words over all that is left. Some are on both sides of where a bucket
/// ends (each 32,768), and of where the second step does.
#[rustfmt::skip]
const PLACES: [i64; 26] = [
    1_000, 32_767, 32_768, 1_000_000, 1_800_000,
    2_000_000, 2_300_000, 2_800_000, 2_850_815, 2_850_816,
    2_877_200, 2_877_201, 2_877_202, 2_877_203, 2_877_204,
    2_883_583, 2_883_584, 2_900_000, 2_916_351, 2_916_352, 2_949_119, 2_949_120, 2_981_887, 2_981_888, 2_999_998,
    3_004_001,
];

/// A large database's documents, but for most of those that no search here is about. Gives what was said at
/// each of the places, the newest first.
async fn spread(desk: &mut Desk, pool: &sqlx::PgPool) -> Vec<Option<i64>> {
    let id = desk.ticket().await;
    for n in 0..PLACES.len() {
        assert_eq!(respond(&mut desk.artem, id, &format!("Редкое {n}")).await.status, 201);
    }
    const SAID: &str = "SELECT response_id FROM ticket_doc WHERE response_id IS NOT NULL ORDER BY id";
    let said: Vec<Option<i64>> = sqlx::query_scalar(SAID).fetch_all(pool).await.unwrap();
    for (response, place) in said.iter().zip(PLACES) {
        const MOVE: &str = "UPDATE ticket_doc SET id = $1 WHERE response_id = $2";
        sqlx::query(MOVE).bind(place).bind(response).execute(pool).await.unwrap();
    }
    const FILL: &str = "INSERT INTO ticket_doc (id, ticket_id, user_id, is_internal, words)
        SELECT $1 + 2 * n, d.ticket_id, d.user_id, FALSE, array_to_tsvector(CASE n % 30 WHEN 0 THEN $3::text[] ELSE $4 END)
        FROM generate_series(1, $2) n, ticket_doc d WHERE d.response_id IS NULL";
    let words = |text: &str| words::lexemes(text).into_iter().collect::<Vec<_>>();
    let fill = sqlx::query(FILL).bind(NEWEST).bind(FILLERS).bind(words("частое слово")).bind(words("прочее слово"));
    assert_eq!(fill.execute(pool).await.unwrap().rows_affected(), FILLERS as u64);
    said.into_iter().rev().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_a_search_in_a_large_postgres_finds_its_documents() {
    let Some(database) = Database::postgres().await else { return };
    let mut desk = Desk::new(database).await;
    let db = desk.app.app.tickets.db.clone();
    let Pools::Postgres(pool) = db.pools() else { unreachable!() };
    let rare = spread(&mut desk, pool).await;
    let found = async |scope: Scope, query: Query, limit: i64| -> Vec<_> {
        let hits = store_search::find(&db, scope, Narrow::default(), &query, limit).await.unwrap();
        hits.into_iter().map(|hit| hit.response_id).collect()
    };
    let query = |text: &str| Query::parse(text).unwrap();
    for scope in [Scope::All, Scope::Own(desk.artem_account.id)] {
        assert_eq!(found(scope, query("редкое"), 100).await, rare, "{scope:?}");
        assert_eq!(found(scope, query("редк").open(), 100).await, rare, "{scope:?}");
        assert_eq!(found(scope, query("редкое"), 7).await, rare[..7], "{scope:?}");
        // Most of them are among the newest, so that the next steps are short, and in order.
        assert_eq!(found(scope, query("частое"), 100).await.len(), 70, "{scope:?}");
        assert_eq!(found(scope, query("слово"), 100).await.len(), 100, "{scope:?}");
    }
    assert_eq!(found(Scope::Own(desk.maria_id), query("редкое"), 100).await, Vec::<Option<i64>>::new());
}
