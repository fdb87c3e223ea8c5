//! A text cut into blocks, line by line: fenced code, what looks like a program, lists, quotes, and
//! paragraphs that keep their lines. Blocks do not nest, so there is no depth.

use super::{
    fences::{self, Fences},
    inline, lists,
    looks::{Look, look},
    pieces::{Element, Piece, Pieces},
};

/// The whole text in pieces.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let looks = lines.iter().map(|line| look(without_end(line))).collect();
    let mut blocks =
        Blocks { text, lines, looks, at: 0, offset: 0, fences: Fences::default(), pieces: Pieces::of(text) };
    while blocks.at < blocks.lines.len() {
        blocks.next();
    }
    blocks.pieces.list
}

fn without_end(line: &str) -> &str {
    line.strip_suffix('\n').unwrap_or(line)
}

struct Blocks<'a> {
    text: &'a str,
    lines: Vec<&'a str>,
    looks: Vec<Look>,
    /// The first line that is in no block yet, and where it begins.
    at: usize,
    offset: usize,
    fences: Fences,
    pieces: Pieces<'a>,
}

/// What begins at a line, and the line after its last one.
#[derive(Clone, Copy)]
enum Block {
    Blank,
    Fence(usize),
    Program(usize),
    List(usize),
    Quote,
    Paragraph,
}

impl<'a> Blocks<'a> {
    fn next(&mut self) {
        let block = self.begins(self.at);
        let room: &[Element<'_>] = match block {
            Block::Blank | Block::List(_) => &[],
            Block::Fence(_) | Block::Program(_) => &[Element::Fixed, Element::Code, Element::Language],
            Block::Quote => &[Element::Quote],
            Block::Paragraph => &[Element::Paragraph],
        };
        let items = if let Block::List(end) = block { vec![Element::Item; end - self.at + 1] } else { Vec::new() };
        if !self.pieces.has_room(room) || !self.pieces.has_room(&items) {
            return self
                .block(self.lines.len(), |pieces, text| pieces.wrap(Element::Paragraph, |pieces| pieces.text(text)));
        }
        match block {
            Block::Blank => {
                let blank = self.take(self.at + 1);
                self.pieces.text(blank);
            }
            Block::Fence(end) => self.fence(end),
            Block::Program(end) => self.block(end, |pieces, text| {
                pieces.wrap(Element::Fixed, |pieces| pieces.wrap(Element::Code, |pieces| pieces.text(text)));
            }),
            Block::List(end) => self.items(end),
            Block::Quote => self.words(Element::Quote, |block| matches!(block, Block::Quote)),
            Block::Paragraph => self.words(Element::Paragraph, |block| matches!(block, Block::Paragraph)),
        }
    }

    fn begins(&mut self, at: usize) -> Block {
        if self.looks.get(at) == Some(&Look::Blank) {
            Block::Blank
        } else if let Some(end) = self.fences.end(&self.lines, at) {
            Block::Fence(end)
        } else if let Some(end) = self.program(at) {
            Block::Program(end)
        } else if let Some(end) = lists::end(&self.lines, &self.looks, at) {
            Block::List(end)
        } else if self.lines.get(at).is_some_and(|line| line.starts_with('>')) {
            Block::Quote
        } else {
            Block::Paragraph
        }
    }

    /// The line after the last one of a program that begins at this line: one line alone must surely be of
    /// a program; lines that may be, and empty ones, stand between such that are.
    fn program(&mut self, at: usize) -> Option<usize> {
        let is_sure = match self.looks.get(at)? {
            Look::Surely => true,
            Look::Likely => false,
            _ => return None,
        };
        let (mut end, mut lines, mut after_blank) = (at + 1, 1, false);
        for (next, look) in self.looks.iter().enumerate().skip(at + 1) {
            if self.fences.end(&self.lines, next).is_some() {
                break;
            }
            match look {
                Look::Surely | Look::Likely => {
                    (end, after_blank) = (next + 1, false);
                    lines += 1;
                }
                Look::Blank => after_blank = true,
                Look::Maybe if !after_blank => {}
                _ => break,
            }
        }
        (is_sure || lines >= 2).then_some(end)
    }

    fn words(&mut self, element: Element<'a>, goes_on: impl Fn(Block) -> bool) {
        let mut end = self.at + 1;
        while end < self.lines.len() && goes_on(self.begins(end)) {
            end += 1;
        }
        self.block(end, |pieces, text| pieces.wrap(element, |pieces| inline::show(pieces, text)));
    }

    fn items(&mut self, end: usize) {
        let items = lists::items(self.lines.get(self.at..end).unwrap_or_default());
        let mut rest = self.take(end);
        self.pieces.list.push(Piece::Open(Element::List));
        for length in items {
            let (item, after) = rest.split_at(length);
            let (mark, words) = item.split_at(lists::mark(item).unwrap_or_default());
            let inside = words.trim_end_matches('\n');
            self.pieces.mark(mark);
            self.pieces.wrap(Element::Item, |pieces| inline::show(pieces, inside));
            // What stands behind the last item stands behind the list.
            if after.is_empty() {
                self.pieces.list.push(Piece::Close(Element::List));
            }
            self.pieces.text(&words[inside.len()..]);
            rest = after;
        }
    }

    fn fence(&mut self, end: usize) {
        let whole = self.take(end);
        let body = without_end(whole);
        let fence = fences::parts(body);
        self.pieces.list.push(Piece::Open(Element::Fixed));
        self.pieces.mark(fence.open);
        if !fence.language.is_empty() {
            self.pieces.wrap(Element::Language, |pieces| pieces.text(fence.language));
            self.pieces.text(fence.after_language);
        }
        self.pieces.wrap(Element::Code, |pieces| pieces.text(fence.code));
        self.pieces.mark(fence.close);
        self.pieces.list.push(Piece::Close(Element::Fixed));
        self.pieces.text(&whole[body.len()..]);
    }

    /// The text of the lines before `end`, which are then done.
    fn take(&mut self, end: usize) -> &'a str {
        let from = self.offset;
        let lines = self.lines.get(self.at..end).unwrap_or_default();
        self.offset += lines.iter().map(|line| line.len()).sum::<usize>();
        self.at = end;
        &self.text[from..self.offset]
    }

    /// A block without the end of its last line, which stands behind it.
    fn block(&mut self, end: usize, show: impl FnOnce(&mut Pieces<'a>, &'a str)) {
        let text = self.take(end);
        let inside = without_end(text);
        show(&mut self.pieces, inside);
        self.pieces.text(&text[inside.len()..]);
    }
}
