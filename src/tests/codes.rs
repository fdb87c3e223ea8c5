//! Each code of an error is named once and has its words in every language.

use crate::{
    account, notification,
    platform::base::{
        error::{self, Error, Kind},
        i18n::Lang,
    },
    qr_login, session, ticket,
};

#[test]
fn each_code_is_named_once_and_has_its_words() {
    let rooms = [
        error::codes::ALL,
        account::codes::ALL,
        session::codes::ALL,
        qr_login::codes::ALL,
        notification::codes::ALL,
        ticket::codes::ALL,
    ];
    let mut all: Vec<_> = rooms.concat();
    assert!(all.len() > 60, "the test finds them: {}", all.len());
    for code in &all {
        for lang in Lang::ALL {
            // Some of them say when to come back.
            let error = Error::new(Kind::Invalid, *code);
            let counted = Error { retry_after: Some(3), ..error.clone() };
            let said = [error.text(lang), counted.text(lang)];
            let has_words = |text: &&String| !text.starts_with("Unknown localization");
            let text = said.iter().find(has_words).cloned().unwrap_or_default();
            let key = format!("error-{}", code.as_str().replace('_', "-"));
            assert!(!text.is_empty() && !text.contains(&key), "{code:?} has no words in {}: {text}", lang.code());
        }
    }
    all.sort_by_key(|code| code.as_str());
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "two rooms name one code");
}
