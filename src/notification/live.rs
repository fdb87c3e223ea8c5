//! What is told of notifications while people look: nobody hears of another's.

use async_trait::async_trait;
use serde_json::json;

use super::{
    Notifications,
    events::{self, COUNT},
    model::NOTICE,
    show::NoticeView,
    store,
};
use crate::platform::{
    base::error::Result,
    data::{
        db::Tx,
        events::{Audience, Entry, Event, EventKind},
    },
    live::{Message, Source, Viewer},
};

/// Something happened to one of somebody's notifications, or with `id` 0 to several, with `ticket` to
/// those of that ticket: every node forgets the number it knows, clients are told.
pub fn record(tx: &mut Tx, kind: EventKind, id: i64, user: i64, ticket: i64) {
    tx.emit(Event { kind, id, user });
    tx.record(Entry::new(kind, id, user, Audience::Owner).of(ticket));
    // One entry makes one message.
    if kind == events::DELETED && id != 0 {
        tx.record(Entry::new(events::DELETE, id, user, Audience::Owner));
    }
    tx.record(Entry::new(COUNT, 0, user, Audience::Owner));
}

#[async_trait]
impl Source for Notifications {
    fn topic(&self) -> &'static str {
        "notifications"
    }

    fn events(&self) -> &'static [EventKind] {
        events::EVENTS
    }

    async fn message(&self, entry: &Entry, viewer: Viewer) -> Result<Option<Message>> {
        if !viewer.is_owner {
            return Ok(None);
        }
        let some = |id: i64| (id != 0).then_some(id);
        let which =
            json!({ "id": some(entry.id).map(|id| self.db.seal.show(NOTICE, id)), "ticketId": some(entry.parent) });
        Ok(match entry.kind {
            events::NEW => {
                let found = store::find(&self.db, entry.user, viewer.is_staff, entry.id).await?;
                let view = found.map(|notice| NoticeView::of(&notice, &self.db.seal, viewer.lang));
                view.map(|notice| Message::new("notification:new", json!({ "notification": notice })))
            }
            events::READ => Some(Message::new("notification:read", which)),
            events::DELETED => Some(Message::new("notification:deleted", which)),
            events::DELETE => Some(Message::new(
                "notification:delete",
                json!({ "notificationId": self.db.seal.show(NOTICE, entry.id) }),
            )),
            COUNT => {
                let count = store::count(&self.db, entry.user, viewer.is_staff, true).await?;
                Some(Message::new("notification:count", json!({ "count": count })))
            }
            _ => None,
        })
    }
}
