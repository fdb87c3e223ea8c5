//! A customer asks: the ticket, its files, its history and who is told, in one transaction.

use super::{
    Tickets, events,
    input::{self, NewTicket},
    model::Scope,
    notices, store,
    store_response::{self, Kind},
    store_search::{self, NewDoc},
};
use crate::platform::{
    base::{
        actor::Actor,
        error::{Error, Result},
    },
    data::db::Tx,
    files::Received,
};

/// Makes a ticket and says its id. The same key again gives the id of the first time.
pub async fn create(tickets: &Tickets, actor: &Actor, new: &NewTicket) -> Result<i64> {
    let (category, priority) = input::check_ticket(new)?;
    input::check_key(new.key.as_deref())?;
    let now = tickets.clock.now();
    let (title, message) = (&*new.title, &*new.message);
    let parts = ["create", title, message, category.as_str(), priority.as_str()];
    let mut tx = tickets.db.begin().await?;
    if let Some(made) = repeated(tickets, &mut tx, actor, new.key.as_deref(), &parts, &new.files).await? {
        return Ok(made.ticket_id);
    }
    if !actor.role.is_staff() {
        tickets.create_limit.take(&actor.user)?;
    }
    let row = store::NewTicket {
        user: actor.user,
        title,
        message,
        priority,
        category,
        previous_id: new.previous_id,
        scope: Scope::of(actor),
        now,
    };
    let id = store::insert(&mut tx, &row).await?;
    attach(tickets, &mut tx, actor, Kind::Ticket, id, &new.files).await?;
    let text = format!("{title}\n{message}");
    let doc = NewDoc { ticket: id, response: None, owner: actor.user, is_internal: false, text: &text };
    store_search::any_add(&mut tx, &doc).await?;
    store_response::note_change(&mut tx, actor.user, id, "created", (None, None), now).await?;
    store::set_seen(&mut tx, actor.user, id, now).await?;
    let ticket = store::lock(&mut tx, Scope::Own(actor.user), id).await?;
    let ticket = ticket.ok_or_else(|| Error::internal("a new ticket is not there"))?;
    notices::created(tickets, &mut tx, &ticket, actor).await?;
    if let Some(key) = &new.key {
        store::set_made(&mut tx, actor.user, key, id, None).await?;
    }
    events::record(&mut tx, events::NEW, &ticket);
    tx.commit().await?;
    Ok(id)
}

/// What the request with this key made before; `None`: it is the first, or has no key.
pub(super) async fn repeated(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    key: Option<&str>,
    parts: &[&str],
    files: &[Received],
) -> Result<Option<store::Made>> {
    let Some(key) = key else { return Ok(None) };
    let fingerprint = input::fingerprint(parts, files);
    let made = store::take_key(tx, actor.user, key, &fingerprint, tickets.clock.now()).await?;
    match made {
        Some(made) if made.fingerprint != fingerprint => {
            Err(Error::invalid().field("Idempotency-Key", "field-ticket-key-reused"))
        }
        made => Ok(made),
    }
}

/// Hangs received files on what they came with, if the room of the customer who sends them allows it.
pub(super) async fn attach(
    tickets: &Tickets,
    tx: &mut Tx,
    actor: &Actor,
    kind: Kind,
    owner: i64,
    files: &[Received],
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = files.iter().map(|file| file.storage_key.as_str()).collect();
    if !tickets.files.claim(tx, &keys).await? {
        return Err(Error::internal("a received file is not there any more"));
    }
    let now = tickets.clock.now();
    for file in files {
        store_response::any_attach(tx, kind, owner, file, now).await?;
    }
    let room = i64::from(tickets.settings.storage_per_customer_mib) << 20;
    if room > 0 && !actor.role.is_staff() && store_response::stored_bytes(tx, actor.user).await? > room {
        return Err(Error::invalid().field("attachments", "field-ticket-no-room"));
    }
    Ok(())
}
