use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    platform::base::{
        actor::Role,
        jwt,
        keys::{Keys, random_token},
    },
    testing::{TestApp, engines::*, make},
};

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// With another first character of the signature (the last one has bits that say nothing).
fn spoilt(token: &str) -> String {
    let (body, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    format!("{body}.{other}{}", &signature[1..])
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_16_a_token_is_for_its_sessions_owner_and_only_a_bearers_counts(
    #[values(Sqlite, Postgres)] engine: DbEngine,
) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Admin).await;
        let (_, pair) = make::program(&app, &artem).await;
        let mut claims = part(pair["token"].as_str().unwrap(), 1);
        let sign = |claims: &Value| jwt::sign(&app.app.platform.keys, "at+jwt", claims).unwrap();
        assert_eq!(app.client().bearer(&sign(&claims)).get("/api/auth/me").await.status, 200);
        for sub in [elena.id.to_string(), "0".into(), "x".into(), format!(" {}", artem.id)] {
            claims["sub"] = json!(sub);
            assert_eq!(app.client().bearer(&sign(&claims)).get("/api/auth/me").await.status, 401, "{sub}");
            let found = crate::session::middleware::by_token(&app.app.sessions, &sign(&claims)).await.unwrap();
            assert!(found.is_none(), "nor at the socket: {sub}");
        }
        // A proxy's password neither hides the cookie nor opens the door to other sites.
        let browser = make::browser(&app, &artem).await.header("authorization", "Basic YTpi");
        assert_eq!(browser.clone().get("/api/auth/me").await.status, 200);
        let mut forged = browser.header("sec-fetch-site", "cross-site");
        let refused = forged.delete("/api/sessions/others/all").await;
        assert_eq!((refused.status.as_u16(), &refused.value()["code"]), (403, &json!("cross_origin")));
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asvs_9_1_1_only_our_own_unspoilt_tokens_count(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let (_, pair) = make::program(&app, &artem).await;
        let token = pair["token"].as_str().unwrap();
        let (header, claims) = (part(token, 0), part(token, 1));
        let signature = token.rsplit('.').next().unwrap();
        assert_eq!((&header["alg"], &header["typ"]), (&json!("HS256"), &json!("at+jwt")));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        assert_eq!((&claims["sub"], &claims["role"]), (&json!(artem.id.to_string()), &json!("customer")));

        let change = |object: &Value, key: &str, value: Value| {
            let mut changed = object.clone();
            changed[key] = value;
            encode(&changed)
        };
        let foreign = Keys::parse(&format!("{}:{}", header["kid"].as_str().unwrap(), random_token())).unwrap();
        let own = &app.app.platform.keys;
        let with = |key: &str, value: Value| {
            let mut changed = claims.clone();
            changed[key] = value;
            changed
        };
        let bad = [
            ("alg none", format!("{}.{}.", change(&header, "alg", json!("none")), encode(&claims))),
            ("alg none, signed", format!("{}.{}.{signature}", change(&header, "alg", json!("none")), encode(&claims))),
            ("another alg", format!("{}.{}.{signature}", change(&header, "alg", json!("HS512")), encode(&claims))),
            ("changed claims", format!("{}.{}.{signature}", encode(&header), change(&claims, "role", json!("admin")))),
            ("changed signature", spoilt(token)),
            ("unknown kid", format!("{}.{}.{signature}", change(&header, "kid", json!("other")), encode(&claims))),
            ("foreign key", jwt::sign(&foreign, "at+jwt", &claims).unwrap()),
            ("another type", jwt::sign(own, "rt+jwt", &claims).unwrap()),
            ("the refresh token", pair["refreshToken"].as_str().unwrap().to_owned()),
            ("expired", jwt::sign(own, "at+jwt", &with("exp", claims["iat"].clone())).unwrap()),
            ("another issuer", jwt::sign(own, "at+jwt", &with("iss", json!("evil"))).unwrap()),
            ("another audience", jwt::sign(own, "at+jwt", &with("aud", json!("evil"))).unwrap()),
            ("unknown session", jwt::sign(own, "at+jwt", &with("sid", json!(999_999))).unwrap()),
            ("nonsense", "a.b.c".to_owned()),
        ];
        for (what, token) in bad {
            let answer = app.client().bearer(&token).get("/api/auth/me").await;
            assert_eq!(
                (answer.status.as_u16(), answer.value()["code"].clone()),
                (401, json!("not_signed_in")),
                "{what}"
            );
        }
        assert_eq!(app.client().bearer(token).get("/api/auth/me").await.status, 200);
        app.pass(std::time::Duration::from_secs(901));
        assert_eq!(app.client().bearer(token).get("/api/auth/me").await.status, 401, "after fifteen minutes");
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_counts_only_with_its_own_secret(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let artem = make::account(&app, "artem", Role::Customer).await;
        let elena = make::account(&app, "elena", Role::Customer).await;
        let (mut one, other) = (make::browser(&app, &artem).await, make::browser(&app, &elena).await);
        let mine = one.cookie("__Host-session").unwrap().to_owned();
        let (id, secret) = mine.split_once('.').unwrap();
        let (other_id, _) = other.cookie("__Host-session").unwrap().split_once('.').unwrap();
        for bad in [
            format!("{other_id}.{secret}"),
            format!("{id}."),
            format!("{id}.{}", random_token()),
            "x".into(),
            "0.0".into(),
        ] {
            one.set_cookie("__Host-session", &bad);
            assert_eq!(one.get("/api/auth/me").await.status, 401, "{bad}");
        }
        one.set_cookie("__Host-session", &mine);
        assert_eq!(one.get("/api/auth/me").await.status, 200);
    })
    .await;
}
