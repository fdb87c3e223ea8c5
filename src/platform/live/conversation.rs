//! What is said on a socket of somebody known.

use std::{convert::Infallible, time::Duration};

use axum::extract::ws::{Message as Frame, WebSocket};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{
    Live, Message, Topic, Viewer,
    hub::{Item, Taken},
    limits::Budget,
    presence::State,
    protocol::{self, Said},
    socket::{AWAY, CHANGED, End, NOT_SIGNED_IN, SLOW, STOPPING, Step, TOO_MANY, put, text_of},
};
use crate::platform::{
    base::{
        actor::{Actor, Role},
        error::Result as Asked,
        i18n::Lang,
    },
    data::events::{Entry, log},
};

/// Tries to learn from the database whether somebody may stay, a little apart.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// How much of the log is told one by one to who comes back; beyond, loading anew is quicker.
const MISSED_PLACES: i64 = 10_000;
const MISSED_MESSAGES: i64 = 200;

pub(super) struct Conversation {
    live: Live,
    taken: Taken,
    user: i64,
    session: i64,
    role: Role,
    /// The language of the account, and the one that this socket is spoken to in.
    language: String,
    lang: Lang,
    budget: Budget,
    pings: Interval,
    /// Whether anything was heard since the last ping.
    heard: bool,
    /// The ticket that this operator looks at.
    ticket: Option<i64>,
}

impl Conversation {
    pub fn new(live: Live, actor: &Actor, lang: Lang, taken: Taken) -> Self {
        let every = Duration::from_secs(live.settings.ping_seconds.max(1).into());
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let most = if live.platform.limits_on { live.settings.messages_per_minute } else { u32::MAX };
        Self {
            taken,
            user: actor.user,
            session: actor.session,
            role: actor.role,
            language: actor.language.clone(),
            lang,
            budget: Budget::new(most),
            pings,
            heard: true,
            ticket: None,
            live,
        }
    }

    /// Until one of the two goes.
    pub async fn hold(mut self, ws: &mut WebSocket) -> End {
        let Err(end) = self.talk(ws).await;
        self.look_at(None, false).await;
        end
    }

    async fn talk(&mut self, ws: &mut WebSocket) -> Step<Infallible> {
        // What ended between the handshake and the place in the hub was not heard here.
        self.look_again(ws).await?;
        let stop = self.live.platform.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(STOPPING),
                () = self.taken.dropped.notified() => return Err(SLOW),
                item = self.taken.queue.recv() => match item {
                    Some(Item::Text(text)) => self.put(ws, Frame::Text(text)).await?,
                    Some(Item::LookAgain) => self.look_again(ws).await?,
                    None => return Err(SLOW),
                },
                heard = ws.recv() => {
                    self.heard = true;
                    let text = text_of(heard)?;
                    if !self.budget.take(Instant::now()) {
                        return Err(TOO_MANY);
                    }
                    if let Some(text) = text {
                        self.answer(ws, &text).await?;
                    }
                }
                _ = self.pings.tick() => {
                    if !std::mem::take(&mut self.heard) {
                        return Err(End::Left);
                    }
                    self.put(ws, Frame::Ping(axum::body::Bytes::new())).await?;
                }
            }
        }
    }

    async fn put(&self, ws: &mut WebSocket, frame: Frame) -> Step {
        put(ws, frame, self.taken.dropped.notified()).await
    }

    async fn say(&self, ws: &mut WebSocket, message: Message) -> Step {
        self.put(ws, Frame::Text(message.text())).await
    }

    async fn answer(&mut self, ws: &mut WebSocket, text: &str) -> Step {
        let Some(said) = Said::read(text) else { return self.say(ws, protocol::error("bad_request")).await };
        match said.kind.split_once(':').unwrap_or((&said.kind, "")) {
            ("ping", "") => self.say(ws, protocol::bare("pong")).await,
            ("auth", "") => self.prove(ws, said.token.as_deref()).await,
            ("subscribe", topic) => self.subscribe(ws, topic, said.last_event_id).await,
            ("unsubscribe", topic) => {
                if let Some(topic) = self.live.topic(topic) {
                    self.taken.unsubscribe(topic);
                }
                Ok(())
            }
            ("presence", "") if self.role.is_staff() => {
                self.look_at(said.ticket_id, said.typing).await;
                Ok(())
            }
            ("presence", "") => self.say(ws, protocol::error("forbidden")).await,
            _ => self.say(ws, protocol::error("unknown_type")).await,
        }
    }

    /// A client that is known already may say so again, as the same person.
    async fn prove(&mut self, ws: &mut WebSocket, token: Option<&str>) -> Step {
        let actor = self.live.door.by_token(token.unwrap_or_default()).await.map_err(|_| AWAY)?;
        if actor.is_some_and(|actor| actor.user == self.user) {
            return self.say(ws, protocol::auth_success(self.user)).await;
        }
        self.say(ws, protocol::auth_error("not_signed_in")).await?;
        Err(NOT_SIGNED_IN)
    }

    /// Asks the database whether this person may stay as who they were. Messages wait meanwhile, for
    /// they stand in the same queue.
    async fn look_again(&mut self, ws: &mut WebSocket) -> Step {
        let mut looks = 1;
        let now = loop {
            match self.ask_who().await {
                Ok(now) => break now,
                Err(_) if looks < LOOKS => tokio::time::sleep(BETWEEN_LOOKS).await,
                Err(_) => return Err(AWAY),
            }
            looks += 1;
        };
        match now {
            None => {
                self.say(ws, protocol::bare("session:ended")).await?;
                Err(NOT_SIGNED_IN)
            }
            Some(actor) if actor.role != self.role || actor.language != self.language => Err(CHANGED),
            Some(_) => Ok(()),
        }
    }

    async fn ask_who(&self) -> Asked<Option<Actor>> {
        let _turn = self.live.asking.acquire().await;
        self.live.door.by_session(self.session).await
    }

    /// Listens from now on; before that comes what was missed since the client's last event.
    async fn subscribe(&mut self, ws: &mut WebSocket, name: &str, last: Option<i64>) -> Step {
        let Some(topic) = self.live.topic(name) else { return self.say(ws, protocol::error("unknown_topic")).await };
        let position = self.taken.subscribe(topic);
        let place = self.place(position).await.map_err(|_| AWAY)?;
        if let Some(last) = last {
            let missed = self.missed(topic, last, position, place).await;
            // What cannot be told one by one is loaded anew.
            let missed = missed.unwrap_or(None).unwrap_or_else(|| vec![protocol::resync(name, place)]);
            for message in missed {
                self.say(ws, message).await?;
            }
        }
        self.say(ws, protocol::subscribed(name, place)).await?;
        if self.live.topic_of_presence() == Some(topic) && self.role.is_staff() {
            for ticket in self.live.presence.tickets() {
                self.say(ws, self.live.presence.message(ticket)).await?;
            }
        }
        Ok(())
    }

    /// The reader's own place at a place in the log.
    async fn place(&self, position: i64) -> Asked<i64> {
        if self.role.is_staff() {
            return Ok(position);
        }
        let _turn = self.live.asking.acquire().await;
        Ok(log::place_of(self.live.platform.db.pools(), self.user, position).await?)
    }

    /// What somebody missed after `last`; nothing when that is too much or not known any more.
    async fn missed(&self, topic: Topic, last: i64, position: i64, place: i64) -> Asked<Option<Vec<Message>>> {
        let Some(source) = self.live.source(topic) else { return Ok(None) };
        let _turn = self.live.asking.acquire().await;
        let rows = match self.role.is_staff() {
            true => self.missed_by_staff(last, position).await?,
            false => self.missed_by_customer(last, position, place).await?,
        };
        let Some(rows) = rows.filter(|rows| rows.len() as i64 <= MISSED_MESSAGES) else { return Ok(None) };
        let mut messages = Vec::new();
        for entry in rows.iter().filter(|entry| source.events().contains(&entry.kind)) {
            let is_owner = entry.user == self.user;
            let viewer = Viewer { is_owner, is_staff: self.role.is_staff(), lang: self.lang };
            messages.extend(source.message(entry, viewer).await?.map(|message| message.at(viewer.place(entry))));
        }
        Ok(Some(messages))
    }

    async fn missed_by_staff(&self, last: i64, position: i64) -> Asked<Option<Vec<Entry>>> {
        // Another node may have told more than this one has; it comes again.
        if last >= position {
            return Ok(Some(Vec::new()));
        }
        let db = &self.live.platform.db;
        if position - last > MISSED_PLACES || last + 1 < log::begin(db.pools()).await? {
            return Ok(None);
        }
        Ok(Some(log::missed_by_staff(db.pools(), (last, position), self.user, MISSED_MESSAGES + 1).await?))
    }

    /// Numbers have no gaps, so rows that are missing are rows that the log has dropped.
    async fn missed_by_customer(&self, last: i64, position: i64, place: i64) -> Asked<Option<Vec<Entry>>> {
        let missed = place.saturating_sub(last);
        if !(0..=MISSED_MESSAGES).contains(&missed) {
            return Ok(None);
        }
        let rows = log::missed_by(self.live.platform.db.pools(), self.user, last, position, MISSED_MESSAGES).await?;
        Ok((rows.len() as i64 == missed).then_some(rows))
    }

    /// An operator looks at a ticket, or at none any more.
    async fn look_at(&mut self, ticket: Option<i64>, typing: bool) {
        let state = if typing { State::Typing } else { State::Viewing };
        let left = self.ticket.filter(|before| Some(*before) != ticket).map(|before| (before, State::Left));
        self.ticket = ticket;
        for (ticket, state) in left.into_iter().chain(ticket.map(|ticket| (ticket, state))) {
            let db = &self.live.platform.db;
            if let Err(error) = db.bus.send(db.pools(), &state.event(ticket, self.user)).await {
                tracing::warn!(%error, "other nodes do not hear who looks at a ticket");
            }
        }
    }
}
