//! What is kept of a person's notifications, for that person: as they could read it themselves.

use super::{Notifications, show::NoticeView, store};
use crate::{
    account,
    notification::codes,
    platform::base::{
        error::{Error, Result},
        i18n::Lang,
    },
};

const AT_ONCE: i64 = 500;

/// Every notification of a person, the newest first, in their language.
pub async fn of(notifications: &Notifications, user: i64) -> Result<Vec<NoticeView>> {
    let account = account::store::by_id(&notifications.db, user).await?;
    let account = account.ok_or_else(|| Error::not_found(codes::USER_NOT_FOUND))?;
    let lang = Lang::from_code(&account.language).unwrap_or_default();
    let mut all = Vec::new();
    loop {
        let offset = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let page = store::page(&notifications.db, user, account.role.is_staff(), false, AT_ONCE, offset).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.iter().map(|notice| NoticeView::of(notice, &notifications.db.seal, lang)));
    }
}
