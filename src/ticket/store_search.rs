//! Search: the two databases differ here, so their statements stand side by side. SQLite keeps stems
//! that the program made; PostgreSQL makes its own with the dictionary "russian".

use sqlx::{AssertSqlSafe, PgPool, SqliteConnection};

use super::{
    model::Scope,
    store_list::Narrow,
    words::{self, Query},
};
use crate::platform::{
    clock::Timestamp,
    db::{Db, Inner, Pools, Tx},
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// How many of the newest documents PostgreSQL reads in order: for very common words, for common ones,
/// and for those that the step before has shown to be there often enough.
/// In tests so few that every step is taken.
const STEPS: [i64; 3] = if cfg!(test) { [1, 2, 3] } else { [2_000, 50_000, 250_000] };

/// Where a search found something: a question (`response_id` none) or an answer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Hit {
    pub ticket_id: i64,
    pub response_id: Option<i64>,
    pub updated_at: Timestamp,
}

/// What is to be found.
pub struct NewDoc<'a> {
    pub ticket: i64,
    pub response: Option<i64>,
    /// Whose ticket it is.
    pub owner: i64,
    pub is_internal: bool,
    pub text: &'a str,
}

/// Makes a text findable.
pub async fn any_add(tx: &mut Tx, new: &NewDoc<'_>) -> Result<()> {
    match &mut tx.inner {
        Inner::Sqlite(t) => {
            const DOC: &str = "INSERT INTO ticket_doc (ticket_id, response_id, user_id, is_internal)
                               VALUES ($1, $2, $3, $4) RETURNING id";
            let id: i64 = sqlx::query_scalar(DOC)
                .bind(new.ticket)
                .bind(new.response)
                .bind(new.owner)
                .bind(new.is_internal)
                .fetch_one(&mut **t)
                .await?;
            any_put(t, id, new).await
        }
        Inner::Postgres(t) => {
            const SQL: &str = "INSERT INTO ticket_doc (ticket_id, response_id, user_id, is_internal, words)
                               VALUES ($1, $2, $3, $4, to_tsvector('russian', $5))";
            sqlx::query(SQL)
                .bind(new.ticket)
                .bind(new.response)
                .bind(new.owner)
                .bind(new.is_internal)
                .bind(words::plain(new.text))
                .execute(&mut **t)
                .await
                .map(|_| ())
        }
    }
}

/// Makes the changed text of a question findable.
pub async fn any_replace(tx: &mut Tx, new: &NewDoc<'_>) -> Result<()> {
    match &mut tx.inner {
        Inner::Sqlite(t) => {
            const FIND: &str = "SELECT id FROM ticket_doc WHERE ticket_id = $1 AND response_id IS NULL";
            let id: Option<i64> = sqlx::query_scalar(FIND).bind(new.ticket).fetch_optional(&mut **t).await?;
            match id {
                Some(id) => any_put(t, id, new).await,
                None => Ok(()),
            }
        }
        Inner::Postgres(t) => {
            const SQL: &str = "UPDATE ticket_doc SET words = to_tsvector('russian', $2)
                               WHERE ticket_id = $1 AND response_id IS NULL";
            sqlx::query(SQL).bind(new.ticket).bind(words::plain(new.text)).execute(&mut **t).await.map(|_| ())
        }
    }
}

/// Gives a document its words in SQLite's index, in place of those that it had.
pub async fn any_put(connection: &mut SqliteConnection, doc: i64, new: &NewDoc<'_>) -> Result<()> {
    const SQL: &str = "INSERT OR REPLACE INTO ticket_fts (rowid, words) VALUES ($1, $2)";
    sqlx::query(SQL).bind(doc).bind(stems(new)).execute(connection).await.map(|_| ())
}

/// The stems, with the owner's word for what the owner may find.
fn stems(new: &NewDoc<'_>) -> String {
    let stems = words::stems(new.text);
    if new.is_internal { stems } else { format!("{stems} {}", owner_word(new.owner)) }
}

/// A word that no text and no search has: theirs are of letters and digits only.
fn owner_word(owner: i64) -> String {
    format!("_{owner}")
}

/// The newest documents that have every word, at most `limit`.
pub async fn find(db: &Db, scope: Scope, narrow: Narrow, query: &Query, prefix: bool, limit: i64) -> Result<Vec<Hit>> {
    match &db.pools {
        Pools::Sqlite { read, .. } => {
            let mut wanted = query.stems(prefix);
            let mut own = "";
            if let Scope::Own(user) = scope {
                wanted.push_str(&format!(" AND \"{}\"", owner_word(user)));
                own = " AND NOT d.is_internal";
            }
            let sql = format!(
                "SELECT d.ticket_id, d.response_id, t.updated_at FROM ticket_fts f JOIN ticket_doc d ON d.id = f.rowid
                 JOIN ticket t ON t.id = d.ticket_id{} ticket_fts MATCH $1{own} ORDER BY f.rowid DESC LIMIT $2",
                joined(&narrow.conditions(scope))
            );
            sqlx::query_as(AssertSqlSafe(sql)).bind(wanted).bind(limit).fetch_all(read).await
        }
        Pools::Postgres(pool) => find_postgres(pool, scope, narrow, &query.tsquery(prefix), limit).await,
    }
}

/// PostgreSQL guesses badly how rare a word is, and then reads every document in order, or all that have
/// a common one. So words that many documents have are found by reading the newest, a bounded number;
/// the rest by the words alone.
async fn find_postgres(pool: &PgPool, scope: Scope, narrow: Narrow, words: &str, limit: i64) -> Result<Vec<Hit>> {
    let own = match scope {
        Scope::Own(user) => format!(" AND NOT d.is_internal AND d.user_id = {user}"),
        Scope::All => String::new(),
    };
    let newest: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) FROM ticket_doc").fetch_one(pool).await?;
    let between = |from: i64, to: i64, order: &str| {
        format!(
            "SELECT d.ticket_id, d.response_id, t.updated_at FROM ticket_doc d JOIN ticket t ON t.id = d.ticket_id{}
             d.words @@ to_tsquery('russian', $1){own} AND d.id > {from} AND d.id <= {to} ORDER BY {order} DESC LIMIT $2",
            joined(&narrow.conditions(scope))
        )
    };
    let (mut hits, mut to) = (Vec::new(), newest);
    for step in STEPS {
        add_hits(pool, between(newest - step, to, "d.id"), words, limit, &mut hits).await?;
        to = newest - step;
        let found = hits.len() as i64;
        if found == limit || to <= 0 {
            return Ok(hits);
        }
        // The last step would hardly find the others.
        if step == STEPS[1] && found * 5 < limit {
            break;
        }
    }
    // A sum, so that the order of the key is of no use.
    add_hits(pool, between(0, to, "d.id + 0"), words, limit, &mut hits).await?;
    Ok(hits)
}

async fn add_hits(pool: &PgPool, sql: String, words: &str, limit: i64, hits: &mut Vec<Hit>) -> Result<()> {
    let left = limit - hits.len() as i64;
    // Not kept: a plan for any words is a bad one for these.
    let query = sqlx::query_as::<_, Hit>(AssertSqlSafe(sql)).persistent(false);
    hits.extend(query.bind(words).bind(left).fetch_all(pool).await?);
    Ok(())
}

/// `WHERE` that more conditions follow.
fn joined(conditions: &str) -> String {
    if conditions.is_empty() { " WHERE".into() } else { format!("{conditions} AND") }
}
