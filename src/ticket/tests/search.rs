use super::*;
use crate::{on_both, platform::db::Pools};

async fn found(by: &mut Client, search: &str) -> Vec<i64> {
    let path = format!(
        "/api/ticket?search={}",
        percent_encoding::utf8_percent_encode(search, percent_encoding::NON_ALPHANUMERIC)
    );
    let answer = by.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.value()["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

on_both! {
    async fn input_16_operators_find_tickets_by_their_customer(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        let other = create(&mut desk.elena, "Счёт за октябрь", "Пришлите акт, пожалуйста").await;
        let found = async |client: &Client, search: &str| {
            let query = percent_encoding::utf8_percent_encode(search, percent_encoding::NON_ALPHANUMERIC);
            let list = client.clone().get(&format!("/api/ticket?search={query}")).await.value();
            let ids: Vec<_> = list["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
            assert_eq!(list["meta"]["total"], ids.len(), "{search}");
            ids
        };
        let maria = desk.maria.clone();
        assert_eq!(found(&maria, &desk.artem_account.email).await, [id]);
        assert_eq!(found(&maria, &desk.artem_account.username.to_uppercase()).await, [id]);
        let backwards: Vec<_> = desk.artem_account.username.split(' ').rev().collect();
        assert_eq!(found(&maria, &backwards.join(" ")).await, [id]);
        let mut all = found(&maria, "@example.ru").await;
        all.sort_unstable();
        assert_eq!(all, [id, other], "by domain");
        let narrowed = maria.clone().get(&format!("/api/ticket?search={}&status=closed", "example.ru")).await.value();
        assert_eq!(narrowed["meta"]["total"], 0);
        // Whose ticket it is tells customers nothing.
        assert!(found(&desk.elena.clone(), &desk.artem_account.email).await.is_empty());
        assert!(found(&desk.artem.clone(), "example.ru").await.is_empty());
    }

    async fn words_are_found_in_all_their_forms(database) {
        let mut desk = Desk::new(database).await;
        let server = create(&mut desk.artem, "Не отвечает сервер", "После обновления ядра он не пингуется").await;
        let payment = create(&mut desk.artem, "Вопрос", "Оплата картой не проходит, payments are declined").await;
        respond(&mut desk.maria, payment, "Передали в бухгалтерию, ждём выписку").await;
        for (search, expected) in [
            ("серверы", vec![server]),
            ("СЕРВЕРОМ", vec![server]),
            ("обновлений ядром", vec![server]),
            ("payment", vec![payment]),
            ("бухгалтерия", vec![payment]),
            ("выпис", vec![payment]),
            ("сер", vec![server]),
            ("own", vec![]),
            ("сервер бухгалтерия", vec![]),
            ("нетакогослова", vec![]),
            ("\"' OR 1=1 --", vec![]),
            ("* ( ) : ^ & | !", vec![]),
        ] {
            assert_eq!(found(&mut desk.maria, search).await, expected, "{search}");
            assert_eq!(found(&mut desk.artem, search).await, expected, "{search}");
            assert_eq!(found(&mut desk.elena, search).await, Vec::<i64>::new(), "{search}");
        }
        assert_eq!(found(&mut desk.maria, &format!("#{server}")).await, [server]);
        assert_eq!(found(&mut desk.maria, "").await, [payment, server], "no words: everything");
    }

    async fn notes_are_found_by_operators_only(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        note(&mut desk.maria, id, "сломанный initramfs, как у соседа").await;
        assert_eq!(found(&mut desk.ilya, "initramfs").await, [id]);
        assert_eq!(found(&mut desk.artem, "initramfs").await, Vec::<i64>::new());
        let page = desk.ilya.get("/dashboard/tickets-new?search=initramfs").await;
        assert!(page.text.contains("<mark>initramfs</mark>"), "{}", page.text);
        let page = desk.artem.get("/dashboard/tickets-new?search=initramfs").await;
        assert!(!page.text.contains("<mark>") && !page.text.contains("соседа"));
    }

    async fn a_search_can_be_narrowed_and_follows_a_new_title(database) {
        let mut desk = Desk::new(database).await;
        let id = desk.ticket().await;
        patch(&mut desk.maria, id, json!({ "title": "Сломан initramfs", "category": "technical" })).await;
        assert_eq!(found(&mut desk.artem, "initramfs").await, [id]);
        assert_eq!(found(&mut desk.artem, "VPS").await, Vec::<i64>::new());
        let narrowed = |category: &str| format!("/api/ticket?search=initramfs&category={category}");
        assert_eq!(desk.maria.get(&narrowed("technical")).await.value()["meta"]["total"], 1);
        assert_eq!(desk.maria.get(&narrowed("billing")).await.value()["meta"]["total"], 0);
    }

    async fn every_step_of_a_search_finds_its_documents_and_no_others(database) {
        let mut desk = Desk::new(database).await;
        let (mut artems, mut everybodys) = (Vec::new(), Vec::new());
        // More documents than the steps before the last look at, and in each step some of everybody's.
        for word in ["альфа", "бета", "гамма", "дельта", "омега"] {
            let own = create(&mut desk.artem, word, "Молчит маршрутизатор").await;
            note(&mut desk.maria, own, "секретный маршрутизатор").await;
            let others = create(&mut desk.elena, word, "Молчит маршрутизатор").await;
            artems.insert(0, own);
            everybodys.splice(0..0, [others, own]);
        }
        for (n, word) in ["омега", "дельта", "гамма", "бета", "альфа"].into_iter().enumerate() {
            assert_eq!(found(&mut desk.artem, word).await, artems[n..=n], "{word}");
            assert_eq!(found(&mut desk.elena, word).await, everybodys[2 * n..=2 * n], "{word}");
            assert_eq!(found(&mut desk.maria, word).await, everybodys[2 * n..2 * n + 2], "{word}");
        }
        for search in ["маршрутизаторы", "маршрут"] {
            assert_eq!(found(&mut desk.artem, search).await, artems, "{search}");
            assert_eq!(found(&mut desk.maria, search).await, everybodys, "{search}");
        }
        assert_eq!(found(&mut desk.maria, "секретный").await, artems);
        assert_eq!(found(&mut desk.artem, "секретный").await, Vec::<i64>::new());
        patch(&mut desk.maria, artems[4], json!({ "category": "billing" })).await;
        // "альфа"
        let narrowed = desk.maria.get("/api/ticket?search=%D0%B0%D0%BB%D1%8C%D1%84%D0%B0&category=billing").await;
        assert_eq!(narrowed.value()["tickets"][0]["id"], artems[4]);
        assert_eq!(narrowed.value()["meta"]["total"], 1);
        // The words of buckets are nobody's.
        for bucket in 0..10 {
            assert_eq!(found(&mut desk.maria, &format!("_{bucket}")).await, Vec::<i64>::new());
        }
    }

    async fn nobody_writes_himself_into_anothers_search(database) {
        let mut desk = Desk::new(database).await;
        let me = desk.artem_account.id;
        create(&mut desk.elena, "Приманка", &format!("приманка _{me} ⓐ_{me} a_{me}")).await;
        assert_eq!(found(&mut desk.artem, "приманка").await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.artem, &format!("_{me}")).await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.elena, "приманка").await.len(), 1);
    }

    async fn an_index_made_anew_is_filled_again(database) {
        let mut desk = Desk::new(database).await;
        let first = create(&mut desk.artem, "Не отвечает сервер", "После обновления ядра он не пингуется").await;
        note(&mut desk.maria, first, "сломанный initramfs").await;
        let Pools::Sqlite { write, .. } = desk.app.app.platform.db.pools() else { return };
        for sql in [
            "INSERT INTO ticket_fts (ticket_fts) VALUES ('delete-all')",
            "INSERT INTO ticket_reindex (done, until) SELECT 0, MAX(id) FROM ticket_doc",
        ] {
            sqlx::query(sql).execute(write).await.unwrap();
        }
        let second = create(&mut desk.artem, "Второй сервер", "Он тоже не отвечает с утра").await;
        assert_eq!(found(&mut desk.artem, "сервер").await, [second]);
        patch(&mut desk.maria, first, json!({ "title": "Не отвечает старый сервер" })).await;
        while crate::ticket::reindexing::some(&desk.app.app.tickets).await.unwrap() {}
        assert_eq!(found(&mut desk.artem, "сервер").await, [second, first]);
        assert_eq!(found(&mut desk.artem, "старый обновление").await, [first]);
        assert_eq!(found(&mut desk.maria, "initramfs").await, [first]);
        assert_eq!(found(&mut desk.artem, "initramfs").await, Vec::<i64>::new());
        assert_eq!(found(&mut desk.elena, "сервер").await, Vec::<i64>::new());
    }

    async fn what_is_erased_is_found_no_more(database) {
        let mut desk = Desk::new(database).await;
        desk.ticket().await;
        assert_eq!(found(&mut desk.maria, "VPS").await.len(), 1);
        crate::session::admin::erase(&desk.app.app.sessions, crate::session::admin::Authority::Machine, desk.artem_account.id).await.unwrap();
        assert_eq!(found(&mut desk.maria, "VPS").await.len(), 0);
        assert_eq!(desk.maria.get("/api/ticket").await.value()["stats"]["open"], 0, "the counters follow");
    }
}
