//! The proof that changes of access ask for: the owner of the account gave the password in this session
//! within the last ten minutes (ASVS 7.5.1 to 7.5.3). What changes access takes a `Proven`, and there is
//! no other way to come by one than to give the password or to have given it.

use crate::{
    account,
    platform::{
        base::{
            actor::Actor,
            clock::Timestamp,
            error::{self, Error, Result},
        },
        data::events::Event,
        web::extract::Visitor,
    },
    session::codes,
};
use std::ops::Deref;

use super::{Sessions, cache::SESSION_CHANGED, history, middleware, model, store};

/// A person in a confirmed session who gave the password a short while ago, as the database has it.
pub struct Proven(Actor);

impl Proven {
    fn new(actor: Actor, now: Timestamp) -> Result<Self> {
        match actor.proven_until(now) {
            Some(_) => Ok(Self(actor)),
            None => Err(Error::forbidden(codes::PROOF_REQUIRED)),
        }
    }
}

impl Deref for Proven {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl AsRef<Actor> for Proven {
    fn as_ref(&self) -> &Actor {
        &self.0
    }
}

/// The proof of a session that has one. The database is asked, not what is remembered: who has just
/// proven it on another node is believed, and whose session has ended is not.
pub async fn of(sessions: &Sessions, actor: &Actor) -> Result<Proven> {
    let found = middleware::by_session(sessions, actor.session).await?;
    Proven::new(found.ok_or_else(|| Error::unauthorized(error::codes::NOT_SIGNED_IN))?, sessions.clock.now())
}

/// Checks the password and remembers that in the session, which is confirmed by it. Wrong ones cost this
/// session only: whoever guesses in it keeps its owner out nowhere else.
pub async fn prove(sessions: &Sessions, actor: &Actor, visitor: &Visitor, password: &str) -> Result<Proven> {
    sessions.limits.proofs.take(&actor.session)?;
    if !account::actions::prove_again(&sessions.accounts, actor.user, password).await? {
        let (method, reason) = (model::Method::Password, model::Reason::WrongPassword);
        history::failed(sessions, Some(actor.user), method, reason, visitor).await?;
        return Err(Error::forbidden(codes::PASSWORD_WRONG).field("password", "field-password-wrong"));
    }
    let mut tx = sessions.db.begin().await?;
    store::prove(&mut tx, actor.user, actor.session, sessions.clock.now()).await?;
    tx.emit(Event { kind: SESSION_CHANGED, id: actor.session, user: actor.user });
    tx.commit().await?;
    of(sessions, actor).await
}
