//! Where an address is, as far as a local `.mmdb` file can tell.
//!
//! Any database in the GeoIP2 layout will do (GeoLite2, DB-IP Lite and so on), and the flat ones, whose
//! `country`, `city` and `country_code` are texts.
//! Nothing is asked over the network and nothing is guessed: an address the
//! file does not know is `Place::Unknown`.

#[cfg(test)]
mod tests;

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::platform::base::address::Address;

/// The place of an address, in both languages of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// A private, loopback, link-local or carrier-grade NAT address.
    Local,
    /// No database, or nothing in it about this address.
    Unknown,
    /// "City, Country", or the country alone, and its ISO 3166 code.
    Known { ru: String, en: String, country: Option<String> },
}

impl Place {
    /// The form kept in the database.
    pub fn to_json(&self) -> String {
        // Plain strings always serialise; an empty text would read as unknown.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what `to_json` wrote; anything else is `Unknown`.
    pub fn from_json(text: &str) -> Place {
        serde_json::from_str(text).unwrap_or(Place::Unknown)
    }

    /// What to show to a person.
    pub fn name(&self, russian: bool) -> String {
        let name = match (self, russian) {
            (Place::Local, true) => "Локальная сеть",
            (Place::Local, false) => "Local network",
            (Place::Unknown, true) => "Неизвестно",
            (Place::Unknown, false) => "Unknown",
            (Place::Known { ru, .. }, true) => ru,
            (Place::Known { en, .. }, false) => en,
        };
        name.to_owned()
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, std::io::Error),
    #[error("{0} is not a usable location database: {1}")]
    Format(PathBuf, MaxMindDbError),
    #[error(
        "{0} knows no places (its database_type is {1:?}): a database of cities or countries is needed, such as GeoLite2-City"
    )]
    Kind(PathBuf, String),
}

/// A location database, or the lack of one. Clones share the same data.
#[derive(Clone)]
pub struct Geo(Option<Arc<Source>>);

struct Source {
    path: PathBuf,
    current: RwLock<Database>,
}

struct Database {
    reader: Reader<Vec<u8>>,
    stamp: Stamp,
}

/// Tells one version of the file from the next.
type Stamp = (Option<SystemTime>, u64);

impl Geo {
    /// By the file of this name; an empty one is none.
    pub fn of(path: &str) -> Result<Self, GeoError> {
        if path.is_empty() { Ok(Self::none()) } else { Self::open(Path::new(path)) }
    }

    /// Knows no places but the local network.
    pub fn none() -> Geo {
        Geo(None)
    }

    /// Loads the database at `path`.
    pub fn open(path: &Path) -> Result<Geo, GeoError> {
        let current = RwLock::new(load(path)?);
        let path = path.to_owned();
        Ok(Geo(Some(Arc::new(Source { path, current }))))
    }

    /// The place of an address.
    pub fn locate(&self, address: Address) -> Place {
        let Some(ip) = address.ip() else { return Place::Unknown };
        if is_local(ip) {
            return Place::Local;
        }
        let Some(source) = &self.0 else {
            return Place::Unknown;
        };
        let database = source.current.read().unwrap_or_else(PoisonError::into_inner);
        let record = database.reader.lookup(ip).and_then(|found| found.decode::<Record>());
        // A record that cannot be read says no more than a missing one.
        record.ok().flatten().map_or(Place::Unknown, Record::into_place)
    }

    /// Takes up a replaced file. A broken one leaves the old data in use and
    /// is tried again next time, as it may be still on its way.
    pub fn reload_if_changed(&self) -> Result<bool, GeoError> {
        let Some(source) = &self.0 else {
            return Ok(false);
        };
        let stamp = stamp(&source.path)?;
        if source.current.read().unwrap_or_else(PoisonError::into_inner).stamp == stamp {
            return Ok(false);
        }
        let fresh = load(&source.path)?;
        *source.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }
}

/// Reads the whole file rather than mapping it: a mapped file that is
/// overwritten in place takes the process down with it.
fn load(path: &Path) -> Result<Database, GeoError> {
    // Before the contents, so that a write in between is noticed next time.
    let stamp = stamp(path)?;
    let bytes = fs::read(path).map_err(|error| GeoError::Read(path.to_owned(), error))?;
    let format = |error| GeoError::Format(path.to_owned(), error);
    let reader = Reader::from_source(bytes).map_err(format)?;
    if !has_places(&reader).map_err(format)? {
        return Err(GeoError::Kind(path.to_owned(), reader.metadata().database_type.clone()));
    }
    Ok(Database { reader, stamp })
}

/// Networks that are looked at to see of what kind a database is.
const SAMPLE: usize = 10_000;

/// Whether any of the first records names a place, or there is none at all.
fn has_places(reader: &Reader<Vec<u8>>) -> Result<bool, MaxMindDbError> {
    let mut records = 0;
    for found in reader.networks(WithinOptions::default())?.take(SAMPLE) {
        records += 1;
        // One that cannot be read says nothing of the others.
        let record = found?.decode::<Record>().ok().flatten();
        if record.is_some_and(|record| record.into_place() != Place::Unknown) {
            return Ok(true);
        }
    }
    Ok(records == 0)
}

fn stamp(path: &Path) -> Result<Stamp, GeoError> {
    let meta = fs::metadata(path).map_err(|error| GeoError::Read(path.to_owned(), error))?;
    Ok((meta.modified().ok(), meta.len()))
}

fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let carrier_nat = v4.to_bits() >> 22 == Ipv4Addr::new(100, 64, 0, 0).to_bits() >> 22;
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || carrier_nat
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// The few fields wanted. The crate's own `geoip2::City` also checks those we
/// do not need, and so rejects databases that differ only there.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    city: Named<'a>,
    #[serde(borrow, default)]
    country: Named<'a>,
    /// Of flat layouts.
    country_code: Option<&'a str>,
    country_name: Option<&'a str>,
}

/// A place: an object with names in several languages, or in flat layouts one text.
#[derive(Default)]
struct Named<'a> {
    iso_code: Option<&'a str>,
    names: Names<'a>,
}

#[derive(Deserialize)]
struct Object<'a> {
    iso_code: Option<&'a str>,
    #[serde(borrow, default)]
    names: Names<'a>,
}

impl<'a> Named<'a> {
    /// Two capitals are a code, and anything else is a name.
    fn text(text: &'a str) -> Self {
        match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            true => Self { iso_code: Some(text), names: Names::default() },
            false => Self { iso_code: None, names: Names { ru: None, en: Some(text) } },
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Named<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Named<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a place")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Named::text(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Object { iso_code, names } = Object::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Named { iso_code, names })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[derive(Default, Deserialize)]
struct Names<'a> {
    ru: Option<&'a str>,
    en: Option<&'a str>,
}

impl Record<'_> {
    fn into_place(mut self) -> Place {
        self.country.iso_code = self.country.iso_code.or(self.country_code);
        self.country.names.en = self.country.names.en.or(self.country_name);
        let join = |russian| {
            let parts = [self.city.name(russian), self.country.name(russian)];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        let (ru, en) = (join(true), join(false));
        if en.is_empty() {
            return Place::Unknown;
        }
        let country = self.country.iso_code.filter(|code| !code.is_empty()).map(str::to_owned);
        Place::Known { ru, en, country }
    }
}

impl<'a> Named<'a> {
    /// The name in the language asked for, else in the other, else the code.
    fn name(&self, russian: bool) -> Option<&'a str> {
        let Names { ru, en } = self.names;
        let name = if russian { ru.or(en) } else { en.or(ru) };
        name.filter(|name| !name.is_empty()).or(self.iso_code).filter(|name| !name.is_empty())
    }
}
