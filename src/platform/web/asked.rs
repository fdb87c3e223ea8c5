//! How a write was asked for, and how it is answered: one handler serves programs, who send and get JSON, and
//! browsers, who send a form and get a redirect or their form again.

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, RawPathParams, Request},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use serde::de::DeserializeOwned;

use super::{
    extract::{Json, of_rejection},
    incoming,
    ui::Ui,
};
use crate::platform::{
    Platform,
    base::error::{Error, Result, codes},
};

/// Who asks, by the address that they asked: programs have theirs under `/api/`.
pub enum Asked {
    Program,
    Browser(Box<Ui>),
}

impl Asked {
    /// The answer to a write that was made: JSON, or the way to the page that shows it.
    pub async fn done<J: IntoResponse>(self, json: impl AsyncFnOnce() -> Result<J>, to: &str) -> Result<Response> {
        match self {
            Self::Program => Ok(json().await?.into_response()),
            Self::Browser(_) => Ok(Redirect::to(to).into_response()),
        }
    }

    /// The answer to a write that was not made: the error, or the page with what was typed and what is wrong.
    pub async fn refused<P: IntoResponse>(
        self,
        error: Error,
        again: impl AsyncFnOnce(Ui, Error) -> Result<P>,
    ) -> Result<Response> {
        match self {
            Self::Program => Err(error),
            Self::Browser(ui) => {
                let status = error.status();
                Ok((status, again(*ui, error).await?).into_response())
            }
        }
    }
}

fn is_program(path: &str) -> bool {
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
        Ui::from_request_parts(parts, state).await.map(|ui| Self::Browser(Box::new(ui)))
    }
}

/// What a write is given: a JSON body from programs, a form from browsers. What a page has in its address, such as
/// `/tickets/{ticketId}/close`, counts as a field of its form.
pub struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if is_program(request.uri().path()) {
            return Json::from_request(request, state).await.map(|Json(body)| Self(body));
        }
        let (mut parts, body) = request.into_parts();
        let path = path_fields(&mut parts, state).await?;
        let request = Request::from_parts(parts, body);
        let read = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let pairs = read.map_err(|rejection| of_rejection(rejection.into_response().status()))?.0;
        incoming::pairs(with_path(pairs, path)).map(Self).map_err(|_| Error::invalid())
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
