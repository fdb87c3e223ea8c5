//! Sessions through the real router, as page and as JSON, on both databases.

mod access;
mod address;
mod crowd;
mod doors;
mod ending;
mod history;
mod mails;
mod pages;
mod refresh;
mod sign_in;
mod tokens;
