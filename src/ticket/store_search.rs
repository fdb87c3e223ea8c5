//! Search: the two databases differ here, so their statements stand side by side. Both keep the lexemes
//! that `words` makes, SQLite in FTS5, PostgreSQL in a `tsvector`.

use sqlx::{AssertSqlSafe, PgPool, QueryBuilder};

use super::{
    model::{Response, Scope, Ticket},
    query::Query,
    store_list::Narrow,
    words,
};
use crate::{
    on_read, on_tx,
    platform::{
        base::clock::Timestamp,
        data::{
            db::{Db, Tx},
            db_ids,
            pools::{Inner, Pools, list},
        },
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// PostgreSQL's steps, in documents. First it reads the newest.
const NEAR: i64 = 2_000;
/// With the next step it has seen at most so many times as many.
const GROWTH: i64 = 128;
/// Up to here a step in order costs less than one by words.
const IN_ORDER: i64 = 10_000;
/// The same for one by the beginning of a word.
const IN_ORDER_OPEN: i64 = 32_000;
/// Above this a word is so rare that all documents that have it are the smaller work.
const MANY: i64 = 1_000_000;
/// Documents whose ids differ only in so many bits are one bucket. The index has the same number.
const BUCKET: u32 = 15;

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

impl<'a> NewDoc<'a> {
    /// The words of a ticket itself.
    pub fn question(ticket: &Ticket, text: &'a str) -> Self {
        Self { ticket: ticket.id, response: None, owner: ticket.user_id, is_internal: false, text }
    }

    /// What was said in somebody's ticket.
    pub fn said(owner: i64, said: &'a Response) -> Self {
        let Response { id, ticket_id, is_internal, message, .. } = said;
        Self { ticket: *ticket_id, response: Some(*id), owner, is_internal: *is_internal, text: message }
    }
}

/// Makes a text findable.
pub async fn any_add(tx: &mut Tx, new: &NewDoc<'_>) -> Result<()> {
    match tx.inner() {
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
            any_put(tx, id, new).await
        }
        Inner::Postgres(t) => {
            const SQL: &str = "INSERT INTO ticket_doc (ticket_id, response_id, user_id, is_internal, words)
                               VALUES ($1, $2, $3, $4, array_to_tsvector($5))";
            sqlx::query(SQL)
                .bind(new.ticket)
                .bind(new.response)
                .bind(new.owner)
                .bind(new.is_internal)
                .bind(lexemes(new))
                .execute(&mut **t)
                .await
                .map(|_| ())
        }
    }
}

/// Makes many texts findable, the newest last.
pub async fn any_add_all(tx: &mut Tx, all: &[NewDoc<'_>]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let ids = db_ids::take(tx, "ticket_doc", all.len()).await?;
    let all = all.iter().zip(ids);
    match tx.inner() {
        Inner::Sqlite(t) => {
            let mut docs =
                QueryBuilder::new("INSERT INTO ticket_doc (id, ticket_id, response_id, user_id, is_internal) ");
            docs.push_values(all.clone(), |mut row, (new, id)| {
                row.push_bind(id).push_bind(new.ticket).push_bind(new.response);
                row.push_bind(new.owner).push_bind(new.is_internal);
            });
            docs.build().persistent(false).execute(&mut **t).await?;
            let mut words = QueryBuilder::new("INSERT INTO ticket_fts (rowid, words) ");
            words.push_values(all, |mut row, (new, id)| {
                row.push_bind(id).push_bind(indexed_words(new));
            });
            words.build().persistent(false).execute(&mut **t).await.map(|_| ())
        }
        Inner::Postgres(t) => {
            let mut docs =
                QueryBuilder::new("INSERT INTO ticket_doc (id, ticket_id, response_id, user_id, is_internal, words) ");
            docs.push_values(all, |mut row, (new, id)| {
                row.push_bind(id).push_bind(new.ticket).push_bind(new.response);
                row.push_bind(new.owner).push_bind(new.is_internal);
                row.push("array_to_tsvector(").push_bind_unseparated(lexemes(new)).push_unseparated(")");
            });
            docs.build().persistent(false).execute(&mut **t).await.map(|_| ())
        }
    }
}

/// Makes the changed text of a question findable.
pub async fn any_replace(tx: &mut Tx, new: &NewDoc<'_>) -> Result<()> {
    const FIND: &str = "SELECT id FROM ticket_doc WHERE ticket_id = $1 AND response_id IS NULL";
    let id: Option<i64> = on_tx!(tx, c => sqlx::query_scalar(FIND).bind(new.ticket).fetch_optional(c).await)?;
    match id {
        Some(id) => any_put(tx, id, new).await,
        None => Ok(()),
    }
}

/// Gives a document its words in place of those that it had.
pub async fn any_put(tx: &mut Tx, doc: i64, new: &NewDoc<'_>) -> Result<()> {
    match tx.inner() {
        Inner::Sqlite(t) => {
            const SQL: &str = "INSERT OR REPLACE INTO ticket_fts (rowid, words) VALUES ($1, $2)";
            sqlx::query(SQL).bind(doc).bind(indexed_words(new)).execute(&mut **t).await.map(|_| ())
        }
        Inner::Postgres(t) => {
            const SQL: &str = "UPDATE ticket_doc SET words = array_to_tsvector($2) WHERE id = $1";
            sqlx::query(SQL).bind(doc).bind(lexemes(new)).execute(&mut **t).await.map(|_| ())
        }
    }
}

fn lexemes(new: &NewDoc<'_>) -> Vec<String> {
    words::lexemes(new.text).into_iter().collect()
}

/// What SQLite's index has of a document.
fn indexed_words(new: &NewDoc<'_>) -> String {
    let mut words = lexemes(new);
    words.extend((!new.is_internal).then(|| owner_word(new.owner)));
    words.join(" ")
}

/// In SQLite a public document has its owner's word, which no text and no search has: theirs are of
/// letters, digits and dots only.
fn owner_word(owner: i64) -> String {
    format!("_{owner}")
}

/// The newest documents that have every word, at most `limit`.
pub async fn find(db: &Db, scope: Scope, narrow: Narrow, query: &Query, limit: i64) -> Result<Vec<Hit>> {
    match db.pools() {
        Pools::Sqlite { read, .. } => {
            let mut wanted = query.fts5();
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
        Pools::Postgres(pool) => Search::new(pool, scope, narrow, query).find(scope, limit).await,
    }
}

/// The newest tickets of these people.
pub async fn of_people(db: &Db, scope: Scope, narrow: Narrow, people: &[i64], limit: i64) -> Result<Vec<Hit>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT t.id AS ticket_id, CAST(NULL AS BIGINT) AS response_id, t.updated_at FROM ticket t{} t.user_id IN ({})
         ORDER BY t.updated_at DESC, t.id DESC LIMIT $1",
        joined(&narrow.conditions(scope)),
        list(people)
    );
    on_read!(db, c => sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(c).await)
}

/// A search in PostgreSQL. Its planner guesses badly how rare a word is, so each step leaves it one way.
struct Search<'a> {
    pool: &'a PgPool,
    words: String,
    most_in_order: i64,
    /// Whose documents, and of which tickets.
    own: String,
    of: String,
}

impl<'a> Search<'a> {
    fn new(pool: &'a PgPool, scope: Scope, narrow: Narrow, query: &Query) -> Self {
        let own = match scope {
            Scope::Own(user) => format!(" AND d.user_id = {user} AND NOT d.is_internal"),
            Scope::All => String::new(),
        };
        // Whose they are the documents say themselves.
        let of = match narrow.conditions(Scope::All) {
            all if all.is_empty() => all,
            some => format!(" AND d.ticket_id IN (SELECT t.id FROM ticket t{some})"),
        };
        let most_in_order = if query.is_open() { IN_ORDER_OPEN } else { IN_ORDER };
        Self { pool, words: query.tsquery(), most_in_order, own, of }
    }

    /// The newest documents in order; then, by how often these have the words, as many more as will do.
    async fn find(&self, scope: Scope, limit: i64) -> Result<Vec<Hit>> {
        let own = &self.own;
        let far = format!("SELECT d.id FROM ticket_doc d WHERE TRUE{own} ORDER BY d.id DESC OFFSET {NEAR} LIMIT 1");
        let far: Option<i64> =
            sqlx::query_scalar(AssertSqlSafe(far)).persistent(false).fetch_optional(self.pool).await?;
        let (mut seen, mut to) = (NEAR, far.unwrap_or(0));
        let mut hits = self.in_order(to, i64::MAX, limit).await?;
        while to > 0 && (hits.len() as i64) < limit {
            let left = limit - hits.len() as i64;
            // A quarter more than is likely to be enough, so that it mostly is.
            let likely = seen * limit * 5 / 4 / (hits.len() as i64 + 1);
            let step = (likely.min(seen * GROWTH) - seen).max(NEAR);
            // A customer's are few beside the others', however many the index passes over.
            let step = if step > MANY || scope != Scope::All { to } else { step };
            let more = match step <= self.most_in_order {
                true => self.in_order(to - step, to, left).await?,
                false => self.by_words(to - step, to, left).await?,
            };
            hits.extend(more);
            (seen, to) = (seen + step, to - step);
        }
        Ok(hits)
    }

    /// Without the bucket, for what the index has not.
    async fn in_order(&self, from: i64, to: i64, limit: i64) -> Result<Vec<Hit>> {
        let place = format!("d.words @@ $1::text::tsquery AND d.id > {from} AND d.id <= {to}");
        self.read(&place, "d.id", limit).await
    }

    /// Sums, so that the key is of no use.
    async fn by_words(&self, from: i64, to: i64, limit: i64) -> Result<Vec<Hit>> {
        let indexed = indexed();
        let mut place = format!("{indexed} @@ $1::text::tsquery AND d.id + 0 > {from} AND d.id + 0 <= {to}");
        if from > 0 {
            // Not in the query of the words: two conditions pass over each other's gaps in the index.
            let buckets = (from >> BUCKET..=to >> BUCKET).map(|n| format!("_{n}")).collect::<Vec<_>>().join(" | ");
            place.push_str(&format!(" AND {indexed} @@ '{buckets}'"));
        }
        self.read(&place, "d.id + 0", limit).await
    }

    /// A ticket's time is read for those that are left by the limit only.
    async fn read(&self, place: &str, order: &str, limit: i64) -> Result<Vec<Hit>> {
        let (own, of) = (&self.own, &self.of);
        let sql = format!(
            "SELECT d.ticket_id, d.response_id,
                (SELECT t.updated_at FROM ticket t WHERE t.id = d.ticket_id) AS updated_at
             FROM ticket_doc d WHERE {place}{own}{of} ORDER BY {order} DESC LIMIT $2"
        );
        // Not kept: a plan for any words is a bad one for these.
        let query = sqlx::query_as::<_, Hit>(AssertSqlSafe(sql)).persistent(false);
        query.bind(self.words.as_str()).bind(limit).fetch_all(self.pool).await
    }
}

/// A document's words with the word of its bucket, as PostgreSQL's index has them.
fn indexed() -> String {
    format!("(d.words || array_to_tsvector(ARRAY['_' || (d.id >> {BUCKET})::text]))")
}

/// `WHERE` that more conditions follow.
fn joined(conditions: &str) -> String {
    if conditions.is_empty() { " WHERE".into() } else { format!("{conditions} AND") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_has_what_the_search_asks() {
        let migration = include_str!("../../migrations/postgres/0013_search_buckets.sql");
        assert!(migration.contains(&indexed().replace("d.", "")));
    }
}
