//! The last step: the computer collects what the phone approved. Session, history, mail and the used
//! code are one transaction.

use crate::{
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        data::{db::Tx, events::Event},
        web::extract::Visitor,
    },
    qr_login::codes,
    session::{
        ending,
        model::Method,
        sign_in::{self, Entry, Keep, SignedIn},
    },
};
use std::time::Duration;

use super::{
    QrLogin,
    model::{Request, Status},
    store,
    waiting::QR_CHANGED,
};

/// For so long an answer that got lost can be asked for again (qr_10).
const AGAIN: Duration = Duration::from_secs(10);

/// Who collects: the browser, what it is signed in to already, and whether it may be replaced.
pub struct Collector<'a> {
    pub visitor: &'a Visitor,
    pub actor: Option<&'a Actor>,
    pub replace: bool,
}

/// Makes a new session for the browser whose request was approved; once. Within ten seconds more the
/// same browser may ask again: it gets another session and the one just made ends.
pub async fn collect(qr: &QrLogin, request: &Request, by: &Collector<'_>) -> Result<SignedIn> {
    let now = qr.clock.now();
    let again = match request.status_at(now) {
        Status::Confirmed => false,
        Status::Consumed => true,
        Status::Pending | Status::Scanning => return Err(Error::conflict(codes::QR_NOT_CONFIRMED)),
        Status::Rejected => return Err(Error::conflict(codes::QR_REJECTED)),
        Status::Expired => return Err(Error::gone(codes::QR_EXPIRED)),
        Status::Superseded => return Err(Error::gone(codes::QR_SUPERSEDED)),
    };
    // Somebody else's approval must not sign the browser over without a word (login CSRF, qr_11).
    if by.actor.is_some_and(|actor| Some(actor.user) != request.user_id) && !by.replace {
        return Err(Error::conflict(codes::QR_OTHER_ACCOUNT));
    }
    let mut tx = qr.db.begin().await?;
    let row = match again {
        false => store::any_consume(&mut tx, request.id, now).await?,
        true => store::any_take_back(&mut tx, request.id, now.minus(AGAIN)).await?,
    };
    let Some(row) = row else {
        tracing::warn!(request = request.log_name(), "a used code was presented again");
        return Err(Error::gone(codes::QR_USED));
    };
    let signed_in = begin(qr, &mut tx, &row, by.visitor).await?;
    tx.commit().await?;
    tracing::info!(user = signed_in.account.id, session = signed_in.session, again, "signed in by QR code");
    Ok(signed_in)
}

async fn begin(qr: &QrLogin, tx: &mut Tx, row: &Request, visitor: &Visitor) -> Result<SignedIn> {
    let user = row.user_id.ok_or_else(|| Error::internal("an approved request without its approver"))?;
    if let Some(lost) = row.issued_session {
        ending::end_in(tx, user, lost).await?;
    }
    let entry = Entry {
        user,
        method: Method::Qr,
        keep: Keep::Both,
        approved_by: row.phone_session.unwrap_or(0),
        unconfirmed_until: Some(qr.clock.now().plus(qr.settings.unconfirmed())),
    };
    let signed_in = sign_in::begin_in(&qr.sessions, tx, entry, visitor).await?;
    // An approval ends with the session that gave it, as when the password was changed meanwhile, and with
    // the address that the account had.
    if !store::is_upheld(tx, user, row.id).await? {
        return Err(Error::gone(codes::QR_EXPIRED));
    }
    store::set_issued(tx, user, row.id, signed_in.session).await?;
    tx.emit(Event { kind: QR_CHANGED, id: row.id, user });
    Ok(signed_in)
}
