//! What an earlier slice has to tell a person. The slice that keeps notices comes later in the order,
//! so it cannot be called; what is told is a job written in the transaction of its cause, which that
//! slice takes up in a moment.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::platform::{
    data::db::Tx,
    outbox::jobs::{Job, Jobs},
};

/// The name of the task; the notification slice does it.
pub const TASK: &str = "notice";

/// A message to one person.
#[derive(Debug, Serialize, Deserialize)]
pub struct Notice {
    pub user: i64,
    /// A kind that the notification slice knows.
    pub kind: String,
    /// The message, unique for its recipient.
    pub key: String,
    /// What the text needs.
    pub facts: Value,
    /// Where a push message leads, if not to the usual page. It may hold a secret: it is sealed while
    /// it waits and never stored.
    pub url: Option<String>,
    /// After this, in milliseconds since 1970, nobody needs to be told any more.
    #[serde(default)]
    pub until: Option<i64>,
}

/// Tells it as part of `tx`.
pub async fn tell(jobs: &Jobs, tx: &mut Tx, notice: &Notice) -> Result<(), sqlx::Error> {
    let key = format!("{TASK}-{}-{}", notice.user, notice.key);
    jobs.enqueue(tx, &key, &Job::task(TASK, &notice.user.to_string(), notice)).await
}
