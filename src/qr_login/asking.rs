//! The computer's side: it asks for a code, shows it and waits for news.

use crate::{
    platform::{
        base::{
            actor::Actor,
            address::{Address, limit_key},
            error::{Error, Result},
            keys::{random_token, token_hash},
        },
        data::{db::Tx, events::Event},
        web::extract::Visitor,
    },
    qr_login::codes,
};
use std::{
    io::{BufRead, Seek},
    sync::Arc,
    time::Duration,
};

use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::{
    Link, QrLogin,
    model::{Request, Secrets, Status, numbers},
    store::{self, NewRequest},
    waiting::QR_CHANGED,
};

/// How long an answer may be held, whatever the caller wishes.
pub const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// How often a waiting browser is answered from the database while the bus is not heard.
const LOOK: Duration = Duration::from_secs(1);
/// Longer than any code: what comes is not worth a look.
const MAX_CODE: usize = 128;
/// 256 bits in base64url.
const CODE: usize = 43;

/// Makes a code; what the same browser (`old_secret`) asked for before is superseded.
pub async fn generate(qr: &QrLogin, visitor: &Visitor, old_secret: Option<&str>) -> Result<(Secrets, Request)> {
    let key = limit_key(visitor.address);
    qr.limits.address.take(&key)?;
    qr.limits.all.take(&())?;
    let (now, key) = (qr.clock.now(), key.to_string());
    let mut tx = qr.db.begin().await?;
    if let Some(secret) = old_secret {
        for id in store::any_supersede(&mut tx, &token_hash(secret)).await? {
            tx.emit(Event { kind: QR_CHANGED, id, user: 0 });
        }
    }
    check_open_codes(qr, &mut tx, &key).await?;
    let secrets = Secrets::of(random_token());
    let (match_number, choices) = numbers();
    let choices = choices.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let row = NewRequest {
        secrets: &secrets,
        ip_address: &visitor.address.to_string(),
        address_key: &key,
        user_agent: &visitor.user_agent,
        device_type: visitor.client.kind.as_str(),
        device: &visitor.client.device,
        browser: &visitor.client.browser,
        os: &visitor.client.os,
        location: &visitor.place.to_json(),
        match_number,
        match_choices: &choices,
        number_required: qr.asks_number(),
        now,
        expires_at: now.plus(qr.settings.life()),
    };
    let request = store::insert(&mut tx, &row).await?;
    tx.commit().await?;
    tracing::debug!(request = request.log_name(), "a code was made");
    Ok((secrets, request))
}

/// An address has so many open codes at most (qr_18).
async fn check_open_codes(qr: &QrLogin, tx: &mut Tx, key: &str) -> Result<()> {
    if !qr.limits_on {
        return Ok(());
    }
    let now = qr.clock.now();
    store::any_lock_address(tx, key).await?;
    let ends = store::any_open_ends(tx, key, now).await?;
    match ends.first() {
        Some(first) if ends.len() >= qr.settings.codes_at_once as usize => {
            Err(Error::too_many(u64::try_from((first.0 - now.0) / 1000 + 1).unwrap_or(1)))
        }
        _ => Ok(()),
    }
}

/// The text in the picture.
pub fn url(qr: &QrLogin, code: &str) -> String {
    let [scheme, https] = links(qr);
    match qr.link {
        Link::Scheme => scheme + code,
        Link::Https => https + code,
    }
}

/// What the text of a code of ours begins with: for the app, and for any phone's camera.
pub fn links(qr: &QrLogin) -> [String; 2] {
    [format!("{}://qr-login?code=", qr.settings.scheme), format!("{}/qr-login?code=", qr.base_url)]
}

/// Takes one photo from the sender's budget, before any of it is read.
pub fn pay_for_photo(qr: &QrLogin, actor: &Actor) -> Result<()> {
    qr.limits.photos.take(&actor.user)
}

/// The code in a photo that somebody took of a computer's screen.
pub async fn read_photo(qr: &QrLogin, photo: impl BufRead + Seek + Send + 'static) -> Result<String> {
    let links = links(qr);
    qr.photos.read(photo, move |text| code_in(&links, text)).await
}

/// The code in a text of ours.
fn code_in(links: &[String; 2], text: &str) -> Option<String> {
    let code = links.iter().find_map(|link| text.strip_prefix(link.as_str()))?;
    let is_ours = code.len() == CODE && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_ours.then(|| code.to_owned())
}

/// The request of the browser that shows the code *and* has the secret. A wrong secret and an unknown
/// code are the same 404 after the same work, and count against the caller's address.
pub async fn find(qr: &QrLogin, address: Address, code: &str, secret: &str) -> Result<Arc<Request>> {
    let (code, secret) = (token_hash(cut(code)), token_hash(cut(secret)));
    let right = |row: &Arc<Request>| bool::from(row.poll_secret_hash.ct_eq(&secret));
    // With a wrong secret the database is asked all the same: how long a no takes tells nothing.
    if let Some(row) = qr.known.pending(&code, qr.clock.now()).filter(right) {
        return Ok(row);
    }
    let row = qr.known.find_fresh(&qr.db, &code).await?;
    let kept = row.as_ref().map_or(&[0; 32][..], |row| &row.poll_secret_hash);
    let right: bool = kept.ct_eq(&secret).into();
    match row.filter(|_| right) {
        Some(row) => Ok(row),
        None => Err(missed(qr, address)?),
    }
}

/// A code that nobody has: 404, or 429 for who tries too many.
pub fn missed(qr: &QrLogin, address: Address) -> Result<Error> {
    qr.limits.misses.take(&limit_key(address))?;
    Ok(Error::not_found(codes::QR_NOT_FOUND))
}

fn cut(text: &str) -> &str {
    if text.len() > MAX_CODE { "" } else { text }
}

/// The request as soon as its status is not `seen` (by default the one that it has now), or after
/// `wait` in any case. Asking faster than every 1.5 s on average is 429.
pub async fn news(
    qr: &QrLogin,
    address: Address,
    secrets: (&str, &str),
    wait: Duration,
    seen: Option<Status>,
) -> Result<Arc<Request>> {
    let mut row = find(qr, address, secrets.0, secrets.1).await?;
    qr.limits.polls.take(&row.id)?;
    if wait.is_zero() {
        return Ok(row);
    }
    let seen = seen.unwrap_or(row.status_at(qr.clock.now()));
    let end = Instant::now() + wait.min(LONGEST_WAIT);
    let bell = qr.waiting.bell(row.id);
    loop {
        let mut rung = std::pin::pin!(bell.notified());
        rung.as_mut().enable();
        row = find(qr, address, secrets.0, secrets.1).await?;
        let now = qr.clock.now();
        let status = row.status_at(now);
        let left = end.saturating_duration_since(Instant::now());
        if status != seen || !status.is_open() || left.is_zero() {
            return Ok(row);
        }
        let life = Duration::from_millis(u64::try_from(row.expires_at.0 - now.0).unwrap_or(0) + 10);
        let pause = left.min(life).min(if qr.db.bus.is_alive() { LONGEST_WAIT } else { LOOK });
        tokio::select! {
            () = rung => {}
            () = tokio::time::sleep(pause) => {}
            () = qr.stop.cancelled() => return Ok(row),
        }
    }
}
