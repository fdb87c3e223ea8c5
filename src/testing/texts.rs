//! Text that has broken servers, in every field of every call and of every form, on both databases. The
//! calls are read from the OpenAPI document and the forms from the pages, so a new one is tried at once.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Method};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Map, Value, json};

use super::{Client, TestApp, make, multipart};
use crate::{platform::base::actor::Role, testing::engines::*};

/// What a field of text may hold.
const TEXTS: [&str; 14] = [
    "",
    "\0",
    "a\0b@example.ru",
    "/dashboard\0\u{1}\u{7f}\u{85}",
    "\r\nSet-Cookie: a=b",
    "\u{202e}\u{200b}\u{ad}",
    "\u{ffff}\u{10ffff}\u{fdd0}",
    "\u{3164}\u{2800}\u{301}",
    "🙂'\";--%_*?\\<>&{{7*7}}",
    "ſßİΐ́",
    "-9223372036854775809",
    "9223372036854775807",
    "1e400",
    "0x10",
];

/// What may stand in the place of anything in JSON.
fn values() -> Vec<Value> {
    let mut values: Vec<Value> = TEXTS.iter().map(|text| (*text).into()).collect();
    values.push("x".repeat(20_000).into());
    values.extend([
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!([]),
        json!({}),
        json!(["\0"]),
    ]);
    values
}

fn escaped(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string()
}

/// A value that a field is likely to take, so that the others are looked at.
fn sample(name: &str, schema: &Value, ticket: i64) -> Value {
    if let Some(example) = schema.get("example").filter(|example| !example.is_null()) {
        return example.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array().and_then(|all| all[0].as_str()));
    match (name, kind) {
        ("id" | "ticketId", _) => ticket.into(),
        (_, Some("integer" | "number")) => 1.into(),
        (_, Some("boolean")) => false.into(),
        (_, Some("array")) => json!([]),
        (_, Some("object")) => json!({}),
        ("status", _) => "open".into(),
        ("email", _) => "somebody@example.ru".into(),
        ("title", _) => "Сервер не отвечает".into(),
        ("message", _) => "Сервер не отвечает с утра".into(),
        ("language", _) => "ru".into(),
        ("timezone", _) => "Europe/Moscow".into(),
        (name, _) if name.ends_with("assword") => make::PASSWORD.into(),
        _ => "x".into(),
    }
}

/// One call of the document.
struct Call<'a> {
    method: Method,
    path: &'a str,
    /// Name, place and a likely value of each parameter.
    parameters: Vec<(String, String, String)>,
    body: Map<String, Value>,
    is_form: bool,
}

impl<'a> Call<'a> {
    fn read(document: &Value, path: &'a str, method: &str, call: &Value, ticket: i64) -> Self {
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let parameters = call["parameters"].as_array().into_iter().flatten().map(|one| {
            let name = one["name"].as_str().unwrap();
            (name.to_owned(), one["in"].as_str().unwrap().to_owned(), text(sample(name, &one["schema"], ticket)))
        });
        let content = &call["requestBody"]["content"];
        let resolved = |schema: &Value| match schema["$ref"].as_str() {
            Some(place) => document.pointer(place.trim_start_matches('#')).unwrap().clone(),
            None => schema.clone(),
        };
        let schema = resolved(&content["application/json"]["schema"]);
        let mut fields: Vec<Value> = schema["allOf"].as_array().into_iter().flatten().map(resolved).collect();
        fields.push(schema);
        let properties = fields.iter().filter_map(|part| part["properties"].as_object()).flatten();
        let body = properties.map(|(name, schema)| (name.clone(), sample(name, schema, ticket))).collect();
        let is_form = content["multipart/form-data"].is_object();
        Self { method: method.to_uppercase().parse().unwrap(), path, parameters: parameters.collect(), body, is_form }
    }

    /// With this in the place of the parameter with the number `at`.
    fn uri(&self, at: Option<usize>, text: &str) -> String {
        let (mut path, mut query) = (self.path.to_owned(), Vec::new());
        for (number, (name, place, usual)) in self.parameters.iter().enumerate() {
            let value = escaped(if at == Some(number) { text } else { usual });
            match place.as_str() {
                "path" => path = path.replace(&format!("{{{name}}}"), &value),
                "query" if at == Some(number) => query.push(format!("{name}={value}")),
                _ => {}
            }
        }
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    async fn send(&self, by: &mut Client, uri: &str, kind: &str, body: impl Into<Body>) {
        let answer = by.send(self.method.clone(), uri, (!kind.is_empty()).then_some(kind), body.into()).await;
        assert!(answer.status.as_u16() < 500, "{} {uri}: {} {}", self.method, answer.status, answer.text);
    }

    async fn try_all(&self, by: &mut Client) {
        let json = Value::from(self.body.clone()).to_string();
        let (kind, body) = if self.body.is_empty() { ("", String::new()) } else { ("application/json", json) };
        for at in 0..self.parameters.len() {
            let (name, place, _) = &self.parameters[at];
            for text in TEXTS {
                if place == "header" {
                    let mut by = by.clone().header_bytes(name, text.as_bytes());
                    self.send(&mut by, &self.uri(None, ""), kind, body.clone()).await;
                } else {
                    self.send(by, &self.uri(Some(at), text), kind, body.clone()).await;
                }
            }
        }
        for name in self.body.keys() {
            for value in values() {
                let mut fields = self.body.clone();
                fields.insert(name.clone(), value.clone());
                self.send(by, &self.uri(None, ""), "application/json", Value::from(fields).to_string()).await;
                if let (true, Value::String(text)) = (self.is_form, &value) {
                    let (kind, form) = multipart(&[(name, text)], &[(text, text.as_bytes())]);
                    self.send(by, &self.uri(None, ""), &kind, form).await;
                    let form = format!("{name}={}&{}=x", escaped(text), escaped(text));
                    self.send(by, &self.uri(None, ""), "application/x-www-form-urlencoded", form).await;
                }
            }
        }
        for broken in ["", "{", "[]", "null", "\"\\ud800\"", "{\"a\":1e400}", "\u{0}", "[[[[[[[["] {
            self.send(by, &self.uri(None, ""), "application/json", broken).await;
        }
    }
}

/// People of each sort and nobody, each with a ticket of theirs.
async fn callers(app: &TestApp, name: &str) -> Vec<(Client, i64)> {
    let mut callers = vec![(app.client(), 1)];
    for (role, who) in [(Role::Customer, "c"), (Role::Admin, "a")] {
        let account = make::account(app, &format!("{who}{name}"), role).await;
        let mut program = make::program(app, &account).await.0;
        let ticket = json!({ "title": "Сервер не отвечает", "message": "Сервер не отвечает с утра" });
        let id = program.post("/api/ticket/create", ticket).await.value()["ticket"]["id"].as_i64().unwrap();
        callers.push((program, id));
    }
    callers
}

/// The forms of a page that somebody sees: where they go, with their fields.
fn forms(page: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let page = scraper::Html::parse_document(page);
    let all = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let form = |form: scraper::ElementRef<'_>| {
        let named = all("[name]");
        let fields = form.select(&named);
        let fields = fields
            .map(|field| (field.attr("name").unwrap().to_owned(), field.attr("value").unwrap_or_default().to_owned()));
        (form.attr("action").unwrap_or_default().split('#').next().unwrap().to_owned(), fields.collect())
    };
    page.select(&all("form[method=post]")).map(form).filter(|(action, _)| action.starts_with('/')).collect()
}

/// Without what differs from one thing to the next of its sort.
fn sort_of(path: &str) -> String {
    path.split(['?', '#']).next().unwrap().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_14_no_text_breaks_a_call(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let document = app.client().get("/api/openapi.json").await.value();
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, call) in methods.as_object().unwrap() {
                tried += 1;
                for (mut by, ticket) in callers(&app, &tried.to_string()).await {
                    Call::read(&document, path, method, call, ticket).try_all(&mut by).await;
                }
            }
        }
        assert!(tried > 40, "{tried}");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_14_no_text_breaks_a_page(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let (mut tried, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for (role, name) in [(None, ""), (Some(Role::Customer), "customer"), (Some(Role::Admin), "admin")] {
            let account = match role {
                Some(role) => Some(make::account(&app, name, role).await),
                None => None,
            };
            let mut by = app.client();
            if let Some(account) = &account {
                by = make::browser(&app, account).await;
                let ticket = json!({ "title": "Сервер не отвечает", "message": "Сервер не отвечает с утра" });
                assert_eq!(by.post("/api/ticket/create", ticket).await.status, 201);
            }
            let mut open: Vec<String> = [
                "/dashboard",
                "/login",
                "/login?method=qr",
                "/register",
                "/forgot",
                "/reset?token=x",
                "/setup?token=x",
                "/not-me?token=x",
                "/qr-login?code=x",
                "/scan",
                "/unsubscribe?token=x",
                "/dashboard/tickets/new?previous=1",
            ]
            .map(str::to_owned)
            .into();
            while let Some(path) = open.pop() {
                if !seen.insert((name, sort_of(&path))) || path.starts_with("/api/") || path.contains("logout") {
                    continue;
                }
                let page = by.get(&path).await;
                assert!(page.status.as_u16() < 500, "{path}: {}", page.text);
                open.extend(page.attributes("a[href^='/']", "href"));
                // All of them hold a text at once, then each alone holds one: two that are wrong may hide each other.
                const FIELDS: [&str; 13] = [
                    "next", "search", "q", "page", "status", "assigned", "token", "code", "method", "done", "previous",
                    "days", "filter",
                ];
                let texts: Vec<_> =
                    TEXTS.iter().map(|text| escaped(text)).chain(["%ff".to_owned(), "%".to_owned()]).collect();
                for at in 0..texts.len() + FIELDS.len() {
                    let query = match texts.get(at) {
                        Some(text) => FIELDS.map(|field| format!("{field}={text}")).join("&"),
                        None => format!("{}={}", FIELDS[at - texts.len()], texts[(at + seen.len()) % texts.len()]),
                    };
                    let uri = format!("{}?{query}", path.split(['?', '#']).next().unwrap());
                    let answer = by.get(&uri).await;
                    assert!(answer.status.as_u16() < 500, "{uri}: {}", answer.text);
                }
                for (action, fields) in forms(&page.text) {
                    let names: Vec<_> = fields.keys().cloned().collect();
                    if action.contains("logout") || !tried.insert((name, sort_of(&action), names.clone())) {
                        continue;
                    }
                    for (field, text) in names.iter().flat_map(|field| TEXTS.map(|text| (field, text))) {
                        let mut sent = fields.clone();
                        sent.insert(field.clone(), text.to_owned());
                        let pairs: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                        let answer = by.clone().form(&action, &pairs).await;
                        assert!(answer.status.as_u16() < 500, "{action} with {field}={text:?}: {}", answer.text);
                    }
                    if let Some(account) = &account
                        && by.get("/api/auth/me").await.status != 200
                    {
                        by = make::browser(&app, account).await;
                    }
                }
            }
        }
        assert!(seen.len() > 30 && tried.len() > 30, "{} pages, {} forms", seen.len(), tried.len());
    })
    .await;
}
