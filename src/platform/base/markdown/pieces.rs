//! A text in pieces: all that is shown and all that is hidden, in order, is the text.

use super::writing;

/// A stretch of the text, or where something begins and ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// Hidden.
    Mark(&'a str),
    Open(Element<'a>),
    Close(Element<'a>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'a> {
    Paragraph,
    /// Lines that begin with `>`, which is shown.
    Quote,
    List,
    Item,
    /// Letters of one width, as they were written.
    Fixed,
    /// The language of the code that follows.
    Language,
    Code,
    Bold,
    /// To this address of the web.
    Link(&'a str),
    /// To this mailbox.
    Mailbox(&'a str),
}

/// What HTML may take for 10,000 characters.
const MOST_HTML: usize = 64 << 10;
/// Longer texts, which no form takes, have this much for their elements.
const LEAST_ALLOWANCE: usize = 8 << 10;

/// Pieces while they are made.
pub struct Pieces<'a> {
    pub list: Vec<Piece<'a>>,
    /// Bytes that elements may still take.
    allowance: usize,
}

impl<'a> Pieces<'a> {
    pub fn of(text: &str) -> Self {
        let allowance = MOST_HTML.saturating_sub(writing::length(text)).max(LEAST_ALLOWANCE);
        Self { list: Vec::new(), allowance }
    }

    pub fn text(&mut self, text: &'a str) {
        if !text.is_empty() {
            self.list.push(Piece::Text(text));
        }
    }

    pub fn mark(&mut self, mark: &'a str) {
        if !mark.is_empty() {
            self.list.push(Piece::Mark(mark));
        }
    }

    /// Whether there is room for such elements; takes it.
    pub fn has_room(&mut self, elements: &[Element<'_>]) -> bool {
        let cost = elements.iter().map(|element| writing::cost(*element)).sum();
        let rest = self.allowance.checked_sub(cost);
        self.allowance = rest.unwrap_or(self.allowance);
        rest.is_some()
    }

    /// An element for which `has_room` made room.
    pub fn wrap(&mut self, element: Element<'a>, inside: impl FnOnce(&mut Self)) {
        self.list.push(Piece::Open(element));
        inside(self);
        self.list.push(Piece::Close(element));
    }
}
