//! Where an address is, as far as a local `.mmdb` file can tell.
//!
//! Any database in the GeoIP2 layout will do (GeoLite2, DB-IP Lite and so on), and the flat ones, whose
//! `country`, `city` and `country_code` are texts.
//! Nothing is asked over the network and nothing is guessed: an address the
//! file does not know is `Place::Unknown`.

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

use super::http::address::Address;

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

#[cfg(test)]
mod tests {
    use maxminddb_writer::metadata::IpVersion;
    use maxminddb_writer::paths::IpAddrWithMask;
    use serde_json::json;

    use super::*;

    fn write(path: &Path, london: &str) {
        let city = json!({"names": {"en": "London", "ru": london}});
        let uk = json!({"iso_code": "GB", "names": {"en": "United Kingdom", "ru": "Великобритания"}});
        let entries = [
            ("::5102:4500/120", json!({"city": city, "country": uk})),
            ("::5102:4600/120", json!({"country": uk})),
            ("::5102:4700/120", json!({"city": {"names": {"en": "Leeds"}}, "country": uk})),
            ("::5102:4800/120", json!({"country": {"iso_code": "XK"}})),
            ("::5102:4900/120", json!({"continent": {"code": "EU"}})),
            ("2a00:1450::/32", json!({"city": city, "country": uk})),
        ];
        write_records(path, "GeoLite2-City", &entries);
    }

    fn write_records(path: &Path, kind: &str, entries: &[(&str, serde_json::Value)]) {
        let mut db = maxminddb_writer::Database::default();
        db.metadata.ip_version = IpVersion::V6;
        db.metadata.binary_format_major_version = 2;
        db.metadata.database_type = kind.into();
        for (net, record) in entries {
            let data = db.insert_value(record).unwrap();
            db.insert_node(net.parse::<IpAddrWithMask>().unwrap(), data);
        }
        let mut bytes = Vec::new();
        db.write_to(&mut bytes).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn name(geo: &Geo, ip: &str, russian: bool) -> String {
        geo.locate(Address::read(ip)).name(russian)
    }

    #[test]
    fn places_are_found_and_never_invented() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("city.mmdb");
        write(&path, "Лондон");
        let geo = Geo::open(&path).unwrap();
        for (ip, ru, en) in [
            ("81.2.69.142", "Лондон, Великобритания", "London, United Kingdom"),
            ("::ffff:81.2.69.142", "Лондон, Великобритания", "London, United Kingdom"),
            ("2a00:1450::1", "Лондон, Великобритания", "London, United Kingdom"),
            ("81.2.70.1", "Великобритания", "United Kingdom"),
            ("81.2.71.1", "Leeds, Великобритания", "Leeds, United Kingdom"),
            ("81.2.72.1", "XK", "XK"),
            ("81.2.73.1", "Неизвестно", "Unknown"),
            ("8.8.8.8", "Неизвестно", "Unknown"),
        ] {
            assert_eq!((name(&geo, ip, true), name(&geo, ip, false)), (ru.into(), en.into()), "{ip}");
        }
    }

    #[test]
    fn input_22_flat_layouts_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flat.mmdb");
        write_records(
            &path,
            "ip-location-db",
            &[
                (
                    "::5102:4500/120",
                    json!({"city": "London", "country_code": "GB", "latitude": 51.5, "timezone": "Europe/London"}),
                ),
                ("::5102:4600/120", json!({"country": "GB", "country_name": "United Kingdom", "continent": "EU"})),
                ("::5102:4700/120", json!({"country_code": "FR"})),
                ("::5102:4800/120", json!({"country": "Germany", "city": ""})),
                ("::5102:4900/120", json!({"city": "", "country_code": ""})),
            ],
        );
        let geo = Geo::open(&path).unwrap();
        for (ip, shown, code) in [
            ("81.2.69.1", "London, GB", Some("GB")),
            ("81.2.70.1", "United Kingdom", Some("GB")),
            ("81.2.71.1", "FR", Some("FR")),
            ("81.2.72.1", "Germany", None),
        ] {
            let place = geo.locate(ip.parse().unwrap());
            assert_eq!((place.name(true), place.name(false)), (shown.to_owned(), shown.to_owned()), "{ip}");
            assert!(matches!(&place, Place::Known { country, .. } if country.as_deref() == code), "{ip}: {place:?}");
        }
        assert_eq!(geo.locate("81.2.73.1".parse().unwrap()), Place::Unknown);
    }

    #[test]
    fn input_22_a_file_of_another_kind_is_named_by_its_type() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("asn.mmdb");
        for record in [
            json!({"autonomous_system_number": 2856, "autonomous_system_organization": "BT"}),
            json!({"is_anonymous": true}),
            json!("GB"),
            json!({"country": 7}),
        ] {
            write_records(
                &path,
                "GeoLite2-ASN",
                &[("::5102:4500/120", record.clone()), ("2a00:1450::/32", record.clone())],
            );
            let error = Geo::open(&path).err().unwrap_or_else(|| panic!("{record} is taken"));
            assert!(error.to_string().contains("GeoLite2-ASN"), "{error}");
        }
        // One that came in the place of a good one does not drive it out.
        let good = dir.path().join("city.mmdb");
        write(&good, "Лондон");
        let geo = Geo::open(&good).unwrap();
        fs::copy(&path, &good).unwrap();
        assert!(matches!(geo.reload_if_changed(), Err(GeoError::Kind(..))));
        assert_eq!(name(&geo, "81.2.69.142", true), "Лондон, Великобритания");
    }

    #[test]
    fn own_networks_are_local_without_a_database() {
        let geo = Geo::none();
        for ip in "10.1.2.3 172.16.0.1 192.168.1.1 127.0.0.1 169.254.1.1 100.64.0.1 100.127.255.255 \
                   ::1 fe80::1 fd00::1 ::ffff:192.168.0.1"
            .split_whitespace()
        {
            assert_eq!(name(&geo, ip, true), "Локальная сеть", "{ip}");
            assert_eq!(name(&geo, ip, false), "Local network", "{ip}");
        }
        for ip in ["unknown", "0.0.0.0", "::", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2001:4860::1"]
        {
            assert_eq!(geo.locate(Address::read(ip)), Place::Unknown, "{ip}");
        }
        assert!(!geo.reload_if_changed().unwrap());
    }

    #[test]
    fn a_replaced_file_is_taken_up_and_a_broken_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("city.mmdb");
        write(&path, "Лондон");
        let geo = Geo::open(&path).unwrap();
        let clone = geo.clone();
        let shown = || name(&clone, "81.2.69.142", true);
        assert!(!geo.reload_if_changed().unwrap());

        fs::write(&path, b"not a database").unwrap();
        assert!(matches!(geo.reload_if_changed(), Err(GeoError::Format(..))));
        assert_eq!(shown(), "Лондон, Великобритания");
        fs::remove_file(&path).unwrap();
        assert!(matches!(geo.reload_if_changed(), Err(GeoError::Read(..))));
        assert_eq!(shown(), "Лондон, Великобритания");

        write(&path, "Большой Лондон");
        assert!(geo.reload_if_changed().unwrap());
        assert_eq!(shown(), "Большой Лондон, Великобритания");
        assert!(!geo.reload_if_changed().unwrap());
    }

    #[test]
    fn json_survives_a_round_trip() {
        let (ru, en) = ("Лондон".to_owned(), "London".to_owned());
        let known = Place::Known { ru, en, country: Some("GB".into()) };
        for place in [Place::Local, Place::Unknown, known] {
            assert_eq!(Place::from_json(&place.to_json()), place);
        }
        assert_eq!(Place::Local.to_json(), r#"{"kind":"local"}"#);
        for text in ["", "{}", "null", r#"{"kind":"moon"}"#] {
            assert_eq!(Place::from_json(text), Place::Unknown, "{text}");
        }
    }
}
