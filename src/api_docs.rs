//! The description of the API: OpenAPI 3.1 made from the handlers, and a page to read it that loads
//! nothing from anywhere else.

mod answers;

use std::sync::Arc;

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use serde_json::Value;
use utoipa::openapi::{
    InfoBuilder, OpenApi, Server,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::platform::{
    Platform,
    web::{Html, ui::Ui},
};

/// Adds what is not in the handlers: title, address, the two ways to show who one is.
pub fn complete(mut openapi: OpenApi, platform: &Platform) -> OpenApi {
    openapi.info = InfoBuilder::new()
        .title("ospabhost")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Errors are JSON: `code` for programs, `error` and `message` for people in the language of `Accept-Language`, \
             `fields` for invalid input. Times are RFC 3339 in UTC. Unknown fields are ignored, unknown values are 422.",
        ))
        .build();
    openapi.servers = Some(vec![Server::new(&platform.base_url)]);
    let components = openapi.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = if platform.https { "__Host-session" } else { "session" };
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie))));
    answers::complete(&mut openapi);
    openapi
}

#[derive(Clone)]
struct Docs {
    platform: Platform,
    json: Arc<str>,
    groups: Arc<Vec<Group>>,
}

impl axum::extract::FromRef<Docs> for Platform {
    fn from_ref(docs: &Docs) -> Self {
        docs.platform.clone()
    }
}

pub fn routes(openapi: OpenApi, platform: Platform) -> Router {
    // What files may be sent stands in the settings; handlers write `{files}` for it.
    let text = openapi.to_json().unwrap_or_default().replace("{files}", &platform.files.settings().described());
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let docs = Docs { platform, json: value.to_string().into(), groups: Arc::new(groups(&value)) };
    Router::new().route("/api/openapi.json", get(json)).route("/api/docs", get(page)).with_state(docs)
}

async fn json(State(docs): State<Docs>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=60")], docs.json.to_string())
}

async fn page(State(docs): State<Docs>, ui: Ui) -> Html<DocsPage> {
    Html(DocsPage { ui, groups: docs.groups, common: answers::common() })
}

/// The calls of one part of the API.
struct Group {
    name: String,
    calls: Vec<Call>,
}

struct Call {
    method: String,
    path: String,
    summary: String,
    description: String,
    signed_in: bool,
    parameters: Vec<(String, String)>,
    body: String,
    answers: Vec<Answer>,
}

struct Answer {
    status: String,
    description: String,
    body: String,
}

#[derive(askama::Template)]
#[template(path = "api_docs.html")]
struct DocsPage {
    ui: Ui,
    groups: Arc<Vec<Group>>,
    /// Statuses that calls have in common, and what they say.
    common: Vec<(String, String)>,
}

fn groups(openapi: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let paths = openapi["paths"].as_object().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let name = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
            let call = call(openapi, path, method, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group { name: name.to_owned(), calls: vec![call] }),
            }
        }
    }
    groups
}

fn call(openapi: &Value, path: &str, method: &str, operation: &Value) -> Call {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let answers = operation["responses"].as_object().into_iter().flatten();
    Call {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        signed_in: operation["security"].as_array().is_some_and(|ways| !ways.is_empty()),
        parameters: parameters.map(|p| (text(&p["name"]), text(&p["description"]))).collect(),
        body: content(openapi, &operation["requestBody"]),
        answers: answers
            // What calls have in common stands at the top of the page.
            .filter(|(_, answer)| answer["$ref"].is_null())
            .map(|(status, answer)| Answer {
                status: status.clone(),
                description: text(&answer["description"]),
                // The shape of errors stands once, at the top of the page.
                body: if status.starts_with('2') { content(openapi, answer) } else { String::new() },
            })
            .collect(),
    }
}

/// An example of a body, made from its schema.
fn content(openapi: &Value, holder: &Value) -> String {
    match holder.pointer("/content/application~1json/schema") {
        None => String::new(),
        Some(schema) => serde_json::to_string_pretty(&example(openapi, schema, 0)).unwrap_or_default(),
    }
}

/// Nested deeper than this a schema is left out; ours are not, so it only guards against circles.
const DEEPEST: u8 = 8;

fn example(openapi: &Value, schema: &Value, depth: u8) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = openapi.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return example(openapi, target, depth + 1);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(parts) = schema[key].as_array() {
            return join(parts.iter().map(|part| example(openapi, part, depth + 1)), key);
        }
    }
    of_type(openapi, schema, depth)
}

/// `allOf` is all of them in one object, the others the last that is something (the first is null).
fn join(parts: impl Iterator<Item = Value>, key: &str) -> Value {
    if key != "allOf" {
        return parts.filter(|part| !part.is_null()).last().unwrap_or(Value::Null);
    }
    let mut all = serde_json::Map::new();
    for part in parts {
        all.extend(part.as_object().cloned().unwrap_or_default());
    }
    Value::Object(all)
}

fn of_type(openapi: &Value, schema: &Value, depth: u8) -> Value {
    let kinds = &schema["type"];
    let is = |kind: &str| kinds == kind || kinds.as_array().is_some_and(|all| all.iter().any(|k| k == kind));
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if is("object") {
        let properties = schema["properties"].as_object().into_iter().flatten();
        return Value::Object(
            properties.map(|(name, part)| (name.clone(), example(openapi, part, depth + 1))).collect(),
        );
    }
    if is("array") {
        return Value::Array(vec![example(openapi, &schema["items"], depth + 1)]);
    }
    match (is("integer"), is("boolean"), schema["format"].as_str()) {
        (true, ..) => Value::from(1),
        (_, true, _) => Value::from(true),
        (_, _, Some("date-time")) => Value::from("2026-01-31T08:55:00.000Z"),
        _ => Value::from("…"),
    }
}
