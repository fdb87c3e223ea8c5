//! The colours of the style sheet for one hue, light and dark: `token_colours.css` is their only place.

use std::collections::HashMap;

use super::colour::Colour;

const HUE: &str = "var(--brand-hue)";
const CHROMA: &str = "var(--brand-chroma)";
/// More looks garish.
const MOST_CHROMA: f64 = 0.19;

/// A colour on light ground and its like on dark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub light: Colour,
    pub dark: Colour,
}

/// Tokens by name, without the dashes.
#[derive(Debug)]
pub struct Palette {
    pub hue: u16,
    /// How much colour screens can show of this hue where the accent stands. What they cannot show is cut, and
    /// becomes lighter: white letters on it would be hard to read.
    pub chroma: f64,
    tokens: HashMap<String, Pair>,
}

impl Palette {
    /// Reads `--name: light-dark(…, …)` and `--name: …` of a style sheet.
    pub fn of(css: &str, hue: u16) -> Self {
        let declared: Vec<_> = css.lines().filter_map(declaration).collect();
        let shown = |chroma: f64| {
            declared.iter().filter(|(_, value)| value.contains(CHROMA)).all(|(_, value)| {
                // In the dark there is room enough.
                pair(value, hue, chroma).is_none_or(|pair| pair.light.is_shown())
            })
        };
        let mut chroma = MOST_CHROMA;
        while chroma > 0.0 && !shown(chroma) {
            chroma -= 0.001;
        }
        let tokens = declared.iter().filter_map(|(name, value)| Some(((*name).to_owned(), pair(value, hue, chroma)?)));
        let tokens = tokens.collect();
        Self { hue, chroma, tokens }
    }

    /// White where there is no such token.
    pub fn get(&self, name: &str) -> Pair {
        self.tokens.get(name).copied().unwrap_or(Pair { light: Colour::WHITE, dark: Colour::WHITE })
    }

    /// What the style sheet needs to know of the brand.
    pub fn css(&self) -> String {
        format!("@layer base {{ :root {{ --brand-hue: {}; --brand-chroma: {:.3}; }} }}\n", self.hue, self.chroma)
    }
}

/// `--name: value;` on a line of its own.
fn declaration(line: &str) -> Option<(&str, &str)> {
    line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": ")
}

fn pair(value: &str, hue: u16, chroma: f64) -> Option<Pair> {
    let value = value.replace(HUE, &hue.to_string()).replace(CHROMA, &chroma.to_string());
    let both = value.strip_prefix("light-dark(").and_then(|rest| rest.strip_suffix(')'));
    match both {
        Some(both) => {
            let (light, dark) = both.split_once(", ")?;
            Some(Pair { light: colour(light)?, dark: colour(dark)? })
        }
        None => colour(&value).map(|one| Pair { light: one, dark: one }),
    }
}

/// `white` or `oklch(53% .19 260)`; nothing for what lets through or is computed.
fn colour(text: &str) -> Option<Colour> {
    if text == "white" {
        return Some(Colour::WHITE);
    }
    let mut parts = text.strip_prefix("oklch(")?.strip_suffix(')')?.split(' ');
    let lightness: f64 = parts.next()?.strip_suffix('%')?.parse().ok()?;
    let (chroma, hue) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(Colour { lightness: lightness / 100.0, chroma, hue })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSS: &str = include_str!("../../../../assets/css/token_colours.css");
    /// WCAG 2.2: letters (1.4.3); edges, icons and rings (1.4.11).
    const TEXT: f64 = 4.5;
    const SHAPE: f64 = 3.0;

    /// What stands on what in the style sheet.
    const PAIRS: [(&str, &str, f64); 22] = [
        ("on-accent", "accent", TEXT),
        ("on-accent", "accent-strong", TEXT),
        ("accent-strong", "card", TEXT),
        ("accent-strong", "page", TEXT),
        ("accent-strong", "sunken", TEXT),
        ("accent-strong", "accent-soft", TEXT),
        ("accent", "page", SHAPE),
        ("accent", "accent-soft", SHAPE),
        ("ink", "page", TEXT),
        ("ink", "card", TEXT),
        ("ink", "sunken", TEXT),
        ("ink", "accent-soft", TEXT),
        ("ink-2", "page", TEXT),
        ("ink-2", "sunken", TEXT),
        ("ink-2", "accent-soft", TEXT),
        ("ink-3", "page", TEXT),
        ("ink-3", "sunken", TEXT),
        ("ink-3", "accent-soft", TEXT),
        ("edge", "page", SHAPE),
        ("edge", "card", SHAPE),
        ("edge", "sunken", SHAPE),
        ("edge", "accent-soft", SHAPE),
    ];

    #[test]
    fn every_hue_can_be_read() {
        for hue in 0..=360 {
            let palette = Palette::of(CSS, hue);
            for (front, back, least) in PAIRS {
                let (front_pair, back_pair) = (palette.get(front), palette.get(back));
                for (theme, ratio) in [
                    ("light", front_pair.light.contrast(back_pair.light)),
                    ("dark", front_pair.dark.contrast(back_pair.dark)),
                ] {
                    assert!(ratio >= least, "{front} on {back}, hue {hue}, {theme}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn colours_of_a_status_can_be_read() {
        let palette = Palette::of(CSS, 260);
        for name in ["green", "blue", "amber", "violet", "grey", "red"] {
            let (text, soft) = (palette.get(name), palette.get(&format!("{name}-soft")));
            assert!(text.light.contrast(soft.light) >= TEXT, "{name}, light");
            assert!(text.dark.contrast(soft.dark) >= TEXT, "{name}, dark");
        }
    }

    #[test]
    fn a_hue_has_as_much_colour_as_screens_can_show() {
        assert!((Palette::of(CSS, 260).chroma - MOST_CHROMA).abs() < 0.000_1, "blue has all");
        let teal = Palette::of(CSS, 189);
        assert!(teal.chroma < 0.1 && teal.chroma > 0.05, "{}", teal.chroma);
        assert!(teal.get("accent").light.is_shown() && teal.get("accent-strong").light.is_shown());
        assert!(teal.css().contains("--brand-hue: 189;"));
    }

    #[test]
    fn every_token_that_rust_names_is_there() {
        let palette = Palette::of(CSS, 30);
        for name in super::super::USED {
            assert!(palette.tokens.contains_key(name), "{name}");
        }
        assert_eq!(colour("oklch(50% .1 3 / .5)"), None);
        assert_eq!(colour("oklch(from x l c h)"), None);
    }
}
