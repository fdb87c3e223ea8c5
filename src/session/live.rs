//! Who is at the other end of a socket, and when that must be looked at again.

use async_trait::async_trait;

use super::{
    Sessions,
    cache::{SESSION_CHANGED, SESSION_ENDED},
    middleware,
};
use crate::{
    account::{self, actions::ACCOUNT_CHANGED},
    platform::{
        base::{actor::Actor, error::Result},
        data::events::Event,
        live::{Door, Whom},
    },
};

#[async_trait]
impl Door for Sessions {
    async fn by_token(&self, token: &str) -> Result<Option<Actor>> {
        middleware::by_token(self, token).await
    }

    async fn by_session(&self, session: i64) -> Result<Option<Actor>> {
        middleware::by_session(self, session).await
    }

    async fn username(&self, user: i64) -> Result<Option<String>> {
        Ok(account::store::by_id(&self.db, user).await?.map(|account| account.username))
    }

    fn concerns(&self, event: &Event) -> Whom {
        match event.kind {
            SESSION_ENDED | SESSION_CHANGED if event.id != 0 => Whom::Session(event.id),
            SESSION_ENDED | ACCOUNT_CHANGED => Whom::User(event.user),
            _ => Whom::Nobody,
        }
    }
}
