//! How each database goes about the statements of lists and searches. Their texts are those of
//! `src/ticket/store_list.rs` and `store_search.rs`, with values in place of parameters.

use crate::{
    Result,
    data::{Database, Kind},
    report::Report,
    ticket_data::Connection,
    ticket_text,
};

const INDEXED: &str = "(d.words || array_to_tsvector(ARRAY['_' || (d.id >> 15)::text]))";

pub async fn note(database: &Database, ticket: i64, report: &mut Report) -> Result<()> {
    let mut c = Connection::open(database).await?;
    let newest = c.number("SELECT COALESCE(MAX(id), 0) FROM ticket_doc").await?;
    for (what, sql) in statements(database.kind(), ticket, newest) {
        let plan = c.plan(&sql).await?.join("\n");
        report.note(&format!("{}, {what}:\n\n```\n{plan}\n```", database.kind().name()));
    }
    Ok(())
}

fn statements(kind: &Kind, ticket: i64, newest: i64) -> Vec<(String, String)> {
    let list = |condition: &str| {
        format!(
            "SELECT t.*, u.username, o.username, COALESCE(s.seen_at, 0)
            FROM (SELECT t.id FROM ticket t{condition} ORDER BY t.updated_at DESC, t.id DESC LIMIT 10 OFFSET 0) p
            JOIN ticket t ON t.id = p.id JOIN account u ON u.id = t.user_id LEFT JOIN account o ON o.id = t.assigned_to
            LEFT JOIN ticket_seen s ON s.ticket_id = t.id AND s.user_id = 7 ORDER BY t.updated_at DESC, t.id DESC"
        )
    };
    let mut all = vec![
        ("the list of an operator".to_owned(), list("")),
        ("the open ones".to_owned(), list(" WHERE t.status = 'open'")),
        ("the list of a customer".to_owned(), list(" WHERE t.user_id = 7")),
        (
            "the numbers of a customer".to_owned(),
            "SELECT status, category, priority, CAST(0 AS BIGINT) AS assigned_to, COUNT(*) AS count
            FROM ticket WHERE user_id = 7 GROUP BY status, category, priority"
                .to_owned(),
        ),
        (
            "the numbers of the desk".to_owned(),
            "SELECT status, category, priority, assigned_to, CAST(SUM(count) AS BIGINT) AS count
            FROM ticket_count GROUP BY status, category, priority, assigned_to"
                .to_owned(),
        ),
        (
            "the answers of a ticket".to_owned(),
            format!(
                "SELECT r.*, a.username FROM response r LEFT JOIN account a ON a.id = r.author_id
                WHERE r.ticket_id = {ticket} ORDER BY r.id"
            ),
        ),
    ];
    for word in [0, 60, 4000].map(ticket_text::word) {
        all.extend(search(kind, &word, newest));
    }
    all
}

/// SQLite searches in one step. PostgreSQL takes the newest documents in order, then as many more as seem
/// to be needed, by words and buckets, then all that have a rare word: here each of the three, for any word.
fn search(kind: &Kind, word: &str, newest: i64) -> Vec<(String, String)> {
    if let Kind::Sqlite = kind {
        let sql = format!(
            "SELECT d.ticket_id, d.response_id, t.updated_at FROM ticket_fts f JOIN ticket_doc d ON d.id = f.rowid
            JOIN ticket t ON t.id = d.ticket_id WHERE ticket_fts MATCH '\"{word}\"' ORDER BY f.rowid DESC LIMIT 250"
        );
        return vec![(format!("a search of “{word}”"), sql)];
    }
    let step = |place: &str, order: &str| {
        format!(
            "SELECT d.ticket_id, d.response_id,
                (SELECT t.updated_at FROM ticket t WHERE t.id = d.ticket_id) AS updated_at
            FROM ticket_doc d WHERE {place} ORDER BY {order} DESC LIMIT 250"
        )
    };
    let (near, far) = (newest - 2_000, (newest - 256_000).max(0));
    let buckets = (far >> 15..=near >> 15).map(|n| format!("_{n}")).collect::<Vec<_>>().join(" | ");
    let query = format!("'{word}'::tsquery");
    let some = format!("{INDEXED} @@ {query} AND d.id + 0 > {far} AND d.id + 0 <= {near} AND {INDEXED} @@ '{buckets}'");
    let all = format!("{INDEXED} @@ {query} AND d.id + 0 <= {far}");
    vec![
        (format!("a search of “{word}” in the newest"), step(&format!("d.words @@ {query} AND d.id > {near}"), "d.id")),
        (format!("a search of “{word}” in documents {far} to {near}"), step(&some, "d.id + 0")),
        (format!("a search of “{word}” in the others"), step(&all, "d.id + 0")),
    ]
}
