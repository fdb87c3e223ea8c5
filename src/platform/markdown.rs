//! Text that people write: links, lists, code and emphasis from a small Markdown, as HTML that cannot
//! do harm. The library reads Markdown, another one lets pass only what is named here.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use ammonia::{Builder, UrlRelative};
use moka::sync::Cache;
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use sha2::{Digest, Sha256};

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(["p", "br", "a", "ul", "ol", "li", "code", "pre", "em", "strong", "del", "blockquote"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener nofollow noreferrer"));
    builder
});

/// What was made of texts lately, by their SHA-256: a conversation is read much oftener than written.
static MADE: LazyLock<Cache<[u8; 32], Arc<str>>> = LazyLock::new(|| {
    let weight = |_: &[u8; 32], made: &Arc<str>| u32::try_from(made.len() + OVERHEAD).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(MOST_BYTES).build()
});
const MOST_BYTES: u64 = 8 << 20;
/// What an entry takes besides its text, about.
const OVERHEAD: usize = 256;

/// The text as sanitised HTML. A line break is a line break; headings, pictures, tables and HTML are
/// shown as the text they are.
pub fn html(text: &str) -> Arc<str> {
    MADE.get_with(Sha256::digest(text).into(), || make(text).into())
}

/// The text without its marks, for where there is room for a line or two.
pub fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).filter_map(self::plain) {
        match event {
            Event::Text(text) | Event::Code(text) => plain.push_str(&text),
            Event::HardBreak => plain.push('\n'),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock) => plain.push('\n'),
            _ => {}
        }
    }
    plain
}

fn make(text: &str) -> String {
    let events = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).filter_map(plain);
    let mut made = String::new();
    pulldown_cmark::html::push_html(&mut made, with_links(events));
    CLEANER.clean(&made).to_string()
}

/// Turns what is not in the subset into plain text or paragraphs.
fn plain(event: Event<'_>) -> Option<Event<'_>> {
    Some(match event {
        Event::SoftBreak => Event::HardBreak,
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { .. }) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        Event::Rule => Event::Text("---".into()),
        other => other,
    })
}

/// Makes bare web addresses in text into links.
fn with_links<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut inside = 0;
    let mut joined: Vec<Event<'a>> = Vec::new();
    for event in events {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::CodeBlock) => inside -= 1,
            _ => {}
        }
        match (event, joined.last_mut()) {
            // The parser cuts text at characters that could have meant something.
            (Event::Text(text), Some(Event::Text(before))) if inside == 0 => *before = format!("{before}{text}").into(),
            (event, _) => joined.push(event),
        }
    }
    let mut inside = 0;
    joined.into_iter().flat_map(move |event| {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::CodeBlock) => inside -= 1,
            _ => {}
        }
        match event {
            Event::Text(text) if inside == 0 => linked(text),
            other => vec![other],
        }
    })
}

fn linked(text: CowStr<'_>) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    let mut rest = &*text;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let length = rest[at..].find(|c: char| c.is_whitespace() || "<>\"«»".contains(c)).unwrap_or(rest.len() - at);
        let url = rest[at..at + length].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '…']);
        events.push(Event::Text(rest[..at].to_owned().into()));
        let target: CowStr<'_> = url.to_owned().into();
        events.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: target.clone(),
            title: "".into(),
            id: "".into(),
        }));
        events.push(Event::Text(target));
        events.push(Event::End(TagEnd::Link));
        rest = &rest[at + url.len()..];
    }
    events.push(Event::Text(rest.to_owned().into()));
    events
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Made and remembered alike.
    fn html(text: &str) -> String {
        let made = super::html(text);
        assert_eq!(super::html(text), made);
        assert_eq!(*made, super::make(text));
        made.to_string()
    }

    /// Reads the HTML as a browser does: only the elements of the subset, and no attribute but a link's.
    fn harmless(text: &str) {
        let made = html(text);
        for element in scraper::Html::parse_fragment(&made).select(&scraper::Selector::parse("html *").unwrap()) {
            let name = element.value().name();
            let known = ["p", "br", "a", "ul", "ol", "li", "code", "pre", "em", "strong", "del", "blockquote"];
            assert!(known.contains(&name), "{text:?} became {made}");
            for (attribute, value) in element.value().attrs() {
                let fine = match attribute {
                    "href" => {
                        ["http://", "https://", "mailto:"].iter().any(|scheme| value.to_lowercase().starts_with(scheme))
                    }
                    "rel" => value == "noopener nofollow noreferrer",
                    "start" => value.parse::<u64>().is_ok(),
                    _ => false,
                };
                assert!(fine, "{text:?} became {made}");
            }
        }
    }

    #[test]
    fn the_subset_is_rendered() {
        assert_eq!(html("раз\nдва"), "<p>раз<br>\nдва</p>\n");
        assert_eq!(html("**да** `x<y` ~~нет~~"), "<p><strong>да</strong> <code>x&lt;y</code> <del>нет</del></p>\n");
        assert!(html("- один\n- два").contains("<li>один</li>"));
        assert!(
            html("```\nsystemctl restart nginx\n```").contains("<pre><code>systemctl restart nginx\n</code></pre>")
        );
        let link = html("см. https://example.org/a_b_c?x=1&y=2, там");
        assert!(
            link.contains("<a href=\"https://example.org/a_b_c?x=1&amp;y=2\" rel=\"noopener nofollow noreferrer\">"),
            "{link}"
        );
        assert!(link.contains("</a>, там"), "{link}");
        assert_eq!(html("# не заголовок"), "<p>не заголовок</p>\n");
    }

    #[test]
    fn plain_text_has_the_words_and_no_marks() {
        let written = "Сервер **упал**, в `dmesg`:\n\n- раз\n- [два](https://example.org)\n\n```\nKernel <panic>\n```\n<b>жирный</b>";
        let words = super::plain_text(written).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words, "Сервер упал, в dmesg: раз два Kernel <panic> <b>жирный</b>");
        assert_eq!(super::plain_text("a_b_c 2 * 3 # x"), "a_b_c 2 * 3 # x\n");
    }

    #[test]
    fn asvs_1_3_1_nothing_harmful_passes() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<b>)",
            "![x](https://evil.example/pixel.png)",
            "<a href=\"https://a.example\" onclick=\"x()\" style=\"color:red\">a</a>",
            "[x](/dashboard/admin/users)",
            "<svg/onload=alert(1)>",
        ] {
            harmless(text);
        }
        assert!(html("<b>жирный</b>").contains("&lt;b&gt;"), "HTML is shown as the text it is");
    }

    proptest! {
        #[test]
        fn any_text_becomes_harmless(text in "(<|>|\\[|\\]|\\(|\\)|javascript:|https://|\"|on|=|`|\\*|\\n| |a|&){0,60}") {
            harmless(&text);
        }
    }
}
