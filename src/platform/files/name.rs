//! Names of files: shown to people, never used as paths (ASVS 5.3.2).

use crate::platform::base::text::is_hidden;

/// What file systems allow.
const MAX_BYTES: usize = 255;
/// A longer end is not taken for an extension.
const MAX_EXTENSION: usize = 16;

/// A name that is safe to show and to offer for saving: no folders, nothing that cannot be seen, nothing
/// that turns the order of its letters (`gpj.exe` shown as `exe.jpg`).
pub fn clean(given: &str) -> String {
    // Browsers escape these three in a form's part, and only these (HTML, multipart/form-data).
    let plain = given.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
    let last = plain.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|c| !is_hidden(*c)).collect();
    cut(seen.trim().trim_end_matches(['.', ' ']))
}

/// In lower case, without the dot.
pub fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// Texts that a click runs, or opens as a page of the reader's own disk.
pub fn is_run_by_a_click(name: &str) -> bool {
    const ENDINGS: [&str; 34] = [
        "bat", "cmd", "com", "cpl", "desktop", "exe", "hta", "htm", "html", "htt", "inf", "jar", "js", "jse", "lnk",
        "mht", "mhtml", "msc", "pif", "ps1", "reg", "scf", "scr", "sct", "shtml", "svg", "url", "vb", "vbe", "vbs",
        "wsc", "wsf", "wsh", "xhtml",
    ];
    ENDINGS.contains(&extension(name).as_str())
}

/// At most 255 bytes, with the extension kept.
fn cut(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, end) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= MAX_EXTENSION => name.split_at(dot),
        _ => (name, ""),
    };
    let stem = &stem[..stem.floor_char_boundary(MAX_BYTES - end.len())];
    format!("{stem}{end}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn asvs_5_3_2_names_are_made_safe() {
        for (given, safe) in [
            ("отчёт за март.pdf", "отчёт за март.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\artem\\log.txt", "log.txt"),
            ("a\0b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("say %22hi%22%0D%0A.txt", "say \"hi\".txt"),
            (" .. ", ""),
            ("a.txt. . ", "a.txt"),
            ("👩‍💻.png", "👩‍💻.png"),
        ] {
            assert_eq!(clean(given), safe);
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let long = clean(&format!("{}.docx", "ж".repeat(300)));
        assert!(long.len() <= 255 && long.len() > 250 && long.ends_with("ж.docx"), "{long}");
        assert_eq!(clean(&"x".repeat(300)).len(), 255);
        assert!(clean(&format!("a.{}", "y".repeat(300))).len() == 255);
    }

    proptest! {
        #[test]
        fn asvs_5_3_2_no_name_is_a_path_or_hides_anything(given in "(\\PC|[\u{0}-\u{1f}/\\\\.%\u{202a}-\u{202e}\u{2066}-\u{2069}]){0,400}", end in "[a-z]{1,5}") {
            let safe = clean(&format!("{given}.{end}"));
            prop_assert!(safe.len() <= 255);
            prop_assert!(!safe.contains(['/', '\\']) && !safe.chars().any(is_hidden));
            prop_assert_eq!(extension(&safe), end);
            prop_assert_eq!(&clean(&safe), &safe);
        }
    }
}
