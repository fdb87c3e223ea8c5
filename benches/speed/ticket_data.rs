//! A help desk with its past, filled by SQL while no server runs: tickets, three answers each, their
//! numbers (by the triggers) and everything that a search finds. The same statements for both databases.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};

use crate::{
    Result,
    data::{self, Database, Kind},
    ticket_text::{self, TEXTS},
};

pub const CUSTOMERS: i64 = 2_000;
pub const OPERATORS: i64 = 20;
/// So many tickets each, as far as there are customers: a page is as full in every size.
const TICKETS_EACH: i64 = 500;
const BATCH: i64 = 20_000;
/// Hits of the rarest words: every so many documents one is named again.
const MACHINES: i64 = 500_000;
/// Answers of the ticket of p6.
const LONG: i64 = 50;

/// One connection to either database. Statements are our own text; there is nothing to bind.
pub enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    pub async fn open(database: &Database) -> Result<Self> {
        Ok(match database.kind() {
            Kind::Sqlite => Self::Sqlite(SqliteConnection::connect(&database.url()).await?),
            Kind::Postgres(_) => Self::Postgres(PgConnection::connect(&database.url()).await?),
        })
    }

    pub async fn run(&mut self, sql: &str) -> Result<()> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(|_| ())?,
            Self::Postgres(connection) => sql.execute(connection).await.map(|_| ())?,
        }
        Ok(())
    }

    pub async fn number(&mut self, sql: &str) -> Result<i64> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
        })
    }

    /// How the database goes about a statement.
    pub async fn plan(&mut self, sql: &str) -> Result<Vec<String>> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                let rows = sqlx::query(sql).fetch_all(connection).await?;
                rows.iter().map(|row| row.try_get("detail")).collect::<std::result::Result<_, _>>()?
            }
            Self::Postgres(connection) => {
                let sql = AssertSqlSafe(format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}"));
                let rows = sqlx::query(sql).fetch_all(connection).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?
            }
        })
    }
}

/// Who can ask, with a cookie each, and the ticket with fifty answers (the first customer's).
pub struct People {
    pub customers: Vec<String>,
    pub operators: Vec<String>,
    pub long: i64,
}

pub async fn fill(database: &Database, tickets: i64) -> Result<People> {
    let mut cookies = data::fill(database, CUSTOMERS + OPERATORS).await?;
    let operators = cookies.split_off(usize::try_from(CUSTOMERS)?);
    let asking = customers(tickets);
    cookies.truncate(usize::try_from(asking)?);
    let mut c = Connection::open(database).await?;
    c.run(match c {
        Connection::Sqlite(_) => "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -300000",
        // Who writes so much makes the index afterwards.
        Connection::Postgres(_) => {
            "SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
            CREATE TABLE bench_index AS SELECT pg_get_indexdef('ticket_doc_by_words'::regclass) AS made;
            DROP INDEX ticket_doc_by_words"
        }
    })
    .await?;
    c.run(&format!("UPDATE account SET role = 'operator' WHERE id > {CUSTOMERS}")).await?;
    keep_texts(&mut c).await?;
    let now = c.number("SELECT MAX(last_activity) FROM session").await?;
    let mut from = 1;
    while from <= tickets {
        let to = (from + BATCH - 1).min(tickets);
        c.run(&batch(&c, from, to, tickets, now)).await?;
        from = to + 1;
    }
    c.run(&long(tickets + 1, now)).await?;
    c.run("DROP TABLE bench_text").await?;
    match c {
        // No ANALYZE: the program makes none either.
        Connection::Sqlite(_) => c.run("PRAGMA wal_checkpoint(TRUNCATE)").await?,
        Connection::Postgres(_) => {
            for table in ["ticket", "response", "ticket_doc"] {
                let next = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}");
                c.run(&next).await?;
            }
            c.run("DO $$ BEGIN EXECUTE (SELECT made FROM bench_index); END $$; DROP TABLE bench_index").await?;
            c.run("VACUUM ANALYZE").await?;
            // Or the disk is still busy with the filling while the first pages are read.
            c.run("CHECKPOINT").await?;
        }
    }
    Ok(People { customers: cookies, operators, long: tickets + 1 })
}

fn customers(tickets: i64) -> i64 {
    (tickets / TICKETS_EACH).clamp(1, CUSTOMERS)
}

/// The texts and their words beside, while filling.
async fn keep_texts(c: &mut Connection) -> Result<()> {
    let words = if matches!(c, Connection::Sqlite(_)) { "TEXT" } else { "TSVECTOR" };
    let table = format!("CREATE TABLE bench_text (id BIGINT, title TEXT, text TEXT, words {words}, PRIMARY KEY (id))");
    c.run(&table).await?;
    let mut rows = Vec::new();
    for (id, one) in ticket_text::texts().enumerate() {
        let title = one.text.split(' ').take(6).collect::<Vec<_>>().join(" ");
        let words = match c {
            Connection::Sqlite(_) => format!("'{}'", one.lexemes),
            Connection::Postgres(_) => format!("array_to_tsvector(string_to_array('{}', ' '))", one.lexemes),
        };
        rows.push(format!("({id}, '{title}', '{}', {words})", one.text));
        if rows.len() == 500 {
            c.run(&format!("INSERT INTO bench_text VALUES {}", rows.join(", "))).await?;
            rows.clear();
        }
    }
    Ok(())
}

/// Some tickets in the order of time, one each thirty seconds, with all that belongs to them.
fn batch(c: &Connection, from: i64, to: i64, tickets: i64, now: i64) -> String {
    // The last answer comes within seventeen hours.
    let start = now - 17 * 3_600_000 - tickets * 30_000;
    let asking = customers(tickets);
    let with = format!(
        "WITH RECURSIVE n(i) AS (SELECT CAST({from} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {to}),
        k(k) AS (VALUES (0), (1), (2), (3)),
        t AS (SELECT i, 1 + (i * 37) % {asking} AS owner, {CUSTOMERS} + 1 + (i * 13 + i / 400) % {OPERATORS} AS operator,
            {start} + i * 30000 AS created, (i % 997) * 20000 AS step,
            CASE (i * 31 + i / 20) % 20 WHEN 0 THEN 'open' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'awaiting_reply'
                WHEN 3 THEN 'resolved' ELSE 'closed' END AS status FROM n)"
    );
    let text = "CROSS JOIN bench_text x WHERE x.id = (i * 7919 + k * 6007)";
    let number = format!("((4 * i + k) % {MACHINES})");
    let machine = format!("('vps' || {number})");
    let (fts, words) = match c {
        Connection::Sqlite(_) => (
            format!(
                "{with} INSERT INTO ticket_fts (rowid, words)
                SELECT 4 * i - 3 + k, x.words || ' vps ' || {number} || ' ' || {machine} || CASE WHEN k = 3 AND i % 10 = 0 THEN '' ELSE ' _' || owner END
                FROM t CROSS JOIN k {text} % {TEXTS};"
            ),
            String::new(),
        ),
        Connection::Postgres(_) => (String::new(), format!(", x.words || array_to_tsvector(ARRAY['vps', {number}::text, {machine}])")),
    };
    let column = if words.is_empty() { "" } else { ", words" };
    // What is written here is right by itself: the keys of PostgreSQL need no check for each row.
    let (quick, careful) = match c {
        Connection::Sqlite(_) => ("", ""),
        Connection::Postgres(_) => {
            ("SET LOCAL session_replication_role = replica;", "SET LOCAL session_replication_role = origin;")
        }
    };
    format!(
        "BEGIN;
        {with} INSERT INTO ticket (id, user_id, title, message, status, status_since, priority, category, assigned_to,
            response_count, last_response_at, last_by_staff, first_answer_at, waiting_since, created_at, updated_at, closed_at)
        SELECT i, owner, x.title, x.text || ' ' || {machine}, status, created + 3 * step,
            CASE (i / 3) % 8 WHEN 0 THEN 'low' WHEN 1 THEN 'high' WHEN 2 THEN 'urgent' ELSE 'normal' END,
            CASE (i + i / 7) % 4 WHEN 0 THEN 'general' WHEN 1 THEN 'technical' WHEN 2 THEN 'billing' ELSE 'other' END,
            CASE status WHEN 'open' THEN NULL ELSE operator END,
            CASE WHEN i % 10 = 0 THEN 2 ELSE 3 END, created + 3 * step, status = 'awaiting_reply', created + step,
            CASE WHEN status IN ('open', 'in_progress') THEN created + 2 * step END, created, created + 3 * step,
            CASE status WHEN 'closed' THEN created + 3 * step END
        FROM t CROSS JOIN k {text} % {TEXTS} AND k = 0;
        {quick}
        {with} INSERT INTO response (id, ticket_id, author_id, by_staff, message, is_internal, created_at)
        SELECT 3 * i - 3 + k, i, CASE k WHEN 2 THEN owner ELSE operator END, k <> 2, x.text || ' ' || {machine},
            k = 3 AND i % 10 = 0, created + k * step
        FROM t CROSS JOIN k {text} % {TEXTS} AND k > 0;
        {with} INSERT INTO ticket_doc (id, ticket_id, response_id, user_id, is_internal{column})
        SELECT 4 * i - 3 + k, i, CASE WHEN k > 0 THEN 3 * i - 3 + k END, owner, k = 3 AND i % 10 = 0{words}
        FROM t CROSS JOIN k {text} % {TEXTS};
        {fts}
        {careful}
        COMMIT;"
    )
}

/// A ticket of the first customer with fifty answers, with emphasis, code, a link and a list.
fn long(id: i64, now: i64) -> String {
    format!(
        "INSERT INTO ticket (id, user_id, title, message, status, status_since, priority, category, assigned_to,
            response_count, last_response_at, last_by_staff, created_at, updated_at)
        SELECT {id}, 1, title, text, 'in_progress', {now}, 'high', 'technical', {CUSTOMERS} + 1, {LONG}, {now}, FALSE,
            {now} - 3600000, {now} FROM bench_text WHERE id = 1;
        WITH RECURSIVE k(k) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT k + 1 FROM k WHERE k < {LONG})
        INSERT INTO response (id, ticket_id, author_id, by_staff, message, is_internal, created_at)
        SELECT 3 * {id} - 3 + k, {id}, CASE k % 2 WHEN 0 THEN 1 ELSE {CUSTOMERS} + 1 END, k % 2 = 1,
            '**' || x.title || '**: `systemctl restart nginx`, https://status.example/' || k || '

' || x.text || '

- ' || x.title || '
- *' || x.title || '*', FALSE, {now} - 3600000 + k * 60000
        FROM k CROSS JOIN bench_text x WHERE x.id = k;
        INSERT INTO ticket_change (ticket_id, author_id, field, old_value, new_value, created_at)
        VALUES ({id}, {CUSTOMERS} + 1, 'status', 'open', 'in_progress', {now} - 3000000),
            ({id}, {CUSTOMERS} + 1, 'priority', 'normal', 'high', {now} - 2000000)"
    )
}
