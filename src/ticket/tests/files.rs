use super::*;
use crate::on_both;

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
