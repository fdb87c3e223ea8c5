//! Every act that the router takes, and what it asks of the session that it comes from. `docs/access.md`
//! is made from it.

/// What an act asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is open to everybody.
    Nothing,
    /// The link of a mail or of the server's first start, which works once.
    Link,
    /// A session, confirmed or not.
    Session,
    /// A session that its owner confirmed.
    Confirmed,
    /// The password in the act itself.
    Password,
    /// The password, given within the last ten minutes in this session.
    Proof,
    /// The same by an administrator.
    AdminProof,
}

/// What comes of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    AsksPassword,
    Refused,
}

/// How things stand in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A QR code opened it, and nobody gave the password in it.
    Unconfirmed,
    /// The password was given over ten minutes ago.
    Proven,
    Fresh,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Unconfirmed, Self::Proven, Self::Fresh];
}

impl Need {
    pub fn outcome(self, state: State) -> Outcome {
        match (self, state) {
            (Self::Nothing | Self::Link | Self::Session, _) => Outcome::Done,
            (Self::Confirmed, State::Unconfirmed) => Outcome::Refused,
            (Self::Password, _) => Outcome::AsksPassword,
            (Self::Proof | Self::AdminProof, State::Unconfirmed | State::Proven) => Outcome::AsksPassword,
            (Self::Confirmed | Self::Proof | Self::AdminProof, _) => Outcome::Done,
        }
    }

    pub fn is_proof(self) -> bool {
        matches!(self, Self::Proof | Self::AdminProof)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "anybody",
            Self::Link => "who has the link",
            Self::Session | Self::Confirmed | Self::Password | Self::Proof => "signed in",
            Self::AdminProof => "administrator",
        }
    }
}

/// One call of an act: as in `DELETE /api/sessions/{other}`, its body (a form's fields, or JSON), and the
/// status when it is done; 0: any that is neither asking nor refusing.
pub struct Row {
    pub act: &'static str,
    pub need: Need,
    pub call: &'static str,
    pub body: &'static str,
    pub done: u16,
}

impl Row {
    pub fn method(&self) -> &'static str {
        self.call.split(' ').next().unwrap()
    }

    pub fn path(&self) -> &'static str {
        self.call.split(' ').nth(1).unwrap()
    }

    pub fn is_page(&self) -> bool {
        !self.path().starts_with("/api/")
    }
}

const fn row(act: &'static str, need: Need, call: &'static str, body: &'static str, done: u16) -> Row {
    Row { act, need, call, body, done }
}

use Need::{AdminProof, Confirmed, Link, Nothing, Password, Proof, Session};

const USER: &str =
    r#"{"username":"Мария","email":"new{n}@example.ru","password":"кот ест рыбу на крыше","role":"operator"}"#;
const USER_FORM: &str = "username=Мария&email=new{n}@example.ru&password=кот ест рыбу на крыше&role=operator";
const DEVICE: &str =
    r#"{"endpoint":"https://push.example/{n}","keys":{"p256dh":"{key}","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}"#;

/// The acts in the order of the document.
pub const TABLE: &[Row] = &[
    row("end another session", Proof, "POST /dashboard/settings/sessions/{other}/end", "", 303),
    row("end another session", Proof, "DELETE /api/sessions/{other}", "", 200),
    row("end all other sessions", Proof, "POST /dashboard/settings/sessions/end-others", "", 303),
    row("end all other sessions", Proof, "DELETE /api/sessions/others/all", "", 200),
    row("end this very session", Session, "POST /logout", "", 303),
    row("end this very session", Session, "POST /dashboard/settings/sessions/{own}/end", "", 303),
    row("end this very session", Session, "POST /api/auth/logout", "{}", 200),
    row("end this very session", Session, "DELETE /api/sessions/{own}", "", 200),
    row(
        "change the password",
        Password,
        "POST /dashboard/settings/password",
        "currentPassword=not the password&newPassword=жук ест траву у дома",
        422,
    ),
    row(
        "change the password",
        Password,
        "POST /api/auth/password",
        r#"{"currentPassword":"not the password","newPassword":"жук ест траву у дома"}"#,
        422,
    ),
    row(
        "change the password",
        Password,
        "POST /api/user/change-password",
        r#"{"currentPassword":"not the password","newPassword":"жук ест траву у дома"}"#,
        422,
    ),
    row("prove who one is", Proof, "POST /prove", "next=/dashboard/settings", 303),
    row("prove who one is", Password, "POST /api/auth/prove", "{}", 422),
    row(
        "choose what is told, and how",
        Proof,
        "POST /dashboard/settings/notifications",
        "sign_in.inApp=1&quietFrom=22:00",
        303,
    ),
    row(
        "choose what is told, and how",
        Proof,
        "PUT /api/notifications/settings",
        r#"{"kinds":{"sign_in":{"push":false}}}"#,
        200,
    ),
    row("add a push device", Proof, "POST /api/notifications/subscribe-push", DEVICE, 200),
    row("remove a push device", Proof, "DELETE /api/notifications/unsubscribe-push", "", 200),
    row("make a user", AdminProof, "POST /dashboard/admin/users", USER_FORM, 303),
    row("make a user", AdminProof, "POST /api/admin/users", USER, 201),
    row("give a role", AdminProof, "POST /dashboard/admin/users/{user}", "role=operator", 303),
    row("give a role", AdminProof, "PATCH /api/admin/users/{user}", r#"{"role":"operator"}"#, 200),
    row("block and unblock", AdminProof, "POST /dashboard/admin/users/{user}", "blocked=1", 303),
    row("block and unblock", AdminProof, "PATCH /api/admin/users/{user}", r#"{"blocked":true}"#, 200),
    row(
        "give an account another address",
        AdminProof,
        "POST /dashboard/admin/users/{user}/email",
        "email=neu{n}@example.ru",
        303,
    ),
    row(
        "give an account another address",
        AdminProof,
        "PATCH /api/admin/users/{user}",
        r#"{"email":"neu{n}@example.ru"}"#,
        200,
    ),
    row("end a user's sessions", AdminProof, "POST /dashboard/admin/users/{user}/end-sessions", "", 303),
    row("end a user's sessions", AdminProof, "POST /api/admin/users/{user}/end-sessions", "{}", 200),
    row("try a delivery again", AdminProof, "POST /dashboard/admin/deliveries/{delivery}/retry", "", 303),
    row("try a delivery again", AdminProof, "POST /api/admin/deliveries/{delivery}/retry", "{}", 200),
    row("try all deliveries again", AdminProof, "POST /dashboard/admin/deliveries/retry-all", "", 303),
    row("try all deliveries again", AdminProof, "POST /api/admin/deliveries/retry-all", "{}", 200),
    row("forget a delivery", AdminProof, "POST /dashboard/admin/deliveries/{delivery}/delete", "", 303),
    row("forget a delivery", AdminProof, "DELETE /api/admin/deliveries/{delivery}", "", 200),
    row("forget all deliveries", AdminProof, "POST /dashboard/admin/deliveries/delete-all", "", 303),
    row("forget all deliveries", AdminProof, "DELETE /api/admin/deliveries", "", 200),
    row("take a QR code up", Confirmed, "POST /qr-login/scan", "code=x", 0),
    row("take a QR code up", Confirmed, "POST /api/qr-auth/scanning", "{}", 0),
    row("approve a sign-in by QR code", Confirmed, "POST /qr-login/confirm", "code=x", 0),
    row("approve a sign-in by QR code", Confirmed, "POST /api/qr-auth/confirm", "{}", 0),
    row("refuse a sign-in by QR code", Session, "POST /qr-login/reject", "code=x", 0),
    row("refuse a sign-in by QR code", Session, "POST /api/qr-auth/reject", "{}", 0),
    row("read the photo of a QR code", Session, "POST /scan", "", 0),
    row("read the photo of a QR code", Session, "POST /api/qr-auth/decode", "{}", 0),
    row("name a session", Session, "POST /dashboard/settings/sessions/{other}/name", "name=Ноутбук", 303),
    row("name a session", Session, "PATCH /api/sessions/{other}", r#"{"name":"Ноутбук"}"#, 200),
    row(
        "change name, language, time zone",
        Session,
        "POST /dashboard/settings/profile",
        "username=Имя&language=ru&timezone=UTC",
        303,
    ),
    row("change name, language, time zone", Session, "PUT /api/user/profile", "{}", 200),
    row("mark a notification as read", Session, "POST /dashboard/notifications/{none}/read", "", 0),
    row("mark a notification as read", Session, "POST /api/notifications/{none}/read", "{}", 0),
    row("mark all notifications as read", Session, "POST /dashboard/notifications/read-all", "", 303),
    row("mark all notifications as read", Session, "POST /api/notifications/read-all", "{}", 200),
    row("remove a notification", Session, "POST /dashboard/notifications/{none}/delete", "", 0),
    row("remove a notification", Session, "DELETE /api/notifications/{none}", "", 0),
    row("remove the notifications that are read", Session, "POST /dashboard/notifications/delete-read", "", 303),
    row("remove the notifications that are read", Session, "DELETE /api/notifications/read/all", "", 200),
    row("open a ticket", Session, "POST /dashboard/tickets/new", "", 0),
    row("open a ticket", Session, "POST /api/ticket/create", "{}", 0),
    row("answer in a ticket", Session, "POST /dashboard/tickets-new/{none}/reply", "", 0),
    row("answer in a ticket", Session, "POST /api/ticket/respond", "{}", 0),
    row("see how a message will look", Session, "POST /dashboard/tickets/new/preview", "", 0),
    row("see how a message will look", Session, "POST /dashboard/tickets-new/{none}/preview", "", 0),
    row("see how a message will look", Session, "POST /api/ticket/preview", "{}", 0),
    row("set a ticket's status", Session, "POST /dashboard/tickets-new/{none}/status", "", 0),
    row("set a ticket's status", Session, "POST /api/ticket/status", "{}", 0),
    row("give a ticket to an operator", Session, "POST /dashboard/tickets-new/{none}/assign", "", 0),
    row("give a ticket to an operator", Session, "POST /dashboard/tickets-new/{none}/take", "", 0),
    row("give a ticket to an operator", Session, "POST /api/ticket/assign", "{}", 0),
    row("say that a ticket is resolved", Session, "POST /dashboard/tickets-new/{none}/thanks", "", 0),
    row("say that a ticket is resolved", Session, "POST /api/ticket/resolve", "{}", 0),
    row("close a ticket", Session, "POST /dashboard/tickets-new/{none}/close", "", 0),
    row("close a ticket", Session, "POST /api/ticket/close", "{}", 0),
    row("change a ticket's properties", Session, "POST /dashboard/tickets-new/{none}/properties", "", 0),
    row("change a ticket's properties", Session, "PATCH /api/ticket/{none}", "{}", 0),
    row("choose theme and language", Nothing, "POST /preferences", "", 0),
    row("sign in", Nothing, "POST /login", "", 0),
    row("sign in", Nothing, "POST /api/auth/login", "", 0),
    row("refresh a session's tokens", Nothing, "POST /api/auth/refresh", "", 0),
    row("register", Nothing, "POST /register", "", 0),
    row("register", Nothing, "POST /api/auth/register", "", 0),
    row("ask for a link that sets a new password", Nothing, "POST /forgot", "", 0),
    row("ask for a link that sets a new password", Nothing, "POST /api/auth/password/forgot", "", 0),
    row("ask for a QR code to sign in with", Nothing, "POST /login/qr/new", "", 0),
    row("ask for a QR code to sign in with", Nothing, "POST /api/qr-auth/generate", "", 0),
    row("send it to the phone of who used the browser last", Nothing, "POST /login/qr/push", "", 0),
    row("send it to the phone of who used the browser last", Nothing, "POST /api/qr-auth/push", "", 0),
    row("collect an approved sign-in, by its browser", Nothing, "POST /login/qr", "", 0),
    row("collect an approved sign-in, by its browser", Nothing, "POST /api/qr-auth/claim", "", 0),
    row("set a new password", Link, "POST /reset", "", 0),
    row("set a new password", Link, "POST /api/auth/password/reset", "", 0),
    row("end the session that a mail tells of", Link, "POST /sessions/not-me", "", 0),
    row("end optional mails", Link, "POST /unsubscribe", "", 0),
    row("make the first administrator", Link, "POST /setup", "", 0),
];

const HEAD: &str = "# Who may change what, and when the password is asked for

A session is *unconfirmed* when a QR code opened it and nobody has given the password in it. The password
counts for ten minutes, in the session in which it was given. A page asks for it and then goes on with what
was sent; a program gets 403 `proof_required`, calls `POST /api/auth/prove` and then calls again. In code the
proof is `session::proof::Proven`, which only the check makes and which each action below takes.

From the machine itself (`ospabhost user`, `sessions end`, `export-user`, `erase-user`, `export`, `import`) no
proof is asked. No GET or HEAD changes anything but what is noted of the reader's own reading. Made from
`src/tests/table.rs`: `OSPABHOST_WRITE_DOCS=1 cargo test door_11_the_document` writes it anew.

| act | by | page | call | unconfirmed | password over 10 minutes ago | password within 10 minutes |
|---|---|---|---|---|---|---|
";

/// `docs/access.md`.
pub fn document() -> String {
    let mut text = HEAD.to_owned();
    let mut from = 0;
    while let Some(first) = TABLE.get(from) {
        let rows: Vec<_> = TABLE[from..].iter().take_while(|row| row.act == first.act).collect();
        from += rows.len();
        let calls = |page: bool| {
            let shown = rows.iter().filter(|row| row.is_page() == page);
            shown.map(|row| format!("`{}`", row.call)).collect::<Vec<_>>().join("<br>")
        };
        let needs = rows.iter().map(|row| row.need).max_by_key(|need| need.is_proof()).unwrap();
        let cells = State::ALL.map(|state| match needs.outcome(state) {
            Outcome::Done => "done",
            Outcome::AsksPassword => "asks for the password",
            Outcome::Refused => "refused",
        });
        text += &format!(
            "| {} | {} | {} | {} | {} |\n",
            first.act,
            needs.words(),
            calls(true),
            calls(false),
            cells.join(" | ")
        );
    }
    text
}
