//! What a person chooses: which kinds reach them by which way, and when they want quiet.

use std::collections::BTreeMap;

use super::{
    Notifications,
    model::{Channel, Kind, Rule},
    quiet::QuietHours,
    store_push, store_settings,
};
use crate::{
    platform::base::{
        actor::Actor,
        error::{Error, Result},
    },
    session::proof::Proven,
};

/// Everything that is chosen; defaults filled in.
pub struct Choices {
    pub kinds: BTreeMap<Kind, BTreeMap<Channel, bool>>,
    pub quiet: Option<QuietHours>,
    /// How many devices take push messages.
    pub devices: i64,
}

impl Choices {
    pub fn is_on(&self, kind: Kind, channel: Channel) -> bool {
        self.kinds.get(&kind).and_then(|channels| channels.get(&channel)).copied().unwrap_or(false)
    }
}

/// What is to change; the rest stays.
#[derive(Debug, Default)]
pub struct Change {
    pub kinds: Vec<(Kind, Channel, bool)>,
    /// `Some(None)`: no quiet hours any more.
    pub quiet: Option<Option<QuietHours>>,
}

pub async fn of_actor(notifications: &Notifications, actor: &Actor) -> Result<Choices> {
    let (db, user) = (&notifications.db, actor.user);
    let mut kinds: BTreeMap<Kind, BTreeMap<Channel, bool>> = Kind::ALL
        .into_iter()
        .filter(|kind| kind.is_for(actor.role))
        .map(|kind| (kind, Channel::ALL.map(|channel| (channel, kind.rule(channel).with(None))).into()))
        .collect();
    for (kind, channel, on) in store_settings::of_user(db, user).await? {
        if let Some(channels) = kinds.get_mut(&kind) {
            channels.insert(channel, kind.rule(channel).with(Some(on)));
        }
    }
    let quiet = store_settings::quiet_hours(db, user).await?;
    Ok(Choices { kinds, quiet, devices: store_push::count(db, user).await? })
}

pub async fn change(notifications: &Notifications, actor: &Proven, change: &Change) -> Result<Choices> {
    for (kind, channel, on) in &change.kinds {
        match kind.rule(*channel) {
            Rule::Always if !on => return Err(Error::invalid().field("kinds", "field-security-mail")),
            Rule::Never if *on => return Err(Error::invalid().field("kinds", "field-push-only")),
            _ => {}
        }
    }
    let mut tx = notifications.db.begin().await?;
    for (kind, channel, on) in &change.kinds {
        store_settings::set(&mut tx, actor.user, *kind, *channel, *on).await?;
    }
    if let Some(hours) = change.quiet {
        store_settings::set_quiet_hours(&mut tx, actor.user, hours).await?;
    }
    tx.commit().await?;
    of_actor(notifications, actor).await
}
