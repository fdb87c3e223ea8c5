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
        let place = geo.locate(Address::read(ip));
        assert_eq!((place.name(true), place.name(false)), (shown.to_owned(), shown.to_owned()), "{ip}");
        assert!(matches!(&place, Place::Known { country, .. } if country.as_deref() == code), "{ip}: {place:?}");
    }
    assert_eq!(geo.locate(Address::read("81.2.73.1")), Place::Unknown);
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
    for ip in ["unknown", "0.0.0.0", "::", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2001:4860::1"] {
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
