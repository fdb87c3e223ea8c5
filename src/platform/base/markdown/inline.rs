//! Marks inside a line: code, bold, links. A pair is hidden only where both its halves stand at the
//! edges of words, as people write them; everything else is text.

use super::{
    links,
    pieces::{Element, Pieces},
};

/// Around code in a line.
const MOST_BACKTICKS: usize = 3;

/// Shows a text of one or many lines.
pub fn show<'a>(pieces: &mut Pieces<'a>, text: &'a str) {
    for line in text.split_inclusive('\n') {
        Line { text: line, shown: 0, no_bold: false }.show(pieces);
    }
}

struct Line<'a> {
    text: &'a str,
    /// What stands before is in the pieces.
    shown: usize,
    /// That no closing half is left: the search is done once in vain.
    no_bold: bool,
}

/// Something that was found: its opening mark, what it holds, its closing mark.
struct Found<'a> {
    element: Element<'a>,
    open: usize,
    inside: &'a str,
    close: usize,
}

impl<'a> Line<'a> {
    fn show(mut self, pieces: &mut Pieces<'a>) {
        let mut at = 0;
        while let Some(next) = self.text[at..].find(['`', '*', '[', 'h', 'H', '@']) {
            at += next;
            let (found, length) = self.look(at);
            let Some(found) = found.filter(|found| pieces.has_room(&[found.element])) else {
                at += length;
                continue;
            };
            let begin =
                if matches!(found.element, Element::Mailbox(_)) { self.mailbox_begin(at, found.inside) } else { at };
            self.put(pieces, begin, &found);
            at = self.shown;
        }
        pieces.text(&self.text[self.shown..]);
    }

    fn put(&mut self, pieces: &mut Pieces<'a>, begin: usize, found: &Found<'a>) {
        let (text, inside) = (self.text, found.inside);
        let from = begin + found.open;
        let to = from + inside.len();
        pieces.text(&text[self.shown..begin]);
        pieces.mark(&text[begin..from]);
        pieces.wrap(found.element, |pieces| match found.element {
            Element::Bold => Line { text: inside, shown: 0, no_bold: true }.show(pieces),
            _ => pieces.text(inside),
        });
        pieces.mark(&text[to..to + found.close]);
        self.shown = to + found.close;
    }

    fn mailbox_begin(&self, at: usize, address: &str) -> usize {
        at - address.find('@').unwrap_or_default()
    }

    /// What begins here (a mailbox: what has its `@` here), and how far to go on if it is nothing.
    fn look(&mut self, at: usize) -> (Option<Found<'a>>, usize) {
        let rest = &self.text[at..];
        match rest.as_bytes().first() {
            Some(b'`') => (self.code(at), run(rest, '`')),
            Some(b'*') => (self.bold(at), run(rest, '*')),
            Some(b'[') => (self.link(at), 1),
            Some(b'@') => (self.mailbox(at), 1),
            // In a run that is no address none begins.
            _ if links::begins_with_scheme(rest) => (self.web(at), links::run(rest).len()),
            _ => (None, 1),
        }
    }

    fn code(&self, at: usize) -> Option<Found<'a>> {
        let open = run(&self.text[at..], '`');
        if open > MOST_BACKTICKS || !is_edge_before(self.text, at) {
            return None;
        }
        let from = at + open;
        let mut next = from;
        while let Some(step) = self.text[next..].find('`') {
            let to = next + step;
            let close = run(&self.text[to..], '`');
            next = to + close;
            let inside = &self.text[from..to];
            if close == open {
                let is_code = is_edge_after(&self.text[next..]) && !inside.trim().is_empty();
                return is_code.then_some(Found { element: Element::Code, open, inside, close });
            }
        }
        None
    }

    fn bold(&mut self, at: usize) -> Option<Found<'a>> {
        let from = at + 2;
        let begins = run(&self.text[at..], '*') == 2
            && is_edge_before(self.text, at)
            && self.text[from..].starts_with(|c: char| !c.is_whitespace());
        if self.no_bold || !begins {
            return None;
        }
        let mut next = from;
        while let Some(step) = self.text[next..].find('*') {
            let to = next + step;
            let close = run(&self.text[to..], '*');
            next = to + close;
            let inside = &self.text[from..to];
            if close == 2 && !inside.ends_with(char::is_whitespace) && is_edge_after(&self.text[next..]) {
                return Some(Found { element: Element::Bold, open: 2, inside, close });
            }
        }
        self.no_bold = true;
        None
    }

    /// `[words](address)`. Words that look like an address themselves could lie about where it leads.
    fn link(&self, at: usize) -> Option<Found<'a>> {
        let inside = &self.text[at + 1..];
        let words = &inside[..inside.find(['[', ']', '\n'])?];
        let after = inside[words.len()..].strip_prefix(']')?;
        if words.trim().is_empty() || words.contains(['.', ':', '/', '@']) || self.text[..at].ends_with('!') {
            return None;
        }
        let (url, length) = links::in_brackets(after)?;
        Some(Found { element: Element::Link(url), open: 1, inside: words, close: 1 + length })
    }

    fn web(&self, at: usize) -> Option<Found<'a>> {
        if self.text[..at].ends_with(char::is_alphanumeric) {
            return None;
        }
        let url = links::web(&self.text[at..])?;
        Some(Found { element: Element::Link(url), open: 0, inside: url, close: 0 })
    }

    fn mailbox(&self, at: usize) -> Option<Found<'a>> {
        let address = links::mailbox(&self.text[self.shown..], at - self.shown)?;
        Some(Found { element: Element::Mailbox(address), open: 0, inside: address, close: 0 })
    }
}

/// How often `mark` stands at the beginning.
fn run(text: &str, mark: char) -> usize {
    text.len() - text.trim_start_matches(mark).len()
}

fn is_edge_before(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || "([{«„“\"'—–".contains(c))
}

/// The end of a word: punctuation at most, then a blank or nothing.
fn is_edge_after(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|c: char| ")]}»”“\"'.,:;!?…—–".contains(c));
    rest.chars().next().is_none_or(char::is_whitespace)
}
