//! The tokens of API clients: an access JWT of minutes, a refresh JWT that is replaced on each use;
//! and the secret of browsers, which is no JWT: it is kept as a hash beside its session.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::base::{
    clock::Timestamp,
    error::{Error, Result},
    jwt,
    keys::{Keys, random_token},
};

const ACCESS: &str = "at+jwt";
const REFRESH: &str = "rt+jwt";

/// Claims of an access token (RFC 9068 in spirit).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Access {
    pub iss: String,
    pub aud: String,
    pub sub: String,
    pub sid: i64,
    pub role: String,
    pub iat: i64,
    pub exp: i64,
}

/// Claims of a refresh token. `jti` makes each one unlike any other: 256 random bits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refresh {
    pub iss: String,
    pub aud: String,
    pub sub: String,
    pub sid: i64,
    pub jti: String,
    pub iat: i64,
    pub exp: i64,
}

/// What a client gets when it signs in or refreshes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenPair {
    /// Access token, for `Authorization: Bearer …`.
    pub token: String,
    /// Works once; the answer brings the next one.
    pub refresh_token: String,
    /// Seconds until `token` ends.
    #[schema(example = 900)]
    pub expires_in: u64,
}

/// Whom a token is for.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub user: i64,
    pub session: i64,
    pub role: &'a str,
}

pub fn access(keys: &Keys, subject: Subject, now: Timestamp, expires_at: Timestamp) -> Result<String> {
    let claims = Access {
        iss: jwt::issuer(),
        aud: jwt::issuer(),
        sub: subject.user.to_string(),
        sid: subject.session,
        role: subject.role.to_owned(),
        iat: now.seconds(),
        exp: expires_at.seconds(),
    };
    jwt::sign(keys, ACCESS, &claims).map_err(Error::internal)
}

pub fn refresh(keys: &Keys, subject: Subject, now: Timestamp, expires_at: Timestamp) -> Result<String> {
    let claims = Refresh {
        iss: jwt::issuer(),
        aud: jwt::issuer(),
        sub: subject.user.to_string(),
        sid: subject.session,
        jti: random_token(),
        iat: now.seconds(),
        exp: expires_at.seconds(),
    };
    jwt::sign(keys, REFRESH, &claims).map_err(Error::internal)
}

/// An access token that is ours and has not ended.
pub fn read_access(keys: &Keys, token: &str, now: Timestamp) -> Option<Access> {
    jwt::verify::<Access>(keys, ACCESS, token).filter(|claims| claims.exp > now.seconds())
}

/// A refresh token that is ours and has not ended.
pub fn read_refresh(keys: &Keys, token: &str, now: Timestamp) -> Option<Refresh> {
    jwt::verify::<Refresh>(keys, REFRESH, token).filter(|claims| claims.exp > now.seconds())
}

/// The value of a browser's cookie: which session, and its secret.
pub fn cookie(session: i64, secret: &str) -> String {
    format!("{session}.{secret}")
}

/// Session and secret of a cookie's value.
pub fn read_cookie(value: &str) -> Option<(i64, &str)> {
    let (session, secret) = value.split_once('.')?;
    Some((session.parse().ok()?, secret))
}
