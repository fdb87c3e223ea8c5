//! Tickets in two browsers: a customer on a phone, an operator at a desk.

use super::{
    Browser, DESK, Driver, PHONE,
    common::{Install, PASSWORD, Server, until},
};

const LIST: &str = "/dashboard/tickets-new";
const NEW: &str = "/dashboard/tickets/new";

struct Scene {
    customer: Browser,
    operator: Browser,
    folder: tempfile::TempDir,
}

impl Scene {
    async fn new(driver: &Driver, install: &Install, server: &Server, scripts: bool) -> Self {
        install.add_user("artem@example.ru", "customer");
        install.add_user("maria@example.ru", "operator");
        let customer = signed_in(driver, server, scripts, "artem@example.ru", NEW).await;
        customer.resize(PHONE, 800).await;
        let operator = signed_in(driver, server, scripts, "maria@example.ru", LIST).await;
        operator.resize(DESK, 900).await;
        Self { customer, operator, folder: tempfile::tempdir().unwrap() }
    }

    /// Paths of a picture and of a log, as a file field takes several.
    fn two_files(&self) -> String {
        let (picture, log) = (self.folder.path().join("консоль.png"), self.folder.path().join("dpkg.txt"));
        image::RgbImage::from_pixel(64, 48, image::Rgb([20, 30, 40])).save(&picture).unwrap();
        std::fs::write(&log, "строка лога").unwrap();
        format!("{}\n{}", picture.display(), log.display())
    }

    async fn close(self, expected: &[&str]) {
        for browser in [self.customer, self.operator] {
            browser.is_calm(expected).await;
            browser.close().await;
        }
    }
}

async fn signed_in(driver: &Driver, server: &Server, scripts: bool, email: &str, next: &str) -> Browser {
    let browser = driver.open(server, scripts).await;
    browser.goto(&format!("/login?next={next}")).await;
    browser.fill(&[("email", email), ("password", PASSWORD)]).await;
    browser.click("main form button.primary").await;
    browser.is_at(next).await;
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn from_a_question_with_two_files_to_the_end_of_a_ticket() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let install = Install::on_sqlite();
        let server = install.start().await;
        let scene = Scene::new(&driver, &install, &server, scripts).await;
        let (customer, operator) = (&scene.customer, &scene.operator);

        // What is wrong stands beside its field, and nothing typed is lost.
        customer.fill_in("#compose", "title", "VPS не отвечает").await;
        customer.click("#compose label:has([value=technical])").await;
        customer.fill_in("#compose", "message", "коротко").await;
        let long = "После обновления **ядра** сервер не пингуется";
        customer
            .script("for (const field of document.querySelectorAll('[minlength]')) field.removeAttribute('minlength')")
            .await;
        customer.click("#compose button.primary").await;
        customer.has("#message-error", 1).await;
        assert_eq!(customer.value("#title").await, "VPS не отвечает");
        customer.fill_in("#compose", "message", long).await;
        // With scripts a button stands for the field, which is not to be seen.
        let field = customer.driver.find(super::By::Css("#compose input[type=file]")).await.unwrap();
        field.send_keys(scene.two_files()).await.unwrap();
        customer.click("#compose button.primary").await;
        customer.has("#thread .files .file", 2).await;
        customer.has("#thread .text strong", 1).await;
        let place = customer.driver.current_url().await.unwrap().path().to_owned();

        // The operator narrows the list, takes the ticket, notes, answers.
        operator.goto(&format!("{LIST}?status=open&category=technical")).await;
        operator.has(".ticket", 1).await;
        operator.goto(&format!("{LIST}?category=billing")).await;
        operator.has(".ticket", 0).await;
        operator.goto(&format!("{LIST}?search=пингу")).await;
        operator.has(".ticket mark", 1).await;
        operator.click(".ticket h2 a").await;
        operator.is_at(&place).await;
        operator.click(&format!("form[action='{place}/take'] button")).await;
        operator.has(&format!("form[action='{place}/take']"), 0).await;
        operator.click("#compose label:has([value=note])").await;
        operator.fill_in("#compose", "message", "похоже на сломанный initramfs").await;
        operator.click("#compose button.primary").await;
        operator.has("#thread .note", 1).await;
        operator.click("#compose label:has([value=reply])").await;
        operator.fill_in("#compose", "message", "Загрузили прежнее ядро, проверьте").await;
        operator.click("#compose button.primary").await;
        operator.has("#thread [id^=response-]", 2).await;

        // The customer reads it, replies, says thanks and closes.
        customer.goto(&place).await;
        customer.has("#thread [id^=response-]", 1).await;
        customer.has("#thread .note", 0).await;
        customer.fill_in("#compose", "message", "Работает!").await;
        customer.click("#compose button.primary").await;
        customer.has("#thread [id^=response-]", 2).await;
        assert_eq!(customer.value("#message").await, "", "what was sent is not kept as a draft");
        customer.click(&format!("form[action='{place}/thanks'] button")).await;
        customer.has(".badge.resolved", 2).await;
        customer.click(&format!("form[action='{place}/close'] button")).await;
        customer.has(&format!("form[action='{place}/close']"), 0).await;
        operator.goto(&place).await;
        operator.has("#thread .note", 1).await;
        scene.close(&["422"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_draft_survives_a_reload_and_the_end_of_the_session() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    let customer = &scene.customer;
    customer.fill_in("#compose", "title", "Черновик").await;
    customer.fill_in("#compose", "message", "Текст, который нельзя потерять").await;
    until("the draft", async || {
        customer.script("return Object.keys(localStorage).length").await.as_i64().filter(|n| *n > 0)
    })
    .await;
    customer.driver.refresh().await.unwrap();
    assert_eq!(customer.value("#message").await, "Текст, который нельзя потерять");
    assert_eq!(customer.value("#title").await, "Черновик");
    let text = "Текст, который нельзя потерять, и ещё";
    customer.fill_in("#compose", "message", text).await;
    until("the newer draft", async || {
        let kept = customer.script("return JSON.stringify(localStorage)").await;
        kept.as_str().filter(|kept| kept.contains("и ещё")).map(|_| ())
    })
    .await;
    install.ok(&["sessions", "end", "--email", "artem@example.ru"]);
    // The page leaves by itself, and comes back to where it was.
    customer.is_at("/login").await;
    customer.fill(&[("email", "artem@example.ru"), ("password", PASSWORD)]).await;
    customer.click("main form button.primary").await;
    customer.is_at(NEW).await;
    assert_eq!(customer.value("#message").await, text);
    customer.click("#compose button.primary").await;
    customer.has("#thread", 1).await;
    assert!(customer.text("#thread").await.contains("и ещё"));
    scene.close(&[]).await;
}

/// A session that ran out while the page had no line to hear of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_session_that_ran_out_is_opened_again_in_place_and_the_text_is_sent() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    let customer = &scene.customer;
    customer.set_mark().await;
    customer.fill_in("#compose", "title", "Пока я писал").await;
    customer.fill_in("#compose", "message", "Текст, который нельзя потерять").await;
    let field = customer.driver.find(super::By::Css("#compose input[type=file]")).await.unwrap();
    field.send_keys(scene.two_files()).await.unwrap();
    customer.driver.delete_all_cookies().await.unwrap();
    customer.click("#compose button.primary").await;
    let dialog = "sign-in-again dialog[open]";
    customer.fill_in(dialog, "password", "не тот пароль").await;
    customer.click(&format!("{dialog} button.primary")).await;
    let error = format!("{dialog} .error");
    until("the error", async || Some(customer.text(&error).await).filter(|text| !text.is_empty())).await;
    assert!(customer.has_mark().await, "the page has not gone anywhere");
    customer.fill_in(dialog, "password", PASSWORD).await;
    customer.click(&format!("{dialog} button.primary")).await;
    customer.has("#thread", 1).await;
    assert!(customer.text("#thread").await.contains("Текст, который нельзя потерять"));
    customer.has("#thread .files .file", 2).await;
    scene.close(&["401"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_operators_see_each_others_answer_before_sending() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    install.add_user("ilya@example.ru", "operator");
    scene.customer.fill_in("#compose", "title", "Вопрос").await;
    scene.customer.fill_in("#compose", "message", "Кто ответит первым?").await;
    scene.customer.click("#compose button.primary").await;
    scene.customer.has("#thread", 1).await;
    let place = scene.customer.driver.current_url().await.unwrap().path().to_owned();
    let maria = &scene.operator;
    maria.goto(&place).await;
    maria.fill_in("#compose", "message", "Ответ Марии").await;
    let ilya = signed_in(&driver, &server, true, "ilya@example.ru", &place).await;
    ilya.fill_in("#compose", "message", "Ответ Ильи").await;
    ilya.click("#compose button.primary").await;
    ilya.has("#thread [id^=response-]", 1).await;
    maria.has("#thread [id^=response-]", 1).await;
    // As if it had not come yet, so that the warning is what saves it. In one step: the page keeps the field true.
    maria
        .script("const seen = document.querySelector('[name=lastSeen]'); seen.value = '0'; seen.form.requestSubmit(seen.form.querySelector('button.primary'))")
        .await;
    maria.has(".stale", 1).await;
    assert!(maria.text(".stale").await.contains("Ответ Ильи"));
    assert_eq!(maria.value("#message").await, "Ответ Марии");
    maria.click("button[name=force]").await;
    maria.has("#thread [id^=response-]", 2).await;
    ilya.close().await;
    scene.close(&["409"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn input_18_a_second_press_does_nothing_else() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    let (customer, operator) = (&scene.customer, &scene.operator);
    customer.fill_in("#compose", "title", "Два нажатия").await;
    customer.fill_in("#compose", "message", "Кто нажмёт дважды, сделает одно").await;
    customer.click("#compose button.primary").await;
    customer.has("#thread", 1).await;
    let place = customer.driver.current_url().await.unwrap().path().to_owned();
    let take = format!("form[action='{place}/take'] button");
    operator.goto(&place).await;

    // A double click: the second one meets no other action, neither at once nor within the second.
    let button = operator.find(&take).await;
    let at = "const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]";
    let at = operator.driver.execute(at, vec![take.clone().into()]).await.unwrap().json().clone();
    operator.driver.action_chain().double_click_element(&button).perform().await.unwrap();
    operator.has(&take, 0).await;
    let there = "return Boolean(document.elementFromPoint(...arguments[0])?.closest('button, a, select'))";
    assert_eq!(operator.driver.execute(there, vec![at]).await.unwrap().json(), &super::Value::Bool(false));
    operator.click("#actions .stood").await;
    assert_eq!(operator.value("#set-status").await, "in_progress");

    // Enter, and Enter once more when the answer is there.
    operator.script("document.querySelector('#set-operator').value = ''; document.querySelector('#set-operator').form.requestSubmit()").await;
    operator.has(&take, 1).await;
    operator.focus(&take).await;
    operator.keys(super::Key::Return).await;
    operator.has(&take, 0).await;
    operator.keys(super::Key::Return).await;
    assert_ne!(operator.focused("tagName").await, "BUTTON");
    assert_eq!(operator.value("#set-status").await, "in_progress");

    // Keys pass through a list; Enter chooses, Escape and leaving do not.
    let events = operator.count("#thread .event").await;
    let before = operator.value("#set-priority").await;
    operator.script("document.querySelector('#set-priority').focus()").await;
    operator.keys(super::Key::Up).await;
    operator.keys(super::Key::Escape).await;
    assert_eq!(operator.value("#set-priority").await, before);
    operator.keys(super::Key::Up).await;
    operator.keys(super::Key::Up).await;
    operator.focus("#message").await;
    assert_eq!(operator.value("#set-priority").await, before);
    operator.script("document.querySelector('#set-priority').focus()").await;
    operator.keys(super::Key::Down).await;
    operator.keys(super::Key::Up).await;
    operator.keys(super::Key::Down).await;
    operator.keys(super::Key::Return).await;
    operator.has("#thread .event", events + 1).await;
    operator.goto(&place).await;
    operator.has("#thread .event", events + 1).await;
    assert_ne!(operator.value("#set-priority").await, before);
    scene.close(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn keys_alone_and_no_page_wider_than_its_screen() {
    let Some(driver) = Driver::start() else { return };
    let install = Install::on_sqlite();
    let server = install.start().await;
    let scene = Scene::new(&driver, &install, &server, true).await;
    for (title, text) in [
        ("Первый", "Первый вопрос, подробности"),
        ("Второй вопрос с очень длинным словом Донаудампфшиффартсгезельшафтскапитэн", "Подробности"),
    ] {
        scene.customer.goto(NEW).await;
        scene.customer.fill_in("#compose", "title", title).await;
        scene.customer.fill_in("#compose", "message", &format!("{text} 12345")).await;
        scene.customer.click("#compose button.primary").await;
        scene.customer.has("#thread", 1).await;
    }
    let operator = &scene.operator;
    operator.goto(LIST).await;
    operator.has(".ticket", 2).await;
    operator.keys("jj").await;
    operator.has(".ticket.selected, .ticket:focus-within", 1).await;
    operator.keys("k").await;
    operator.keys(super::Key::Return).await;
    operator.has("#thread", 1).await;
    operator.keys("n").await;
    operator.has("#compose [value=note]:checked", 1).await;
    assert_eq!(operator.focused("id").await, "message");
    let place = operator.driver.current_url().await.unwrap().path().to_owned();
    let mut wide = Vec::new();
    for path in [LIST, NEW, &place, "/dashboard/notifications"] {
        wide.extend(operator.fits("ticket", path, "ru").await);
        wide.extend(scene.customer.fits("ticket-customer", path, "ru").await);
    }
    assert!(wide.is_empty(), "{wide:?}");
    scene.close(&[]).await;
}
