use super::*;
use crate::testing::engines::*;

/// Artem's ticket with a text file: its id and the file's.
pub async fn ticket_with_file(by: &mut Client) -> (i64, i64) {
    let fields = [("title", "VPS не отвечает"), ("message", "Лог во вложении")];
    let answer = by.upload("/api/ticket/create", &fields, &[("лог.txt", "строка лога".as_bytes())]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let ticket = answer.value()["ticket"].clone();
    (ticket["id"].as_i64().unwrap(), ticket["attachments"][0]["id"].as_i64().unwrap())
}

/// An internal note with a file: the file's id.
pub async fn note_with_file(by: &mut Client, ticket: i64) -> i64 {
    let id = ticket.to_string();
    let fields = [("ticketId", &*id), ("message", "для нас"), ("isInternal", "true")];
    let answer = by.upload("/api/ticket/respond", &fields, &[("a.txt", b"secret".as_slice())]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.value()["response"]["attachments"][0]["id"].as_i64().unwrap()
}

/// What the storage holds.
fn stored(desk: &Desk) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| match entry.path() {
                path if path.is_dir() => count(&path),
                _ => 1,
            })
            .sum()
    }
    count(&desk.app.folder().join("files"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_hang_where_they_were_sent(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let (id, file) = ticket_with_file(&mut desk.artem).await;
        let ticket = desk.artem.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone();
        let attachment = &ticket["attachments"][0];
        let mut names: Vec<_> = attachment.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["createdAt", "fileSize", "fileUrl", "filename", "id", "mimeType", "thumbnailUrl"]);
        assert_eq!((&attachment["filename"], &attachment["mimeType"]), (&json!("лог.txt"), &json!("text/plain")));
        let answer = desk.artem.get(attachment["fileUrl"].as_str().unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "строка лога"));
        assert!(answer.header("content-disposition").starts_with("attachment"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let part = desk.artem.clone().header("range", "bytes=0-1").get(attachment["fileUrl"].as_str().unwrap()).await;
        assert_eq!(part.status, 206);
        assert_eq!(desk.artem.get("/api/ticket").await.value()["tickets"][0]["attachments"][0]["id"], file);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_leaves_no_file(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let text = "лог".as_bytes();
        let six: Vec<(&str, &[u8])> = vec![("a.txt", text); 6];
        let fields = [("title", "VPS не отвечает"), ("message", "Лог во вложении")];
        let refused = desk.artem.upload("/api/ticket/create", &fields, &six).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let lying =
            desk.artem.upload("/api/ticket/create", &fields, &[("a.png", b"<svg onload=alert(1)>".as_slice())]).await;
        assert!([415, 422].contains(&lying.status.as_u16()), "{}", lying.text);
        let short = [("title", "a"), ("message", "Лог во вложении")];
        assert_eq!(desk.artem.upload("/api/ticket/create", &short, &[("a.txt", text)]).await.status, 422);
        let id = desk.ticket().await.to_string();
        let reply = [("ticketId", &*id), ("message", "не моё")];
        assert_eq!(desk.elena.upload("/api/ticket/respond", &reply, &[("a.txt", text)]).await.status, 404);
        let stale = [("ticketId", &*id), ("message", "поздно"), ("lastSeenResponseId", "0")];
        respond(&mut desk.maria, id.parse().unwrap(), "Первая").await;
        assert_eq!(desk.artem.upload("/api/ticket/respond", &stale, &[("a.txt", text)]).await.status, 409);
        crate::testing::until(|| async { stored(&desk) == 0 }).await;
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_takes_its_files_along(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let (id, _) = ticket_with_file(&mut desk.artem).await;
        note_with_file(&mut desk.maria, id).await;
        assert_eq!(stored(&desk), 2);
        crate::session::admin::erase(
            &desk.app.app.sessions,
            crate::session::admin::Authority::Machine,
            desk.artem_account.id,
        )
        .await
        .unwrap();
        desk.app.app.platform.files.clean().await.unwrap();
        assert_eq!(stored(&desk), 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_sent_twice_is_kept_once(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let mut client = desk.artem.clone().header("idempotency-key", "files-1");
        let fields = [("title", "VPS не отвечает"), ("message", "Лог во вложении")];
        let files = [("a.txt", b"log".as_slice())];
        let first = client.upload("/api/ticket/create", &fields, &files).await.value();
        let second = client.upload("/api/ticket/create", &fields, &files).await.value();
        assert_eq!(first["ticket"]["attachments"], second["ticket"]["attachments"]);
        crate::testing::until(|| async { stored(&desk) == 1 }).await;
        let own = first["ticket"]["attachments"][0]["fileUrl"].as_str().unwrap();
        assert_eq!(desk.artem.get(own).await.status, 200);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_with_a_wrong_file_keeps_what_was_typed(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let desk = Desk::new(database).await;
        let mut artem = make::browser(&desk.app, &desk.artem_account).await;
        let typed = [
            ("title", "VPS не отвечает"),
            ("message", "Лог во вложении"),
            ("category", "technical"),
            ("priority", "normal"),
        ];
        let browser = artem.clone().header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let again =
            browser.clone().upload("/dashboard/tickets/new", &typed, &[("virus.exe", b"MZ\x90\0".as_slice())]).await;
        assert!(again.status.is_client_error(), "{}", again.status);
        assert_eq!(again.field("title"), "VPS не отвечает");
        assert_eq!(again.texts("textarea[name=message]"), ["Лог во вложении"]);
        assert!(again.count(".error") >= 1, "{}", again.text);
        let sent = browser.clone().upload("/dashboard/tickets/new", &typed, &[("log.txt", b"ok".as_slice())]).await;
        assert_eq!(sent.status, 303);
        let place = sent.header("location").to_owned();
        assert!(artem.get(&place).await.text.contains("log.txt"));
    })
    .await;
}

fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(600, 400).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_03_a_page_loads_small_pictures_and_never_an_original(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let fields = [("title", "VPS не отвечает"), ("message", "Снимок во вложении")];
        let made = desk
            .artem
            .upload("/api/ticket/create", &fields, &[("экран.png", &picture()), ("a.txt", b"x".as_slice())])
            .await
            .value();
        let (id, files) = (made["ticket"]["id"].as_i64().unwrap(), made["ticket"]["attachments"].clone());
        let (file, small) = (files[0]["fileUrl"].as_str().unwrap(), files[0]["thumbnailUrl"].as_str().unwrap());
        assert!(files[1]["thumbnailUrl"].is_null());
        let mut browser = make::browser(&desk.app, &desk.artem_account).await;
        let page = browser.get(&format!("/dashboard/tickets-new/{id}")).await;
        assert_eq!(page.count(&format!("a.file[href='{file}'] img[src='{small}']")), 1, "{}", page.text);
        assert_eq!(page.count(".files img"), 1);
        for client in [&mut desk.artem, &mut desk.maria] {
            let answer = client.get(small).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/jpeg"));
            assert!(answer.header("content-disposition").starts_with("inline"));
            assert_eq!(answer.header("content-security-policy"), "sandbox; default-src 'none'; frame-ancestors 'none'");
            let etag = answer.header("etag").to_owned();
            assert_eq!(client.clone().header("if-none-match", &etag).get(small).await.status, 304);
        }
        assert_eq!(desk.elena.get(small).await.status, 404);
        assert_eq!(desk.app.client().get(small).await.status, 401);
        let text = format!("{}/thumbnail", files[1]["fileUrl"].as_str().unwrap());
        assert_eq!(desk.artem.get(&text).await.status, 404);
        let (ticket, png) = (id.to_string(), picture());
        let note = [("ticketId", &*ticket), ("message", "для нас"), ("isInternal", "true")];
        let note = desk.maria.upload("/api/ticket/respond", &note, &[("a.png", &png)]).await.value();
        let hidden = note["response"]["attachments"][0]["thumbnailUrl"].as_str().unwrap().to_owned();
        assert_eq!(
            (desk.maria.get(&hidden).await.status, desk.artem.get(&hidden).await.status),
            (200.try_into().unwrap(), 404.try_into().unwrap())
        );
        assert_eq!(stored(&desk), 5, "three files and two small pictures");
        crate::session::admin::erase(
            &desk.app.app.sessions,
            crate::session::admin::Authority::Machine,
            desk.artem_account.id,
        )
        .await
        .unwrap();
        desk.app.app.platform.files.clean().await.unwrap();
        assert_eq!(stored(&desk), 0);
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_05_a_form_asks_before_a_private_key_is_sent(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let desk = Desk::new(database).await;
        let artem = make::browser(&desk.app, &desk.artem_account).await;
        let browser = artem.header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let typed = [
            ("title", "Сертификат"),
            ("message", "Не открывается по https"),
            ("category", "technical"),
            ("priority", "normal"),
        ];
        let key = [("site.key", b"-----BEGIN PRIVATE KEY-----\nMIIE\n".as_slice())];
        let asked = browser.clone().upload("/dashboard/tickets/new", &typed, &key).await;
        assert_eq!(asked.status, 422);
        assert!(asked.text.contains("закрытый ключ"));
        assert_eq!(asked.count("label.secret:not([hidden]) input[type=checkbox][name=privateKeys]"), 1);
        assert_eq!(asked.texts("textarea[name=message]"), ["Не открывается по https"]);
        let said = [&typed[..], &[("privateKeys", "on")]].concat();
        assert_eq!(browser.clone().upload("/dashboard/tickets/new", &said, &key).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn input_05_form_api_and_messages_say_what_the_settings_say() {
    let app = TestApp::with(Database::sqlite(), |config| {
        config.platform.files.kinds = "png zip".to_owned().try_into().unwrap();
        config.platform.files.max_files = 3;
        config.platform.files.max_bytes = 2 << 20;
    });
    let mut desk = Desk::of(app.await).await;
    let mut browser = make::browser(&desk.app, &desk.artem_account).await;
    let page = browser.get("/dashboard/tickets/new").await;
    assert_eq!(page.count("file-picker[data-most='3'][data-bytes='2097152'] input[type=file][accept='.png,.zip']"), 1);
    assert!(
        page.texts("#attachments-hint")[0].contains("не больше 3, каждый до 2 МБ: PNG, ZIP."),
        "{:?}",
        page.texts("#attachments-hint")
    );
    let described = desk.artem.get("/api/openapi.json").await;
    assert!(described.text.contains("3 files at most, of 2 MiB each: PNG, ZIP") && !described.text.contains("{files}"));
    let fields = [("title", "VPS не отвечает"), ("message", "Лог во вложении")];
    let refused = desk.artem.upload("/api/ticket/create", &fields, &[("a.txt", b"x".as_slice())]).await;
    assert!(refused.value()["fields"]["attachments"].as_str().unwrap().contains("PNG, ZIP"), "{}", refused.text);
    let large = vec![0; (2 << 20) + 1];
    let refused = desk.artem.upload("/api/ticket/create", &fields, &[("a.png", &large)]).await;
    assert!(refused.value()["fields"]["attachments"].as_str().unwrap().contains("2"), "{}", refused.text);
}

/// A customer's room is bounded; what does not fit is refused whole.
#[tokio::test]
async fn asvs_5_2_4_a_customers_room_ends() {
    let app = TestApp::with(Database::sqlite(), |config| config.ticket.storage_per_customer_mib = 1).await;
    let mut desk = Desk::of(app).await;
    let big = vec![b'a'; 700 << 10];
    let fields = [("title", "VPS не отвечает"), ("message", "Лог во вложении")];
    assert_eq!(desk.artem.upload("/api/ticket/create", &fields, &[("a.txt", &big)]).await.status, 201);
    let full = desk.artem.upload("/api/ticket/create", &fields, &[("a.txt", &big)]).await;
    assert_eq!(full.status, 422);
    assert!(full.value()["fields"]["attachments"].is_string());
    assert_eq!(desk.artem.get("/api/ticket").await.value()["meta"]["total"], 1);
    let made = desk.elena.upload("/api/ticket/create", &fields, &[]).await;
    let id = made.value()["ticket"]["id"].to_string();
    for internal in ["true", "false"] {
        let fields = [("ticketId", &*id), ("message", "дамп"), ("isInternal", internal)];
        let answer = desk.maria.upload("/api/ticket/respond", &fields, &[("a.txt", &big)]).await;
        assert_eq!(answer.status, 201, "what operators send needs no room of the customer's");
    }
    assert_eq!(desk.elena.upload("/api/ticket/create", &fields, &[("a.txt", &big)]).await.status, 201);
}

#[tokio::test]
async fn a_file_whose_name_cannot_be_read_is_not_lost_in_silence() {
    let mut desk = Desk::new(Database::sqlite()).await;
    let heads: [&[u8]; 4] = [
        b"form-data; name=\"attachments\"; filename*=UTF-8''%D0%BB.txt",
        b"form-data; name=\"attachments\"; filename=\"\xeb\xee\xe3.txt\"",
        b"form-data; name=\"attachments\"",
        b"form-data; filename*=UTF-8''a.txt",
    ];
    for head in heads {
        let mut body = b"--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nVPS\r\n--b\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\n\xd0\x9b\xd0\xbe\xd0\xb3 \xd0\xb2\xd0\xbe\xd1\x82 \xd1\x82\xd1\x83\xd1\x82\r\n--b\r\ncontent-disposition: ".to_vec();
        body.extend_from_slice(head);
        body.extend_from_slice(b"\r\n\r\nhello\r\n--b--\r\n");
        let kind = Some("multipart/form-data; boundary=b");
        let answer = desk.artem.send(Method::POST, "/api/ticket/create", kind, body.into()).await;
        let text = String::from_utf8_lossy(head);
        assert!([400, 422].contains(&answer.status.as_u16()), "{text}: {}", answer.text);
        assert!(answer.status == 400 || answer.value()["fields"]["attachments"].is_string(), "{text}: {}", answer.text);
    }
    assert_eq!(desk.artem.get("/api/ticket").await.value()["meta"]["total"], 0);
}
