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

use pieces::Piece;
use writing::For;

/// The text as HTML for pages: 64 KiB at most for 10,000 characters, in time that grows with the length.
pub fn html(text: &str) -> String {
    writing::html(&blocks::pieces(text), For::Page)
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
