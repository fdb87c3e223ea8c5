//! A small database of the earlier portal, made for one test and dropped with it.

use std::str::FromStr;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, mysql::MySqlConnectOptions};

use crate::testing::skipped;

const VARIABLE: &str = "OSPABHOST_TEST_MYSQL_URL";

/// The tables as the ORM made them, with the looser forms of those that were patched by hand.
const NEW: &[&str] = &[
    "CREATE TABLE `user` (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(191) NOT NULL,
        email VARCHAR(191) COLLATE utf8mb4_bin NOT NULL UNIQUE, password VARCHAR(191) NOT NULL,
        createdAt DATETIME(3) NOT NULL, operator INT NOT NULL DEFAULT 0, isAdmin TINYINT(1) NOT NULL DEFAULT 0)",
    "CREATE TABLE user_profile (id INT AUTO_INCREMENT PRIMARY KEY, userId INT NOT NULL UNIQUE, avatarUrl VARCHAR(191),
        timezone VARCHAR(191), language VARCHAR(191))",
    "CREATE TABLE notification_settings (id INT AUTO_INCREMENT PRIMARY KEY, userId INT NOT NULL UNIQUE,
        emailTicketReply TINYINT(1) NOT NULL DEFAULT 1, pushTicketReply TINYINT(1) NOT NULL DEFAULT 1)",
    "CREATE TABLE ticket (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(191) NOT NULL, message TEXT NOT NULL,
        userId INT NOT NULL, status VARCHAR(191) NOT NULL DEFAULT 'open', priority VARCHAR(20), category VARCHAR(50),
        assignedTo INT, createdAt DATETIME(3) NOT NULL, updatedAt DATETIME(3) NOT NULL, closedAt DATETIME)",
    "CREATE TABLE response (id INT AUTO_INCREMENT PRIMARY KEY, ticketId INT NOT NULL, operatorId INT NOT NULL,
        message TEXT NOT NULL, isInternal TINYINT(1) DEFAULT 0, createdAt DATETIME(3) NOT NULL, KEY (ticketId))",
    "CREATE TABLE ticket_attachment (id INT AUTO_INCREMENT PRIMARY KEY, ticketId INT NOT NULL, filename VARCHAR(255) NOT NULL,
        fileUrl VARCHAR(500) NOT NULL, fileSize INT NOT NULL DEFAULT 0, mimeType VARCHAR(191) NOT NULL DEFAULT '',
        createdAt DATETIME NOT NULL)",
    "CREATE TABLE response_attachment (id INT AUTO_INCREMENT PRIMARY KEY, responseId INT NOT NULL, filename VARCHAR(255) NOT NULL,
        fileUrl VARCHAR(500) NOT NULL, fileSize INT NOT NULL DEFAULT 0, mimeType VARCHAR(191) NOT NULL DEFAULT '',
        createdAt DATETIME NOT NULL)",
    "CREATE TABLE notification (id INT AUTO_INCREMENT PRIMARY KEY, userId INT NOT NULL, type VARCHAR(191) NOT NULL,
        title VARCHAR(191) NOT NULL DEFAULT '', message TEXT NOT NULL, ticketId INT, isRead TINYINT(1) NOT NULL DEFAULT 0,
        createdAt DATETIME(3) NOT NULL)",
    "CREATE TABLE session (id INT AUTO_INCREMENT PRIMARY KEY, token VARCHAR(500))",
];

/// As they were before: capitals, and none of the newer columns and tables.
const BEFORE: &[&str] = &[
    "CREATE TABLE `User` (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(191) NOT NULL, email VARCHAR(191) NOT NULL,
        password VARCHAR(191) NOT NULL, createdAt DATETIME(3) NOT NULL, operator INT NOT NULL DEFAULT 0)",
    "CREATE TABLE `Ticket` (id INT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(191) NOT NULL, message VARCHAR(191) NOT NULL,
        userId INT NOT NULL, status VARCHAR(191) NOT NULL DEFAULT 'open', createdAt DATETIME(3) NOT NULL,
        updatedAt DATETIME(3) NOT NULL)",
    "CREATE TABLE `Response` (id INT AUTO_INCREMENT PRIMARY KEY, ticketId INT NOT NULL, operatorId INT NOT NULL,
        message VARCHAR(191) NOT NULL, createdAt DATETIME(3) NOT NULL)",
];

pub struct Old {
    url: String,
    name: String,
}

impl Old {
    /// `None`, said aloud, where there is no server. In CI that is a failure.
    pub async fn new() -> Option<Self> {
        Self::of(NEW).await
    }

    pub async fn before() -> Option<Self> {
        Self::of(BEFORE).await
    }

    async fn of(tables: &[&str]) -> Option<Self> {
        let Ok(server) = std::env::var(VARIABLE) else {
            skipped(&format!("tests of the import: set {VARIABLE} to a MariaDB or MySQL where databases may be made"));
            return None;
        };
        let name = format!("ospabhost_test_{}_{}", std::process::id(), rand::random::<u64>());
        let sql = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
        let mut connection = MySqlConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        let old = Self { url: server, name };
        for table in tables {
            old.sql(table).await;
        }
        Some(old)
    }

    pub fn options(&self) -> MySqlConnectOptions {
        MySqlConnectOptions::from_str(&self.url).unwrap().database(&self.name)
    }

    /// Writes there, as loosely as old servers did.
    pub async fn sql(&self, sql: &str) {
        let mut connection = MySqlConnection::connect_with(&self.options()).await.unwrap();
        let sql = format!("SET SESSION sql_mode = '', FOREIGN_KEY_CHECKS = 0; {sql}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let (url, sql) = (self.url.clone(), format!("DROP DATABASE IF EXISTS {}", self.name));
        // The runtime of the test is on its way out, so in a thread of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = MySqlConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            });
        });
        let _ = dropping.join();
    }
}
