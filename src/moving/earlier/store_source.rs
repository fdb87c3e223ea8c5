//! The earlier portal's database, MySQL or MariaDB: read only, as it stood at one moment. Its statements are put
//! together from the names that it has itself; values are numbers, or bound.

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection, Row,
    mysql::{MySqlConnectOptions, MySqlRow},
};

use super::{
    rows::{FileRow, NoticeRow, Profile, TicketRow, UserRow, WordRow},
    schema::{Schema, Table},
    times::Times,
};
use crate::platform::data::pools::list;

type Result<T> = std::result::Result<T, sqlx::Error>;

pub struct Source {
    connection: MySqlConnection,
    pub schema: Schema,
    times: Times,
    /// The name of the database.
    pub name: String,
    /// What it says it is.
    pub server: String,
}

impl Source {
    /// Connects, and holds still what it reads until the end.
    pub async fn open(options: MySqlConnectOptions, times: Times) -> Result<Self> {
        const SCHEMA: &str = "SELECT CAST(c.TABLE_NAME AS CHAR), CAST(c.COLUMN_NAME AS CHAR), CAST(c.DATA_TYPE AS CHAR)
            FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = DATABASE() ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";
        let options = options.disable_statement_logging().statement_cache_capacity(16);
        let options = options.pipes_as_concat(false).no_engine_substitution(false);
        let mut connection = MySqlConnection::connect_with(&options).await?;
        // A run is long, and may wait for the disk of this side.
        let _ = connection.execute("SET SESSION wait_timeout = 86400, net_write_timeout = 3600").await;
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
        let rows = sqlx::query(SCHEMA).fetch_all(&mut connection).await?;
        let columns = rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2)));
        let schema = Schema::of(columns);
        let about = sqlx::query("SELECT CAST(DATABASE() AS CHAR), CAST(VERSION() AS CHAR)");
        let about = about.fetch_one(&mut connection).await?;
        let (name, server) = (text(&about, 0), text(&about, 1));
        Ok(Self { connection, schema, times, name, server })
    }

    /// Makes of each row what is held, one after another: a row as it comes takes several times as much.
    async fn rows<T>(&mut self, sql: String, make: impl Fn(&MySqlRow) -> T) -> Result<Vec<T>> {
        let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(&mut self.connection);
        let mut all = Vec::new();
        while let Some(row) = rows.try_next().await? {
            all.push(make(&row));
        }
        Ok(all)
    }

    async fn number(&mut self, sql: String) -> Result<i64> {
        let found = self.rows(sql, |row| int(row, 0)).await?;
        Ok(found.into_iter().flatten().next().unwrap_or(0))
    }

    /// How many rows a table has.
    pub async fn count(&mut self, table: &Table) -> Result<u64> {
        let found = self.number(format!("SELECT COUNT(*) FROM {}", table.quoted())).await?;
        Ok(found.unsigned_abs())
    }

    pub async fn highest(&mut self, table: &Table) -> Result<i64> {
        self.number(format!("SELECT CAST(COALESCE(MAX(id), 0) AS SIGNED) FROM {}", table.quoted())).await
    }

    /// How many rows of a table name by this column an id that another has not.
    pub async fn without(&mut self, table: &Table, column: &str, other: &Table) -> Result<u64> {
        let sql = format!(
            "SELECT COUNT(*) FROM {} a LEFT JOIN {} b ON b.id = a.{} WHERE b.id IS NULL",
            table.quoted(),
            other.quoted(),
            table.name(column)
        );
        Ok(self.number(sql).await?.unsigned_abs())
    }

    pub async fn users(&mut self, after: i64, limit: usize) -> Result<Vec<UserRow>> {
        let t = self.schema.user.clone();
        let sql = format!(
            "SELECT {}, {}, {}, {}, {}, {}, {} FROM {} WHERE id > {after} ORDER BY id LIMIT {limit}",
            t.int("id"),
            t.text("username"),
            t.text("email"),
            t.text("password"),
            t.int("operator"),
            t.int("isAdmin"),
            t.time("createdAt"),
            t.quoted()
        );
        let times = self.times.of(&t, "createdAt");
        let read = |row: &MySqlRow| UserRow {
            id: int(row, 0).unwrap_or(0),
            username: text(row, 1),
            email: text(row, 2),
            password: text(row, 3),
            operator: int(row, 4).unwrap_or(0),
            is_admin: int(row, 5) == Some(1),
            created_at: times.parse(&text(row, 6)),
        };
        self.rows(sql, read).await
    }

    /// When these people last asked or answered; those who never did are not among them.
    pub async fn last_used(&mut self, users: &[i64]) -> Result<Vec<(i64, String)>> {
        let (t, r, ids) = (self.schema.ticket.clone(), self.schema.response.clone(), list(users));
        let part = |table: &Table, column: &str| {
            format!(
                "SELECT {} AS who, {} AS at FROM {} WHERE {} IN ({ids})",
                table.int(column),
                table.time("createdAt"),
                table.quoted(),
                table.name(column)
            )
        };
        let both = format!("{} UNION ALL {}", part(&t, "userId"), part(&r, "operatorId"));
        let sql = format!("SELECT who, MAX(at) FROM ({both}) b GROUP BY who");
        self.rows(sql, |row| (int(row, 0).unwrap_or(0), text(row, 1))).await
    }

    pub async fn profiles(&mut self, users: &[i64]) -> Result<Vec<Profile>> {
        let Some(t) = self.schema.table("user_profile") else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {}, {}, {}, {} FROM {} WHERE {} IN ({})",
            t.int("userId"),
            t.text("language"),
            t.text("timezone"),
            t.text("avatarUrl"),
            t.quoted(),
            t.name("userId"),
            list(users)
        );
        let read = |row: &MySqlRow| Profile {
            user: int(row, 0).unwrap_or(0),
            language: maybe(row, 1),
            timezone: maybe(row, 2),
            avatar: maybe(row, 3).filter(|url| !url.is_empty()),
        };
        self.rows(sql, read).await
    }

    /// Who wants no mail about tickets, and who no push message: (user, mail, push).
    pub async fn choices(&mut self, users: &[i64]) -> Result<Vec<(i64, bool, bool)>> {
        let Some(t) = self.schema.table("notification_settings") else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {}, {}, {} FROM {} WHERE {} IN ({})",
            t.int("userId"),
            t.int("emailTicketReply"),
            t.int("pushTicketReply"),
            t.quoted(),
            t.name("userId"),
            list(users)
        );
        let on = |row: &MySqlRow, at| int(row, at) != Some(0);
        self.rows(sql, |row| (int(row, 0).unwrap_or(0), on(row, 1), on(row, 2))).await
    }

    pub async fn tickets(&mut self, after: i64, limit: usize) -> Result<Vec<TicketRow>> {
        self.tickets_where(format!("id > {after} ORDER BY id LIMIT {limit}")).await
    }

    pub async fn some_tickets(&mut self, ids: &[i64]) -> Result<Vec<TicketRow>> {
        self.tickets_where(format!("id IN ({}) ORDER BY id", list(ids))).await
    }

    async fn tickets_where(&mut self, condition: String) -> Result<Vec<TicketRow>> {
        let t = self.schema.ticket.clone();
        let sql = format!(
            "SELECT {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} FROM {} WHERE {condition}",
            t.int("id"),
            t.int("userId"),
            t.text("title"),
            t.text("message"),
            t.text("status"),
            t.text("priority"),
            t.text("category"),
            t.int("assignedTo"),
            t.time("createdAt"),
            t.time("updatedAt"),
            t.time("closedAt"),
            t.quoted()
        );
        let times = self.times.clone();
        let time = |row: &MySqlRow, at: usize, column| times.of(&t, column).parse(&text(row, at));
        let has = |column| t.has(column);
        let read = |row: &MySqlRow| TicketRow {
            id: int(row, 0).unwrap_or(0),
            owner: int(row, 1).unwrap_or(0),
            title: text(row, 2),
            message: text(row, 3),
            status: text(row, 4),
            priority: maybe(row, 5).filter(|_| has("priority")),
            category: maybe(row, 6).filter(|_| has("category")),
            assigned_to: int(row, 7),
            created_at: time(row, 8, "createdAt"),
            updated_at: time(row, 9, "updatedAt"),
            closed_at: time(row, 10, "closedAt"),
        };
        self.rows(sql, read).await
    }

    /// Who answered these tickets and when, without the texts, in the order of time.
    pub async fn words(&mut self, tickets: &[i64]) -> Result<Vec<WordRow>> {
        let t = self.schema.response.clone();
        let sql = format!(
            "SELECT {}, {}, {}, {}, {}, CAST(OCTET_LENGTH({}) AS SIGNED) FROM {} WHERE {} IN ({}) ORDER BY {}, {}, id",
            t.int("id"),
            t.int("ticketId"),
            t.int("operatorId"),
            t.int_or("isInternal", "0"),
            t.time("createdAt"),
            t.name("message"),
            t.quoted(),
            t.name("ticketId"),
            list(tickets),
            t.name("ticketId"),
            t.name("createdAt")
        );
        let times = self.times.of(&t, "createdAt");
        let read = |row: &MySqlRow| WordRow {
            id: int(row, 0).unwrap_or(0),
            ticket: int(row, 1).unwrap_or(0),
            author: int(row, 2).unwrap_or(0),
            internal: int(row, 3).map(|mark| mark != 0),
            at: times.parse(&text(row, 4)),
            bytes: usize::try_from(int(row, 5).unwrap_or(0)).unwrap_or(0),
        };
        self.rows(sql, read).await
    }

    pub async fn messages(&mut self, words: &[i64]) -> Result<Vec<(i64, String)>> {
        let t = self.schema.response.clone();
        let sql =
            format!("SELECT {}, {} FROM {} WHERE id IN ({})", t.int("id"), t.text("message"), t.quoted(), list(words));
        self.rows(sql, |row| (int(row, 0).unwrap_or(0), text(row, 1))).await
    }

    /// Files of one of the two tables, with whether what they hang on has an owner.
    pub async fn files(&mut self, t: &Table, of_ticket: bool, after: i64, limit: usize) -> Result<Vec<FileRow>> {
        let (ticket, response, user) =
            (self.schema.ticket.quoted(), self.schema.response.quoted(), self.schema.user.quoted());
        let hangs_on = if of_ticket { "ticketId" } else { "responseId" };
        let owned = format!("JOIN {user} u ON u.id = t.{}", self.schema.ticket.name("userId"));
        let there = match of_ticket {
            true => format!("SELECT 1 FROM {ticket} t {owned} WHERE t.id = a.{}", t.name(hangs_on)),
            false => format!(
                "SELECT 1 FROM {response} r JOIN {ticket} t ON t.id = r.{} {owned} WHERE r.id = a.{}",
                self.schema.response.name("ticketId"),
                t.name(hangs_on)
            ),
        };
        let sql = format!(
            "SELECT {}, {}, {}, {}, {}, CAST(EXISTS({there}) AS SIGNED) FROM {} a
             WHERE a.id > {after} ORDER BY a.id LIMIT {limit}",
            t.int("id"),
            t.int(hangs_on),
            t.text("filename"),
            t.text("fileUrl"),
            t.time("createdAt"),
            t.quoted()
        );
        let times = self.times.of(t, "createdAt");
        let read = |row: &MySqlRow| FileRow {
            id: int(row, 0).unwrap_or(0),
            hangs_on: int(row, 1).unwrap_or(0),
            filename: text(row, 2),
            url: text(row, 3),
            at: times.parse(&text(row, 4)),
            has_owner: int(row, 5) == Some(1),
        };
        self.rows(sql, read).await
    }

    /// Notices, with the owner and the title of the ticket that they are about.
    pub async fn notices(&mut self, t: &Table, after: i64, limit: usize) -> Result<Vec<NoticeRow>> {
        let ticket = self.schema.ticket.clone();
        let column = |name: &str| format!("n.{}", t.name(name));
        let sql = format!(
            "SELECT CAST(n.id AS SIGNED), CAST({} AS SIGNED), CAST({} AS CHAR), {}, CAST({} AS SIGNED), CAST({} AS SIGNED),
                CAST({} AS CHAR), CAST(t.{} AS SIGNED), t.{}
             FROM {} n LEFT JOIN {} t ON t.id = {} WHERE n.id > {after} ORDER BY n.id LIMIT {limit}",
            column("userId"),
            column("type"),
            column("message"),
            column("ticketId"),
            column("isRead"),
            column("createdAt"),
            ticket.name("userId"),
            ticket.name("title"),
            t.quoted(),
            ticket.quoted(),
            column("ticketId"),
        );
        let times = self.times.of(t, "createdAt");
        let read = |row: &MySqlRow| NoticeRow {
            id: int(row, 0).unwrap_or(0),
            user: int(row, 1).unwrap_or(0),
            kind: text(row, 2),
            message: text(row, 3),
            ticket: int(row, 4),
            is_read: int(row, 5) == Some(1),
            at: times.parse(&text(row, 6)),
            ticket_owner: int(row, 7),
            title: text(row, 8),
        };
        self.rows(sql, read).await
    }
}

/// Every whole number that stands there, of whatever type.
fn int(row: &MySqlRow, at: usize) -> Option<i64> {
    row.try_get_unchecked(at).ok().flatten()
}

/// Text of any charset comes as UTF-8; bytes that are none are shown as such.
fn maybe(row: &MySqlRow, at: usize) -> Option<String> {
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(at).ok().flatten();
    bytes.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn text(row: &MySqlRow, at: usize) -> String {
    maybe(row, at).unwrap_or_default()
}
