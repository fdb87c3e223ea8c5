//! What the program leaves behind holds no secret: neither its log at its most talkative, nor the
//! database, when somebody signed in by QR code, refreshed, and took a photo of a code.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::common::{Client, Install, PASSWORD, Server};

/// A computer: it keeps cookies and asks without a token.
struct Computer {
    http: reqwest::Client,
    base: String,
    /// Every secret that it was given.
    secrets: Vec<String>,
}

impl Computer {
    fn of(server: &Server) -> Self {
        let http = reqwest::Client::builder().cookie_store(true).no_proxy().build().unwrap();
        Self { http, base: server.url(""), secrets: Vec::new() }
    }

    async fn ask(&mut self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        for cookie in answer.cookies() {
            let value = cookie.value();
            self.secrets.push(value.split_once('.').map_or(value, |(_, secret)| secret).to_owned());
        }
        let body: Value = answer.json().await.unwrap();
        let names = ["code", "pollSecret", "token", "refreshToken"];
        self.secrets.extend(names.iter().filter_map(|name| Some(body[*name].as_str()?.to_owned())));
        body
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.ask(self.http.post(format!("{}{path}", self.base)).json(&body)).await
    }
}

/// Signs a computer in by a phone, the long way, and gives every secret that was seen.
async fn sign_in(install: &Install, server: &Server) -> Vec<String> {
    install.add_user("artem@example.ru", "customer");
    let mut phone = Computer::of(server);
    phone.post("/api/auth/login", json!({ "email": "artem@example.ru", "password": PASSWORD })).await;
    let mut computer = Computer::of(server);
    let code = computer.post("/api/qr-auth/generate", json!({})).await;
    let status = format!("{}/api/qr-auth/status/{}", computer.base, code["code"].as_str().unwrap());
    assert_eq!(computer.ask(computer.http.get(&status)).await["status"], "pending");
    let bearer = phone.secrets[0].clone();
    let mut signed_in = Client::of(server);
    signed_in.take(&json!({ "token": bearer, "refreshToken": phone.secrets[1] }));
    let page = format!("/qr-login?code={}", code["code"].as_str().unwrap());
    assert_eq!(signed_in.get(&page).await.status, 200);
    for step in ["scanning", "confirm"] {
        let body = json!({ "code": code["code"] });
        assert_eq!(signed_in.post(&format!("/api/qr-auth/{step}"), body).await.status, 200);
    }
    let claimed = computer.post("/api/qr-auth/claim", json!({ "code": code["code"] })).await;
    computer.post("/api/auth/refresh", json!({ "refreshToken": claimed["refreshToken"] })).await;
    // A refused one, too.
    let refused = computer.post("/api/qr-auth/generate", json!({})).await;
    assert_eq!(signed_in.post("/api/qr-auth/reject", json!({ "code": refused["code"] })).await.status, 200);
    assert_eq!(signed_in.post("/api/qr-auth/confirm", json!({ "code": refused["code"] })).await.status, 409);
    let mut secrets = [phone.secrets, computer.secrets, vec![PASSWORD.to_owned()]].concat();
    secrets.sort();
    secrets.dedup();
    assert!(secrets.len() >= 10 && secrets.iter().all(|secret| secret.len() > 30), "{secrets:?}");
    secrets
}

#[tokio::test]
async fn qr_16_the_log_holds_no_secret() {
    for install in Install::on_each().await {
        // With a name of its own it is no trial, whose log shows the mails that it cannot send.
        let install = install.with("OSPABHOST_LOG", "trace").with("OSPABHOST_PUBLIC_URL", "http://my.example");
        let server = install.start().await;
        let secrets = sign_in(&install, &server).await;
        server.terminate();
        server.ended().await;
        let log = format!("{}{}", server.log(), server.printed());
        assert!(log.contains("a QR sign-in was approved") && log.contains("DEBUG"), "{log}");
        for secret in &secrets {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{}: {secret}", install.name());
            let hash: String = Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!log.contains(&hash[..10]), "{}: more than 8 digits of the hash of {secret}", install.name());
        }
    }
}

/// What every row of every table says, on PostgreSQL: columns of bytes in base64.
const WHOLE: &str = "SELECT string_agg(query_to_xml(format('SELECT * FROM %I', tablename), true, false, '')::text, ' ')
    FROM pg_tables WHERE schemaname = 'public'";

#[tokio::test]
async fn qr_06_and_16_the_whole_database_holds_no_secret() {
    for install in Install::on_each().await {
        let server = install.start().await;
        let secrets = sign_in(&install, &server).await;
        for secret in &secrets {
            assert!(!is_stored(&install, secret.as_bytes()).await, "{}: {secret}", install.name());
        }
        // Or the test looks in the wrong place.
        assert!(is_stored(&install, b"artem@example.ru").await);
        let known = secrets.iter().map(|secret| Sha256::digest(secret.as_bytes()));
        let mut hashes = 0;
        for hash in known {
            hashes += usize::from(is_stored(&install, &hash).await);
        }
        assert!(hashes >= 4, "{}: hashes of codes and poll secrets are there", install.name());
    }
}

/// Whether these bytes stand anywhere, as text or as bytes.
async fn is_stored(install: &Install, bytes: &[u8]) -> bool {
    if install.is_sqlite() {
        // The files themselves: nothing can hide from that, not even what was deleted.
        return ["data/ospabhost.db", "data/ospabhost.db-wal"].iter().any(|name| {
            let file = std::fs::read(install.path(name)).unwrap();
            file.windows(bytes.len()).any(|window| window == bytes)
        });
    }
    // In whole groups of three bytes, and less than a line of base64.
    let part = &bytes[..bytes.len().min(54) / 3 * 3];
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| "\u{1}".into()).replace('\'', "''");
    let base64 = STANDARD.encode(part);
    let sql = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM ({WHOLE}) AS t(dump) WHERE position('{text}' IN dump) > 0 OR position('{base64}' IN dump) > 0"
    );
    install.sql(sql).await.unwrap() > 0
}
