use std::path::Path;

use serde_json::Value;

use super::{Folder, all, assert_same, export, house::House, import};
use crate::{
    platform::data::holding::watched,
    testing::{
        Database, TestApp,
        dump::{difference, dump},
        engines::*,
    },
};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => assert!(std::fs::copy(&path, &target).is_ok()),
        }
    }
}

/// Changes a text file. With `told` the header says what stands there then, as a person would who writes an
/// archive by other means.
fn edit(archive: &Path, name: &str, told: bool, change: impl Fn(String) -> String) {
    let path = archive.join(name);
    let changed = change(std::fs::read_to_string(&path).unwrap());
    let lines = changed.lines().count();
    std::fs::write(&path, changed).unwrap();
    if told {
        let path = archive.join("header.json");
        let mut header: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        header["parts"][name] = serde_json::json!({ "lines": lines });
        std::fs::write(&path, header.to_string()).unwrap();
    }
}

/// Replaces something in one line, from 1.
fn in_line(number: usize, from: &'static str, to: &'static str) -> impl Fn(String) -> String {
    move |text| {
        let lines = text.lines().enumerate().map(|(n, line)| {
            if n + 1 == number {
                assert!(line.contains(from), "{from} is not in {line}");
                line.replacen(from, to, 1) + "\n"
            } else {
                format!("{line}\n")
            }
        });
        lines.collect()
    }
}

type Change = Box<dyn Fn(&Path)>;

fn line(name: &'static str, number: usize, from: &'static str, to: &'static str) -> Change {
    Box::new(move |archive| edit(archive, name, true, in_line(number, from, to)))
}

fn text(name: &'static str, change: fn(String) -> String) -> Change {
    Box::new(move |archive| edit(archive, name, false, change))
}

fn first_file(archive: &Path) -> std::path::PathBuf {
    let name = all(archive).into_keys().find(|name| name.starts_with("files/")).unwrap();
    archive.join(name)
}

/// What is done to an archive, and what is said of it.
fn damages() -> Vec<(Change, &'static str)> {
    vec![
        (
            line("people.jsonl", 2, "\"customer\"", "\"king\""),
            "people.jsonl:2: unknown variant `king`, expected one of",
        ),
        (line("people.jsonl", 1, "\"$argon2id$", "\"plain text "), "people.jsonl:1: no password hash"),
        (line("people.jsonl", 2, "\"id\":2", "\"id\":1"), "people.jsonl:2: its id is not higher"),
        (line("people.jsonl", 2, "\"id\":2", "\"id\":\"2\""), "people.jsonl:2: invalid type: string"),
        (line("people.jsonl", 1, "\"language\"", "\"langage\""), "people.jsonl:1: unknown field `langage`"),
        (
            line("people.jsonl", 1, "\"ticket_reply\"", "\"balance_deposit\""),
            "people.jsonl:1: unknown variant `balance_deposit`",
        ),
        (line("people.jsonl", 1, "\"fromMinute\":1320", "\"fromMinute\":1440"), "people.jsonl:1: quietHours"),
        (line("people.jsonl", 1, "\"createdAt\":\"2026", "\"createdAt\":\"yesterday"), "people.jsonl:1: \"yesterday"),
        (line("tickets.jsonl", 1, "\"urgent\"", "\"pending\""), "tickets.jsonl:1: unknown variant `pending`"),
        (
            line("tickets.jsonl", 2, "\"userId\":1", "\"userId\":77"),
            "tickets.jsonl:2: there is no person with the id 77",
        ),
        (
            line("tickets.jsonl", 3, "\"previousId\":2", "\"previousId\":9"),
            "tickets.jsonl:3: there is no ticket with the id 9",
        ),
        (
            line("tickets.jsonl", 1, "\"storageKey\":\"", "\"storageKey\":\"../../"),
            "tickets.jsonl:1: storageKey is no key",
        ),
        (
            line("tickets.jsonl", 1, "\"storageKey\":\"", "\"storageKey\":\"/etc/"),
            "tickets.jsonl:1: storageKey is no key",
        ),
        (line("tickets.jsonl", 1, "С утра", "С\\u0000утра"), "tickets.jsonl:1: it holds a NUL"),
        (line("tickets.jsonl", 1, "С утра", "\\ud800"), "tickets.jsonl:1: "),
        (
            line("responses.jsonl", 2, "\"ticketId\":1", "\"ticketId\":12"),
            "responses.jsonl:2: there is no ticket with the id 12",
        ),
        (
            line("responses.jsonl", 3, "\"isInternal\":false", "\"isInternal\":null"),
            "responses.jsonl:3: invalid type: null",
        ),
        (
            line("changes.jsonl", 1, "\"authorId\":1", "\"authorId\":5"),
            "changes.jsonl:1: there is no person with the id 5",
        ),
        (line("seen.jsonl", 1, "\"userId\":1", "\"userId\":5"), "seen.jsonl:1: there is no person"),
        (
            line("notifications.jsonl", 1, "\"facts\":{", "\"facts\":7,\"x\":{"),
            "notifications.jsonl:1: invalid type: integer",
        ),
        (line("sign_ins.jsonl", 1, "\"count\":1", "\"count\":0"), "sign_ins.jsonl:1: count is not positive"),
        (line("origins.jsonl", 1, "\"kind\":\"ticket\"", "\"kind\":\"invoice\""), "origins.jsonl:1: kind is none"),
        (line("origins.jsonl", 2, "\"sourceId\":5", "\"sourceId\":3"), "origins.jsonl:2: its source, kind and id"),
        // What only the database knows.
        (
            line("people.jsonl", 2, "\"emailKey\":\"", "\"emailKey\":\"artem@example.ru\",\"x\":\""),
            "people.jsonl:2: unknown field `x`",
        ),
        (
            Box::new(|archive| {
                edit(archive, "people.jsonl", true, |text| {
                    text.replace("\"emailKey\":\"maria@", "\"emailKey\":\"artem@")
                });
            }),
            "people.jsonl:3: ",
        ),
        (text("people.jsonl", |text| text.replace("Соколов", "Соловей")), "people.jsonl: its checksum is another"),
        (
            text("tickets.jsonl", |text| text.lines().take(2).map(|line| format!("{line}\n")).collect()),
            "tickets.jsonl: it has 2 lines, and the header tells of 3",
        ),
        (text("tickets.jsonl", |text| text.trim_end().to_owned()), "tickets.jsonl:3: the line does not end"),
        (text("tickets.jsonl", |text| text[..text.len() / 2].to_owned()), "tickets.jsonl:1: the line does not end"),
        (text("seen.jsonl", |text| format!("{text}\n")), "seen.jsonl:"),
        (text("seen.jsonl", |_| "x".repeat(5 << 20)), "seen.jsonl:1: the line does not end"),
        (
            text("header.json", |text| text.replace("\"version\": 1", "\"version\": 2")),
            "it is of version 2, and this program knows version 1",
        ),
        (text("header.json", |text| text.replace("\"ospabhost\"", "\"other\"")), "it is no archive of ospabhost"),
        (
            text("header.json", |text| text.replace("\"publicIdKey\": \"", "\"publicIdKey\": \"xx")),
            "publicIdKey is no key",
        ),
        (text("header.json", |text| text.replace("seen.jsonl", "sean.jsonl")), "it does not tell of seen.jsonl"),
        (text("header.json", |_| "{".into()), "header.json: EOF"),
        (
            Box::new(|archive| std::fs::remove_file(archive.join("header.json")).unwrap()),
            "holds no archive: there is no header.json",
        ),
        (
            Box::new(|archive| std::fs::remove_file(archive.join("changes.jsonl")).unwrap()),
            "changes.jsonl: No such file",
        ),
        (Box::new(|archive| std::fs::remove_file(first_file(archive)).unwrap()), "is not there"),
        (
            Box::new(|archive| {
                let file = first_file(archive);
                std::fs::remove_file(&file).unwrap();
                std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
            }),
            "is not there",
        ),
        (Box::new(|archive| std::fs::write(first_file(archive), "changed").unwrap()), "it is damaged"),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_line_is_named_and_nothing_is_brought_in(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let right = Folder::new();
        watched(async { export(&House::on(Database::sqlite()).await.app, &right.path()).await }).await.unwrap();
        let empty = TestApp::new(database).await;
        // What was on its way is remembered, to be removed.
        let rows = async || {
            let mut all = dump(&empty.app.platform.db, &[]).await;
            all.remove("pending_file");
            all
        };
        let before = rows().await;
        for (damage, says) in damages() {
            let wrong = Folder::new();
            copy(&right.path(), &wrong.path());
            damage(&wrong.path());
            let refused = import(&empty, &wrong.path()).await.expect_err(says).to_string();
            assert!(refused.contains(says), "{says}: {refused}");
            let after = rows().await;
            assert!(before == after, "{says}:{}", difference(&before, &after));
        }
        // And then it goes on as if nothing had been.
        let again = Folder::new();
        import(&empty, &right.path()).await.unwrap();
        export(&empty, &again.path()).await.unwrap();
        assert_same(&right.path(), &again.path());
        let twice = import(&empty, &right.path()).await.unwrap_err().to_string();
        assert!(twice.contains("there are 4 people and 3 tickets here already"), "{twice}");
        let pending = dump(&empty.app.platform.db, &[]).await["pending_file"].clone();
        assert_eq!(pending, Vec::<String>::new(), "every file is claimed");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_imports_at_once_one_is_done(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let right = Folder::new();
        watched(async { export(&House::on(Database::sqlite()).await.app, &right.path()).await }).await.unwrap();
        let empty = TestApp::new(database).await;
        let path = right.path();
        let (one, two) = tokio::join!(watched(import(&empty, &path)), watched(import(&empty, &path)));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let again = Folder::new();
        export(&empty, &again.path()).await.unwrap();
        assert_same(&path, &again.path());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storage_that_two_share_keeps_what_was_there(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let house = House::on(Database::sqlite()).await;
        let right = Folder::new();
        export(&house.app, &right.path()).await.unwrap();
        let files = house.app.folder().join("files");
        let shared = files.to_str().unwrap().to_owned();
        let empty = TestApp::with(database, |config| config.platform.storage_url = shared).await;
        assert_eq!(import(&empty, &right.path()).await.unwrap().files, 0, "all are there");
        let pending = dump(&empty.app.platform.db, &[]).await["pending_file"].clone();
        assert_eq!(pending, Vec::<String>::new(), "none of them is to be removed");
        let again = Folder::new();
        export(&empty, &again.path()).await.unwrap();
        assert_same(&right.path(), &again.path());
    })
    .await;
}
