//! Each code of an error is named once.

use crate::{
    account, notification,
    platform::base::error::{self, Code},
    qr_login, session, ticket,
};

/// The codes of all rooms.
pub fn all() -> Vec<Code> {
    let rooms = [
        error::codes::ALL,
        account::codes::ALL,
        session::codes::ALL,
        qr_login::codes::ALL,
        notification::codes::ALL,
        ticket::codes::ALL,
    ];
    rooms.concat()
}

#[test]
fn each_code_is_named_once() {
    let mut all = all();
    assert!(all.len() > 60, "the test finds them: {}", all.len());
    all.sort_by_key(|code| code.as_str());
    let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "two rooms name one code: {twice:?}");
}
