//! Who acts: the signed-in person of a request. A handler that does not name one of these types
//! cannot act for anyone.

use std::{ops::Deref, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::base::clock::Timestamp;

/// For so long after the password was given its owner may change access without giving it again.
pub const PROOF_LIFE: Duration = Duration::from_secs(600);

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Role {
    Customer,
    Operator,
    /// An operator who also manages accounts.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Customer, Self::Operator, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The key of its name.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::Customer => "role-customer",
            Self::Operator => "role-operator",
            Self::Admin => "role-admin",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    pub fn is_staff(self) -> bool {
        self != Self::Customer
    }

    pub fn is_admin(self) -> bool {
        self == Self::Admin
    }
}

/// The signed-in person of a request. Clones share it.
#[derive(Clone, Debug)]
pub struct Actor(Arc<Person>);

/// A person and the session by which they came, as one row of the session slice holds them.
#[derive(Debug, sqlx::FromRow)]
pub struct Person {
    #[sqlx(rename = "user_id")]
    pub user: i64,
    #[sqlx(rename = "id")]
    pub session: i64,
    pub role: Role,
    pub username: String,
    pub email: String,
    pub language: String,
    pub timezone: String,
    #[sqlx(rename = "account_created_at")]
    pub created_at: Timestamp,
    /// Until when a session opened by another device has limited rights.
    pub unconfirmed_until: Option<Timestamp>,
    /// When its owner gave the password in it last; 0 for never.
    pub proven_at: Timestamp,
}

impl From<Person> for Actor {
    fn from(person: Person) -> Self {
        Self(Arc::new(person))
    }
}

impl Deref for Actor {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.0
    }
}

impl AsRef<Self> for Actor {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for Actor
where
    Person: sqlx::FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Person::from_row(row).map(Self::from)
    }
}

impl Person {
    /// Bytes in memory, about.
    pub fn weight(&self) -> usize {
        let texts = [&self.username, &self.email, &self.language, &self.timezone];
        size_of::<Self>() + texts.iter().map(|text| text.len()).sum::<usize>()
    }

    /// Whether this session was opened by another device and its owner has not confirmed it yet.
    pub fn is_unconfirmed(&self, now: Timestamp) -> bool {
        self.unconfirmed_until.is_some_and(|until| until > now)
    }

    /// Until when its owner may change access; a session that is not confirmed never may.
    pub fn proven_until(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.proven_at.plus(PROOF_LIFE)).filter(|until| *until > now && !self.is_unconfirmed(now))
    }
}
