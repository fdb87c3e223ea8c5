//! Colours as the style sheet writes them, for what reads no style sheet: mails, icons, the manifest.

/// Oklch (CSS Color 4): lightness and chroma from 0 to 1, hue in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour {
    pub lightness: f64,
    pub chroma: f64,
    pub hue: f64,
}

/// Rounding of the conversion, not a colour outside.
const SLACK: f64 = 0.000_1;

impl Colour {
    pub const WHITE: Self = Self { lightness: 1.0, chroma: 0.0, hue: 0.0 };

    /// Red, green and blue of light, outside 0 to 1 where screens cannot show it.
    fn linear(self) -> [f64; 3] {
        let (sin, cos) = self.hue.to_radians().sin_cos();
        let (a, b) = (self.chroma * cos, self.chroma * sin);
        let l = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
    }

    /// Whether every screen can show it (sRGB).
    pub fn is_shown(self) -> bool {
        self.linear().iter().all(|part| (-SLACK..=1.0 + SLACK).contains(part))
    }

    /// As on a screen: what it cannot show is cut.
    pub fn rgb(self) -> [u8; 3] {
        self.linear().map(|part| {
            let part = part.clamp(0.0, 1.0);
            let bent = if part <= 0.003_130_8 { 12.92 * part } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 };
            // From 0 to 255.
            (bent * 255.0).round() as u8
        })
    }

    /// `#1a2b3c`.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.rgb();
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The ratio of WCAG 2.2, from 1 to 21.
    #[cfg(test)]
    pub fn contrast(self, other: Self) -> f64 {
        let light = |colour: Self| {
            let [red, green, blue] = colour.linear().map(|part| part.clamp(0.0, 1.0));
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (one, two) = (light(self), light(other));
        one.max(two) / one.min(two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_specification() {
        // CSS Color 4, the examples of `oklch()`.
        let colour = |lightness, chroma, hue| Colour { lightness, chroma, hue };
        assert_eq!(Colour::WHITE.hex(), "#ffffff");
        assert_eq!(colour(0.519_752, 0.176_858, 142.495).hex(), "#008000");
        assert_eq!(colour(0.627_955, 0.257_683, 29.234).hex(), "#ff0000");
        assert!(colour(0.627_9, 0.257_6, 29.234).is_shown());
        assert!(!colour(0.53, 0.19, 189.0).is_shown());
        assert!((Colour::WHITE.contrast(colour(0.0, 0.0, 0.0)) - 21.0).abs() < 0.001);
    }
}
