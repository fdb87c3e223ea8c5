//! The pages of QR sign-in, as data for their templates.

use askama::Template;

use super::{model::Status, pushing::Offer};
use crate::platform::web::ui::{Form, Ui};

/// The computer's page: `/login?method=qr`.
#[derive(Template)]
#[template(path = "qr_sign_in.html")]
pub struct QrSignInPage {
    pub ui: Ui,
    pub panel: PanelView,
    /// The own path to go to afterwards.
    pub next: String,
    /// Any phone's camera opens the code.
    pub any_camera: bool,
}

/// The approved code is of another account than the browser is signed in to (qr_11).
#[derive(Template)]
#[template(path = "qr_other_account.html")]
pub struct QrOtherAccountPage {
    pub ui: Ui,
    /// Whose the code is, and who is signed in.
    pub approver: String,
    pub here: String,
    pub next: String,
}

/// The part of it that changes, alone.
#[derive(Template)]
#[template(path = "qr_panel.html")]
pub struct Panel {
    pub ui: Ui,
    pub panel: PanelView,
    pub next: String,
}

/// What the computer shows now.
pub struct PanelView {
    /// None: there is no code yet, or none could be made and `message` says why.
    pub status: Option<Status>,
    /// Drawn by us, so it is trusted markup.
    pub svg: String,
    /// Seconds for which the code can be approved.
    pub left: i64,
    pub number: Option<i64>,
    pub message: String,
    pub push: Offer,
    /// Which code it is, so that two windows of one browser show the same; nothing can be done with it.
    pub name: String,
}

impl PanelView {
    fn state(&self) -> &'static str {
        match self.status {
            Some(Status::Pending) => "pending",
            Some(Status::Scanning) => "scanning",
            Some(Status::Confirmed) => "confirmed",
            Some(Status::Expired) => "expired",
            Some(Status::Rejected) => "rejected",
            Some(Status::Superseded | Status::Consumed) => "over",
            None if self.message.is_empty() => "ready",
            None => "error",
        }
    }

    /// Minutes and seconds left.
    fn clock(&self) -> String {
        format!("{}:{:02}", self.left / 60, self.left % 60)
    }

    /// Whether a browser without scripts should look again.
    fn moves(&self) -> bool {
        matches!(self.status, Some(Status::Pending | Status::Scanning))
    }
}

/// After the sign-in: whose account it is (qr_11).
#[derive(Template)]
#[template(path = "qr_welcome.html")]
pub struct QrWelcomePage {
    pub ui: Ui,
    pub next: String,
}

/// Where a phone reads the code: by its camera, or by a photo.
#[derive(Template)]
#[template(path = "qr_scan.html")]
pub struct QrScanPage {
    pub ui: Ui,
    pub form: Form,
    /// What the text of a code of ours begins with, separated by spaces.
    pub links: String,
}

/// The phone's page. Value `number`, errors of `password` and `matchNumber`.
#[derive(Template)]
#[template(path = "qr_approve.html")]
pub struct QrApprovePage {
    pub ui: Ui,
    pub code: String,
    pub stage: Stage,
    pub form: Form,
}

pub enum Stage {
    /// Nothing has happened yet; `foreign`: a link on another site led here.
    Ask {
        foreign: bool,
    },
    Decide(Box<Question>),
    Done(String),
    Over {
        title: String,
        text: String,
    },
}

/// What the person must know before deciding.
pub struct Question {
    pub device: String,
    pub place: String,
    pub ip: String,
    pub created_ms: i64,
    /// In words: the same network, another country, a new place.
    pub distance: &'static str,
    pub risky: bool,
    /// Empty: none is asked.
    pub choices: Vec<i64>,
}
