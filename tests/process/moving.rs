//! `import`: what happens to it, from the outside: killed, cut off, without room, with wrong words.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use axum::{Router, error_handling::HandleError, http::StatusCode};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

use super::trouble::Disk;
use crate::common::{Install, skipped, stderr, until};

const VARIABLE: &str = "OSPABHOST_TEST_MYSQL_URL";
const TICKETS: i64 = 300;

/// A database of the earlier portal with some hundred tickets, dropped with it.
struct Old {
    server: String,
    name: String,
}

impl Old {
    async fn new() -> Option<Self> {
        let Ok(server) = std::env::var(VARIABLE) else {
            skipped(&format!("tests of the import: set {VARIABLE} to a MariaDB or MySQL where databases may be made"));
            return None;
        };
        let old = Self { server, name: format!("ospabhost_test_{}_{}", std::process::id(), rand::random::<u64>()) };
        let number = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TICKETS})");
        execute(
            &old.server,
            &format!(
                "CREATE DATABASE {0} CHARACTER SET utf8mb4; USE {0};
                 CREATE TABLE user (id INT PRIMARY KEY, username VARCHAR(191), email VARCHAR(191), password VARCHAR(191),
                    createdAt DATETIME(3), operator INT, isAdmin TINYINT(1));
                 CREATE TABLE ticket (id INT PRIMARY KEY, title VARCHAR(191), message TEXT, userId INT, status VARCHAR(191),
                    createdAt DATETIME(3), updatedAt DATETIME(3));
                 CREATE TABLE response (id INT PRIMARY KEY, ticketId INT, operatorId INT, message TEXT, isInternal TINYINT(1),
                    createdAt DATETIME(3), KEY (ticketId));
                 INSERT INTO user {number} SELECT i, CONCAT('Клиент ', i), CONCAT('c', i, '@example.test'), '', '2025-01-01', i = 1, 0 FROM n;
                 INSERT INTO ticket {number} SELECT i, CONCAT('Тикет ', i), REPEAT('слово ', 200), i, 'open', '2025-05-01', '2025-05-01' FROM n;
                 INSERT INTO response {number} SELECT i, i, 1, REPEAT('ответ ', 200), 0, '2025-05-02' FROM n;
                 INSERT INTO response {number} SELECT 100000 + i, i, 1, 'заметка', 1, '2025-05-03' FROM n",
                old.name
            ),
        )
        .await;
        Some(old)
    }

    fn address(&self) -> String {
        format!("{}/{}", self.server.trim_end_matches('/'), self.name)
    }

    /// Ends every connection to it, as a server that goes away does.
    async fn cut(&self) {
        let mut connection = MySqlConnection::connect(&self.server).await.unwrap();
        let find = format!("SELECT CAST(ID AS SIGNED) FROM information_schema.PROCESSLIST WHERE DB = '{}'", self.name);
        let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(find)).fetch_all(&mut connection).await.unwrap();
        assert!(!ids.is_empty(), "the import is connected");
        for id in ids {
            let _ = sqlx::raw_sql(AssertSqlSafe(format!("KILL {id}"))).execute(&mut connection).await;
        }
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {}", self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &sql));
        });
        let _ = dropping.join();
    }
}

async fn execute(server: &str, sql: &str) {
    let mut connection = MySqlConnection::connect(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

/// How much of everything is here: rows, and a sum over what must not differ.
async fn all(install: &Install) -> Vec<Option<i64>> {
    let mut found = Vec::new();
    for sql in [
        "SELECT COUNT(*) FROM account",
        "SELECT COUNT(*) FROM ticket WHERE id = user_id AND response_count = 1 AND due_at IS NULL",
        "SELECT COUNT(*) FROM response",
        "SELECT COUNT(*) FROM response WHERE is_internal",
        "SELECT COUNT(*) FROM ticket_doc",
        "SELECT COUNT(*) FROM ticket_change",
        "SELECT COUNT(*) FROM import_map",
        "SELECT COUNT(*) FROM (SELECT DISTINCT kind, target_id FROM import_map) a",
        "SELECT CAST(SUM(count) AS BIGINT) FROM ticket_count",
        "SELECT CAST(SUM(ticket_id * length(message)) AS BIGINT) FROM response",
    ] {
        found.push(install.sql(sql.to_owned()).await);
    }
    found
}

async fn written(install: &Install) -> i64 {
    install.sql("SELECT COUNT(*) FROM import_map".to_owned()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_killed_anywhere_and_run_again_is_as_one_run() {
    let Some(old) = Old::new().await else { return };
    for install in Install::on_each().await {
        install.ok(&["migrate"]);
        let import = ["import", "--from", &old.address()];
        for _ in 0..6 {
            let before = written(&install).await;
            let mut child = install.command(&import).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let more = 1 + rand::random::<u16>() % 250;
            until("rows of the import", async || {
                let over = child.try_wait().unwrap().is_some();
                (over || written(&install).await >= before + i64::from(more)).then_some(())
            })
            .await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let said = install.ok(&import);
        assert!(said.contains("Everything adds up."), "{said}");
        let (tickets, words) = (Some(TICKETS), Some(2 * TICKETS));
        let found = all(&install).await;
        assert_eq!(found[..6], [tickets, tickets, words, tickets, Some(3 * TICKETS), tickets], "{}", install.name());
        assert_eq!((found[6], found[7], found[8]), (Some(4 * TICKETS), Some(4 * TICKETS), tickets));
        let sum = (1..=TICKETS).map(|id| id * (200 * 6 + 7)).sum::<i64>();
        assert_eq!(found[9], Some(sum), "each answer hangs on its ticket");
        assert_eq!(all(&install).await, found);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_a_source_that_goes_away_is_named_and_gone_on_with() {
    let Some(old) = Old::new().await else { return };
    for install in Install::on_each().await {
        install.ok(&["migrate"]);
        let import = ["import", "--from", &old.address()];
        let child = install.command(&import).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("rows of the import", async || (written(&install).await > 0).then_some(())).await;
        old.cut().await;
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", install.name());
        let said = stderr(&output);
        assert!(said.contains("the earlier portal's database") && said.contains("run it again"), "{said}");
        assert!(install.ok(&import).contains("Everything adds up."));
        assert_eq!(all(&install).await[2], Some(2 * TICKETS));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_without_room_it_stops_with_a_word_and_goes_on_later() {
    let Some(old) = Old::new().await else { return };
    let install = Install::on_sqlite();
    install.ok(&["migrate"]);
    let program = install.command(&["import", "--from", &old.address()]);
    let mut limited = Command::new("sh");
    // In blocks of 512 bytes: what is there fits, and a little more.
    limited.args(["-c", "ulimit -f 2400; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    limited.current_dir(install.path(".")).env_clear();
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = tokio::task::spawn_blocking(move || limited.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("this portal's database") && said.contains("run it again"), "{said}");
    assert!(install.ok(&["import", "--from", &old.address()]).contains("Everything adds up."));
    assert_eq!(all(&install).await[2], Some(2 * TICKETS));
}

const FILES: i64 = 40;
const FILE_BYTES: usize = 400_000;

/// Gives its first tickets a file each.
async fn with_files(old: &Old) {
    execute(
        &old.server,
        &format!(
            "USE {};
             CREATE TABLE ticket_attachment (id INT PRIMARY KEY, ticketId INT, filename VARCHAR(255), fileUrl VARCHAR(500),
                createdAt DATETIME);
             INSERT INTO ticket_attachment SELECT id, id, CONCAT(id, '.txt'), CONCAT('/uploads/tickets/', id, '.txt'),
                '2025-05-01' FROM ticket WHERE id <= {FILES}",
            old.name
        ),
    )
    .await;
}

fn write_uploads(install: &Install) {
    let tickets = install.path("uploads/tickets");
    std::fs::create_dir_all(&tickets).unwrap();
    for n in 1..=FILES {
        std::fs::write(tickets.join(format!("{n}.txt")), format!("{n:07}\n").repeat(FILE_BYTES / 8)).unwrap();
    }
}

/// How many whole files lie in a folder and those in it.
fn stored(folder: &Path) -> usize {
    let (mut count, mut open) = (0, vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false => count += usize::from(entry.metadata().unwrap().len() == FILE_BYTES as u64),
            }
        }
    }
    count
}

/// How many files are here by their rows, and by the map.
async fn files(install: &Install) -> (i64, i64) {
    let rows = install.sql("SELECT COUNT(*) FROM ticket_attachment".into()).await.unwrap();
    let known = install.sql("SELECT COUNT(*) FROM import_map WHERE kind = 'ticket_attachment'".into()).await.unwrap();
    (rows, known)
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_a_disk_that_files_fill_leaves_no_row_without_its_file() {
    let Some(old) = Old::new().await else { return };
    with_files(&old).await;
    for install in Install::on_each().await {
        let Some(disk) = Disk::mount(&install.path("data")) else { return };
        write_uploads(&install);
        let import = ["import", "--from", &old.address(), "--uploads", "uploads"];
        let output = install.run(&import);
        assert_eq!(output.status.code(), Some(1), "{}", install.name());
        let said = stderr(&output);
        assert!(said.contains("ospabhost: this portal") && said.contains("run it again"), "{said}");
        let ((rows, known), stored) = (files(&install).await, stored(&install.path("data/files")) as i64);
        let found = format!("{}: {rows} rows, {known} known, {stored} files", install.name());
        assert!(rows > 0 && rows < FILES && rows == known && rows <= stored, "{found}");
        disk.grow();
        assert!(install.ok(&import).contains("Everything adds up."));
        assert_eq!(files(&install).await, (FILES, FILES), "{}", install.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_the_report_accounts_for_all_and_tells_nobody_else() {
    let Some(old) = Old::new().await else { return };
    let install = Install::on_sqlite();
    let import = ["import", "--from", &old.address(), "--report", "report.json"];
    let looked = install.ok(&[&import[..], &["--dry-run"]].concat());
    assert!(looked.contains("Nothing was written") && written(&install).await == 0, "{looked}");
    let said = install.ok(&import);
    assert!(!said.contains("@example.test") && !said.contains("Клиент"), "ids only: {said}");
    let path = install.path("report.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["addsUp"], true);
    assert_eq!(report["tables"]["response"]["written"], 2 * TICKETS);
    assert_eq!(report["map"]["ticket"]["7"], 7);
    assert_eq!(report["map"]["response"].as_object().unwrap().len() as i64, 2 * TICKETS);
    assert_eq!(report["sample"]["compared"], 20);
    assert!(!path.with_file_name("report.json.part").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn move_05_a_password_stands_in_no_message() {
    let install = Install::on_sqlite();
    for address in [
        "mysql://root:geheim@127.0.0.1:9/old",
        "mysql://root:geheim@127.0.0.1:9",
        "mysql://root:geheim@127.0.0.1:port/old",
        "http://root:geheim@127.0.0.1/old",
    ] {
        let output = install.run(&["import", "--from", address]);
        assert_eq!(output.status.code(), Some(1), "{address}");
        let said = format!("{}{}", stderr(&output), String::from_utf8_lossy(&output.stdout));
        assert!(!said.contains("geheim") && said.contains("ospabhost: "), "{said}");
    }
    let output = install.run(&["import", "--from", "mysql://root@127.0.0.1:9/old", "--uploads", "nowhere"]);
    assert!(stderr(&output).contains("--uploads: nowhere/tickets"), "{}", stderr(&output));
    let output = install.run(&["import", "--from", "mysql://root@127.0.0.1:9/old", "--time-zone", "Mars/North"]);
    assert!(stderr(&output).contains("Mars/North is no time zone"), "{}", stderr(&output));
}

/// A server that speaks S3 and keeps its objects in a folder.
async fn s3(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("bucket")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("AKEXAMPLE", "secretexample"));
    let service = HandleError::new(builder.build(), async |_: s3s::HttpError| StatusCode::INTERNAL_SERVER_ERROR);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback_service(service)).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_03_files_go_into_a_bucket_and_out_of_it() {
    let Some(old) = Old::new().await else { return };
    with_files(&old).await;
    let install = Install::on_sqlite();
    let endpoint = s3(&install.path("s3")).await;
    let install = install
        .with("OSPABHOST_STORAGE_URL", "s3://bucket/portal")
        .with("AWS_ENDPOINT_URL", &endpoint)
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "AKEXAMPLE")
        .with("AWS_SECRET_ACCESS_KEY", "secretexample");
    write_uploads(&install);
    let import = ["import", "--from", &old.address(), "--uploads", "uploads"];
    assert!(install.ok(&import).contains("Everything adds up."));
    assert_eq!(stored(&install.path("s3/bucket/portal")) as i64, FILES);
    assert_eq!(stored(&install.path("data")), 0, "nothing stays on the way");
    assert!(install.ok(&import).contains("Everything adds up."));
    assert_eq!(stored(&install.path("s3/bucket/portal")) as i64, FILES, "no file comes twice");
    install.ok(&["export", "--to", "archive"]);
    assert_eq!(stored(&install.path("archive/files")) as i64, FILES);
}
