//! The mail about what happened to a ticket: one or many messages, as text and as HTML.

use askama::Template;

use super::{
    Notifications,
    model::{Kind, Notice},
    pages_settings, texts,
};
use crate::{
    account::model::Account,
    platform::{
        i18n::Lang,
        ui::{MailFrame, RenderedMail},
    },
};

pub struct TicketMail {
    pub frame: MailFrame,
    pub ticket: i64,
    pub title: String,
    /// Oldest first.
    pub messages: Vec<Message>,
    pub url: String,
    pub settings_url: String,
    pub unsubscribe_url: String,
}

pub struct Message {
    /// Who wrote, or what happened.
    pub headline: String,
    /// The beginning of what was written; may be empty.
    pub text: String,
    /// In the reader's zone and language.
    pub when: String,
}

impl TicketMail {
    /// The same for every mail about the ticket: programs that go by subjects keep them together too.
    fn subject(&self) -> String {
        format!("{} [#{}]", self.title, self.ticket)
    }
}

#[derive(Template)]
#[template(path = "mail_ticket.html")]
struct TicketHtml<'a> {
    mail: &'a TicketMail,
}

#[derive(Template)]
#[template(path = "mail_ticket.txt")]
struct TicketText<'a> {
    mail: &'a TicketMail,
}

/// What the reader has not seen yet of one ticket.
pub fn of_ticket(
    notifications: &Notifications,
    account: &Account,
    ticket: i64,
    notices: &[Notice],
    unsubscribe_url: &str,
) -> askama::Result<RenderedMail> {
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let url = &notifications.base_url;
    let now = notifications.clock.now().0;
    let message = |notice: &Notice| {
        let facts = notice.facts();
        let (headline, text) = match notice.kind {
            Kind::TicketReply | Kind::TicketNew if !facts.author.is_empty() => (facts.author, facts.excerpt),
            kind => (texts::title(lang, kind, &facts), texts::body(lang, kind, &facts)),
        };
        Message { headline, text, when: lang.date_at(notice.created_at.0, &account.timezone, now) }
    };
    let frame =
        MailFrame { lang, site: notifications.site_name.clone(), url: url.clone(), username: account.username.clone() };
    let mail = TicketMail {
        frame,
        ticket,
        title: notices.last().map(|notice| notice.facts().title).unwrap_or_default(),
        messages: notices.iter().map(message).collect(),
        url: format!("{url}/dashboard/tickets-new/{ticket}"),
        settings_url: format!("{url}{}", pages_settings::PAGE),
        unsubscribe_url: unsubscribe_url.to_owned(),
    };
    let (html, text) = (TicketHtml { mail: &mail }.render()?, TicketText { mail: &mail }.render()?);
    Ok(RenderedMail { subject: mail.subject(), text, html })
}
