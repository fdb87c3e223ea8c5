//! The platform under trouble: what happens while the database cannot be asked, and after.

mod away;
mod figures;
mod writing;

use serde_json::json;

use crate::testing::{Answer, TestApp, make::PASSWORD};

/// Signs in as `name`, whatever comes of it.
async fn sign_in(app: &TestApp, name: &str) -> Answer {
    let credentials = json!({ "email": format!("{name}@example.ru"), "password": PASSWORD });
    app.client().post("/api/auth/login", credentials).await
}

/// Whether the answer says that it will work a little later, in the way that programs and people read.
fn is_away(answer: &Answer) -> bool {
    let body = answer.value();
    answer.status == 503
        && answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=60).contains(&seconds))
        && body["code"] == "unavailable"
        && body["error"].as_str().is_some_and(|text| !text.is_empty())
}
