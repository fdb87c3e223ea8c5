//! Answers that calls of one kind can all give, names of calls, and bodies that may be left out: put right in
//! the description of each in one place. What a call says of a status itself stands.

use serde_json::Value;
use utoipa::openapi::{
    Content, HttpMethod, OpenApi, Ref, RefOr, Response, Schema,
    header::Header,
    path::{Operation, PathItem},
    request_body::RequestBody,
    schema::{ObjectBuilder, Type},
};

/// A kind of answer: name, status, what it says, and which calls can give it.
type Common = (&'static str, &'static str, &'static str, fn(&Call<'_>) -> bool);

const COMMON: [Common; 9] = [
    ("Malformed", "400", "What was sent cannot be read", |_| true),
    ("NotSignedIn", "401", "Not signed in, or the session has ended", |_| true),
    ("NotAllowed", "403", "Not allowed to this person, or asked by a page of another site", |call| {
        call.writes || call.is_signed_in()
    }),
    ("NotThere", "404", "Not there, or not for this person to know", |call| call.path.contains('{')),
    ("TooLarge", "413", "More than is taken", |call| call.writes),
    ("WrongType", "415", "A type of body that is not taken", |call| call.takes_body()),
    ("Invalid", "422", "Fields that are not right, each with what is wrong", |call| {
        call.takes_body() || call.operation.parameters.is_some()
    }),
    ("TooMany", "429", "Too many; `Retry-After` says in how many seconds again", |_| true),
    ("Away", "503", "The database is away, or too much is asked for at once", |_| true),
];

struct Call<'a> {
    path: &'a str,
    writes: bool,
    operation: &'a Operation,
}

impl Call<'_> {
    fn takes_body(&self) -> bool {
        self.operation.request_body.is_some()
    }

    fn is_signed_in(&self) -> bool {
        self.operation.security.as_ref().is_some_and(|ways| !ways.is_empty())
    }
}

/// Gives each call the answers that it has in common with others, and a name of its own.
pub fn complete(openapi: &mut OpenApi) {
    let components = openapi.components.get_or_insert_default();
    for (name, status, text, _) in COMMON {
        components.responses.insert(name.into(), RefOr::T(response(status, text)));
    }
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations(item) {
            let call = Call { path, writes: method != HttpMethod::Get, operation: &*operation };
            let given: Vec<_> = COMMON.into_iter().filter(|(.., can)| can(&call)).collect();
            for (name, status, ..) in given {
                let answer = RefOr::Ref(Ref::from_response_name(name));
                operation.responses.responses.entry(status.into()).or_insert(answer);
            }
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                no_null(body);
            }
            operation.operation_id = Some(name_of(&method, path));
        }
    }
}

/// A body that may be left out is said to be itself or null; but null is a body too, and refused.
fn no_null(body: &mut RequestBody) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::OneOf(either))) = &content.schema else { continue };
        if let [one @ RefOr::Ref(_), _] = either.items.as_slice() {
            content.schema = Some(one.clone());
        }
    }
}

fn response(status: &str, text: &str) -> Response {
    let mut response = Response::new(text);
    let content = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    response.content.insert("application/json".into(), RefOr::T(content));
    if status == "429" {
        let mut seconds = Header::new(ObjectBuilder::new().schema_type(Type::Integer).build());
        seconds.description = Some("Seconds".into());
        response.headers.insert("Retry-After".into(), RefOr::T(seconds));
    }
    response
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `get_ticket_id_history`: handlers of two slices may have one name, calls may not.
fn name_of(method: &HttpMethod, path: &str) -> String {
    let method = serde_json::to_value(method).ok();
    let method = method.as_ref().and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let words = path.split(['/', '-', '{', '}']).filter(|word| !word.is_empty() && *word != "api");
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_")
}

/// What the calls have in common, for the page: status and text.
pub fn common() -> Vec<(String, String)> {
    COMMON.into_iter().map(|(_, status, text, _)| (status.to_owned(), text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_what_it_is() {
        assert_eq!(name_of(&HttpMethod::Get, "/api/ticket/{id}/history"), "get_ticket_id_history");
        assert_eq!(name_of(&HttpMethod::Post, "/api/qr-auth/claim"), "post_qr_auth_claim");
    }
}
