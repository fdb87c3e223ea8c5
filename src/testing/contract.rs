//! Holds every answer that a test gets against the description of the API: its status must be named there,
//! and its body be what the schema says, without a field that the schema does not know.

use std::sync::OnceLock;

use axum::http::Method;
use serde_json::Value;

use super::Answer;
use crate::{api_docs, app::App};

static DOCUMENT: OnceLock<Value> = OnceLock::new();

/// The description that this application gives. It is the same for all.
pub fn document(app: &App) -> &'static Value {
    DOCUMENT.get_or_init(|| serde_json::to_value(api_docs::complete(app.slices().1, &app.platform)).unwrap())
}

/// Fails unless the answer is one that the document describes.
#[track_caller]
pub fn hold(document: &Value, method: &Method, address: &str, answer: &Answer) {
    let path = address.split('?').next().unwrap();
    let is_described = path.starts_with("/api/") && !["/api/docs", "/api/openapi.json"].contains(&path);
    if !is_described || method == Method::HEAD {
        return;
    }
    let found = find(document, path);
    let Some(call) = found.map(|call| &call[method.as_str().to_lowercase()]).filter(|call| !call.is_null()) else {
        assert!(!answer.status.is_success(), "{method} {path} is not described, but answered {}", answer.status);
        return;
    };
    let status = answer.status.as_str();
    let described = resolve(document, &call["responses"][status]);
    assert!(!described.is_null(), "{method} {path}: status {status} is not described: {}", answer.text);
    let Some(schema) = described["content"].get("application/json").map(|content| &content["schema"]) else { return };
    let kind = answer.header("content-type");
    assert!(kind.starts_with("application/json"), "{method} {path}: {status} is JSON, not {kind}");
    if let Err(wrong) = check(document, schema, &answer.value(), true) {
        panic!("{method} {path}: {status} is not as described: {wrong}\n{}", answer.text);
    }
}

/// The calls at the path; one without braces comes before one with them.
fn find<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_hole = |part: &str| part.starts_with('{');
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len() && template.iter().zip(&parts).all(|(one, part)| is_hole(one) || one == part)
    };
    let all = document["paths"].as_object().unwrap().iter().filter(|(template, _)| fits(template));
    all.min_by_key(|(template, _)| template.split('/').filter(|part| is_hole(part)).count()).map(|(_, calls)| calls)
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or_else(|| panic!("nothing at {reference}")),
        None => value,
    }
}

/// `whole`: the schema says all that there is, so other fields are wrong.
fn check(document: &Value, schema: &Value, value: &Value, whole: bool) -> Result<(), String> {
    let schema = resolve(document, schema);
    let parts = |key: &str| schema[key].as_array().map_or(&[][..], Vec::as_slice);
    for part in parts("allOf") {
        check(document, part, value, false)?;
    }
    for key in ["oneOf", "anyOf"] {
        let tried: Vec<_> = parts(key).iter().map(|part| check(document, part, value, whole)).collect();
        if !tried.is_empty() && tried.iter().all(Result::is_err) {
            return Err(format!("{value} is none of {key}: {tried:?}"));
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(kind, value)) {
        return Err(format!("{value} is not of type {kinds:?}"));
    }
    if !schema["enum"].is_null() && !parts("enum").contains(value) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    if let (Some("date-time"), Some(text)) = (schema["format"].as_str(), value.as_str()) {
        let is_time = text.parse::<jiff::Timestamp>().is_ok() && text.len() == "2026-01-31T09:00:00.000Z".len();
        is_time.then_some(()).ok_or_else(|| format!("{text} is no time in UTC with milliseconds"))?;
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, true).map_err(|wrong| format!("[{number}]: {wrong}"))?;
    }
    fields(document, schema, value, whole && parts("oneOf").is_empty() && parts("anyOf").is_empty())
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("a type {other} is not known to JSON Schema"),
    }
}

fn fields(document: &Value, schema: &Value, value: &Value, whole: bool) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        object.get(name).ok_or_else(|| format!("{name} is missing"))?;
    }
    let known = known(document, schema);
    for (name, value) in object {
        let here = &schema["properties"][name];
        let schema = if here.is_null() { &schema["additionalProperties"] } else { here };
        if schema.is_object() {
            check(document, schema, value, true).map_err(|wrong| format!("{name}: {wrong}"))?;
        } else if whole && !known.contains(&name.as_str()) && !known.is_empty() {
            return Err(format!("{name} is not described"));
        }
    }
    Ok(())
}

/// The fields of an object, those of its parts too.
fn known<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let schema = resolve(document, schema);
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| known(document, part));
    own.chain(parts).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Body;
    use serde_json::json;

    use super::*;
    use crate::{
        platform::base::actor::Role,
        testing::{TestApp, engines::*, make},
    };

    fn calls(document: &Value) -> Vec<(Method, &str, &Value)> {
        let paths = document["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, calls)| {
            let calls = calls.as_object().unwrap().iter();
            calls.map(move |(method, call)| (method.to_uppercase().parse().unwrap(), path.as_str(), call))
        });
        all.collect()
    }

    // Whoever sends nonsense is answered as the document says: `hold` looks at each answer. An object
    // without what must be in it is refused.
    #[rstest]
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn door_15_nonsense_is_answered_as_described(#[values(Sqlite, Postgres)] engine: DbEngine) {
        run_on(engine, async |database| {
            let app = TestApp::new(database).await;
            let root = make::account(&app, "root", Role::Admin).await;
            let mut by = make::program(&app, &root).await.0;
            // Each has the whole router made for it.
            let stranger = app.client();
            let document = document(&app.app);
            for (method, path, call) in calls(document) {
                let schema = &call["requestBody"]["content"]["application/json"]["schema"];
                let wants_more = check(document, schema, &json!({}), true).is_err();
                let ids: &[&str] = if path.contains('{') { &["1", "999999999999", "x"] } else { &[""] };
                for id in ids {
                    let path = path
                        .replace("{id}", id)
                        .replace("{kind}", "ticket")
                        .replace("{code}", "x")
                        .replace("{filename}", "a");
                    let bodies: [(Option<&str>, &str); 8] = [
                        (None, ""),
                        (Some("application/json"), "{"),
                        (Some("application/json"), "[]"),
                        (Some("application/json"), "{}"),
                        (
                            Some("application/json"),
                            r#"{"title":7,"ticketId":"x","email":[],"kinds":7,"role":"king","code":{}}"#,
                        ),
                        (Some("text/plain"), "hello"),
                        (Some("multipart/form-data; boundary=x"), "--y"),
                        (Some("application/x-www-form-urlencoded"), "%%%=\u{0}"),
                    ];
                    for (kind, body) in bodies {
                        let answer = by.send(method.clone(), &path, kind, Body::from(body)).await;
                        let is_whole = body != "{}" || !wants_more;
                        assert!(is_whole || !answer.status.is_success(), "{method} {path} takes an empty object");
                        // Some calls end the session.
                        if answer.status == 401 {
                            by = make::program(&app, &root).await.0;
                        }
                        stranger.clone().send(method.clone(), &path, kind, Body::from(body)).await;
                    }
                    by.send(method.clone(), &format!("{path}?page=x&limit=-1&status=x&wait=x"), None, Body::empty())
                        .await;
                    stranger
                        .clone()
                        .header("sec-fetch-site", "cross-site")
                        .send(method.clone(), &path, None, Body::empty())
                        .await;
                    stranger.clone().bearer("nonsense").send(method.clone(), &path, None, Body::empty()).await;
                }
            }
        })
        .await;
    }

    #[tokio::test]
    async fn door_15_each_call_has_a_name_of_its_own_and_nothing_leads_nowhere() {
        let app = TestApp::new(crate::testing::Database::sqlite()).await;
        let document = document(&app.app);
        let mut names = BTreeSet::new();
        for (method, path, call) in calls(document) {
            assert!(names.insert(call["operationId"].as_str().unwrap()), "{method} {path}");
            for status in ["400", "429", "503"] {
                assert!(!call["responses"][status].is_null(), "{method} {path} {status}");
            }
        }
        let mut open = vec![document];
        while let Some(value) = open.pop() {
            assert!(value["$ref"].is_null() || !resolve(document, value).is_null());
            open.extend(value.as_array().into_iter().flatten());
            open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        }
    }

    #[tokio::test]
    async fn door_15_what_is_sent_is_described_as_it_is_taken() {
        let app = TestApp::new(crate::testing::Database::sqlite()).await;
        let document = document(&app.app);
        let takes_null = |schema: &Value| check(document, schema, &Value::Null, true).is_ok();
        for (method, path, call) in calls(document) {
            for one in call["parameters"].as_array().into_iter().flatten() {
                assert!(!takes_null(&one["schema"]), "{method} {path}: an address or a header holds no null: {one}");
            }
            for (kind, body) in call["requestBody"]["content"].as_object().into_iter().flatten() {
                assert!(!takes_null(&body["schema"]), "{method} {path}: null is no body of {kind}");
            }
        }
        let mut open = vec![document];
        while let Some(value) = open.pop() {
            if let Some(default) = value.get("default") {
                assert!(check(document, value, default, true).is_ok(), "a default that is not taken: {value}");
            }
            open.extend(value.as_array().into_iter().flatten());
            open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        }
    }

    #[test]
    fn what_differs_from_the_description_is_found() {
        let document = json!({ "components": { "schemas": {
            "Person": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" }, "at": { "type": "string", "format": "date-time" } } },
            "Owner": { "allOf": [{ "$ref": "#/components/schemas/Person" }, { "type": "object", "properties": { "role": { "enum": ["a", "b"] } } }] },
        } } });
        let owners = json!({ "type": ["array", "null"], "items": { "$ref": "#/components/schemas/Owner" } });
        let fits = |value: Value| check(&document, &owners, &value, true).is_ok();
        assert!(fits(json!(null)) && fits(json!([])));
        assert!(fits(json!([{ "id": 1, "role": "a", "at": "2026-01-31T09:00:00.000Z" }])));
        for wrong in [
            json!({}),
            json!([{ "role": "a" }]),
            json!([{ "id": "1" }]),
            json!([{ "id": 1, "role": "c" }]),
            json!([{ "id": 1, "secret": true }]),
            json!([{ "id": 1, "at": "2026-01-31T09:00:00Z" }]),
        ] {
            assert!(!fits(wrong.clone()), "{wrong}");
        }
        let either = json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Person" }] });
        assert!(check(&document, &either, &json!({ "id": 1 }), true).is_ok());
        assert!(check(&document, &either, &json!({ "id": 1, "secret": true }), true).is_err());
    }
}
