//! How a write was asked for, and how it is answered: one handler serves programs, who send and get JSON, and
//! browsers, who send a form and get a page, or the way to one.

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, OptionalFromRequest, RawPathParams, Request},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    extract::{Context, Form, Json, form_with},
    ui::{self, Ui},
};
use crate::platform::{
    Platform,
    base::{
        actor::Actor,
        error::{Error, Result, codes},
        i18n::Lang,
    },
};

/// Who asks, by the address that they asked: programs have theirs under `/api/`.
pub enum Asked {
    Program,
    Browser(Box<Reader>),
}

/// Who sees the page, if one is shown.
pub struct Reader {
    platform: Platform,
    context: Context,
    actor: Option<Actor>,
}

impl Reader {
    pub async fn ui(&self) -> Ui {
        Ui::of(&self.platform, &self.context, self.actor.as_ref()).await
    }
}

impl Asked {
    /// The answer to a write that was made: JSON, or the page or the redirect that stands for it.
    pub fn answer(self, json: impl IntoResponse, page: impl IntoResponse) -> Response {
        match self {
            Self::Program => json.into_response(),
            Self::Browser(_) => page.into_response(),
        }
    }

    /// The same where the JSON is read for programs alone: browsers go to the page that shows it.
    pub async fn done<J: IntoResponse>(self, json: impl AsyncFnOnce() -> Result<J>, to: &str) -> Result<Response> {
        match self {
            Self::Program => Ok(json().await?.into_response()),
            Self::Browser(_) => Ok(Redirect::to(to).into_response()),
        }
    }

    /// The same where browsers are shown a page at once.
    pub async fn shown<P: IntoResponse>(
        self,
        json: impl IntoResponse,
        page: impl AsyncFnOnce(Ui) -> Result<P>,
    ) -> Result<Response> {
        match self {
            Self::Program => Ok(json.into_response()),
            Self::Browser(reader) => Ok(page(reader.ui().await).await?.into_response()),
        }
    }

    /// The answer to a write that was not made: the error, or the page with what was typed and what is wrong. The page
    /// has the error's status, unless it has one of its own.
    pub async fn refused<P: IntoResponse>(
        self,
        error: Error,
        again: impl AsyncFnOnce(Ui, Error) -> Result<P>,
    ) -> Result<Response> {
        let Self::Browser(reader) = self else { return Err(error) };
        let (status, wait) = (error.status(), error.retry_after);
        let mut response = again(reader.ui().await, error).await?.into_response();
        if response.status() == StatusCode::OK {
            *response.status_mut() = status;
        }
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Ok(response)
    }

    /// The same for a form that `page` shows with what was typed.
    pub async fn again<P: IntoResponse, const N: usize>(
        self,
        error: Error,
        typed: [(&str, String); N],
        page: impl AsyncFnOnce(Ui, ui::Form) -> Result<P>,
    ) -> Result<Response> {
        let shown = async |ui: Ui, error| {
            let form = form_with(&ui, error, typed)?;
            page(ui, form).await
        };
        self.refused(error, shown).await
    }
}

/// A text for people.
#[derive(Serialize, ToSchema)]
pub struct Message {
    pub message: &'static str,
}

impl Message {
    /// What programs are told where nothing else is to be said.
    pub fn of(lang: Lang, key: &str) -> axum::Json<Self> {
        axum::Json(Self { message: lang.t(key) })
    }
}

/// Whether this is the address of a call, and not of a page.
pub fn is_program(path: &str) -> bool {
    path.starts_with("/api/")
}

impl<S> FromRequestParts<S> for Asked
where
    S: Send + Sync,
    Platform: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        if is_program(parts.uri.path()) {
            return Ok(Self::Program);
        }
        let context = Context::from_request_parts(parts, state).await?;
        let actor = parts.extensions.get::<Actor>().cloned();
        Ok(Self::Browser(Box::new(Reader { platform: Platform::from_ref(state), context, actor })))
    }
}

/// What a write is given: a JSON body from programs, a form from browsers. What a page has in its address, such as
/// `/tickets/{ticketId}/close`, counts as a field of its form.
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if is_program(request.uri().path()) {
            return <Json<T> as FromRequest<S>>::from_request(request, state).await.map(|Json(body)| Self(body));
        }
        let (mut parts, body) = request.into_parts();
        let path = path_fields(&mut parts, state).await?;
        let pairs = Form::<T>::pairs(Request::from_parts(parts, body), state).await?;
        Form::of(with_path(pairs, path)).map(|Form(fields)| Self(fields))
    }
}

/// A body that may be left out, its content type with it.
impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Error> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// The numbers in a page's address, by their names; what is none is not there.
pub(super) async fn path_fields<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<(String, String)>> {
    if is_program(parts.uri.path()) {
        return Ok(Vec::new());
    }
    let path = RawPathParams::from_request_parts(parts, state).await;
    let path = path.map_err(|_| Error::not_found(codes::NOT_FOUND))?;
    let numbers = path.iter().map(|(name, value)| match value.parse::<i64>() {
        Ok(_) => Ok((name.to_owned(), value.to_owned())),
        Err(_) => Err(Error::not_found(codes::NOT_FOUND)),
    });
    numbers.collect()
}

/// The address says what a form is about, whatever else the form says.
pub(super) fn with_path(mut pairs: Vec<(String, String)>, path: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.retain(|(name, _)| path.iter().all(|(own, _)| own != name));
    pairs.extend(path);
    pairs
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::post};
    use http_body_util::BodyExt;
    use serde::Deserialize;
    use tower::ServiceExt;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Reply {
        ticket_id: i64,
        message: String,
    }

    async fn say(Input(reply): Input<Reply>) -> String {
        format!("{} {}", reply.ticket_id, reply.message)
    }

    async fn may_say(reply: Option<Input<Reply>>) -> String {
        reply.map_or_else(|| "nothing".into(), |Input(reply)| reply.message)
    }

    async fn send(path: &str, kind: Option<&str>, body: &'static str) -> (u16, String) {
        let router: Router = Router::new()
            .route("/api/reply", post(say))
            .route("/tickets/{ticketId}/reply", post(say))
            .route("/api/maybe", post(may_say))
            .route("/maybe", post(may_say));
        let request = Request::post(path);
        let request = kind.into_iter().fold(request, |request, kind| request.header(header::CONTENT_TYPE, kind));
        let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let said = response.into_body().collect().await.unwrap().to_bytes();
        (status.as_u16(), String::from_utf8(said.to_vec()).unwrap())
    }

    async fn refused(path: &str, kind: Option<&str>, body: &'static str) -> u16 {
        let (status, said) = send(path, kind, body).await;
        assert!(said.is_empty(), "{path} {kind:?}: {said}");
        status
    }

    #[tokio::test]
    async fn programs_send_json_and_browsers_forms() {
        let json = r#"{"ticketId":"7","message":"x\u0000y\r\nz"}"#;
        assert_eq!(send("/api/reply", Some(JSON), json).await, (200, "7 xy\nz".into()));
        assert_eq!(send("/tickets/7/reply", Some(FORM), "message=x%00y%0D%0Az").await, (200, "7 xy\nz".into()));
        for kind in [Some(FORM), Some("text/plain"), Some("multipart/form-data; boundary=x"), None] {
            assert_eq!(refused("/api/reply", kind, "{}").await, 415, "{kind:?}");
        }
        for kind in [Some(JSON), Some("text/plain"), Some("multipart/form-data; boundary=x"), None] {
            assert_eq!(refused("/tickets/7/reply", kind, "{}").await, 415, "{kind:?}");
        }
        assert_eq!(refused("/api/reply", Some(JSON), "{").await, 400);
        assert_eq!(refused("/api/reply", Some(JSON), r#"{"ticketId":"seven"}"#).await, 422);
    }

    #[tokio::test]
    async fn the_address_of_a_page_says_what_its_form_is_about() {
        let said = send("/tickets/7/reply", Some(FORM), "ticketId=8&message=x&ticketId=9").await;
        assert_eq!(said, (200, "7 x".into()));
        for none in ["seven", "7.5", "99999999999999999999", "%20"] {
            assert_eq!(refused(&format!("/tickets/{none}/reply"), Some(FORM), "message=x").await, 404, "{none}");
        }
    }

    #[tokio::test]
    async fn a_body_may_be_left_out() {
        for path in ["/api/maybe", "/maybe"] {
            assert_eq!(send(path, None, "").await, (200, "nothing".into()));
        }
        assert_eq!(send("/api/maybe", Some(JSON), r#"{"message":"x"}"#).await, (200, "x".into()));
        assert_eq!(send("/maybe", Some(FORM), "message=x").await, (200, "x".into()));
        assert_eq!(
            (refused("/api/maybe", Some(FORM), "").await, refused("/maybe", Some(JSON), "{}").await),
            (415, 415)
        );
    }

    #[tokio::test]
    async fn a_program_gets_json_and_errors_as_they_are() {
        let json = Asked::Program.answer("json", "page");
        assert_eq!(json.into_body().collect().await.unwrap().to_bytes(), "json");
        let error = Error::conflict(codes::BUSY);
        let refused = Asked::Program.refused(error, async |_, _| -> Result<StatusCode> { unreachable!() }).await;
        assert_eq!(refused.unwrap_err().code, codes::BUSY);
    }
}
