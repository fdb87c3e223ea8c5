//! Whether an SVG is a picture and nothing else: no script, no handler, nothing from elsewhere, nothing that moves.
//! Browsers hold this too, for a picture in a page; this says it to whoever sets it, and before anybody sees it.

use std::str;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

const NAMESPACE: &str = "http://www.w3.org/2000/svg";
/// What runs, brings in another document, plays, or changes an address afterwards.
const FORBIDDEN: [&str; 11] =
    ["script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener", "set", "a"];
/// A picture inside the picture.
const INSIDE: [&str; 2] = ["data:image/png;base64,", "data:image/jpeg;base64,"];

/// Says what is wrong with it.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let text = str::from_utf8(bytes).map_err(|_| "expected an SVG or a PNG; an SVG must be UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<String> = Vec::new();
    let mut is_svg = false;
    loop {
        let event = reader.read_event().map_err(|why| format!("expected an SVG or a PNG: {why}"))?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = element(start)?;
                if open.is_empty() {
                    if is_svg || name != "svg" || !has_namespace(start) {
                        return Err(format!(
                            "expected an SVG or a PNG; an SVG begins with <svg xmlns=\"{NAMESPACE}\">"
                        ));
                    }
                    is_svg = true;
                }
                if matches!(event, Event::Start(_)) {
                    open.push(name);
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(inside) if is_in_style(&open) => style(&String::from_utf8_lossy(inside))?,
            Event::CData(inside) if is_in_style(&open) => style(&String::from_utf8_lossy(inside))?,
            Event::GeneralRef(_) if is_in_style(&open) => return Err("its style holds an entity".into()),
            Event::DocType(_) => return Err("it holds a document type, which can bring in other files".into()),
            Event::PI(_) => return Err("it holds a processing instruction, which can bring in other files".into()),
            Event::Eof if is_svg && open.is_empty() => return Ok(()),
            Event::Eof => return Err("expected an SVG or a PNG; this ends too early".into()),
            _ => {}
        }
    }
}

fn is_in_style(open: &[String]) -> bool {
    open.last().is_some_and(|name| name == "style")
}

fn has_namespace(start: &BytesStart) -> bool {
    start.attributes().flatten().any(|one| &*one.value == NAMESPACE.as_bytes())
}

/// The name of an element that may stand in a logo.
fn element(start: &BytesStart) -> Result<String, String> {
    let name = String::from_utf8_lossy(start.local_name().as_ref()).to_lowercase();
    if FORBIDDEN.contains(&name.as_str()) || name.starts_with("animate") {
        return Err(format!("it holds <{name}>; a logo may not run, link or move"));
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|why| format!("<{name}>: {why}"))?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).to_lowercase();
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
        let value = value.map_err(|why| format!("<{name} {key}>: {why}"))?;
        check_attribute(&key, &value).map_err(|why| format!("<{name} {key}> {why}"))?;
    }
    Ok(name)
}

fn check_attribute(key: &str, value: &str) -> Result<(), String> {
    let local = key.rsplit(':').next().unwrap_or(key);
    if local.starts_with("on") {
        return Err("is a handler".into());
    }
    if key == "xml:base" {
        return Err("leads elsewhere".into());
    }
    let value = value.trim();
    if matches!(local, "href" | "src")
        && !value.starts_with('#')
        && !INSIDE.iter().any(|start| value.starts_with(start))
    {
        return Err("leads elsewhere; expected \"#…\" or a picture as \"data:image/png;base64,…\"".into());
    }
    style(value)
}

/// Style, or an attribute that may hold some: nothing in it leads out of the file.
fn style(text: &str) -> Result<(), String> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    let elsewhere = text
        .split("url(")
        .skip(1)
        .map(|rest| rest.trim_start_matches(['"', '\'']))
        .any(|address| !address.starts_with('#') && !INSIDE.iter().any(|start| address.starts_with(start)));
    let words = ["@import", "image-set(", "src(", "javascript:", "expression("];
    // A backslash writes any of these otherwise.
    if elsewhere || text.contains("\\") || words.iter().any(|word| text.contains(word)) {
        return Err("its style leads elsewhere".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inside: &str) -> Result<(), String> {
        check(format!(r#"<svg xmlns="{NAMESPACE}" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inside}</svg>"#).as_bytes())
    }

    #[test]
    fn a_picture_is_taken() {
        for inside in [
            "",
            r##"<defs><linearGradient id="г"><stop stop-color="red"/></linearGradient></defs><path fill="url(#г)" d="M0 0"/>"##,
            r##"<title>Хостинг «Ы» 🙂 &amp; co</title><style>.a{fill:#fff}</style><use xlink:href="#a"/><use href="#a"/>"##,
            r#"<image href="data:image/png;base64,AAAA"/><metadata>text</metadata><g style="fill: url('#x')"/>"#,
        ] {
            assert_eq!(svg(inside), Ok(()), "{inside}");
        }
        let whole = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- made by hand -->\n<svg xmlns='{NAMESPACE}'/>\n"
        );
        assert_eq!(check(whole.as_bytes()), Ok(()));
    }

    #[test]
    fn what_runs_or_leads_elsewhere_is_refused() {
        for inside in [
            "<script>alert(1)</script>",
            "<svg:script xmlns:svg='http://www.w3.org/2000/svg'/>",
            "<SCRIPT/>",
            "<foreignObject/>",
            "<a href='#x'/>",
            "<set attributeName='href'/>",
            "<animateTransform/>",
            "<path onload='x'/>",
            "<path ONCLICK='x'/>",
            "<path x:onclick='x'/>",
            "<use href='https://a.example/b.svg#c'/>",
            "<use xlink:href='//a.example/b'/>",
            "<use href='other.svg#c'/>",
            "<image href='data:image/svg+xml;base64,AAAA'/>",
            "<use href='&#106;avascript:x'/>",
            "<g xml:base='https://a.example/'/>",
            "<path fill='url(https://a.example/x#y)'/>",
            "<path style='fill:URL( \"//a.example\" )'/>",
            "<path style='fill:u\\72l(//a.example)'/>",
            "<style>@import 'x.css';</style>",
            "<style><![CDATA[@import 'x']]></style>",
            "<style>a{b:u&#114;l(//x)}</style>",
        ] {
            assert!(svg(inside).is_err(), "{inside}");
        }
    }

    #[test]
    fn what_is_no_svg_is_refused() {
        let bomb = r#"<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>"#;
        for text in [
            bomb,
            "<?xml-stylesheet href='x'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            "<svg/>",
            "<html xmlns='http://www.w3.org/2000/svg'/>",
            "<svg xmlns='http://www.w3.org/2000/svg'>",
            "<svg xmlns='http://www.w3.org/2000/svg'></g>",
            "<svg xmlns='http://www.w3.org/2000/svg'/><svg xmlns='http://www.w3.org/2000/svg'/>",
            "просто текст",
            "\0\0\0",
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
        assert!(check(&[0xff, 0xfe, 0x3c, 0]).is_err(), "UTF-16");
    }
}
