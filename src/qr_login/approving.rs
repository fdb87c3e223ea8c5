//! The phone's side: it takes up a code, shows who asks, approves or says no.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    QrLogin, asking,
    model::{Request, Risk, country},
    store::{self, Approval},
    waiting::QR_CHANGED,
};
use crate::{
    platform::{
        base::{
            actor::Actor,
            address::Address,
            error::{Error, Result},
            keys::token_hash,
            user_agent::{Client, DeviceKind},
        },
        data::{db::Tx, events::Event},
        web::extract::Visitor,
    },
    qr_login::codes,
    session::{
        history,
        model::{Method, Reason},
        proof, store_attempt,
    },
};

/// What the person decides upon.
pub struct Scanned {
    pub request: Request,
    pub risk: Risk,
}

impl Scanned {
    /// The numbers to pick from, where one must be picked.
    pub fn choices(&self) -> Option<Vec<i64>> {
        self.request.number_required.then(|| self.request.choices())
    }
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Confirm)]
pub struct Decision {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    pub code: String,
    /// The picked number, where `scanning` offered some.
    #[schema(example = 42)]
    pub match_number: Option<i64>,
    /// Where `scanning` said `needsPassword`.
    pub password: Option<String>,
}

/// Takes the code up for this session: from now on only it may approve or refuse.
pub async fn scan(qr: &QrLogin, actor: &Actor, visitor: &Visitor, code: &str) -> Result<Scanned> {
    let now = qr.clock.now();
    refuse_weak(qr, actor)?;
    qr.limits.scans.take(&actor.user)?;
    let request = find(qr, visitor, code).await?;
    let risk = risk(qr, actor, visitor, &request).await?;
    let mut tx = qr.db.begin().await?;
    let Some(request) = store::scan(&mut tx, actor.user, actor.session, request.id, risk.is_high(), now).await? else {
        // The look at the row takes a connection of its own: holding two could starve the pool.
        drop(tx);
        return Err(refusal(qr, actor, visitor, code).await?);
    };
    tx.emit(Event { kind: QR_CHANGED, id: request.id, user: actor.user });
    tx.commit().await?;
    Ok(Scanned { request, risk })
}

/// Lets the computer in. A wrong number refuses the request for good.
pub async fn confirm(qr: &QrLogin, actor: &Actor, visitor: &Visitor, decision: &Decision) -> Result<()> {
    refuse_weak(qr, actor)?;
    let request = find(qr, visitor, &decision.code).await?;
    let now = qr.clock.now();
    if let Some(error) = request.refusal(actor.user, actor.session, now) {
        return Err(error);
    }
    let risky = risk(qr, actor, visitor, &request).await?.is_high();
    if request.number_required || risky {
        check_number(qr, actor, &request, decision.match_number).await?;
    }
    if risky {
        let password = decision.password.as_deref().filter(|text| !text.is_empty());
        let password =
            password.ok_or_else(|| Error::forbidden(codes::PASSWORD_REQUIRED).field("password", "field-required"))?;
        proof::prove(&qr.sessions, actor, visitor, password).await?;
    }
    let approval = Approval {
        session: actor.session,
        request: request.id,
        number: decision.match_number,
        risky,
        now,
        expires_at: now.plus(qr.settings.collect()),
    };
    let mut tx = qr.db.begin().await?;
    if !store::confirm(&mut tx, actor.user, &approval).await? {
        drop(tx);
        return Err(refusal(qr, actor, visitor, &decision.code).await?);
    }
    tx.emit(Event { kind: QR_CHANGED, id: request.id, user: actor.user });
    tx.commit().await?;
    tracing::info!(user = actor.user, request = request.log_name(), "a QR sign-in was approved");
    Ok(())
}

/// Keeps the computer out; `report` says that the owner knows nothing of it.
pub async fn reject(qr: &QrLogin, actor: &Actor, visitor: &Visitor, code: &str, report: bool) -> Result<()> {
    let request = find(qr, visitor, code).await?;
    let reason = if report { Reason::QrReported } else { Reason::QrRejected };
    let mut tx = qr.db.begin().await?;
    if !close(qr, &mut tx, actor, &request, reason).await? {
        drop(tx);
        return Err(refusal(qr, actor, visitor, code).await?);
    }
    tx.commit().await?;
    if report {
        tracing::warn!(user = actor.user, request = request.log_name(), "a QR sign-in was reported by its owner");
    }
    Ok(())
}

/// A session that a QR code made a short while ago lets nobody else in (qr_15).
fn refuse_weak(qr: &QrLogin, actor: &Actor) -> Result<()> {
    if actor.is_unconfirmed(qr.clock.now()) { Err(Error::forbidden(codes::SESSION_UNCONFIRMED)) } else { Ok(()) }
}

async fn find(qr: &QrLogin, visitor: &Visitor, code: &str) -> Result<Request> {
    match store::any_by_code(&qr.db, &token_hash(code)).await? {
        Some(request) => Ok(request),
        None => Err(asking::missed(qr, visitor.address)?),
    }
}

async fn check_number(qr: &QrLogin, actor: &Actor, request: &Request, number: Option<i64>) -> Result<()> {
    // The computer shows the number only after the phone has taken the code up.
    if request.user_id.is_none() || !request.number_required {
        return Err(Error::conflict(codes::QR_SCAN_FIRST));
    }
    let Some(number) = number else { return Err(Error::invalid().field("matchNumber", "field-match-number")) };
    if number == request.match_number {
        return Ok(());
    }
    let mut tx = qr.db.begin().await?;
    close(qr, &mut tx, actor, request, Reason::QrWrongNumber).await?;
    tx.commit().await?;
    Err(Error::conflict(codes::QR_WRONG_NUMBER))
}

/// Ends a request with a no, which its owner finds in the history.
async fn close(qr: &QrLogin, tx: &mut Tx, actor: &Actor, request: &Request, reason: Reason) -> Result<bool> {
    if !store::reject(tx, actor.user, actor.session, request.id, qr.clock.now()).await? {
        return Ok(false);
    }
    history::failed_in(&qr.sessions, tx, Some(actor.user), Method::Qr, reason, &computer(request)).await?;
    tx.emit(Event { kind: QR_CHANGED, id: request.id, user: actor.user });
    Ok(true)
}

/// Why the update found nothing to change: the row as it is now says it.
async fn refusal(qr: &QrLogin, actor: &Actor, visitor: &Visitor, code: &str) -> Result<Error> {
    let request = find(qr, visitor, code).await?;
    tracing::info!(user = actor.user, request = request.log_name(), "a step of a QR sign-in came too late");
    let error = request.refusal(actor.user, actor.session, qr.clock.now());
    Ok(error.unwrap_or_else(|| Error::forbidden(codes::SESSION_UNCONFIRMED)))
}

/// Compares where the computer is with where the phone is and with where its owner has been.
async fn risk(qr: &QrLogin, actor: &Actor, phone: &Visitor, request: &Request) -> Result<Risk> {
    let place = request.place();
    let computer = Address::read(&request.ip_address);
    let same_network = computer.is_beside(phone.address);
    let (there, here) = (country(&place), country(&phone.place));
    let another_country = there.is_some() && here.is_some() && there != here;
    // Where no place is known, another network is one.
    let new_place = match there {
        Some(_) if place == phone.place => false,
        Some(_) => !store_attempt::was_in_place(&qr.db, actor.user, &request.location).await?,
        None => !same_network && !store_attempt::was_at(&qr.db, actor.user, &request.ip_address).await?,
    };
    let hidden = computer == Address::UNKNOWN || phone.address == Address::UNKNOWN;
    Ok(Risk { same_network, another_network: computer.is_apart(phone.address), another_country, new_place, hidden })
}

/// The computer, as the history knows visitors.
fn computer(request: &Request) -> Visitor {
    Visitor {
        address: Address::read(&request.ip_address),
        place: request.place(),
        user_agent: request.user_agent.clone(),
        client: Client {
            kind: DeviceKind::parse(&request.device_type),
            device: request.device.clone(),
            browser: request.browser.clone(),
            os: request.os.clone(),
        },
        device_key: None,
    }
}
