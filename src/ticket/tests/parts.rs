//! A long conversation is read in parts, the newest first.

use super::*;
use crate::testing::engines::*;

/// Writes answers that say their number, from 1, every tenth a note.
async fn talk(desk: &mut Desk, id: i64, count: usize) {
    for n in 1..=count {
        desk.app.pass(std::time::Duration::from_secs(1));
        match n % 10 {
            0 => drop(note(&mut desk.maria, id, &format!("слово {n}")).await),
            _ => drop(respond(&mut desk.maria, id, &format!("слово {n}")).await),
        }
    }
}

fn said(responses: &Value) -> Vec<String> {
    let all = responses.as_array().unwrap().iter();
    all.map(|one| one["message"].as_str().unwrap().replace("слово ", "")).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_get_the_newest_and_ask_for_those_before(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        talk(&mut desk, id, 125).await;
        let whole = desk.get(id).await;
        let newest = said(&whole["responses"]);
        assert_eq!(
            (newest.len(), &*newest[0], &*newest[99], &whole["earlierResponses"]),
            (100, "26", "125", &json!(25))
        );
        let before = &whole["responses"][0]["id"];
        let part = |query: String| format!("/api/ticket/{id}/responses?{query}");
        let older = desk.maria.get(&part(format!("before={before}&limit=20"))).await.value();
        let words = said(&older["responses"]);
        assert_eq!((words.len(), &*words[0], &*words[19], &older["earlierResponses"]), (20, "6", "25", &json!(5)));
        let last = desk.maria.get(&part(format!("before={}", older["responses"][0]["id"]))).await.value();
        assert_eq!(
            (said(&last["responses"]), &last["earlierResponses"]),
            (["1", "2", "3", "4", "5"].map(String::from).to_vec(), &json!(0))
        );
        // The owner counts and gets no notes.
        let own = desk.artem.get(&format!("/api/ticket/{id}")).await.value()["ticket"].clone();
        assert_eq!((said(&own["responses"]).len(), &own["earlierResponses"]), (100, &json!(13)));
        assert!(!said(&own["responses"]).contains(&"120".to_owned()));
        let older = desk.artem.get(&part(format!("before={}&limit=200", own["responses"][0]["id"]))).await.value();
        assert_eq!((said(&older["responses"]).len(), &older["earlierResponses"]), (13, &json!(0)));
        assert!(!said(&older["responses"]).contains(&"10".to_owned()));
        for (by, query, status) in
            [(&mut desk.elena, "", 404), (&mut desk.artem, "limit=0", 422), (&mut desk.maria, "limit=201", 422)]
        {
            assert_eq!(by.get(&part(query.to_owned())).await.status, status, "{query}");
        }
    })
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_begins_where_it_began_until_much_was_said(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        talk(&mut desk, id, 125).await;
        let mut browser = desk.app.client();
        browser.fill("/login", "/login", &[("email", "maria@example.ru"), ("password", make::PASSWORD)]).await;
        let place = format!("/dashboard/tickets-new/{id}");
        let shows = |text: &str, n: usize| text.contains(&format!("слово {n}<"));
        let page = browser.get(&place).await.text;
        assert!(
            page.contains("Ещё 50 сообщений выше") && page.contains(&format!("{place}?shown=150#response-")),
            "{page}"
        );
        assert!(shows(&page, 51) && shows(&page, 125) && !shows(&page, 50));
        // One more does not take the first one away.
        respond(&mut desk.ilya, id, "слово 126").await;
        let page = browser.get(&place).await.text;
        assert!(shows(&page, 51) && shows(&page, 126) && page.contains("После обновления ядра"));
        let page = browser.get(&format!("{place}?shown=150")).await.text;
        assert!(shows(&page, 1) && !page.contains("сообщений выше"));
        // Its owner has fewer: the notes are not counted.
        let mut owner = desk.app.client();
        owner.fill("/login", "/login", &[("email", "artem@example.ru"), ("password", make::PASSWORD)]).await;
        let page = owner.get(&place).await.text;
        assert!(page.contains("Ещё 50 сообщений выше") && !shows(&page, 120), "{page}");
    })
    .await;
}
