//! Mail over SMTP. Without SMTP settings a server on loopback writes mails to its log, which is enough
//! for a trial; any other drops them. The pages say that mail is off.

use std::net::IpAddr;
#[cfg(test)]
use std::sync::{Arc, Mutex};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::extension::ClientId,
};
use serde::{Deserialize, Serialize};

use crate::platform::{
    base::{
        keys::random_bytes,
        mailbox::{deliverable, is_reachable},
        neighbours::reasons,
        trial::Trial,
    },
    outbox::jobs::{NotDone, Outcome},
};

/// One mail to one person, rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Stays the same when sending is tried again, so that a mail that arrived twice shows once.
    pub message_id: String,
    /// What it belongs to, such as one ticket: mail programs show what has the same together.
    pub thread: Option<String>,
    /// Where one click ends mails of this sort (RFC 8058); none: the mail is not optional.
    pub unsubscribe: Option<String>,
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

/// Answers to signing in (RFC 4954, section 6), which say nothing about the mail.
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

/// How mails leave.
#[derive(Clone)]
pub enum Mailer {
    /// Nowhere; while it is a trial on one's own machine, `show` writes the text to the log.
    Off {
        show: Trial,
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
    /// As the settings say; without a server, links are shown where somebody tries the program out.
    pub fn of(settings: &crate::platform::settings::Platform, trial: &Trial) -> Result<Self, MailError> {
        if settings.smtp_url.is_empty() {
            return Ok(Self::Off { show: trial.clone() });
        }
        Self::smtp(&settings.smtp_url, settings.sender()?, &settings.hello())
    }

    /// By a mail server: `smtp://`, `smtps://` (TLS) or `smtp://…?tls=required` (STARTTLS), with user and
    /// password in the address. `hello` is how this machine calls itself there (RFC 5321, 4.1.1.1).
    pub fn smtp(smtp_url: &str, from: Mailbox, hello: &str) -> Result<Self, MailError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url)
            .map_err(MailError::Settings)?
            .hello_name(hello_name(hello))
            .timeout(Some(std::time::Duration::from_secs(30)))
            .build();
        Ok(Self::Smtp { transport, from })
    }

    /// Whether this can be the address of a mail server.
    pub fn is_address(smtp_url: &str) -> bool {
        AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url).is_ok()
    }

    /// Whether no mail leaves.
    pub fn is_off(&self) -> bool {
        matches!(self, Self::Off { .. })
    }

    /// Greets the mail server and signs in there, sending nothing. Else the reason why not.
    pub async fn try_out(&self) -> Result<(), String> {
        let Self::Smtp { transport, .. } = self else { return Ok(()) };
        match transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it greets, but takes no commands".into()),
            Err(error) => Err(reasons(&error)),
        }
    }

    /// Sends it. What the mail server refuses for good (RFC 5321, 4.2.1: 5yz) is not tried again, nor what
    /// can never be sent; only that it does not let us in is a thing that an administrator mends. To where no
    /// mail arrives none is sent, and that is no failure: the administrator sees it in the list of people.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        if !is_reachable(&mail.to) {
            metrics::counter!("mails_total", "outcome" => "unreachable").increment(1);
            return Ok(());
        }
        let sent = self.hand_over(mail).await.map_err(|error| {
            let why = reasons(&error);
            if is_for_good(&error) { NotDone::Refused(why) } else { NotDone::Failed(why) }
        });
        let outcome = match (&sent, self) {
            (Ok(()), Self::Off { .. }) => "off",
            (Ok(()), _) => "sent",
            (Err(NotDone::Refused(_)), _) => "refused",
            (Err(_), _) => "failed",
        };
        metrics::counter!("mails_total", "outcome" => outcome).increment(1);
        sent
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            // The text holds links that give access: it must never stand in the log of a real server.
            Self::Off { show } if show.is_on() => {
                tracing::info!(subject = mail.subject, "mail is off; it would have said:\n{}", mail.text)
            }
            Self::Off { .. } => tracing::warn!("mail is off, one is dropped"),
            #[cfg(test)]
            Self::Memory(sent) => {
                if let Ok(mut sent) = sent.lock() {
                    sent.push(mail.clone());
                }
            }
            Self::Smtp { transport, from } => {
                transport.send(message(mail, from)?).await?;
            }
        }
        Ok(())
    }
}

/// A domain, or an address in the form that mail servers expect.
fn hello_name(hello: &str) -> ClientId {
    match hello.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(hello.to_owned()),
    }
}

fn is_for_good(error: &MailError) -> bool {
    match error {
        MailError::Refused(error) => {
            let code = error.status().map_or(0, u16::from);
            error.is_permanent() && !NOT_LET_IN.contains(&code)
        }
        MailError::Address(_) | MailError::Content(_) => true,
        MailError::Settings(_) => false,
    }
}

/// A new `Message-ID`: at random, because a number would tell its reader how much the portal writes.
pub fn new_id() -> String {
    random_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn message(mail: &Mail, from: &Mailbox) -> Result<Message, MailError> {
    let id = |name: &str| format!("<{name}@{}>", from.email.domain());
    let mut builder = Message::builder()
        .from(from.clone())
        // Not every relay takes a domain in other letters.
        .to(deliverable(&mail.to).unwrap_or_else(|| mail.to.clone()).parse()?)
        .subject(&mail.subject)
        .message_id(Some(id(&mail.message_id)))
        .header(AutoSubmitted::new("auto-generated"));
    if let Some(thread) = &mail.thread {
        builder = builder.in_reply_to(id(thread)).references(id(thread));
    }
    if let Some(url) = &mail.unsubscribe {
        builder = builder
            .header(ListUnsubscribe::new(&format!("<{url}>")))
            .header(ListUnsubscribePost::new("List-Unsubscribe=One-Click"))
            .header(ListId::new(&format!("<notifications.{}>", from.email.domain())));
    }
    Ok(builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?)
}

/// Headers that lettre has no type for.
macro_rules! header {
    ($(#[$meta:meta])* $type:ident, $name:literal) => {
        $(#[$meta])*
        #[derive(Clone)]
        struct $type(String);

        impl $type {
            fn new(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl lettre::message::header::Header for $type {
            fn name() -> lettre::message::header::HeaderName {
                lettre::message::header::HeaderName::new_from_ascii_str($name)
            }

            fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self::new(value))
            }

            fn display(&self) -> lettre::message::header::HeaderValue {
                // A link that is folded or encoded would not be found by the programs it is for.
                lettre::message::header::HeaderValue::dangerous_new_pre_encoded(
                    Self::name(), self.0.clone(), self.0.clone())
            }
        }
    };
}

header!(
    /// So that no holiday notice answers (RFC 3834).
    AutoSubmitted,
    "Auto-Submitted"
);
header!(
    /// By which programs file what can be unsubscribed from (RFC 2919).
    ListId,
    "List-Id"
);
header!(ListUnsubscribe, "List-Unsubscribe");
header!(ListUnsubscribePost, "List-Unsubscribe-Post");

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mail: &Mail) -> String {
        let from = "Support <help@example.org>".parse().unwrap();
        String::from_utf8(message(mail, &from).unwrap().formatted()).unwrap()
    }

    fn mail() -> Mail {
        Mail {
            to: "artem@example.ru".into(),
            subject: "Сервер не отвечает\r\nBcc: evil@example.org".into(),
            message_id: "digest-1".into(),
            thread: Some("ticket-7".into()),
            unsubscribe: Some(format!("https://my.example/unsubscribe?t={}", "x".repeat(90))),
            ..Mail::default()
        }
    }

    #[test]
    fn mails_of_one_ticket_stand_together_and_can_be_ended_by_one_click() {
        let text = written(&mail());
        for line in [
            "Message-ID: <digest-1@example.org>\r\n",
            "In-Reply-To: <ticket-7@example.org>\r\n",
            "References: <ticket-7@example.org>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "List-Id: <notifications.example.org>\r\n",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
        let link = format!("List-Unsubscribe: <https://my.example/unsubscribe?t={}>\r\n", "x".repeat(90));
        assert!(text.contains(&link), "{text}");
        let plain = written(&Mail { thread: None, unsubscribe: None, ..mail() });
        assert!(!plain.contains("List-") && !plain.contains("References"), "{plain}");
    }

    #[test]
    fn input_09_mail_goes_to_the_ascii_form_of_a_domain() {
        let text = written(&Mail { to: "ivan@почта.рф".into(), ..mail() });
        assert!(text.contains("To: ivan@xn--80a1acny.xn--p1ai\r\n"), "{text}");
    }

    #[test]
    fn a_subject_cannot_add_headers() {
        assert!(!written(&mail()).contains("\r\nBcc:"));
    }
}
