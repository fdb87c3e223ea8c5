//! Asks the application as a browser (cookies, forms read from the page) or as a program (JSON).

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use scraper::{Html, Selector};
use serde_json::Value;
use tower::ServiceExt;

use super::contract;

pub const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";

/// One browser or program, with its own cookies, headers and address.
#[derive(Clone)]
pub struct Client {
    router: Router,
    cookies: BTreeMap<String, String>,
    headers: HeaderMap,
    pub peer: SocketAddr,
    /// The description of the API that answers must follow.
    document: Option<&'static Value>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn new(router: Router) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, CHROME.parse().unwrap());
        let peer = SocketAddr::from(([198, 51, 100, 1], 40_000));
        Self { router, cookies: BTreeMap::new(), headers, peer, document: None }
    }

    /// The same, whose answers must follow this description.
    pub fn held_to(mut self, document: &'static Value) -> Self {
        self.document = Some(document);
        self
    }

    /// The same with one header set.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// The same with one header of any bytes; those that no header can hold are left out.
    pub fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let value: Vec<u8> = value.iter().copied().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
        self.headers.insert(name.parse::<HeaderName>().unwrap(), value.try_into().unwrap());
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn from(mut self, address: [u8; 4]) -> Self {
        self.peer = SocketAddr::from((address, 40_000));
        self
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.into(), value.into());
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Sends JSON with any method.
    pub async fn json(&mut self, method: Method, path: &str, body: Value) -> Answer {
        self.send(method, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }

    /// Sends a form as a browser does, without looking at a page first.
    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect::<Vec<_>>()
            .join("&");
        let browser = self.clone().header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let (answer, cookies) =
            browser.into_send(Method::POST, path, Some("application/x-www-form-urlencoded"), Body::from(body)).await;
        self.cookies = cookies;
        answer
    }

    /// Opens `page`, fills the form whose action is `action` with `typed` (the rest as the page has
    /// it) and sends it. Fails if the page has no such form or field: tests fill the real form.
    pub async fn fill(&mut self, page: &str, action: &str, typed: &[(&str, &str)]) -> Answer {
        let fields = self.filled(page, action, typed).await;
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.form(action, &pairs).await
    }

    /// The same with files in the form's file field.
    pub async fn fill_with_files(
        &mut self,
        page: &str,
        action: &str,
        typed: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let mut fields = self.filled(page, action, typed).await;
        assert!(fields.remove("attachments").is_some(), "the form for {action} on {page} takes no files");
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (kind, body) = multipart(&pairs, files);
        let browser = self.clone().header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let (answer, cookies) = browser.into_send(Method::POST, action, Some(&kind), Body::from(body)).await;
        self.cookies = cookies;
        answer
    }

    /// Sends fields and files (name, content) as a program.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        let (kind, body) = multipart(fields, files);
        self.send(Method::POST, path, Some(&kind), Body::from(body)).await
    }

    async fn filled(&mut self, page: &str, action: &str, typed: &[(&str, &str)]) -> BTreeMap<String, String> {
        let answer = self.get(page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.text);
        let mut fields = form_fields(&answer.text, action).unwrap_or_else(|| panic!("{page} has no form for {action}"));
        for (name, value) in typed {
            assert!(fields.contains_key(*name), "the form for {action} on {page} has no field {name}");
            fields.insert((*name).into(), (*value).into());
        }
        fields
    }

    pub async fn send(&mut self, method: Method, path: &str, content_type: Option<&str>, body: Body) -> Answer {
        let (answer, cookies) = self.clone().into_send(method, path, content_type, body).await;
        self.cookies = cookies;
        answer
    }

    async fn into_send(
        mut self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Body,
    ) -> (Answer, BTreeMap<String, String>) {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if !self.cookies.is_empty() {
            let line =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            request = request.header(header::COOKIE, line);
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            match cookie.value() {
                "" => self.cookies.remove(cookie.name()),
                value => self.cookies.insert(cookie.name().to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status: parts.status, headers: parts.headers, text, bytes: bytes.into() };
        if let Some(document) = self.document {
            contract::hold(document, &method, path, &answer);
        }
        (answer, self.cookies)
    }
}

impl Answer {
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The text of every element that a CSS selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let found = page.select(&selector).map(|element| element.text().collect::<String>());
        found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// The attribute of each element that has it.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector).filter_map(|element| element.attr(name).map(str::to_owned)).collect()
    }

    pub fn count(&self, selector: &str) -> usize {
        self.texts(selector).len()
    }

    /// The fields of the form that goes there, as the page has filled them.
    pub fn form(&self, action: &str) -> Option<BTreeMap<String, String>> {
        form_fields(&self.text, action)
    }

    /// `value` of the field with this name.
    pub fn field(&self, name: &str) -> String {
        let page = Html::parse_document(&self.text);
        let selector = Selector::parse(&format!("[name=\"{name}\"]")).unwrap();
        page.select(&selector).next().and_then(|field| field.attr("value")).unwrap_or_default().to_owned()
    }
}

fn form_fields(page: &str, action: &str) -> Option<BTreeMap<String, String>> {
    let page = Html::parse_document(page);
    let goes_to =
        |form: &scraper::ElementRef<'_>| form.attr("action").is_some_and(|to| to.split('#').next() == Some(action));
    let form = page.select(&Selector::parse("form[method=post]").unwrap()).find(goes_to)?;
    let mut fields = BTreeMap::new();
    for input in form.select(&Selector::parse("input[name], textarea[name], button[name]").unwrap()) {
        fields.insert(input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned());
    }
    for select in form.select(&Selector::parse("select[name]").unwrap()) {
        let chosen = select.select(&Selector::parse("option[selected]").unwrap()).next();
        let first = || select.select(&Selector::parse("option").unwrap()).next();
        let value = chosen.or_else(first).and_then(|option| option.attr("value")).unwrap_or_default();
        fields.insert(select.attr("name")?.to_owned(), value.to_owned());
    }
    Some(fields)
}

/// Content type and body of a form with files, as browsers write it.
pub fn multipart(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "----WebKitFormBoundaryW4p2Q9xkTn7yLr0s";
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for (name, content) in files {
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
