//! HTML from pieces. Every letter of the text goes through `push_escaped`, every tag stands here.

use std::borrow::Cow;

use super::pieces::{Element, Piece};

/// Who reads the HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Browsers, which show ends of lines as such by our style sheet.
    Page,
    /// Programs for mail, some of which know nothing but the elements.
    Mail,
}

const REL: &str = "noopener nofollow noreferrer";

pub fn html(pieces: &[Piece<'_>], reader: For) -> String {
    let mut html = String::new();
    // Between blocks, and where the elements keep them, ends of lines stand as they are.
    let (mut kept, mut depth) = (0_usize, 0_usize);
    for piece in pieces {
        match *piece {
            Piece::Mark(_) => {}
            Piece::Text(text) => push_escaped(&mut html, text, reader == For::Mail && depth > 0 && kept == 0),
            Piece::Open(element) => {
                depth += usize::from(element != Element::List);
                kept += usize::from(element == Element::Fixed);
                html.push_str(&begin(element, reader));
            }
            Piece::Close(element) => {
                depth = depth.saturating_sub(usize::from(element != Element::List));
                kept = kept.saturating_sub(usize::from(element == Element::Fixed));
                html.push_str(end(element));
            }
        }
    }
    html
}

fn begin(element: Element<'_>, reader: For) -> Cow<'static, str> {
    if let (For::Mail, Some(begin)) = (reader, begin_in_mail(element)) {
        return begin.into();
    }
    match element {
        Element::Paragraph => "<p>".into(),
        Element::Quote => "<blockquote>".into(),
        Element::List => "<ul>".into(),
        Element::Item => "<li>".into(),
        // What is long or wide scrolls, and so is reached by Tab.
        Element::Fixed => "<pre tabindex=\"0\">".into(),
        Element::Language => "<em>".into(),
        Element::Code => "<code>".into(),
        Element::Bold => "<strong>".into(),
        Element::Link(to) => format!("<a href=\"{}\" rel=\"{REL}\">", attribute(to)).into(),
        Element::Mailbox(to) => format!("<a href=\"mailto:{}\" rel=\"{REL}\">", attribute(to)).into(),
    }
}

/// With its style, where it needs one.
fn begin_in_mail(element: Element<'_>) -> Option<&'static str> {
    match element {
        Element::Paragraph => Some("<p style=\"margin:4px 0 8px;white-space:pre-wrap\">"),
        Element::Item => Some("<li style=\"white-space:pre-wrap\">"),
        Element::Quote => Some("<blockquote style=\"margin:4px 0 8px;color:#5c6373;white-space:pre-wrap\">"),
        Element::Fixed => Some(
            "<pre class=\"code\" style=\"margin:4px 0 8px;padding:8px 10px;background:#f1f3f8;font:13px/1.45 monospace;white-space:pre-wrap\">",
        ),
        _ => None,
    }
}

fn end(element: Element<'_>) -> &'static str {
    match element {
        Element::Paragraph => "</p>",
        Element::Quote => "</blockquote>",
        Element::List => "</ul>",
        Element::Item => "</li>",
        Element::Fixed => "</pre>",
        Element::Language => "</em>",
        Element::Code => "</code>",
        Element::Bold => "</strong>",
        Element::Link(_) | Element::Mailbox(_) => "</a>",
    }
}

/// Bytes of an element's tags on a page.
pub fn cost(element: Element<'_>) -> usize {
    begin(element, For::Page).len() + end(element).len()
}

/// Bytes of a text as HTML.
pub fn length(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'&' => 4,
        b'<' | b'>' => 3,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

fn push_escaped(html: &mut String, text: &str, breaks: bool) {
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '\n' if breaks => html.push_str("<br>"),
            c => html.push(c),
        }
    }
}

fn attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    push_escaped(&mut escaped, text, false);
    escaped.replace('"', "&quot;")
}
