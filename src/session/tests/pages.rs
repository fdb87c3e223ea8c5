use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
};

const OPEN: [&str; 8] = [
    "/login",
    "/login?done=reset",
    "/login?done=out",
    "/register",
    "/forgot",
    "/reset?token=x",
    "/sessions/not-me?token=x",
    "/nothing",
];
const SIGNED_IN: [&str; 9] = [
    "/dashboard",
    "/dashboard/settings",
    "/dashboard/settings?saved=profile",
    "/dashboard/settings?saved=password",
    "/dashboard/settings/sessions",
    "/dashboard/admin/users",
    "/dashboard/admin/users?search=nobody&done=created",
    "/dashboard/nothing",
    "/api/docs",
];

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_speaks_both_languages(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        let admin = make::account(&app, "admin", Role::Admin).await;
        for lang in ["ru", "en"] {
            let mut nobody = app.client();
            let mut browser = make::browser(&app, &admin).await;
            for client in [&mut nobody, &mut browser] {
                client.form("/preferences", &[("lang", lang), ("back", "/login")]).await;
            }
            for (path, client) in OPEN.map(|path| (path, false)).into_iter().chain(SIGNED_IN.map(|path| (path, true))) {
                let page = if client { browser.get(path).await } else { nobody.get(path).await };
                assert!(page.text.contains(&format!("<html lang=\"{lang}\"")), "{path} in {lang}: {}", page.status);
                assert!(!page.text.contains("Unknown localization"), "{path} in {lang} lacks a text");
                assert_eq!((page.count("h1"), page.count("main")), (1, 1), "{path} has one heading and one main part");
                assert!(!page.texts("title")[0].starts_with('·'), "{path} has a title");
            }
        }
    })
    .await;
}
