//! Files: found however their address is written, checked like uploads, tried again, never from elsewhere.

use std::path::Path;

use super::{Old, bring, number, options, text};
use crate::testing::{TestApp, engines::*};

/// The smallest picture there is.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(2, 2).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn uploads(folder: &Path, files: &[(&str, &[u8])]) {
    std::fs::create_dir_all(folder.join("tickets")).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join("tickets").join(name), content).unwrap();
    }
}

async fn row(old: &Old, table: &str, id: i64, on: i64, name: &str, url: &str) {
    let (name, url) = (name.replace('\\', "\\\\"), url.replace('\\', "\\\\"));
    old.sql(&format!(
        "INSERT INTO {table} VALUES ({id}, {on}, '{name}', '{url}', 1, 'image/png', '2025-05-01 10:00:00')"
    ))
    .await;
}

async fn tickets(old: &Old) {
    old.sql(
        "INSERT INTO user VALUES (7, 'Клиент', 'c@example.test', '', '2025-01-01', 0, 0);
         INSERT INTO ticket VALUES (1, 'a', 'b', 7, 'open', NULL, NULL, NULL, '2025-05-01', '2025-05-01', NULL),
             (2, 'a', 'b', 900, 'open', NULL, NULL, NULL, '2025-05-01', '2025-05-01', NULL);
         INSERT INTO response VALUES (1, 1, 7, 'c', 0, '2025-05-01 10:00:00')",
    )
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_05_files_are_found_and_checked(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        tickets(&old).await;
        let folder = tempfile::tempdir().unwrap();
        let wrong: String = "счёт.png".bytes().map(char::from).collect();
        let (mojibake, picture) = (format!("9-{wrong}"), png());
        uploads(
            folder.path(),
            &[
                ("1-a.png", &picture),
                ("2-мой №1.png", &picture),
                (&mojibake, &picture),
                ("3-lie.png", b"MZ\x90\0"),
                ("4-empty.png", b""),
                ("5-page.html", b"<p>text</p>"),
                ("nobody.png", &picture),
            ],
        );
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("tickets/6-link.txt")).unwrap();
        for (id, name, url) in [
            (1, "a.png", "/uploads/tickets/1-a.png"),
            (2, "снимок.png", "D:\\work\\uploads\\tickets\\1-a.png"),
            (3, "мой №1.png", "https://api.example/uploads/tickets/2-%D0%BC%D0%BE%D0%B9%20%E2%84%961.png?v=1"),
            (4, &wrong, &format!("/uploads/tickets/{mojibake}")),
            (5, "lie.png", "3-lie.png"),
            (6, "empty.png", "4-empty.png"),
            (7, "page.html", "5-page.html"),
            (8, "link.txt", "6-link.txt"),
            (9, "passwd.txt", "/uploads/tickets/../../../../etc/passwd"),
            (10, "gone.png", "/uploads/tickets/gone.png"),
        ] {
            row(&old, "ticket_attachment", id, 1, name, url).await;
        }
        row(&old, "response_attachment", 1, 1, "a.png", "uploads/tickets/1-a.png").await;
        row(&old, "ticket_attachment", 11, 2, "a.png", "1-a.png").await;
        let app = TestApp::new(database).await;
        let mut options = options();
        options.uploads = Some(folder.path().to_owned());
        options.dry_run = true;
        let looked = bring(&app, &old, &options).await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM account").await, 0, "nothing is written");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM import_map").await, 0);
        options.dry_run = false;
        let report = bring(&app, &old, &options).await;
        assert_eq!(looked.files.left_out, report.files.left_out, "the look said so before");
        assert_eq!(report.files.taken, 5);
        let reasons = ["empty", "lying_type", "missing", "not_allowed", "orphan", "traversal"]
            .map(|why| report.files.left_out[why]);
        assert_eq!(reasons, [1, 1, 2, 1, 1, 1], "{:?}", report.files.left_out);
        assert_eq!(report.files.unreferenced_on_disk, 1);
        assert_eq!(text(&app, "SELECT filename FROM ticket_attachment WHERE filename LIKE 'сч%'").await, "счёт.png");
        assert_eq!(number(&app, "SELECT COUNT(*) FROM pending_file").await, 0);
        // Only what failed is tried again, and what lies there now is taken.
        uploads(folder.path(), &[("gone.png", &picture)]);
        let again = bring(&app, &old, &options).await;
        assert_eq!(again.table_written("ticket_attachment"), 1);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM ticket_attachment").await, 5);
        options.take_scripts = true;
        assert_eq!(bring(&app, &old, &options).await.table_written("ticket_attachment"), 1);
        assert!(folder.path().join("tickets/1-a.png").exists(), "the source is only read");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_05_notices_about_ones_own_tickets(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let Some(old) = Old::new().await else { return };
        tickets(&old).await;
        old.sql(
            "INSERT INTO notification VALUES (1, 7, 'ticket_reply', 't', 'Ответ **вот**', 1, 1, '2025-12-20 10:00:00'),
             (2, 7, 'ticket_response', 't', 'Ещё', 1, 0, '2025-12-21 10:00:00'), (3, 7, 'balance_deposit', 't', '₽', NULL, 0, '2025-12-21'),
             (4, 7, 'ticket_reply', 't', 'm', 2, 0, '2025-12-21'), (5, 99, 'ticket_reply', 't', 'm', 1, 0, '2025-12-21'), (6, 7, '', 't', 'm', 1, 0, '2025-12-21')",
        ).await;
        let app = TestApp::new(database).await;
        let report = bring(&app, &old, &options()).await;
        let all = &report.notifications;
        assert_eq!((all.about_a_ticket_of_the_reader, all.of_these_unread, all.other_kinds, all.reader_gone), (2, 1, 2, 1));
        assert_eq!(number(&app, "SELECT COUNT(*) FROM notification WHERE kind = 'ticket_reply' AND in_app AND NOT by_mail AND ticket_id = 1").await, 2);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM notification WHERE read_at = created_at AND message_key = 'import-1'").await, 1);
        assert_eq!(report.not_brought_over["session"], 0);
    }).await;
}
