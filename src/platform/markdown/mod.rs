//! Text that people write, as HTML that holds every character of it, in its lines and order. Hidden is
//! only what surely is a mark: a fence around code, `` `code` ``, `**bold**`, the dash of a list, the
//! address behind a link's words. What looks like a program stands in a block of its own.
//!
//! Cut into pieces, each a stretch of the source, a text cannot lose anything; HTML is written from the
//! pieces, with every letter escaped, so it can do no harm.

mod blocks;
mod fences;
mod inline;
mod links;
mod lists;
mod looks;
mod pieces;
#[cfg(test)]
mod tests;
mod writing;

use std::sync::{Arc, LazyLock};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use pieces::Piece;
use writing::For;

/// What was made of texts lately, by their SHA-256: a conversation is read much oftener than written.
static MADE: LazyLock<Cache<[u8; 32], Arc<str>>> = LazyLock::new(|| {
    let weight = |_: &[u8; 32], made: &Arc<str>| u32::try_from(made.len() + OVERHEAD).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(MOST_BYTES).build()
});
const MOST_BYTES: u64 = 8 << 20;
/// What an entry takes besides its text, about.
const OVERHEAD: usize = 256;

/// The text as HTML for pages: 64 KiB at most for 10,000 characters, in time that grows with the length.
pub fn html(text: &str) -> Arc<str> {
    MADE.get_with(Sha256::digest(text).into(), || writing::html(&blocks::pieces(text), For::Page).into())
}

/// The text as HTML for mails, whose readers know no style sheets.
pub fn mail_html(text: &str) -> String {
    writing::html(&blocks::pieces(text), For::Mail)
}

/// What is shown of the text, without marks.
pub fn plain_text(text: &str) -> String {
    let shown = |piece: Piece<'_>| if let Piece::Text(text) = piece { text.to_owned() } else { String::new() };
    blocks::pieces(text).into_iter().map(shown).collect()
}
