//! Every page of tickets in both languages, with rich, empty and extreme data.
//! `OSPABHOST_RENDER_TO=folder` keeps the pages, to be looked at.

use std::{fs, path::PathBuf, sync::Arc};

use askama::Template;
use scraper::{Html, Selector};

use crate::{
    platform::{
        base::{actor::Role, brand::Brand, clock::Timestamp, i18n::Lang, public_id::PublicId},
        web::ui::{Form, Theme, Ui, UiUser},
    },
    ticket::{
        conversation::Conversation,
        model::{Category, Priority, Question, Status, Ticket},
        reading::Item,
        shown::{Attachment, Facts, Person},
        views::{
            Change, Entry, FilterView, May, Message, Pages, ReplyView, Thread, TicketNewPage, TicketPage, TicketsPage,
            Tile,
        },
    },
};

const NOW: i64 = 1_769_850_000_000;
const MINUTE: i64 = 60_000;

fn ui(lang: Lang, staff: bool, path: &str) -> Ui {
    let (id, username, role) = if staff {
        (2, "Мария Ковалёва", Role::Operator)
    } else {
        (1, "Артём Соколов", Role::Customer)
    };
    Ui {
        lang,
        theme: Theme::Auto,
        path: path.to_owned(),
        site: "ospab.host".to_owned(),
        assets: "/assets/0123abcd".to_owned(),
        brand: Brand::default(),
        timezone: "Europe/Moscow".to_owned(),
        now_ms: NOW,
        user: Some(UiUser { id, username: username.to_owned(), email: "me@example.ru".to_owned(), role }),
        mail_off: false,
        counts: Default::default(),
        position: 0,
    }
}

fn person(id: i64, username: &str, operator: bool) -> Person {
    Person { id, username: username.to_owned(), operator, email: (!operator).then(|| "artem@example.ru".to_owned()) }
}

fn artem() -> Person {
    person(1, "Артём Соколов", false)
}

fn maria() -> Person {
    person(2, "Мария Ковалёва", true)
}

fn long_name() -> Person {
    person(3, "Общество с ограниченной ответственностью «Научно-производственное объединение Вектор»", false)
}

fn file(id: i64, filename: &str, mime_type: &str, file_size: i64) -> Attachment {
    Attachment {
        id: PublicId(id),
        filename: filename.to_owned(),
        file_url: format!("/api/attachments/ticket/{id}/{id}"),
        thumbnail_url: mime_type.starts_with("image/").then(|| format!("/api/attachments/ticket/{id}/{id}/thumbnail")),
        file_size,
        mime_type: mime_type.to_owned(),
        created_at: Timestamp(NOW),
    }
}

fn row(id: i64, title: &str, excerpt: &str, at: (Status, Priority, Category), minutes: i64) -> Item {
    let question = Question { title: title.into(), priority: at.1, category: at.2, ..Question::default() };
    let asked = Timestamp(NOW - minutes * MINUTE);
    let ticket = Ticket { id, status: at.0, response_count: id % 7, ..Ticket::asked(1, question, asked) };
    let user = if id % 2 == 0 { artem() } else { person(id, "Елена Громова", false) };
    let operator = (at.0 != Status::Open).then(maria);
    Item {
        ticket: Facts { ticket, user, operator, attachments: Vec::new() }.into(),
        waiting_since: None,
        unread: id % 3 == 0,
        excerpt_html: excerpt.to_owned(),
        title_html: title.to_owned(),
    }
}

fn tickets(lang: Lang, staff: bool, rows: Vec<Item>, filter: FilterView) -> TicketsPage {
    let tile = |count, label, status: &str| Tile {
        count,
        label,
        href: format!("/dashboard/tickets-new?status={status}"),
        current: filter.status == status,
    };
    let labels = if staff {
        ["tickets-tile-waiting", "tickets-tile-mine", "tickets-tile-awaiting", "tickets-tile-unassigned"]
    } else {
        ["tickets-tile-open", "tickets-tile-in-progress", "tickets-tile-your-turn", "tickets-tile-resolved"]
    };
    let tiles = [12, 7, 5, 1_204].into_iter().zip(labels).zip(["open", "in_progress", "awaiting_reply", "resolved"]);
    let tiles = tiles.map(|((count, label), status)| tile(count, label, status)).collect();
    let total = i64::try_from(rows.len()).unwrap();
    let more = (total > 5).then(|| "/dashboard/tickets-new?page=3".to_owned());
    let pages = Pages {
        pages: if total > 5 { 5 } else { 1 },
        first: 11,
        last: 10 + total,
        total: 27,
        prev: more.clone(),
        next: more,
    };
    TicketsPage {
        ui: ui(lang, staff, "/dashboard/tickets-new"),
        staff,
        filter,
        tiles,
        rows: rows.into(),
        pages,
        oldest_wait_ms: (total > 0).then_some(NOW - 40 * MINUTE),
        operators: vec![maria(), person(9, "Игорь Дёмин", true)],
    }
}

/// Longer than any card is wide.
const LONG: &str =
    "Обновил систему утром, после перезагрузки сервер не пингуется, в консоли чёрный экран. На нём магазин.";

fn rows() -> Vec<Item> {
    use {Category as C, Priority as P, Status as S};
    let found = "Банк пишет «операция отклонена», деньги <mark>списались</mark> и вернулись.";
    let mut rows = vec![
        row(4821, "VPS не отвечает после обновления ядра", LONG, (S::Open, P::Urgent, C::Technical), 2),
        row(4819, "Не проходит оплата картой «Мир»", found, (S::InProgress, P::High, C::Billing), 18),
        row(4815, "Как перенести сайт?", "Он на WordPress.", (S::AwaitingReply, P::Normal, C::General), 65),
        row(4810, "Увеличить место в бакете", "Нужно до пятницы.", (S::InProgress, P::Normal, C::Technical), 190),
        row(4802, "Закрывающие документы", "ИНН в профиле.", (S::Resolved, P::Low, C::Billing), 24 * 60),
    ];
    let title = "Оченьдлинноеслово".repeat(11);
    let mut last = row(i64::MAX, &title, &"без пробелов".repeat(40), (S::Closed, P::Low, C::Other), 400 * 24 * 60);
    (last.ticket.user, last.ticket.response_count, last.unread) = (long_name(), 12_345, true);
    rows.push(last);
    rows
}

fn message(id: i64, author: Person, html: &str, files: Vec<Attachment>, ago: i64) -> Message {
    Message { id: PublicId(id), mine: author.id == 2, author, note: false, html: html.into(), files, at_ms: NOW - ago }
}

fn change(icon: &'static str, text: &str, ago: i64) -> Entry {
    Entry::Change(Change { icon, text: text.to_owned(), at_ms: NOW - ago })
}

fn conversation(staff: bool) -> Vec<Entry> {
    let files = vec![
        file(1, "консоль.png", "image/png", 245_000),
        file(2, "dpkg.log.txt", "text/plain", 12_000),
        file(
            3,
            "Очень длинное имя файла с подробным описанием того, что внутри, и датой 2026-01-31.pdf",
            "application/pdf",
            9_800_000,
        ),
        file(4, "журналы.zip", "application/zip", 3_500_000),
    ];
    let say = |one: Message| Entry::Message(Box::new(one));
    let mut entries = vec![
        say(message(
            0,
            artem(),
            "<p>Обновил систему утром, после перезагрузки сервер не пингуется, в консоли чёрный экран. На нём магазин, теряем заказы.</p><ul><li>обновил <code>linux-image-6.1.0-28</code></li><li>перезагрузил</li></ul><pre><code>[    0.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n---[ end Kernel panic ]---</code></pre>",
            files,
            130 * MINUTE,
        )),
        change("person", "Мария Ковалёва взяла тикет в работу", 128 * MINUTE),
    ];
    if staff {
        let note = message(
            11,
            maria(),
            "<p>На узле <strong>n7</strong> те же жалобы у ещё двух клиентов, похоже на сломанный initramfs после 6.1.0-28. Позвала Игоря.</p>",
            Vec::new(),
            122 * MINUTE,
        );
        entries.push(say(Message { note: true, ..note }));
    }
    entries.push(say(message(12, maria(), "<p>Артём, здравствуйте! Загрузили сервер с прежним ядром, он отвечает. Подробности: <a href=\"https://example.ru/status\" rel=\"noopener nofollow\">страница состояния</a>.</p><p>До вечера напишем, что изменить, чтобы обновление прошло.</p>", vec![file(5, "initramfs.jpg", "image/jpeg", 400_000)], 111 * MINUTE)));
    entries.push(change("arrow", "Статус: в работе → ждёт ответа", 111 * MINUTE));
    entries.push(say(message(13, artem(), "<p>Работает, спасибо! Жду причину.</p>", Vec::new(), 2 * MINUTE)));
    entries
}

fn reply() -> ReplyView {
    let form = Form::new();
    ReplyView {
        form,
        note: false,
        last_seen: PublicId(13),
        stale: None,
        preview: None,
        idempotency_key: "key".to_owned(),
    }
}

fn facts(status: Status) -> Facts {
    let at = |before: i64| Timestamp(NOW - before * MINUTE);
    let answered = status != Status::Open;
    let question = Question {
        title: "VPS не отвечает после обновления ядра".into(),
        priority: Priority::Urgent,
        category: Category::Technical,
        ..Question::default()
    };
    let ticket = Ticket {
        id: 4821,
        status,
        assigned_to: answered.then_some(2),
        response_count: 2,
        last_response_at: Some(at(2)),
        first_answer_at: answered.then_some(at(111)),
        updated_at: at(2),
        closed_at: (status == Status::Closed).then_some(at(0)),
        ..Ticket::asked(1, question, at(130))
    };
    Facts { ticket, user: artem(), operator: answered.then(maria), attachments: Vec::new() }
}

fn talk(ui: Ui, entries: Vec<Entry>, facts: Facts) -> Arc<Conversation> {
    let html = Thread { ui, id: facts.ticket.id, earlier: None, entries }.render().unwrap();
    Arc::new(Conversation { facts, html, newest: PublicId(13) })
}

fn ticket(lang: Lang, staff: bool, status: Status) -> TicketPage {
    let active = status.is_active();
    TicketPage {
        ui: ui(lang, staff, "/dashboard/tickets-new/4821"),
        staff,
        id: 4821,
        talk: talk(ui(lang, staff, ""), conversation(staff), facts(status)),
        may: May {
            reply: true,
            thank: !staff && (active || status == Status::Resolved) && status != Status::Open,
            close: status != Status::Closed,
            resolve: staff && active,
            reopen: staff && !active,
            take: staff && status == Status::Open,
            follow_up: false,
        },
        operators: if staff { vec![maria(), person(9, "Игорь Дёмин", true)] } else { Vec::new() },
        reply: reply(),
        files: crate::platform::files::settings::Settings::default().rules(),
        notice: None,
    }
}

fn extreme(lang: Lang) -> TicketPage {
    let page = ticket(lang, true, Status::AwaitingReply);
    let author = person(7, "Игорь Дёмин", true);
    let mut facts = facts(Status::AwaitingReply);
    facts.ticket.title = "Оченьдлинноеслово".repeat(11);
    facts.ticket.previous_id = Some(4700);
    facts.user = long_name();
    facts.operator = Some(person(8, "<script>alert(1)</script>", true));
    ReplyView::default_errors(TicketPage {
        talk: talk(ui(lang, true, ""), conversation(true), facts),
        notice: Some("OK"),
        reply: ReplyView {
            stale: Some(Box::new(message(
                14,
                author,
                "<p>Причину нашли, клиенту пока не пишите.</p>",
                Vec::new(),
                MINUTE,
            ))),
            preview: Some("<p>Мы нашли &lt;причину&gt;.</p>".into()),
            ..reply()
        },
        ..page
    })
}

impl ReplyView {
    fn default_errors(mut page: TicketPage) -> TicketPage {
        page.reply.form = Form::filled([("message", "Мы нашли <причину>.")])
            .with_error("message", "!")
            .with_error("attachments", "!");
        page
    }
}

fn new(lang: Lang, failed: bool) -> TicketNewPage {
    let form = if failed {
        let typed = Form::filled([
            ("title", "ab"),
            ("message", "<b>мало</b>"),
            ("category", "billing"),
            ("priority", "urgent"),
        ]);
        typed
            .with_message("!")
            .with_error("title", "!")
            .with_error("message", "!")
            .with_error("attachments", "!")
            .with_error("category", "!")
    } else {
        Form::new()
    };
    let previous_id = failed.then_some(4700);
    TicketNewPage {
        ui: ui(lang, false, "/dashboard/tickets/new"),
        form,
        previous_id,
        preview: failed.then(|| "<p>&lt;b&gt;мало&lt;/b&gt;</p>".into()),
        idempotency_key: "key".to_owned(),
        files: crate::platform::files::settings::Settings::default().rules(),
    }
}

/// Name → page.
fn pages(lang: Lang) -> Vec<(String, String)> {
    let searched = || FilterView { search: "ядро".to_owned(), status: "open".to_owned(), ..FilterView::default() };
    let mut all = Vec::new();
    for (who, staff) in [("staff", true), ("customer", false)] {
        let mut list = |name: &str, rows, filter| {
            all.push((format!("tickets-{name}-{who}"), tickets(lang, staff, rows, filter).render().unwrap()));
        };
        list("rich", rows(), FilterView::default());
        list("found", rows(), searched());
        list("empty", Vec::new(), FilterView::default());
        list("none", Vec::new(), searched());
        for status in Status::ALL {
            all.push((format!("ticket-{}-{who}", status.as_str()), ticket(lang, staff, *status).render().unwrap()));
        }
    }
    let over = May { follow_up: true, ..May::default() };
    let over = TicketPage {
        may: over,
        talk: talk(ui(lang, false, ""), Vec::new(), facts(Status::Closed)),
        ..ticket(lang, false, Status::Closed)
    };
    all.push(("ticket-over".to_owned(), over.render().unwrap()));
    all.push(("ticket-extreme".to_owned(), extreme(lang).render().unwrap()));
    all.push(("new".to_owned(), new(lang, false).render().unwrap()));
    all.push(("new-failed".to_owned(), new(lang, true).render().unwrap()));
    all
}

fn ids(page: &Html, selector: &str, attribute: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).filter_map(|one| one.attr(attribute)).map(str::to_owned).collect()
}

#[test]
fn every_page_is_whole_in_both_languages() {
    let folder = std::env::var_os("OSPABHOST_RENDER_TO").map(PathBuf::from);
    for lang in Lang::ALL {
        for (name, text) in pages(lang) {
            if let Some(folder) = &folder {
                fs::create_dir_all(folder).unwrap();
                fs::write(folder.join(format!("{name}-{}.html", lang.code())), &text).unwrap();
            }
            let page = Html::parse_document(&text);
            assert!(!text.contains("Unknown localization"), "{name} lacks a text");
            assert!(!text.contains("<script>alert"), "{name}: markup out of a name");
            let mut found = ids(&page, "[id]", "id");
            let all = found.len();
            found.sort();
            found.dedup();
            assert_eq!(found.len(), all, "{name}: an id stands twice");
            for described in ids(&page, "[aria-describedby]", "aria-describedby") {
                for id in described.split_whitespace() {
                    assert!(found.iter().any(|known| known == id), "{name}: nothing is #{id}");
                }
            }
            for id in ids(&page, "label[for]", "for") {
                assert!(found.contains(&id), "{name}: no field {id}");
            }
            assert_eq!(ids(&page, "img", "alt").len(), page.select(&Selector::parse("img").unwrap()).count(), "{name}");
            assert_eq!(page.select(&Selector::parse("h1").unwrap()).count(), 1, "{name}");
        }
    }
}

#[test]
fn every_page_of_tickets_is_under_tickets() {
    for (name, text) in pages(Lang::Ru) {
        let page = Html::parse_document(&text);
        assert_eq!(ids(&page, ".nav [aria-current]", "href"), ["/dashboard/tickets-new"], "{name}");
    }
}

#[test]
fn sizes_and_times_are_said_in_words() {
    let size = |bytes, lang| file(1, "a", "text/plain", bytes).size(&ui(lang, true, "/"));
    let said = [1, 1024, 245_000, 1024 * 1024, 3_500_000, 10 * 1024 * 1024].map(|bytes| size(bytes, Lang::Ru));
    assert_eq!(said, ["1 КБ", "1 КБ", "240 КБ", "1,0 МБ", "3,3 МБ", "10,0 МБ"]);
    assert_eq!(size(3_500_000, Lang::En), "3.3 MB");
    let waits = |minutes: i64| {
        let page = tickets(Lang::Ru, true, rows(), FilterView::default());
        let page = TicketsPage { oldest_wait_ms: Some(NOW - minutes * MINUTE), ..page };
        Html::parse_document(&page.render().unwrap())
            .select(&Selector::parse("#tickets-lead").unwrap())
            .flat_map(|lead| lead.text())
            .collect::<String>()
    };
    assert_eq!(waits(0), "Самый старый вопрос ждёт ответа 1 минуту.");
    assert_eq!(waits(59), "Самый старый вопрос ждёт ответа 59 минут.");
    assert_eq!(waits(60), "Самый старый вопрос ждёт ответа 1 час.");
    assert_eq!(waits(72 * 60), "Самый старый вопрос ждёт ответа 3 дня.");
}

#[test]
fn customers_see_neither_notes_nor_the_tools_of_staff() {
    for lang in Lang::ALL {
        for (name, text) in pages(lang).into_iter().filter(|(name, _)| name.contains("customer")) {
            for hidden in [
                "name=\"kind\"",
                "operatorId",
                "class=\"msg note\"",
                "name=\"then\"",
                "ticket-presence",
                "name=\"assigned\"",
            ] {
                assert!(!text.contains(hidden), "{name} shows {hidden}");
            }
        }
    }
}

#[test]
fn files_stand_after_every_field() {
    for lang in Lang::ALL {
        for (name, text) in pages(lang).into_iter().filter(|(_, text)| text.contains("multipart/form-data")) {
            let form = text.split("multipart/form-data").nth(1).unwrap().split("</form>").next().unwrap();
            let after = form.split("name=\"attachments\"").nth(1).unwrap();
            assert!(!after.contains(" name=\""), "{name}: a field stands after the files");
        }
    }
}
