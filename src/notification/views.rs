//! The pages of notifications, as data for their templates.

use askama::Template;

use super::model::Rule;
use crate::platform::{
    base::public_id::PublicId,
    web::ui::{Form, Ui},
};

#[derive(Template)]
#[template(path = "notifications.html")]
pub struct NotificationsPage {
    pub ui: Ui,
    /// Newest first.
    pub notices: Vec<NoticeRow>,
    /// In all, not on this page.
    pub unread: i64,
    pub unread_only: bool,
    /// From 1.
    pub page: i64,
    pub pages: i64,
}

impl NotificationsPage {
    fn filter(&self) -> &'static str {
        if self.unread_only { "unread" } else { "all" }
    }

    fn has_read(&self) -> bool {
        self.notices.iter().any(|notice| notice.is_read)
    }
}

pub struct NoticeRow {
    pub id: PublicId,
    pub icon: &'static str,
    pub title: String,
    /// Empty: there is no more to say.
    pub text: String,
    pub url: String,
    pub created_ms: i64,
    pub is_read: bool,
    pub is_security: bool,
}

/// Values `quiet` (`1` = on), `quietFrom`, `quietTo`; error of `quietTo`.
#[derive(Template)]
#[template(path = "notification_settings.html")]
pub struct NotificationSettingsPage {
    pub ui: Ui,
    pub rows: Vec<ChoiceRow>,
    pub form: Form,
    /// `applicationServerKey` of this portal.
    pub push_key: String,
    pub saved: bool,
}

impl NotificationSettingsPage {
    /// The heading of a column.
    fn way(&self, column: &usize) -> &'static str {
        let ways = ["notification-way-in-app", "notification-way-mail", "notification-way-push"];
        ways.get(*column).map_or("", |way| self.ui.t(way))
    }
}

pub struct ChoiceRow {
    pub label: &'static str,
    /// In the portal, by mail, by push: name of the checkbox, ticked, what may be chosen.
    pub ways: [(String, bool, Rule); 3],
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage {
    pub ui: Ui,
    pub token: String,
    /// What the mails are about, in words.
    pub kinds: Vec<String>,
    pub done: bool,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
pub struct DeliveriesPage {
    pub ui: Ui,
    pub rows: Vec<DeliveryRow>,
    pub total: i64,
    /// How many wait for their turn or their next try.
    pub waiting: i64,
    pub page: i64,
    pub pages: i64,
    pub notice: Option<&'static str>,
}

pub struct DeliveryRow {
    pub id: i64,
    pub kind: &'static str,
    /// A mail address, or an account's id.
    pub target: String,
    pub is_account: bool,
    pub error: String,
    pub tries: i64,
    pub created_ms: i64,
    pub failed_ms: i64,
}
