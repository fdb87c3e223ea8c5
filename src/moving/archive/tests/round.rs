use std::os::unix::fs::PermissionsExt;

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    Folder, all, assert_same, export,
    house::{House, longest, ok},
    import, pairs,
};
use crate::{
    on_write,
    platform::{data::holding::watched, files::carry::hex},
    testing::{TestApp, engines::*, make},
};

const FILES: usize = 3;

/// Another key than the one that all databases of tests have.
async fn rekey(app: &TestApp, byte: u8) {
    let db = &app.app.platform.db;
    on_write!(db, c => sqlx::query("UPDATE public_id_key SET key = $1").bind(vec![byte; 32]).execute(c).await.map(|_| ())).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_out_of_the_second_is_what_came_out_of_the_first() {
    for (one, two) in pairs().await {
        watched(async {
            let house = House::on(one).await;
            rekey(&house.app, 7).await;
            let (out, again) = (Folder::new(), Folder::new());
            let exported = export(&house.app, &out.path()).await.unwrap();
            assert_eq!((exported.files as usize, exported.missing.len()), (FILES, 0));
            let empty = TestApp::new(two).await;
            let imported = import(&empty, &out.path()).await.unwrap();
            assert_eq!(imported.files as usize, FILES);
            export(&empty, &again.path()).await.unwrap();
            assert_same(&out.path(), &again.path());
            let header = |folder: &Folder| {
                let text = std::fs::read(folder.path().join("header.json")).unwrap();
                let mut header: Value = serde_json::from_slice(&text).unwrap();
                header.as_object_mut().unwrap().remove("exportedAt");
                header
            };
            assert_eq!(header(&out), header(&again));
            assert_eq!(header(&out)["publicIdKey"], hex(&[7; 32]));
            assert!(header(&out)["highestIds"]["account"].as_i64().unwrap() > 4);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_go_on_where_they_were() {
    for (one, two) in pairs().await {
        watched(async {
            let house = House::on(one).await;
            rekey(&house.app, 9).await;
            let out = Folder::new();
            export(&house.app, &out.path()).await.unwrap();
            let new = TestApp::new(two).await;
            import(&new, &out.path()).await.unwrap();
            // Its clock goes on, and it starts anew: with the key that came along.
            new.pass(std::time::Duration::from_secs(86_400 * 31));
            house.app.pass(std::time::Duration::from_secs(86_400));
            let node = new.other_node().await;
            let mut before = house.app.other_node().await;
            let sign_in = async |client: &crate::testing::Client, email: &str| {
                client.clone().post("/api/auth/login", json!({ "email": email, "password": make::PASSWORD })).await
            };
            let token = |answer: crate::testing::Answer| answer.value()["token"].as_str().unwrap().to_owned();
            let mut artem = node.clone().bearer(&token(sign_in(&node, &house.artem.email).await));
            before = before.clone().bearer(&token(sign_in(&before, &house.artem.email).await));
            assert_eq!(sign_in(&node, "елена@пример.рф").await.value()["code"], "account_blocked");

            // The same to its owner, by the same numbers.
            for path in [
                format!("/api/ticket/{}", house.ticket),
                format!("/api/ticket/{}/history", house.ticket),
                "/api/ticket".into(),
                "/api/user/profile".into(),
                "/api/notifications/settings".into(),
                "/api/notifications?limit=100".into(),
            ] {
                let (was, is) = (before.get(&path).await, artem.get(&path).await);
                assert_eq!(
                    (was.status.as_u16(), was.text.replace("Asia", "")),
                    (200, is.text.replace("Asia", "")),
                    "{path}"
                );
            }
            let ticket = artem.get(&format!("/api/ticket/{}", house.ticket)).await;
            assert!(
                !ticket.text.contains("Усть-Кулом") && ticket.value()["ticket"]["responses"][0]["message"] == longest()
            );
            for file in ticket.value()["ticket"]["attachments"].as_array().unwrap() {
                let url = file["fileUrl"].as_str().unwrap();
                let (was, is) = (before.get(url).await, artem.get(url).await);
                assert_eq!((is.status.as_u16(), &is.text), (200, &was.text), "{url}");
            }
            let small = ticket.value()["ticket"]["attachments"][0]["thumbnailUrl"].as_str().unwrap().to_owned();
            assert_eq!(artem.get(&small).await.status, 200);
            let history = artem.get("/api/sessions/history?limit=100").await.value();
            assert!(history.as_array().unwrap().iter().any(|row| row["reason"] == "wrong_password"), "{history}");

            let mut maria = node.clone().bearer(&token(sign_in(&node, &house.maria.email).await));
            let found = async |client: &mut crate::testing::Client, words: &str| {
                let list = client.get(&format!("/api/ticket?search={words}")).await.value();
                list["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(found(&mut maria, "185.12.33.4").await, [house.ticket]);
            assert_eq!(found(&mut maria, "%D0%B7%D0%B0%D0%BC%D0%B5%D1%82%D0%BA%D0%B0").await, [house.ticket], "a note");
            assert!(
                found(&mut artem, "%D0%B7%D0%B0%D0%BC%D0%B5%D1%82%D0%BA%D0%B0").await.is_empty(),
                "no customer finds it"
            );
            assert_eq!(found(&mut maria, "artem").await.len(), 3, "and people are found by their words");
            let stats = maria.get("/api/ticket").await.value()["stats"].clone();
            assert_eq!(
                (&stats["closed"], &stats["inProgress"], &stats["open"]),
                (&json!(1), &json!(1), &json!(1)),
                "{stats}"
            );

            // Numbers go on after the highest that was ever given.
            let highest = |table: &str| {
                let header: Value =
                    serde_json::from_slice(&std::fs::read(out.path().join("header.json")).unwrap()).unwrap();
                header["highestIds"][table].as_i64().unwrap()
            };
            let made = ok(
                &mut artem,
                "/api/ticket/create",
                json!({ "title": "После переезда", "message": "Всё на месте, спасибо" }),
            )
            .await;
            assert_eq!(made["ticket"]["id"].as_i64(), Some(highest("ticket") + 1));
            let mut stranger = node.clone();
            let new = json!({ "username": "Новый", "email": "new@example.ru", "password": make::PASSWORD });
            assert_eq!(
                ok(&mut stranger, "/api/auth/register", new).await["user"]["id"].as_i64(),
                Some(highest("account") + 1)
            );
            let done =
                maria.json(Method::PATCH, &format!("/api/ticket/{}", house.ticket), json!({ "priority": "low" })).await;
            assert_eq!(done.status, 200, "{}", done.text);
        })
        .await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_its_makers_alone_and_never_overwrites(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let house = House::on(database).await;
        let out = Folder::new();
        export(&house.app, &out.path()).await.unwrap();
        let mut open = vec![out.path()];
        while let Some(path) = open.pop() {
            let found = std::fs::metadata(&path).unwrap();
            assert_eq!(
                found.permissions().mode() & 0o777,
                if found.is_dir() { 0o700 } else { 0o600 },
                "{}",
                path.display()
            );
            if found.is_dir() {
                open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
        let before = all(&out.path());
        let refused = export(&house.app, &out.path()).await.unwrap_err().to_string();
        assert!(refused.contains("is not empty"), "{refused}");
        assert_eq!(all(&out.path()), before);
        let text: Vec<u8> =
            before.iter().filter(|(name, _)| name.ends_with(".jsonl")).flat_map(|(_, bytes)| bytes.clone()).collect();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("$argon2id$") && !text.contains("token") && !text.contains("sealed"),
            "no session, nothing sealed"
        );
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_storage_has_lost_stops_nobody(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let house = House::on(database).await;
        let (out, again) = (Folder::new(), Folder::new());
        let lost = std::fs::read_dir(house.app.folder().join("files"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_name().unwrap().len() == 2)
            .unwrap();
        std::fs::remove_dir_all(&lost).unwrap();
        let exported = export(&house.app, &out.path()).await.unwrap();
        assert!(!exported.missing.is_empty() && exported.files as usize + exported.missing.len() == FILES);
        let empty = TestApp::new(crate::testing::Database::sqlite()).await;
        import(&empty, &out.path()).await.unwrap();
        export(&empty, &again.path()).await.unwrap();
        assert_same(&out.path(), &again.path());
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_meanwhile_is_in_it_whole_or_not_at_all(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let house = House::on(database).await;
        let app = &house.app;
        let mut client = make::program(app, &house.artem).await.0;
        let writing = async {
            for n in 0..30 {
                let made = ok(
                    &mut client,
                    "/api/ticket/create",
                    json!({ "title": format!("Вопрос {n}"), "message": "Что-то не открывается" }),
                )
                .await;
                ok(
                    &mut client,
                    "/api/ticket/respond",
                    json!({ "ticketId": made["ticket"]["id"], "message": "И вот ещё" }),
                )
                .await;
            }
        };
        let exporting = async {
            let mut archives = Vec::new();
            for _ in 0..4 {
                let out = Folder::new();
                export(app, &out.path()).await.unwrap();
                archives.push(out);
            }
            archives
        };
        let ((), archives) = tokio::join!(watched(writing), watched(exporting));
        for archive in archives {
            let empty = TestApp::new(crate::testing::Database::sqlite()).await;
            import(&empty, &archive.path()).await.unwrap();
            let lines = |part: &str| all(&archive.path())[part].iter().filter(|byte| **byte == b'\n').count();
            assert!(lines("tickets.jsonl") >= 3 && lines("responses.jsonl") >= 3);
        }
    })
    .await;
}
