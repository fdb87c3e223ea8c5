//! The portal's own mark, a ring on a square, in the colours of the brand: drawn, for each size that systems ask for.

use image::{
    ExtendedColorType, ImageEncoder, ImageResult,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use super::Brand;

/// In units of the drawing, which is 32 wide (`favicon.svg`).
const SIDE: f32 = 32.0;
const CORNER: f32 = 9.0;
const RADIUS: f32 = 6.5;
const STROKE: f32 = 4.0;

/// What a system wants to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rounded,
    /// The system cuts the corners.
    Square,
    /// The system cuts any shape of it: the ring stays in the middle (W3C Manifest, "safe zone").
    Maskable,
}

/// File name, pixels a side, shape.
pub const ICONS: [(&str, u16, Shape); 4] = [
    ("icons/180.png", 180, Shape::Square),
    ("icons/192.png", 192, Shape::Rounded),
    ("icons/512.png", 512, Shape::Rounded),
    ("icons/maskable.png", 512, Shape::Maskable),
];

/// A PNG. It takes some milliseconds.
pub fn draw(brand: &Brand, pixels: u16, shape: Shape) -> ImageResult<Vec<u8>> {
    let [from, to, ring] = brand.mark().map(|colour| colour.rgb().map(f32::from));
    let scale = SIDE / f32::from(pixels);
    let zone = if shape == Shape::Maskable { 0.85 } else { 1.0 };
    let mut bytes = Vec::with_capacity(usize::from(pixels).pow(2) * 4);
    for row in 0..pixels {
        for column in 0..pixels {
            let (x, y) = ((f32::from(column) + 0.5) * scale, (f32::from(row) + 0.5) * scale);
            let way = (x + y) / (2.0 * SIDE);
            let off = ((x - SIDE / 2.0).hypot(y - SIDE / 2.0) - RADIUS * zone).abs() - STROKE * zone / 2.0;
            let cover = inside(off / scale);
            for ((from, to), ring) in from.iter().zip(to).zip(ring) {
                let ground = from + (to - from) * way;
                bytes.push(byte(ground + (ring - ground) * cover));
            }
            let alpha = if shape == Shape::Rounded { inside(corner(x, y) / scale) } else { 1.0 };
            bytes.push(byte(alpha * 255.0));
        }
    }
    let mut png = Vec::new();
    // It is drawn once and sent to everybody: a quarter of the usual size.
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive).write_image(
        &bytes,
        pixels.into(),
        pixels.into(),
        ExtendedColorType::Rgba8,
    )?;
    Ok(png)
}

/// How far a point is outside the rounded square, in units of the drawing.
fn corner(x: f32, y: f32) -> f32 {
    let reach = |at: f32| (at - SIDE / 2.0).abs() - (SIDE / 2.0 - CORNER);
    let (x, y) = (reach(x), reach(y));
    x.max(0.0).hypot(y.max(0.0)) + x.max(y).min(0.0) - CORNER
}

/// How much of a pixel lies inside an edge that is so many pixels away.
fn inside(pixels: f32) -> f32 {
    (0.5 - pixels).clamp(0.0, 1.0)
}

fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(shape: Shape) -> image::RgbaImage {
        let png = draw(&Brand::default(), 64, shape).unwrap();
        image::load_from_memory(&png).unwrap().to_rgba8()
    }

    #[test]
    fn the_mark_is_a_ring_on_a_square() {
        let icon = pixels(Shape::Rounded);
        assert_eq!(icon.get_pixel(0, 0).0[3], 0, "the corner is cut");
        assert_eq!(icon.get_pixel(32, 2).0[3], 255);
        assert_eq!(icon.get_pixel(32, 19).0, [255; 4], "the ring");
        assert_ne!(icon.get_pixel(32, 32).0, [255; 4], "what it goes around");
        assert_eq!(pixels(Shape::Square).get_pixel(0, 0).0[3], 255);
        assert_eq!(pixels(Shape::Maskable).get_pixel(32, 21).0, [255; 4], "the ring is smaller");
    }
}
