//! How each database goes about the statements of lists and searches. Their texts are those of
//! `src/ticket/store_list.rs` and `store_search.rs`, with values in place of parameters.

use crate::{
    Result,
    data::{Database, Kind},
    report::Report,
    ticket_data::Connection,
    ticket_text,
};

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

/// SQLite searches in one step, PostgreSQL in up to four: the newest documents in order, then the words.
fn search(kind: &Kind, word: &str, newest: i64) -> Vec<(String, String)> {
    if let Kind::Sqlite = kind {
        let sql = format!(
            "SELECT d.ticket_id, d.response_id, t.updated_at FROM ticket_fts f JOIN ticket_doc d ON d.id = f.rowid
            JOIN ticket t ON t.id = d.ticket_id WHERE ticket_fts MATCH '\"{word}\"' ORDER BY f.rowid DESC LIMIT 500"
        );
        return vec![(format!("a search of “{word}”"), sql)];
    }
    let between = |from: i64, to: i64, order: &str| {
        format!(
            "SELECT d.ticket_id, d.response_id, t.updated_at FROM ticket_doc d JOIN ticket t ON t.id = d.ticket_id
            WHERE d.words @@ to_tsquery('russian', '{word}') AND d.id > {from} AND d.id <= {to} ORDER BY {order} DESC LIMIT 500"
        )
    };
    let steps =
        [(newest - 2_000, newest, "d.id"), (newest - 50_000, newest - 2_000, "d.id"), (0, newest - 50_000, "d.id + 0")];
    let named = steps.map(|(from, to, order)| {
        (format!("a search of “{word}” in documents {from} to {to}"), between(from, to, order))
    });
    named.into()
}
