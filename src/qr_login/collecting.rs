//! The last step: the computer collects what the phone approved. Session, history, mail and the used
//! code are one transaction.

use crate::{
    account::{self, model::UserView},
    platform::{
        base::{
            actor::Actor,
            error::{Error, Result},
        },
        data::{db::Tx, events::Event},
        web::{
            Html,
            extract::{Anyone, Form, Json, Query, Visitor},
            own_path,
            render::ErrorBody,
            ui::Ui,
        },
    },
    qr_login::codes,
    session::{
        door::LoginAnswer,
        ending,
        model::Method,
        sign_in::{self, Entry, Keep, SignedIn},
    },
};
use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    QrLogin, asking,
    model::{Request, Secrets, Status},
    show::{Wanted, cookie, escape, poll_secret, sign_in_cookie},
    store,
    views::{QrOtherAccountPage, QrWelcomePage},
    waiting::QR_CHANGED,
};

/// A program names the code and gets tokens; a browser has both secrets in its cookie, and a person before it who
/// may be somebody else.
pub fn routes() -> OpenApiRouter<QrLogin> {
    OpenApiRouter::new().routes(routes!(claim)).route("/login/qr", post(enter)).route("/login/qr/welcome", get(welcome))
}

/// For so long an answer that got lost can be asked for again (qr_10).
const AGAIN: Duration = Duration::from_secs(10);

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Claim {
    #[serde(default)]
    #[schema(required = true, example = "q4uKcVqUyZ1dE0m3W8sT5rXoLh2JbN7fPgAiCkDvYwM")]
    code: String,
    /// The caller is signed in to another account and wants to change to this one.
    #[serde(default)]
    replace: bool,
}

/// Collects the tokens of a confirmed request.
///
/// Within ten seconds the same browser may ask again, if the answer got lost: it gets a new session,
/// and the one just made ends.
#[utoipa::path(post, path = "/api/qr-auth/claim", tag = "qr", request_body = Claim, responses((status = 200, body = LoginAnswer),
    (status = 404, body = ErrorBody, description = "Unknown code, or the wrong secret"),
    (status = 409, body = ErrorBody, description = "Not confirmed, or the browser is signed in to another account"),
    (status = 410, body = ErrorBody, description = "Expired or collected"), (status = 429, body = ErrorBody)))]
async fn claim(
    State(qr): State<QrLogin>,
    visitor: Visitor,
    Anyone(actor): Anyone,
    headers: HeaderMap,
    Json(body): Json<Claim>,
) -> Result<impl IntoResponse> {
    let secret = poll_secret(&qr, &headers).unwrap_or_default();
    let request = asking::find(&qr, visitor.address, &body.code, &secret).await?;
    let by = Collector { visitor: &visitor, actor: actor.as_ref(), replace: body.replace };
    let signed_in = collect(&qr, &request, &by).await?;
    let cookie = sign_in_cookie(&qr, &signed_in);
    let tokens = signed_in.tokens.ok_or_else(|| Error::internal("no tokens were made"))?;
    Ok((cookie, axum::Json(LoginAnswer { tokens, user: UserView::from(&signed_in.account) })))
}

/// Collects: the browser is signed in.
async fn enter(
    State(qr): State<QrLogin>,
    ui: Ui,
    visitor: Visitor,
    Anyone(actor): Anyone,
    headers: HeaderMap,
    Form(form): Form<Wanted>,
) -> Result<Response> {
    let secrets = Secrets::of(cookie(&qr, &headers).unwrap_or_default());
    let request = asking::find(&qr, visitor.address, &secrets.code, &secrets.poll_secret).await?;
    let by = Collector { visitor: &visitor, actor: actor.as_ref(), replace: form.replace };
    let signed_in = match collect(&qr, &request, &by).await {
        Err(error) if error.code == codes::QR_OTHER_ACCOUNT => {
            let approver = account::store::by_id(&qr.db, request.user_id.unwrap_or(0)).await?;
            let approver = approver.ok_or(error)?.username;
            let here = ui.user.as_ref().map_or_else(String::new, |me| me.username.clone());
            let next = own_path(&form.next).to_owned();
            return Ok((StatusCode::CONFLICT, Html(QrOtherAccountPage { ui, approver, here, next })).into_response());
        }
        collected => collected?,
    };
    let next = format!("/login/qr/welcome?next={}", escape(own_path(&form.next)));
    Ok((sign_in_cookie(&qr, &signed_in), Redirect::to(&next)).into_response())
}

async fn welcome(ui: Ui, _: Actor, Query(asked): Query<Wanted>) -> Html<QrWelcomePage> {
    Html(QrWelcomePage { ui, next: own_path(&asked.next).to_owned() })
}

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
