//! What people are told: kinds, ways, what a text needs, and the rules about them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::base::{
    actor::Role,
    clock::Timestamp,
    markdown::plain_text,
    public_id::{PublicId, Seal},
};

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Kind {
    TicketReply,
    TicketStatus,
    TicketAssigned,
    TicketNew,
    TicketReminder,
    /// Who had tickets may not answer them any more.
    TicketLeft,
    SignIn,
    QrApproval,
    /// A computer asks to be let in: for the phone, and only for a moment.
    QrRequest,
    /// Another changed what one may do, or somebody tries to get in.
    AccountAccess,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::TicketReply,
        Self::TicketStatus,
        Self::TicketAssigned,
        Self::TicketNew,
        Self::TicketReminder,
        Self::TicketLeft,
        Self::SignIn,
        Self::QrApproval,
        Self::QrRequest,
        Self::AccountAccess,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TicketReply => "ticket_reply",
            Self::TicketStatus => "ticket_status",
            Self::TicketAssigned => "ticket_assigned",
            Self::TicketNew => "ticket_new",
            Self::TicketReminder => "ticket_reminder",
            Self::TicketLeft => "ticket_left",
            Self::SignIn => "sign_in",
            Self::QrApproval => "qr_approval",
            Self::QrRequest => "qr_request",
            Self::AccountAccess => "account_access",
        }
    }

    /// The key of its name.
    pub fn text_key(self) -> String {
        format!("notice-kind-{}", self.as_str().replace('_', "-"))
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// About access to the account: it never waits for quiet hours, and its mail, which the session
    /// slice writes, cannot be switched off.
    pub fn is_security(self) -> bool {
        matches!(self, Self::SignIn | Self::QrApproval | Self::QrRequest | Self::AccountAccess)
    }

    /// Whose choice it is.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::TicketAssigned | Self::TicketNew | Self::TicketLeft => role.is_staff(),
            Self::TicketReminder => !role.is_staff(),
            _ => true,
        }
    }

    /// Whether it goes this way. Every new ticket by mail is too much for somebody who answers them all
    /// day; a request that a minute later is nothing but an old link is for the lock screen alone.
    pub fn rule(self, channel: Channel) -> Rule {
        match (self, channel) {
            (Self::QrRequest, Channel::InApp | Channel::Mail) => Rule::Never,
            (_, Channel::Mail) if self.is_security() => Rule::Always,
            (Self::TicketNew, Channel::Mail) => Rule::Choice { default: false },
            _ => Rule::Choice { default: true },
        }
    }

    /// For so long a push message is worth showing (RFC 8030, section 5.2).
    pub fn push_life(self) -> Duration {
        Duration::from_secs(if self == Self::QrRequest { 60 } else { 24 * 3600 })
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::TicketReply => "reply",
            Self::TicketStatus => "check",
            Self::TicketAssigned | Self::TicketLeft => "person",
            Self::TicketNew => "ticket",
            Self::TicketReminder => "clock",
            Self::SignIn | Self::AccountAccess => "shield",
            Self::QrApproval | Self::QrRequest => "mobile",
        }
    }
}

/// Whether a kind goes a way, and whether its reader may say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Always,
    Never,
    Choice { default: bool },
}

impl Rule {
    /// What holds for a reader who chose this, or nothing.
    pub fn with(self, choice: Option<bool>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Choice { default } => choice.unwrap_or(default),
        }
    }

    pub fn is_choice(self) -> bool {
        matches!(self, Self::Choice { .. })
    }
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Channel {
    InApp,
    Mail,
    Push,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::InApp, Self::Mail, Self::Push];

    /// As in JSON and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InApp => "inApp",
            Self::Mail => "mail",
            Self::Push => "push",
        }
    }
}

/// What a text may need; which of it there is depends on the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Facts {
    /// Of the ticket.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Who wrote or did it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// The beginning of what was written, as plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// How many tickets.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: i64,
    /// The ticket's new status, or what happened to the account: `role`, `blocked`, `unblocked`, `password`,
    /// `failures`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Of a sign-in: device and browser as the session keeps them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub device: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub browser: String,
    /// The account's new role.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// `Place::to_json`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
}

fn is_zero(count: &i64) -> bool {
    *count == 0
}

impl Facts {
    const LONGEST_EXCERPT: usize = 280;

    /// The beginning of a longer text, in one line and without its marks.
    pub fn excerpt_of(text: &str) -> String {
        // Writing a notice is part of a transaction: no more is read than is shown, with room for marks.
        let head = &text[..text.floor_char_boundary(Self::LONGEST_EXCERPT * 16)];
        let line = plain_text(head).split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(Self::LONGEST_EXCERPT) {
            None => line,
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
        }
    }
}

/// A message to some people, to be written in the transaction of its cause.
pub struct NewNotice<'a> {
    pub to: Vec<i64>,
    pub kind: Kind,
    /// The message, such as `reply-17`: the same key to the same person is the same message.
    pub key: &'a str,
    pub ticket: Option<i64>,
    /// For operators only: looked at again whenever it is shown, mailed or pushed.
    pub staff_only: bool,
    /// Whose name or words are among the facts, for the day on which that person is erased.
    pub author: Option<i64>,
    pub facts: Facts,
}

/// A notification as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Notice {
    pub id: i64,
    /// Which message it is, such as `reply-17`.
    pub message_key: String,
    pub kind: Kind,
    pub ticket_id: Option<i64>,
    pub staff_only: bool,
    pub facts: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// Of what table a number outside is.
pub const NOTICE: &str = "notification";

impl Notice {
    /// By which it is called outside.
    pub fn number(&self, seal: &Seal) -> PublicId {
        seal.show(NOTICE, self.id)
    }

    pub fn facts(&self) -> Facts {
        serde_json::from_str(&self.facts).unwrap_or_default()
    }

    /// The page that it is about.
    pub fn url(&self) -> String {
        match self.ticket_id {
            Some(ticket) => format!("/dashboard/tickets-new/{ticket}"),
            None if self.kind == Kind::TicketLeft => "/dashboard/tickets-new?assigned=unassigned".to_owned(),
            None => "/dashboard/settings/sessions".to_owned(),
        }
    }
}

/// By which ways one message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    pub in_app: bool,
    pub mail: bool,
    pub push: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_database_json_and_code() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        for channel in Channel::ALL {
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.as_str());
        }
    }

    #[test]
    fn an_excerpt_is_one_line_and_ends_where_a_letter_does() {
        assert_eq!(Facts::excerpt_of("  Здравствуйте!\n\nСервер  упал "), "Здравствуйте! Сервер упал");
        let long = Facts::excerpt_of(&"ж".repeat(500));
        assert_eq!((long.chars().count(), long.ends_with('…')), (281, true));
    }
}
