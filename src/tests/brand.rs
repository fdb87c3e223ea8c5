//! A brand is a few settings: its name, hue and logo reach everything that shows whose portal it is.

use std::fs;

use serde_json::json;

use crate::{
    platform::base::actor::Role,
    testing::{Database, TestApp, make, until},
};

const LOGO: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>"#;

#[tokio::test]
async fn a_brand_is_seen_wherever_the_portal_shows_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logo.svg");
    fs::write(&file, LOGO).unwrap();
    let app = TestApp::with(Database::sqlite(), |config| {
        config.platform.site_name = "Хостинг «Ы»".into();
        config.platform.brand_hue = 145;
        config.platform.brand_logo = file.to_str().unwrap().into();
    })
    .await;
    let brand = app.app.platform.assets.brand().clone();
    let logo = app.app.platform.assets.logo().unwrap();
    let artem = make::account(&app, "artem", Role::Customer).await;
    let mut browser = make::browser(&app, &artem).await;
    for path in ["/login", "/offline", "/dashboard/settings"] {
        // Who is signed in is led away from the sign-in.
        let page = if path == "/login" { app.client().get(path).await } else { browser.get(path).await };
        assert_eq!(page.count(&format!("img.logo[src='{logo}'][alt='']")), 1, "{path}");
        assert!(page.text.contains("Хостинг «Ы»") && page.text.contains(&brand.dark("card")), "{path}");
        assert_eq!(page.count(&format!("link[rel=icon][href='{logo}']")), 1, "{path}");
    }
    let own = app.client().get(&logo).await;
    assert_eq!((own.status.as_u16(), own.text.as_str()), (200, LOGO));
    assert_eq!(own.header("content-type"), "image/svg+xml; charset=utf-8");
    assert!(
        own.header("cache-control").contains("immutable") && own.header("content-security-policy").contains("sandbox")
    );
    let css = app.client().get(&format!("{}/app.css", app.app.platform.assets.prefix())).await;
    assert!(css.text.contains("--brand-hue: 145;"));
    let manifest = app.client().get("/manifest.webmanifest").await.value();
    assert_eq!(
        (&manifest["name"], &manifest["background_color"]),
        (&json!("Хостинг «Ы»"), &json!(brand.light("page")))
    );
    assert_eq!((&manifest["icons"][0]["src"], &manifest["icons"][0]["sizes"]), (&json!(logo), &json!("any")));
    assert!(app.client().get("/sw.js").await.text.contains(&logo), "the page without a connection shows it");
    app.client().post("/api/auth/password/forgot", json!({ "email": artem.email })).await;
    until(async || !app.mails_to(&artem.email).await.is_empty()).await;
    let mail = app.mails_to(&artem.email).await.pop().unwrap();
    assert!(mail.html.contains("Хостинг «Ы»") && mail.html.contains(&brand.light("accent")));
    assert!(!mail.html.contains("<img") && !mail.html.contains("url("), "a mail loads nothing");
}

#[tokio::test]
async fn icons_have_the_hue_and_are_drawn_once() {
    let blue = TestApp::new(Database::sqlite()).await;
    let red = TestApp::with(Database::sqlite(), |config| config.platform.brand_hue = 25).await;
    assert_ne!(blue.app.platform.assets.prefix(), red.app.platform.assets.prefix(), "browsers keep them for ever");
    let icon = async |app: &TestApp| app.client().get("/assets/x/icons/180.png").await.bytes;
    let drawn = icon(&blue).await;
    assert_eq!(drawn, icon(&blue).await);
    assert_ne!(drawn, icon(&red).await);
    let favicon = red.client().get("/assets/x/favicon.svg").await.text;
    assert!(favicon.contains(&red.app.platform.assets.brand().light("accent")) && !favicon.contains("__"), "{favicon}");
}
