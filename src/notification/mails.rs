//! The mail about what happened to a ticket: one or many messages, as text and as HTML.

use std::collections::HashMap;

use askama::Template;

use super::{
    Notifications, choosing,
    model::{Kind, Notice},
    texts,
    words::Said,
};
use crate::{
    account::model::Account,
    platform::{
        base::{i18n::Lang, markdown::mail_html},
        web::ui::{MailFrame, RenderedMail},
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
    /// What was written, or what there is to say; may be empty.
    pub text: String,
    /// The same as trusted markup.
    pub html: String,
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

/// Each notice with what was said in it, oldest first.
pub fn messages(account: &Account, notices: &[Notice], mut said: HashMap<String, Option<Said>>) -> Vec<Message> {
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let message = |notice: &Notice| {
        let facts = notice.facts();
        let is_said = matches!(notice.kind, Kind::TicketReply | Kind::TicketNew) && !facts.author.is_empty();
        let when = lang.moment(notice.created_at.0, &account.timezone);
        match said.remove(&notice.message_key).flatten().filter(|_| is_said) {
            Some(Said { text, html }) => Message { headline: facts.author, text, html, when },
            None => {
                let (headline, text) = match is_said {
                    true => (facts.author, facts.excerpt),
                    false => (texts::title(lang, notice.kind, &facts), texts::body(lang, notice.kind, &facts)),
                };
                Message { headline, html: mail_html(&text), text, when }
            }
        }
    };
    notices.iter().map(message).collect()
}

/// What the reader has not seen yet of the ticket with this title.
pub fn of_ticket(
    notifications: &Notifications,
    account: &Account,
    (ticket, title): (i64, String),
    messages: Vec<Message>,
    unsubscribe_url: &str,
) -> askama::Result<RenderedMail> {
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let url = &notifications.base_url;
    let frame = MailFrame {
        lang,
        site: notifications.site_name.clone(),
        url: url.clone(),
        brand: notifications.assets.brand().clone(),
        username: account.username.clone(),
    };
    let mail = TicketMail {
        frame,
        ticket,
        title,
        messages,
        url: format!("{url}/dashboard/tickets-new/{ticket}"),
        settings_url: format!("{url}{}", choosing::PAGE),
        unsubscribe_url: unsubscribe_url.to_owned(),
    };
    let (html, text) = (TicketHtml { mail: &mail }.render()?, TicketText { mail: &mail }.render()?);
    Ok(RenderedMail { subject: mail.subject(), text, html })
}
