//! What leaves the server later: jobs, mails, push messages.

pub mod jobs;
pub mod jobs_store;
pub mod mail;
pub mod notices;
pub mod push;
