//! What is said on a socket: flat JSON with a `type`.

use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What a client says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    #[serde(rename = "type")]
    pub kind: String,
    pub token: Option<String>,
    pub last_event_id: Option<i64>,
    pub ticket_id: Option<i64>,
    #[serde(default)]
    pub typing: bool,
}

impl Said {
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// What a client is told: its type, such as `ticket:status`, and its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    kind: &'static str,
    fields: Map<String, Value>,
}

impl Message {
    /// `fields` is an object; anything else adds none.
    pub fn new(kind: &'static str, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { kind, fields }
    }

    /// With its place in the log, by which the client asks for what came after.
    pub(super) fn at(mut self, seq: i64) -> Self {
        self.fields.insert("eventId".into(), seq.into());
        self
    }

    pub(super) fn text(mut self) -> Utf8Bytes {
        self.fields.insert("type".into(), self.kind.into());
        Value::Object(self.fields).to_string().into()
    }
}

pub(super) fn auth_success(user: i64) -> Message {
    Message::new("auth:success", json!({ "userId": user }))
}

pub(super) fn auth_error(code: &str) -> Message {
    Message::new("auth:error", json!({ "code": code }))
}

pub(super) fn error(code: &str) -> Message {
    Message::new("error", json!({ "code": code }))
}

/// A subscription holds: from here on everything is told.
pub(super) fn subscribed(topic: &str, position: i64) -> Message {
    Message::new("subscribed", json!({ "topic": topic })).at(position)
}

/// What was missed cannot be told one by one: load everything anew.
pub(super) fn resync(topic: &str, position: i64) -> Message {
    Message::new("resync", json!({ "topic": topic })).at(position)
}

pub(super) fn bare(kind: &'static str) -> Message {
    Message::new(kind, Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_flat_json() {
        let text = Message::new("ticket:status", json!({ "ticketId": 4, "status": "open" })).at(17).text();
        let value: Value = serde_json::from_str(text.as_str()).unwrap();
        assert_eq!(value, json!({ "type": "ticket:status", "eventId": 17, "ticketId": 4, "status": "open" }));
        assert_eq!(bare("pong").text().as_str(), r#"{"type":"pong"}"#);
    }

    #[test]
    fn unknown_fields_are_ignored_and_nonsense_is_refused() {
        let said = Said::read(r#"{"type":"subscribe:tickets","lastEventId":9,"colour":"red"}"#).unwrap();
        assert_eq!((said.kind.as_str(), said.last_event_id, said.typing), ("subscribe:tickets", Some(9), false));
        for nonsense in ["", "ping", "[]", r#"{"kind":"ping"}"#, r#"{"type":1}"#, r#"{"type":"x","lastEventId":"1"}"#] {
            assert!(Said::read(nonsense).is_none(), "{nonsense}");
        }
    }
}
