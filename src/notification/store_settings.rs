//! Every SQL statement about what people chose: which kinds reach them by which way, and when not.

use sqlx::AssertSqlSafe;

use super::{
    model::{Channel, Kind, Ways},
    quiet::QuietHours,
};
use crate::{
    on_read, on_tx,
    platform::data::{
        db::{Db, Tx},
        pools::list,
    },
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// What differs from the defaults.
pub async fn of_user(db: &Db, user: i64) -> Result<Vec<(Kind, Channel, bool)>> {
    const SQL: &str = "SELECT kind, channel, is_on FROM notification_setting WHERE user_id = $1";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).fetch_all(c).await)
}

/// By which ways a message of this kind goes to each of these people now.
pub async fn any_ways(tx: &mut Tx, users: &[i64], kind: Kind) -> Result<Vec<(i64, Ways)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, channel, is_on FROM notification_setting WHERE user_id IN ({}) AND kind = $1",
        list(users)
    );
    let chosen: Vec<(i64, Channel, bool)> =
        on_tx!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(kind).fetch_all(c).await)?;
    let ways = |user: i64| {
        let is_on = |channel| {
            let choice = chosen.iter().find(|(who, way, _)| (*who, *way) == (user, channel)).map(|(.., on)| *on);
            kind.rule(channel).with(choice)
        };
        Ways { in_app: is_on(Channel::InApp), mail: is_on(Channel::Mail), push: is_on(Channel::Push) }
    };
    Ok(users.iter().map(|user| (*user, ways(*user))).collect())
}

pub async fn set(tx: &mut Tx, user: i64, kind: Kind, channel: Channel, on: bool) -> Result<()> {
    const SQL: &str = "INSERT INTO notification_setting (user_id, kind, channel, is_on) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, kind, channel) DO UPDATE SET is_on = excluded.is_on";
    on_tx!(tx, c => sqlx::query(SQL).bind(user).bind(kind).bind(channel).bind(on).execute(c).await.map(|_| ()))
}

pub async fn quiet_hours(db: &Db, user: i64) -> Result<Option<QuietHours>> {
    const SQL: &str = "SELECT from_minute, to_minute FROM quiet_hours WHERE user_id = $1";
    on_read!(db, c => sqlx::query_as(SQL).bind(user).fetch_optional(c).await)
}

pub async fn set_quiet_hours(tx: &mut Tx, user: i64, hours: Option<QuietHours>) -> Result<()> {
    const SET: &str = "INSERT INTO quiet_hours (user_id, from_minute, to_minute) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET from_minute = excluded.from_minute, to_minute = excluded.to_minute";
    const CLEAR: &str = "DELETE FROM quiet_hours WHERE user_id = $1";
    match hours {
        Some(QuietHours { from_minute, to_minute }) => {
            on_tx!(tx, c => sqlx::query(SET).bind(user).bind(from_minute).bind(to_minute).execute(c).await.map(|_| ()))
        }
        None => on_tx!(tx, c => sqlx::query(CLEAR).bind(user).execute(c).await.map(|_| ())),
    }
}
