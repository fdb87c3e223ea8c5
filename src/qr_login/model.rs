//! What a request to sign in by QR code is, what each side may see of it, and what makes it risky.

use crate::{
    platform::base::{
        clock::Timestamp,
        error::Error,
        geo::Place,
        i18n::Lang,
        keys::{random_bytes, token_hash},
        user_agent::localised,
    },
    qr_login::codes,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = QrStatus)]
pub enum Status {
    /// Shown, taken up by nobody.
    Pending,
    /// A phone has read it and its owner decides.
    Scanning,
    /// Approved, to be collected within 30 seconds.
    Confirmed,
    /// Collected.
    Consumed,
    Rejected,
    Expired,
    /// The same browser asked for a newer code.
    Superseded,
}

impl Status {
    /// Whether something can still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Scanning | Self::Confirmed)
    }
}

/// The two secrets of a request. The code stands in the picture; the poll secret stays in the browser
/// that asked. The code is made from the secret by a one-way function, so that a browser without
/// scripts can be shown the same picture again: nothing but the hash of either is kept.
#[derive(Clone)]
pub struct Secrets {
    pub code: String,
    pub poll_secret: String,
}

impl Secrets {
    /// From 256 random bits (`keys::random_token`).
    pub fn of(poll_secret: String) -> Self {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let digest = Sha256::new().chain_update(b"ospabhost qr code\0").chain_update(poll_secret.as_bytes()).finalize();
        Self { code: URL_SAFE_NO_PAD.encode(digest), poll_secret }
    }

    pub fn code_hash(&self) -> Vec<u8> {
        token_hash(&self.code)
    }

    pub fn poll_secret_hash(&self) -> Vec<u8> {
        token_hash(&self.poll_secret)
    }
}

/// A row of `qr_login_request`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Request {
    pub id: i64,
    pub code_hash: Vec<u8>,
    pub poll_secret_hash: Vec<u8>,
    pub user_id: Option<i64>,
    pub phone_session: Option<i64>,
    pub status: Status,
    pub ip_address: String,
    pub user_agent: String,
    pub device_type: String,
    pub device: String,
    pub browser: String,
    pub os: String,
    pub location: String,
    pub match_number: i64,
    pub match_choices: String,
    pub number_required: bool,
    /// When it was sent to its owner's phone, which makes the number needed.
    pub pushed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub issued_session: Option<i64>,
}

impl Request {
    /// Bytes in memory, about.
    pub fn weight(&self) -> usize {
        let texts = [
            &self.ip_address,
            &self.user_agent,
            &self.device_type,
            &self.device,
            &self.browser,
            &self.os,
            &self.location,
        ];
        let hashes = self.code_hash.len() + self.poll_secret_hash.len() + self.match_choices.len();
        size_of::<Self>() + hashes + texts.iter().map(|text| text.len()).sum::<usize>()
    }

    /// The status at this moment: what is open but too old has expired.
    pub fn status_at(&self, now: Timestamp) -> Status {
        if self.status.is_open() && self.expires_at <= now { Status::Expired } else { self.status }
    }

    /// What a log may hold of it: the first 8 hex digits of the hash.
    pub fn log_name(&self) -> String {
        self.code_hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The number that the computer shows now.
    pub fn shown_number(&self) -> Option<i64> {
        self.number_required.then_some(self.match_number)
    }

    pub fn choices(&self) -> Vec<i64> {
        self.match_choices.split(',').filter_map(|text| text.parse().ok()).collect()
    }

    pub fn place(&self) -> Place {
        Place::from_json(&self.location)
    }

    /// Why a step cannot be taken by this session of this user.
    pub fn refusal(&self, user: i64, session: i64, now: Timestamp) -> Option<Error> {
        let own = self.user_id == Some(user) && self.phone_session == Some(session);
        match self.status_at(now) {
            Status::Pending => None,
            Status::Scanning if own => None,
            Status::Scanning => Some(Error::conflict(codes::QR_TAKEN)),
            Status::Confirmed | Status::Consumed => Some(Error::conflict(codes::QR_CONFIRMED)),
            Status::Rejected => Some(Error::conflict(codes::QR_REJECTED)),
            Status::Expired => Some(Error::gone(codes::QR_EXPIRED)),
            Status::Superseded => Some(Error::gone(codes::QR_SUPERSEDED)),
        }
    }
}

/// How risky an approval is (qr_01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    pub same_network: bool,
    /// Both addresses are public, and not one. Neither of the two where nobody can tell.
    pub another_network: bool,
    pub another_country: bool,
    pub new_place: bool,
    /// A proxy does not say where one of the two is.
    pub hidden: bool,
}

impl Risk {
    /// The number and the password are asked for.
    pub fn is_high(self) -> bool {
        !self.same_network && (self.another_country || self.new_place || self.hidden)
    }
}

/// ISO code of a place's country, when it is known.
pub fn country(place: &Place) -> Option<&str> {
    match place {
        Place::Known { country, .. } => country.as_deref(),
        Place::Local | Place::Unknown => None,
    }
}

/// Three different two-digit numbers, and which of them the computer shows.
pub fn numbers() -> (i64, Vec<i64>) {
    let shown = number();
    let mut found = vec![shown];
    while found.len() < 3 {
        let other = number();
        if !found.contains(&other) {
            found.push(other);
        }
    }
    found.sort_unstable();
    (shown, found)
}

/// Every number from 10 to 99 is as likely as any other: 180 is twice ninety.
fn number() -> i64 {
    loop {
        let [byte] = random_bytes::<1>();
        if byte < 180 {
            return 10 + i64::from(byte) % 90;
        }
    }
}

/// Who asks, as the person with the phone must see it before deciding.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Requester {
    #[schema(example = "81.2.69.142")]
    pub ip: String,
    #[schema(example = "Москва, Россия")]
    pub location: String,
    /// `desktop`, `mobile`, `tablet`, `bot` or `api`.
    pub device_type: String,
    #[schema(example = "Windows")]
    pub device: String,
    #[schema(example = "Chrome 143")]
    pub browser: String,
    #[schema(example = "Windows 11")]
    pub os: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The computer and the phone have the same public address.
    pub same_network: bool,
    /// Computer and phone are in different countries.
    pub another_country: bool,
    /// Nobody has signed in to this account from there yet: from the place, or from the address where no
    /// place is known.
    pub new_place: bool,
}

impl Requester {
    pub fn new(request: &Request, risk: Risk, lang: Lang) -> Self {
        let russian = lang.is_russian();
        Self {
            ip: request.ip_address.clone(),
            location: request.place().name(russian),
            device_type: request.device_type.clone(),
            device: localised(&request.device, russian),
            browser: localised(&request.browser, russian),
            os: localised(&request.os, russian),
            created_at: request.created_at,
            same_network: risk.same_network,
            another_country: risk.another_country,
            new_place: risk.new_place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::base::keys::random_token;

    #[test]
    fn three_numbers_of_two_digits_one_of_them_shown() {
        for _ in 0..200 {
            let (shown, all) = numbers();
            assert!(all.len() == 3 && all.contains(&shown) && all.iter().all(|n| (10..100).contains(n)), "{all:?}");
            assert!(all[0] < all[1] && all[1] < all[2]);
        }
    }

    #[test]
    fn qr_04_code_and_secret_have_256_bits_and_the_code_tells_nothing_of_the_secret() {
        let one = Secrets::of(random_token());
        assert_eq!((one.code.len(), one.poll_secret.len()), (43, 43));
        assert_ne!(one.code, one.poll_secret);
        assert_ne!(one.code_hash(), one.poll_secret_hash());
        assert_ne!(one.code, Secrets::of(random_token()).code);
        assert_eq!(one.code, Secrets::of(one.poll_secret.clone()).code);
    }

    #[test]
    fn qr_01_another_country_or_a_new_place_is_risky_unless_it_is_the_same_network() {
        assert!(!Risk::default().is_high());
        assert!(Risk { another_country: true, ..Risk::default() }.is_high());
        assert!(Risk { new_place: true, ..Risk::default() }.is_high());
        assert!(!Risk { new_place: true, same_network: true, ..Risk::default() }.is_high());
        assert!(Risk { hidden: true, ..Risk::default() }.is_high(), "door_04: what is hidden is no reason to trust");
    }
}
