//! The kinds of files that can be taken. The name says what a file claims to be; whether it is that is
//! found from its content. What is no known name must be text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::name;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Gif,
    Webp,
    Heic,
    Avif,
    Pdf,
    Doc,
    Docx,
    Xlsx,
    Odt,
    Ods,
    Rtf,
    Text,
    Cert,
    Zip,
    Gzip,
    SevenZip,
}

/// What is known of a kind.
struct About {
    kind: Kind,
    /// In the setting.
    name: &'static str,
    /// For people, the same in every language.
    label: &'static str,
    endings: &'static [&'static str],
}

const fn about(kind: Kind, name: &'static str, label: &'static str, endings: &'static [&'static str]) -> About {
    About { kind, name, label, endings }
}

const ALL: [About; 18] = [
    about(Kind::Jpeg, "jpeg", "JPEG", &["jpg", "jpeg", "jpe", "jfif"]),
    about(Kind::Png, "png", "PNG", &["png"]),
    about(Kind::Gif, "gif", "GIF", &["gif"]),
    about(Kind::Webp, "webp", "WebP", &["webp"]),
    about(Kind::Heic, "heic", "HEIC", &["heic", "heif"]),
    about(Kind::Avif, "avif", "AVIF", &["avif"]),
    about(Kind::Pdf, "pdf", "PDF", &["pdf"]),
    about(Kind::Doc, "doc", "DOC", &["doc"]),
    about(Kind::Docx, "docx", "DOCX", &["docx"]),
    about(Kind::Xlsx, "xlsx", "XLSX", &["xlsx"]),
    about(Kind::Odt, "odt", "ODT", &["odt"]),
    about(Kind::Ods, "ods", "ODS", &["ods"]),
    about(Kind::Rtf, "rtf", "RTF", &["rtf"]),
    about(
        Kind::Text,
        "text",
        "TXT, LOG, CSV, JSON, XML, CONF, INI, SQL, EML, PEM",
        &["txt", "log", "csv", "tsv", "json", "xml", "yml", "yaml", "conf", "cfg", "ini", "sql", "eml", "pem", "md"],
    ),
    about(Kind::Cert, "cert", "CRT, CSR", &["crt", "cer", "der", "csr"]),
    about(Kind::Zip, "zip", "ZIP", &["zip"]),
    about(Kind::Gzip, "gz", "GZ", &["gz", "tgz"]),
    about(Kind::SevenZip, "7z", "7Z", &["7z"]),
];

pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const ODT: &str = "application/vnd.oasis.opendocument.text";
pub const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// The kinds that this server takes: the setting, and what forms, messages and the API's description say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kinds(Vec<Kind>);

impl Default for Kinds {
    fn default() -> Self {
        Self(ALL.iter().map(|about| about.kind).collect())
    }
}

impl TryFrom<String> for Kinds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let find = |word: &str| {
            let about = ALL.iter().find(|about| about.name == word);
            about.map(|about| about.kind).ok_or_else(|| {
                format!("{word} is no kind of file; all kinds, such as `text`, are: {}", String::from(Self::default()))
            })
        };
        let kinds: Vec<Kind> = text.split_whitespace().map(find).collect::<Result<_, _>>()?;
        if kinds.is_empty() { Err("expected at least one kind, such as `text`".into()) } else { Ok(Self(kinds)) }
    }
}

impl From<Kinds> for String {
    fn from(kinds: Kinds) -> Self {
        kinds.abouts().map(|about| about.name).collect::<Vec<_>>().join(" ")
    }
}

/// For people: `JPEG, PNG, …`.
impl fmt::Display for Kinds {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.abouts().map(|about| about.label).collect::<Vec<_>>().join(", "))
    }
}

impl Kinds {
    fn abouts(&self) -> impl Iterator<Item = &'static About> {
        ALL.iter().filter(|about| self.0.contains(&about.kind))
    }

    /// What a file of this name must be; `None`: it is not taken whatever it is.
    pub fn of_name(&self, filename: &str) -> Option<Kind> {
        let ending = name::extension(filename);
        let known = ALL.iter().find(|about| about.endings.contains(&ending.as_str()));
        let kind = known.map_or(Kind::Text, |about| about.kind);
        self.0.contains(&kind).then_some(kind)
    }

    /// What a file field offers to choose from; empty when text is taken, which has any name.
    pub fn accept(&self) -> String {
        if self.0.contains(&Kind::Text) { String::new() } else { self.endings() }
    }

    /// The endings whose files need not be text, such as `.jpg,.jpeg`.
    pub fn endings(&self) -> String {
        let known = self.abouts().filter(|about| about.kind != Kind::Text).flat_map(|about| about.endings);
        known.map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(",")
    }
}

/// Whether a name claims to be text, and does not merely lack a known ending.
pub fn claims_text(filename: &str) -> bool {
    let ending = name::extension(filename);
    ALL.iter().any(|about| about.kind == Kind::Text && about.endings.contains(&ending.as_str()))
}

/// Whether browsers may show it in place. Everything else is only saved.
pub fn is_shown(mime_type: &str) -> bool {
    matches!(mime_type, "image/jpeg" | "image/png" | "image/gif")
}

/// Whether it is a picture of which a small one is made.
pub fn is_picture(mime_type: &str) -> bool {
    is_shown(mime_type) || mime_type == "image/webp"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_05_the_setting_says_what_is_taken() {
        let all = Kinds::default();
        for (filename, kind) in [
            ("a.JPG", Some(Kind::Jpeg)),
            ("a.png.exe", Some(Kind::Text)),
            ("error_log", Some(Kind::Text)),
            ("access.log.1", Some(Kind::Text)),
            ("backup.tar.gz", Some(Kind::Gzip)),
            ("", Some(Kind::Text)),
        ] {
            assert_eq!(all.of_name(filename), kind, "{filename}");
        }
        assert_eq!(all.accept(), "");
        let few = Kinds::try_from("png  jpeg".to_owned()).unwrap();
        assert_eq!((few.to_string().as_str(), few.accept().as_str()), ("JPEG, PNG", ".jpg,.jpeg,.jpe,.jfif,.png"));
        assert_eq!((few.of_name("a.zip"), few.of_name("error_log")), (None, None));
        assert_eq!(Kinds::try_from(String::from(all.clone())), Ok(all));
        assert!(Kinds::try_from("jpeg exe".to_owned()).unwrap_err().starts_with("exe is no kind of file"));
        assert!(Kinds::try_from(" ".to_owned()).is_err());
    }
}
