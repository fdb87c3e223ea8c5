//! How the portal shows whose it is: name, hue and logo, which stand in the settings. What reads no style sheet (mails,
//! icons, the manifest, the frame of a browser) gets its colours here, from the tokens of the style sheet.

mod colour;
pub mod icon;
mod logo;
mod palette;
mod svg;

use std::{path::Path, sync::Arc};

use colour::Colour;
pub use logo::Logo;
pub use palette::Palette;

use super::assets;

const TOKENS: &str = "css/token_colours.css";
/// As the settings say when they say nothing.
pub const HUE: u16 = 260;
/// How far the second colour of the mark is from the accent: hue and lightness, as `--accent-shade`.
const TURN: f64 = 25.0;
const SHADE: f64 = 0.1;

/// Tokens that Rust asks for.
#[cfg(test)]
const USED: [&str; 10] =
    ["page", "card", "line", "line-strong", "sunken", "ink", "ink-2", "accent", "accent-strong", "on-accent"];

/// Clones share it.
#[derive(Clone, Debug)]
pub struct Brand(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    palette: Palette,
    logo: Option<Logo>,
}

impl Default for Brand {
    fn default() -> Self {
        Self::new(HUE, None)
    }
}

impl Brand {
    pub fn new(hue: u16, logo: Option<Logo>) -> Self {
        Self(Arc::new(Inner { palette: Palette::of(assets::text(TOKENS), hue), logo }))
    }

    /// `file`: the setting `brand_logo`, empty for none.
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub fn open(hue: u16, file: &str) -> Result<Self, String> {
        let logo = if file.is_empty() { None } else { Some(Logo::read(Path::new(file))?) };
        Ok(Self::new(hue, logo))
    }

    pub fn palette(&self) -> &Palette {
        &self.0.palette
    }

    pub fn logo(&self) -> Option<&Logo> {
        self.0.logo.as_ref()
    }

    /// `#1a2b3c`: the colour of a token on light ground.
    pub fn light(&self, token: &str) -> String {
        self.0.palette.get(token).light.hex()
    }

    /// The same in the dark.
    pub fn dark(&self, token: &str) -> String {
        self.0.palette.get(token).dark.hex()
    }

    /// Of the mark: where its ground begins and ends, and its ring.
    fn mark(&self) -> [Colour; 3] {
        let from = self.0.palette.get("accent").light;
        let to = Colour { lightness: from.lightness - SHADE, hue: from.hue + TURN, ..from };
        [from, to, Colour::WHITE]
    }

    /// The mark as an SVG, from the drawing among the assets.
    pub fn favicon(&self) -> String {
        let [from, to, ring] = self.mark().map(Colour::hex);
        assets::text("favicon.svg").replace("__FROM__", &from).replace("__TO__", &to).replace("__RING__", &ring)
    }
}
