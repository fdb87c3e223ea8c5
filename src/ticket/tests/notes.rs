use std::time::Duration;

use super::*;
use crate::on_both;

/// Everything of a ticket that its owner can ask for.
async fn observed(artem: &mut Client, id: i64) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [
        format!("/api/ticket/{id}"),
        format!("/api/ticket/{id}/history"),
        "/api/ticket".to_owned(),
        "/api/ticket?search=секретное".to_owned(),
        "/api/ticket?status=open".to_owned(),
    ] {
        seen.push(artem.get(&path).await.text);
    }
    seen
}

on_both! {
    async fn a_note_changes_nothing_that_its_customer_can_observe(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let other = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        desk.app.pass(Duration::from_secs(60));
        let before = observed(&mut desk.artem, id).await;
        note(&mut desk.ilya, id, "секретное: у клиента долг").await;
        note(&mut desk.ilya, other, "секретное тоже").await;
        assert_eq!(observed(&mut desk.artem, id).await, before);
        let ticket = desk.get(other).await;
        assert_eq!((&ticket["status"], &ticket["assignedTo"]), (&json!("open"), &Value::Null), "nor is it taken");
        assert_eq!(desk.get(id).await["responses"].as_array().unwrap().len(), 2, "operators see it");
        assert_eq!(desk.get(id).await["responseCount"], 1);
    }

    async fn a_note_is_for_operators_alone(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let answer = desk.artem.post("/api/ticket/respond", json!({ "ticketId": id, "message": "заметка", "isInternal": true })).await;
        assert_eq!(code(&answer), (403, "forbidden".into()));
        assert_eq!(desk.get(id).await["responses"], json!([]));
        let internal = note(&mut desk.maria, id, "только нам").await.value();
        assert_eq!(internal["response"]["isInternal"], true);
        // What a customer has "seen" tells nothing of the note: no newer answer is there.
        let body = json!({ "ticketId": id, "message": "Ну что?", "lastSeenResponseId": 0 });
        assert_eq!(desk.artem.post("/api/ticket/respond", body).await.status, 201);
        let body = json!({ "ticketId": id, "message": "Отвечаю", "lastSeenResponseId": 0 });
        assert_eq!(code(&desk.ilya.post("/api/ticket/respond", body).await), (409, "ticket_stale".into()));
    }

    async fn customers_never_see_an_operators_email(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        respond(&mut desk.maria, id, "Смотрим").await;
        assign(&mut desk.maria, id, Some(desk.ilya_id)).await;
        for path in [format!("/api/ticket/{id}"), "/api/ticket".into(), format!("/api/ticket/{id}/history")] {
            let text = desk.artem.get(&path).await.text;
            assert!(!text.contains("maria@") && !text.contains("ilya@"), "{path}: {text}");
        }
        let body = desk.artem.get(&format!("/dashboard/tickets-new/{id}")).await.text;
        assert!(!body.contains("maria@") && !body.contains("ilya@"));
        assert!(desk.artem.get(&format!("/api/ticket/{id}")).await.text.contains("artem@"), "their own is theirs");
        assert!(desk.get(id).await.to_string().contains("ilya@"), "operators see it");
    }
}
