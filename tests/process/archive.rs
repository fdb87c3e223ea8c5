//! An archive that somebody wrote by the description (docs/moving.md), brought in by the program: killed on the
//! way, without room on the disk, and out again as it came.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::common::{Install, stderr, until};

const PEOPLE: i64 = 20;
const TICKETS: i64 = 300;
const ANSWERS: i64 = 3000;
/// A hash that no password has.
const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
const AT: &str = "2025-03-04T05:06:07.089Z";

/// Fields in the order of the description.
fn line(fields: &[(&str, Value)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}\n", fields.join(","))
}

fn person(id: i64) -> String {
    let role = if id == 1 { "admin" } else { "customer" };
    line(&[
        ("id", json!(id)),
        ("username", json!(format!("Человек № {id}"))),
        ("email", json!(format!("p{id}@example.ru"))),
        ("emailKey", json!(format!("p{id}@example.ru"))),
        ("passwordHash", json!(HASH)),
        ("role", json!(role)),
        ("language", json!("ru")),
        ("timezone", json!("Europe/Moscow")),
        ("avatarUrl", json!(null)),
        ("blockedAt", json!(null)),
        ("createdAt", json!(AT)),
        ("signedInAt", json!(null)),
        ("emailSetAt", json!(null)),
        ("notificationSettings", json!([])),
        ("quietHours", json!(null)),
        ("knownBrowsers", json!([])),
    ])
}

fn ticket(id: i64, content: &[u8]) -> String {
    let hash: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = line(&[
        ("id", json!(id)),
        ("filename", json!("журнал.txt")),
        ("storageKey", json!(key(id))),
        ("fileSize", json!(content.len())),
        ("mimeType", json!("text/plain; charset=utf-8")),
        ("createdAt", json!(AT)),
        ("sha256", json!(hash)),
    ]);
    let text = line(&[
        ("id", json!(id)),
        ("userId", json!(id % PEOPLE + 1)),
        ("title", json!(format!("Вопрос {id}"))),
        ("message", json!("Не открывается сайт 🔥\nС утра")),
        ("status", json!("open")),
        ("statusSince", json!(AT)),
        ("priority", json!("normal")),
        ("category", json!("technical")),
        ("assignedTo", json!(null)),
        ("previousId", json!(null)),
        ("responseCount", json!(10)),
        ("lastResponseAt", json!(AT)),
        ("lastByStaff", json!(false)),
        ("firstAnswerAt", json!(null)),
        ("waitingSince", json!(AT)),
        ("dueAt", json!(null)),
        ("remindedAt", json!(null)),
        ("createdAt", json!(AT)),
        ("updatedAt", json!(AT)),
        ("closedAt", json!(null)),
        ("version", json!(0)),
        ("readBefore", json!(null)),
        ("quietBefore", json!(null)),
        ("operatorErased", json!(false)),
    ]);
    format!("{},\"files\":[{}]}}\n", text.trim_end().trim_end_matches('}'), file.trim_end())
}

fn answer(id: i64) -> String {
    let ticket = (id - 1) / (ANSWERS / TICKETS) + 1;
    line(&[
        ("id", json!(id)),
        ("ticketId", json!(ticket)),
        ("authorId", json!(ticket % PEOPLE + 1)),
        ("byStaff", json!(false)),
        ("message", json!(format!("Ответ {id}: перезагрузил сервер, ошибка 502 осталась. ").repeat(8).trim())),
        ("isInternal", json!(false)),
        ("createdAt", json!(AT)),
        ("files", json!([])),
    ])
}

/// Two people came from an earlier portal, and its first ticket.
fn origins() -> String {
    let origin = |kind: &str, there: i64, here: i64, state: Value| {
        line(&[
            ("source", json!("портал")),
            ("kind", json!(kind)),
            ("sourceId", json!(there)),
            ("targetId", json!(here)),
            ("state", state),
        ])
    };
    let ticket = origin("ticket", 7, 1, json!("open normal technical 0 0"));
    [ticket, origin("user", 3, 1, json!(null)), origin("user", 12, 2, json!(null))].concat()
}

fn key(id: i64) -> String {
    format!("{:02x}/{id:030x}", id % 256)
}

/// Writes an archive by the description.
fn write(to: &Path) {
    let put = |name: &str, text: &str| {
        fs::write(to.join(name), text).unwrap();
        (name.to_owned(), json!({ "lines": text.lines().count() }))
    };
    let mut tickets = String::new();
    for id in 1..=TICKETS {
        let content = format!("строка журнала {id}\n").repeat(200);
        let path = to.join("files").join(key(id));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &content).unwrap();
        tickets += &ticket(id, content.as_bytes());
    }
    let parts: serde_json::Map<String, Value> = [
        put("people.jsonl", &(1..=PEOPLE).map(person).collect::<String>()),
        put("sign_ins.jsonl", ""),
        put("tickets.jsonl", &tickets),
        put("responses.jsonl", &(1..=ANSWERS).map(answer).collect::<String>()),
        put("changes.jsonl", ""),
        put("seen.jsonl", ""),
        put("notifications.jsonl", ""),
        put("origins.jsonl", &origins()),
    ]
    .into_iter()
    .collect();
    let header = json!({
        "format": "ospabhost", "version": 1, "program": "by hand", "exportedAt": AT,
        "publicIdKey": "000102030405060708090a0b0c0d0e0f", "highestIds": {}, "parts": parts,
    });
    fs::write(to.join("header.json"), header.to_string()).unwrap();
}

fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(all_in(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn assert_same(one: &Path, other: &Path) {
    let names = |folder: &Path| {
        let all = all_in(folder).into_iter().map(|path| path.strip_prefix(folder).unwrap().to_owned());
        all.filter(|name| name != Path::new("header.json")).collect::<Vec<_>>()
    };
    assert_eq!(names(one), names(other));
    for name in names(one) {
        assert!(fs::read(one.join(&name)).unwrap() == fs::read(other.join(&name)).unwrap(), "{}", name.display());
    }
}

/// How many people there are; none where there is no database yet.
async fn people(install: &Install) -> i64 {
    if install.is_sqlite() && !install.path("data/ospabhost.db").exists() {
        return 0;
    }
    install.sql("SELECT COUNT(*) FROM account".into()).await.unwrap()
}

fn begin(install: &Install, archive: &Path) -> Child {
    let mut command = install.command(&["import", "--from", archive.to_str().unwrap()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether it has come.
type Moment<'a> = Box<dyn Fn() -> bool + 'a>;

#[tokio::test]
async fn killed_at_any_moment_it_is_done_by_the_next_run() {
    for install in Install::on_each().await {
        let archive = install.path("archive");
        fs::create_dir(&archive).unwrap();
        write(&archive);
        let stored = || all_in(&install.path("data/files")).len();
        let journal = || fs::metadata(install.path("data/ospabhost.db-wal")).map_or(0, |found| found.len());
        // While its files are stored, and with all of them there in the middle of its rows.
        let moments: [(&str, Moment<'_>); 5] = [
            ("a file", Box::new(|| stored() > 0)),
            ("some files", Box::new(|| stored() > 120)),
            ("the last file", Box::new(|| stored() >= TICKETS as usize)),
            ("some rows", Box::new(|| !install.is_sqlite() || journal() > 1 << 20)),
            ("more rows", Box::new(|| !install.is_sqlite() || journal() > 3 << 20)),
        ];
        let mut is_done = false;
        for (what, is_now) in moments {
            let mut running = begin(&install, &archive);
            until(what, async || (is_now() || running.try_wait().unwrap().is_some()).then_some(())).await;
            assert!(running.try_wait().unwrap().is_none(), "{what}: it was over before that");
            running.kill().unwrap();
            running.wait().unwrap();
            if people(&install).await == 0 {
                continue;
            }
            // It was just done: then all of it.
            let answers = install.sql("SELECT COUNT(*) FROM response".into()).await;
            assert_eq!((people(&install).await, answers), (PEOPLE, Some(ANSWERS)), "{}, {what}", install.name());
            is_done = true;
            break;
        }
        if !is_done {
            let said = install.ok(&["import", "--from", "archive"]);
            assert!(said.contains("20 people, 300 tickets with 3000 answers and notes, and 300 files"), "{said}");
        }
        install.ok(&["export", "--to", "again"]);
        assert_same(&archive, &install.path("again"));
        let pending = install.sql("SELECT COUNT(*) FROM pending_file".into()).await;
        assert_eq!(pending, Some(0), "no file waits to be removed");
        let twice = install.run(&["import", "--from", "archive"]);
        assert!(!twice.status.success() && stderr(&twice).contains("there are 20 people and 300 tickets here already"));
        let over = install.run(&["export", "--to", "again"]);
        assert!(
            !over.status.success() && stderr(&over).contains("again is not empty: name a new folder"),
            "{}",
            stderr(&over)
        );
    }
}

/// The program in a shell that lets no file grow over so many blocks of 512 bytes.
fn without_room(install: &Install, blocks: u32, arguments: &str) -> std::process::Output {
    let program = install.command(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" {arguments}")]).arg(program.get_program());
    command.current_dir(install.path("")).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[tokio::test]
async fn without_room_on_the_disk_nothing_half_is_left() {
    let install = Install::on_sqlite();
    let archive = install.path("archive");
    fs::create_dir(&archive).unwrap();
    write(&archive);
    install.ok(&["import", "--from", "archive", "--dry-run"]);
    assert_eq!(people(&install).await, 0, "a dry run writes nothing");
    assert!(all_in(&install.path("data/files")).is_empty());

    let refused = without_room(&install, 2048, "import --from archive");
    assert!(!refused.status.success());
    let said = stderr(&refused);
    assert!(said.starts_with("ospabhost: the database: ") && said.lines().count() < 4, "{said}");
    assert_eq!(people(&install).await, 0);
    install.ok(&["import", "--from", "archive"]);

    let refused = without_room(&install, 200, "export --to out");
    assert!(!refused.status.success());
    let said = stderr(&refused);
    assert!(said.contains("responses.jsonl: ") || said.contains("tickets.jsonl: "), "{said}");
    assert!(!install.path("out").exists(), "what was written is removed");
    install.ok(&["export", "--to", "out"]);
    assert_same(&archive, &install.path("out"));
}

#[tokio::test]
async fn an_address_is_changed_from_the_terminal() {
    for install in Install::on_each().await {
        let id = install.add_user("artem@example.ru", "customer");
        install.add_user("maria@example.ru", "customer");
        let change = |old: &str, new: &str| install.run(&["user", "email", "--email", old, "--new-email", new]);
        let done = change("ARTEM@example.ru", "Артём@пример.рф");
        assert!(done.status.success(), "{}", stderr(&done));
        assert!(String::from_utf8_lossy(&done.stdout).contains("Артём@пример.рф"));
        let list = install.ok(&["user", "list"]);
        assert!(list.contains(&format!("{id}\tАртём@пример.рф\t")) && !list.contains("artem@"), "{list}");
        for (old, new, says) in [
            ("maria@example.ru", "артём@xn--e1afmkfd.xn--p1ai", "This email already has an account"),
            ("maria@example.ru", "maria@users.noreply.github.com", "No mail reaches this address"),
            ("maria@example.ru", "maria", "The address seems wrong"),
            ("artem@example.ru", "x@example.ru", "nobody has the e-mail artem@example.ru"),
        ] {
            let refused = change(old, new);
            assert!(!refused.status.success() && stderr(&refused).contains(says), "{says}: {}", stderr(&refused));
        }
    }
}
