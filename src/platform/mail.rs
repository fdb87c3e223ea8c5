//! Mail over SMTP. Without SMTP settings a server on loopback writes mails to its log, which is enough
//! for a trial; any other drops them. The pages say that mail is off.

#[cfg(test)]
use std::sync::{Arc, Mutex};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use serde::{Deserialize, Serialize};

/// One mail to one person, rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Stays the same when sending is tried again, so that a mail that arrived twice shows once.
    pub message_id: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("smtp_url: {0}")]
    Settings(lettre::transport::smtp::Error),
    #[error("the mail server did not take it: {0}")]
    Refused(#[from] lettre::transport::smtp::Error),
    #[error("not an address: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("cannot be written as a mail: {0}")]
    Content(#[from] lettre::error::Error),
}

/// How mails leave.
#[derive(Clone)]
pub enum Mailer {
    /// Nowhere; `show` writes the text to the log, for a trial on one's own machine.
    Off {
        show: bool,
    },
    Smtp {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    },
    /// Keeps them, for tests.
    #[cfg(test)]
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// `smtp://`, `smtps://` (TLS) or `smtp://…?tls=required` (STARTTLS), with user and password in
    /// the address; an empty one means no mail.
    pub fn new(smtp_url: &str, from: &str, show: bool) -> Result<Self, MailError> {
        if smtp_url.is_empty() {
            return Ok(Self::Off { show });
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url)
            .map_err(MailError::Settings)?
            .timeout(Some(std::time::Duration::from_secs(30)))
            .build();
        Ok(Self::Smtp { transport, from: from.parse()? })
    }

    /// Whether no mail leaves.
    pub fn is_off(&self) -> bool {
        matches!(self, Self::Off { .. })
    }

    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            // The text holds links that give access: it must never stand in the log of a real server.
            Self::Off { show: false } => tracing::warn!(subject = mail.subject, "mail is off, this one is dropped"),
            Self::Off { show: true } => {
                tracing::info!(subject = mail.subject, "mail is off; it would have said:\n{}", mail.text)
            }
            #[cfg(test)]
            Self::Memory(sent) => {
                if let Ok(mut sent) = sent.lock() {
                    sent.push(mail.clone());
                }
            }
            Self::Smtp { transport, from } => {
                let message = Message::builder()
                    .from(from.clone())
                    .to(mail.to.parse()?)
                    .subject(&mail.subject)
                    .message_id(Some(format!("<{}@{}>", mail.message_id, from.email.domain())))
                    .header(AutoSubmitted)
                    .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?;
                transport.send(message).await?;
            }
        }
        Ok(())
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834), so that no holiday notice answers.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
