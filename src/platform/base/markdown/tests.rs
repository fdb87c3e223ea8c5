//! What is shown holds every character, whatever it is; nothing that is shown does harm.

use std::time::Duration;

use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};

use super::{blocks, pieces::Piece};

/// Made and remembered alike.
fn html(text: &str) -> String {
    let made = super::html(text);
    assert_eq!(super::html(text), made);
    made.to_string()
}

/// The page's text as a browser has it.
fn shown(html: &str) -> String {
    Html::parse_fragment(html).root_element().text().collect()
}

/// The text of each element that a selector finds.
fn found(html: &str, selector: &str) -> Vec<String> {
    let page = Html::parse_fragment(html);
    page.select(&Selector::parse(selector).unwrap()).map(|element| element.text().collect()).collect()
}

fn is_mark(mark: &str) -> bool {
    let fence = mark.trim();
    let is_fence = fence.len() >= 3 && (fence.chars().all(|c| c == '`') || fence.chars().all(|c| c == '~'));
    let is_dash = mark.len() <= 5 && ["- ", "* "].contains(&mark.trim_start_matches(' '));
    let is_address = mark.starts_with("](") && mark.ends_with(')') && super::links::in_brackets(&mark[1..]).is_some();
    is_fence || is_dash || is_address || ["`", "``", "```", "**", "["].contains(&mark)
}

/// The text of the rendered page, marks put back, is what was written; and marks are marks.
fn is_complete(text: &str) {
    let page = shown(&html(text));
    let mut rest = page.as_str();
    let mut back = String::new();
    for piece in blocks::pieces(text) {
        match piece {
            Piece::Mark(mark) => {
                assert!(is_mark(mark), "{mark:?} is hidden in {text:?}");
                back.push_str(mark);
            }
            Piece::Text(part) => {
                rest = rest.strip_prefix(part).unwrap_or_else(|| panic!("{part:?} is not shown in {text:?}: {page:?}"));
                back.push_str(part);
            }
            Piece::Open(_) | Piece::Close(_) => {}
        }
    }
    assert_eq!((rest, back.as_str()), ("", text));
    assert_eq!(super::plain_text(text), page);
    let mail = super::mail_html(text).replace("<br>", "\n");
    assert_eq!(shown(&mail), page, "in the mail");
}

/// Reads the HTML as a browser does: only known elements, no attribute but a link's and what lets code be scrolled,
/// all closed as opened.
fn is_harmless(text: &str) {
    let made = html(text);
    let page = Html::parse_fragment(&made);
    for element in page.select(&Selector::parse("html *").unwrap()) {
        let name = element.value().name();
        let known = ["p", "a", "ul", "li", "code", "pre", "em", "strong", "blockquote"];
        assert!(known.contains(&name), "{text:?} became {made}");
        for (attribute, value) in element.value().attrs() {
            let fine = match (name, attribute) {
                ("a", "href") => {
                    ["http://", "https://", "mailto:"].iter().any(|scheme| value.to_lowercase().starts_with(scheme))
                }
                ("a", "rel") => value == "noopener nofollow noreferrer",
                ("pre", "tabindex") => value == "0",
                _ => false,
            };
            assert!(fine, "{text:?} became {made}");
        }
        let depth = element.ancestors().filter_map(ElementRef::wrap).count();
        assert!(depth <= 4, "{depth} deep: {text:?} became {made}");
    }
    let tags: Vec<_> = made.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap()).collect();
    let mut open = Vec::new();
    for tag in tags {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{made}"),
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{made}");
}

#[test]
fn the_subset_is_rendered() {
    assert_eq!(html("раз\nдва"), "<p>раз\nдва</p>");
    assert_eq!(html("**да** `x<y` ~~нет~~"), "<p><strong>да</strong> <code>x&lt;y</code> ~~нет~~</p>");
    assert_eq!(html("- один\n- два\n\nтри"), "<ul><li>один</li>\n<li>два</li></ul>\n\n<p>три</p>");
    assert_eq!(
        html("```\nsystemctl restart nginx\n```"),
        "<pre tabindex=\"0\"><code>systemctl restart nginx\n</code></pre>"
    );
    assert_eq!(
        html("```nginx\nlisten 80;\n```\nвот"),
        "<pre tabindex=\"0\"><em>nginx</em>\n<code>listen 80;\n</code></pre>\n<p>вот</p>"
    );
    let link = "<a href=\"https://example.org/a_b?x=1&amp;y=2\" rel=\"noopener nofollow noreferrer\">";
    assert_eq!(
        html("см. https://example.org/a_b?x=1&y=2, там"),
        format!("<p>см. {link}https://example.org/a_b?x=1&amp;y=2</a>, там</p>")
    );
    assert_eq!(html("[тут](https://example.org/a_b?x=1&y=2)"), format!("<p>{link}тут</a></p>"));
    assert_eq!(html("> цитата\n> ещё\nответ"), "<blockquote>&gt; цитата\n&gt; ещё</blockquote>\n<p>ответ</p>");
}

#[test]
fn input_01_what_is_no_mark_is_text() {
    for text in [
        "[1]: https://example.org/x",
        "# Не заголовок",
        "a_b_c и **kwargs, **args, 2**3**4, src/**/*.js",
        "C:\\dir\\new \\* \\_",
        "&nbsp; &lt; &#35;",
        "---",
        "***",
        "Итого\n===",
        "1) раз\n2) два\n7. семь",
        "- одна строка",
        "SELECT `a`.`b` и ` пусто",
        "```\nнезакрытое",
        "![x](https://a.example/x.png)",
        "[https://bank.example](https://evil.example)",
        "[x](javascript:alert(1))",
        "<b>жирный</b>",
        "* * *",
        "~~~\n~~~",
        "слово  два   три",
        "до\n\n\n\nпосле",
    ] {
        is_complete(text);
        let marks = blocks::pieces(text).into_iter().filter(|piece| matches!(piece, Piece::Mark(_))).count();
        assert_eq!((shown(&html(text)).as_str(), marks), (text, 0));
    }
}

#[test]
fn input_01_what_looks_like_a_program_stands_as_it_was_written() {
    for text in [
        "<?php\n\n$x = `ls`;\necho \"**x**\";\n?>",
        "# systemctl restart nginx",
        "* * * * * php cron.php\n*/5 * * * * php b.php",
        "server {\n    listen 80;\n\n    location / { proxy_pass http://127.0.0.1; }\n}",
        "services:\n  web:\n    image: nginx\n    ports:\n      - 80:80",
        "[mysqld]\nmax_connections = 5\n# комментарий\nbind-address = 0.0.0.0",
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n- listen 80;\n+ listen 443;\n  server_name _;",
        "имя   | цена | срок\n------|------|-----\nVPS   | 500  | месяц",
        "Traceback (most recent call last):\n  File \"a.py\", line 1\n\tat x.y(z.java:1)",
        "2026-01-31 09:00:00 [error] **нет** места\n2026-01-31 09:00:01 [error] конец",
        "systemctl restart nginx\nnginx -t\ndf -h",
        "\tlisten 80;",
    ] {
        is_complete(text);
        assert_eq!(
            html(text),
            format!(
                "<pre tabindex=\"0\"><code>{}</code></pre>",
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
            )
        );
    }
    let mixed = "Вот конфигурация:\nserver {\n    listen 80;\n}\nПомогите, **срочно**";
    assert_eq!(found(&html(mixed), "pre"), ["server {\n    listen 80;\n}"]);
    assert_eq!(found(&html(mixed), "strong"), ["срочно"]);
    is_complete(mixed);
}

#[test]
fn input_02_links() {
    let links = |text: &str| {
        is_complete(text);
        is_harmless(text);
        let page = Html::parse_fragment(&html(text));
        page.select(&Selector::parse("a").unwrap()).map(|a| a.attr("href").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(links("https://ru.wikipedia.org/wiki/Ядро_(ОС)"), ["https://ru.wikipedia.org/wiki/Ядро_(ОС)"]);
    assert_eq!(
        links("(см. https://a.example/x_(y)), «https://b.example», “https://c.example”"),
        ["https://a.example/x_(y)", "https://b.example", "https://c.example"]
    );
    assert_eq!(
        links("**https://a.example/__init__.py** https://a.example/*/x*y."),
        ["https://a.example/__init__.py", "https://a.example/*/x*y"]
    );
    assert_eq!(links("пишите help@host.ru или [нам](mailto:a@host.ru)"), ["mailto:help@host.ru", "mailto:a@host.ru"]);
    assert_eq!(links("[Ядро](https://ru.wikipedia.org/wiki/Ядро_(ОС))"), ["https://ru.wikipedia.org/wiki/Ядро_(ОС)"]);
    assert_eq!(links("- https://a.example/1\n- `https://b.example`"), ["https://a.example/1"]);
    assert!(links("root@vps:~# ls ftp://x.example xhttps://y.example /dashboard data:text/html,x").is_empty());
}

/// Ten thousand characters of each sort that have cost a renderer dearly, and mixtures.
fn worst() -> Vec<String> {
    let mut worst: Vec<String> = [
        ">",
        "> ",
        "[",
        "*",
        "**",
        "**a ",
        "** ",
        "`",
        "` ",
        "` `` ",
        "`a ",
        "<",
        "&",
        "\"",
        "_",
        "~",
        "#",
        "- a\n",
        "- a\n\n",
        "* a\n- b\n",
        "  - a\n",
        "- ",
        "1. ",
        ">\n",
        ">- ",
        "\n",
        "x",
        "ж",
        "🙂",
        "\t",
        " ",
        "\ta\nя\n",
        "```\n",
        "```a\n",
        "~~~\n",
        "```\n\n",
        "`\n",
        "a@b.ru ",
        "@",
        "a@",
        "@a.",
        "http://a ",
        "http://",
        "http://[",
        "http://)",
        "https://a.example/&",
        "[a](http://",
        "[a](https://b.example) ",
        "[a](",
        "(",
        "a\n",
        "я\n\n",
        "**a** ",
        "`a` ",
        "a=1\n",
        "a=1\nя\n",
        "|",
        "||\n",
        "-\n",
        "+ a\n- a\n",
        "a;\n",
        "a;\nb\n",
        "{\n\n",
        "....`",
        "**.",
    ]
    .iter()
    .map(|part| part.chars().cycle().take(10_000).collect())
    .collect();
    worst.push(format!("a{}b", "\n".repeat(9_990)));
    worst.push((0..140).map(|n| format!("{}\n", "`".repeat(n))).collect::<String>().chars().take(10_000).collect());
    worst.push(
        (0..500).map(|n| format!("{}- a\n", " ".repeat(n % 40))).collect::<String>().chars().take(10_000).collect(),
    );
    worst
}

#[test]
fn door_08_any_text_is_small_and_flat() {
    for text in worst() {
        let made = super::html(&text);
        assert!(made.len() <= 64 << 10, "{} bytes of {:?}", made.len(), &text[..text.floor_char_boundary(20)]);
        is_complete(&text);
        is_harmless(&text);
    }
}

/// Time on the processor, whoever else is at work.
fn cost(work: impl FnOnce()) -> Duration {
    let spent = || {
        let figures = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(figures.split(' ').next().unwrap().parse().unwrap())
    };
    let before = spent();
    work();
    spent() - before
}

/// A text at once costs about what its sixteen parts do, where what is searched again and again costs
/// sixteen times that.
#[test]
fn door_08_the_time_grows_with_the_length() {
    let cut = |text: &str, times: usize| (0..times).for_each(|_| assert!(!blocks::pieces(text).is_empty()));
    for text in worst() {
        let part = &text[..text.floor_char_boundary(text.len() / 16)];
        let (whole, parts) = (cost(|| cut(&text, 1)), cost(|| cut(part, 16)));
        let most = parts * 4 + Duration::from_millis(15);
        assert!(whole < most, "{whole:?}, in parts {parts:?}, for {:?}", &part[..part.floor_char_boundary(20)]);
    }
}

#[test]
fn plain_text_has_the_words_and_no_marks() {
    let written =
        "Сервер **упал**, в `dmesg`:\n\n- раз\n- [два](https://example.org)\n\n```\nKernel <panic>\n```\n<b>жирный</b>";
    let words = super::plain_text(written).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words, "Сервер упал, в dmesg: раз два Kernel <panic> <b>жирный</b>");
    assert_eq!(super::plain_text("a_b_c 2 * 3 # x"), "a_b_c 2 * 3 # x");
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
        "[x](https://a.example/\"onclick=alert(1)//)",
        "https://a.example/\"onmouseover=\"alert(1)",
        "mailto:a@b.ru?body=<script>",
    ] {
        is_harmless(text);
        is_complete(text);
    }
    assert!(html("<b>жирный</b>").contains("&lt;b&gt;"), "HTML is shown as the text it is");
}

const NASTY: &str = "(<|>|\\[|\\]|\\(|\\)|javascript:|https://|http://a\\.b|x@y\\.ru|\"|'|=|`|``|```|```a\n|~~~|\\*|\\*\\*|_|#|- |\\+|\\||;|\\{|\\}|\\\\|:|&|&amp;|0|1\\. |\t| |  |    |\n|\n\n|a|B|я|Ж|🙂|и\u{306}|server)";

fn nasty() -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("{NASTY}{{0,60}}")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn input_01_every_character_is_shown(text in nasty()) {
        is_complete(&text);
    }

    #[test]
    fn asvs_1_3_1_any_text_becomes_harmless(text in nasty()) {
        is_harmless(&text);
    }

    #[test]
    fn input_01_every_character_of_any_script_is_shown(text in "(\\PC|\n|\t){0,200}") {
        is_complete(&text);
        is_harmless(&text);
    }
}
