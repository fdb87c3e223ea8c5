use super::*;
use crate::{
    on_both,
    platform::{
        i18n::Lang,
        live::{Source, Viewer},
    },
};

fn viewer(is_owner: bool, is_staff: bool) -> Viewer {
    Viewer { is_owner, is_staff, lang: Lang::Ru }
}

on_both! {
    // Everything that the log has is offered to every kind of viewer.
    async fn no_event_tells_of_a_note_or_of_anothers_ticket(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        note(&mut desk.ilya, id, "секретное о клиенте").await;
        assign(&mut desk.maria, id, Some(desk.ilya_id)).await;
        set(&mut desk.maria, id, "resolved").await;
        let entries = crate::platform::events::log::after(&desk.app.app.platform.db, 0, 1000).await.unwrap();
        let tickets = &desk.app.app.tickets;
        let (mut told, mut to_staff) = (0, 0);
        for entry in entries.iter().filter(|entry| tickets.knows(&entry.kind)) {
            assert_eq!(tickets.message(entry, viewer(false, false)).await.unwrap(), None, "{entry:?}");
            if let Some(message) = tickets.message(entry, viewer(true, false)).await.unwrap() {
                let text = format!("{message:?}");
                assert!(!text.contains("секретное") && !text.contains("maria@") && !text.contains("ilya@"), "{text}");
                told += 1;
            }
            to_staff += usize::from(tickets.message(entry, viewer(false, true)).await.unwrap().is_some());
        }
        assert!(told >= 4, "the owner hears of the rest");
        assert_eq!(to_staff, told + 1, "and operators of the note too");
    }
}
