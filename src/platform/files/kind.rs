//! The types of files that are taken. The extension says what a file claims to be; whether it is that is
//! found from its content.

use super::name;

/// What a file field offers to choose from.
pub const ACCEPT: &str = ".jpg,.jpeg,.png,.gif,.pdf,.doc,.docx,.txt,.log,.zip";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Gif,
    Pdf,
    Doc,
    Docx,
    Text,
    Zip,
}

pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const TEXT: &str = "text/plain";
pub const TEXT_1251: &str = "text/plain; charset=windows-1251";

pub fn of_name(filename: &str) -> Option<Kind> {
    Some(match name::extension(filename).as_str() {
        "jpg" | "jpeg" => Kind::Jpeg,
        "png" => Kind::Png,
        "gif" => Kind::Gif,
        "pdf" => Kind::Pdf,
        "doc" => Kind::Doc,
        "docx" => Kind::Docx,
        "txt" | "log" => Kind::Text,
        "zip" => Kind::Zip,
        _ => return None,
    })
}

/// Whether browsers may show it in place. Everything else is only saved.
pub fn is_picture(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_taken() {
        assert!(ACCEPT.split(',').all(|end| of_name(&format!("a{}", end.to_uppercase())).is_some()));
        for other in ["a.svg", "a.html", "a.exe", "a.docm", "png", "a", "", "a.png.exe", "a.jpg ."] {
            assert_eq!(of_name(other), None, "{other}");
        }
    }
}
