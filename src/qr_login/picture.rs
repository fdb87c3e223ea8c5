//! The QR code as a picture: SVG, drawn here, so that no other site ever sees a code (qr_16).

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

use crate::platform::base::error::{Error, Result};

/// Light modules around the code, as ISO/IEC 18004 wants them.
const QUIET: usize = 4;

/// An `<svg>` with medium error correction, dark on white in every theme: cameras need it so.
pub fn svg(text: &str, label: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                // Writing to a string does not fail.
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET);
            }
            x += length;
        }
    }
    let side = width + 2 * QUIET;
    let label = label.replace(['<', '>', '&', '"'], " ");
    Ok(format!(
        "<svg class=\"code\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}
