use std::path::Path;

use axum::{Router, error_handling::HandleError, http::StatusCode};
use object_store::{GetOptions, GetRange};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};

use super::{super::Files, Scene, content, count, given, samples::*};
use crate::{
    platform::settings,
    testing::{Database, until},
};

const BUCKET: &str = "tickets";

/// A server that speaks S3 and keeps its objects in a folder.
async fn s3(folder: &Path) -> String {
    std::fs::create_dir(folder.join(BUCKET)).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("AKEXAMPLE", "secretexample"));
    let service = HandleError::new(builder.build(), async |_: s3s::HttpError| StatusCode::INTERNAL_SERVER_ERROR);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback_service(service)).await });
    url
}

fn files(scene: &Scene, folder: &Path, storage_url: &str, endpoint: &str) -> Files {
    let settings =
        settings::Platform { storage_url: storage_url.into(), data_dir: folder.into(), ..Default::default() };
    let vars = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secretexample"),
        ("HOME", "/nowhere"),
    ];
    let platform = &scene.app.app.platform;
    let vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Files::open_with(&settings, platform.db.clone(), platform.clock.clone(), platform.workers.clone(), vars).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_does_what_a_folder_does() {
    let (scene, folder, data) =
        (Scene::new(Database::sqlite()).await, tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let endpoint = s3(folder.path()).await;
    let objects = folder.path().join(BUCKET);
    for url in ["s3://tickets", "s3://tickets/in/here/"] {
        let files = files(&scene, data.path(), url, &endpoint);
        let large: Vec<u8> = (0..10_u32 << 20).map(|n| b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
        let received = given(&files, "a.log", &large).await.unwrap();
        assert_eq!(content(&files, &received).await, large);
        let part = GetOptions { range: Some(GetRange::Bounded(5_000_000..5_000_010)), ..GetOptions::default() };
        let part = files.get(&received.storage_key, part).await.unwrap().bytes().await.unwrap();
        assert_eq!(part, large[5_000_000..5_000_010]);
        let photo = given(&files, "a.jpg", &photo(6, true)).await.unwrap();
        let at_once = futures_util::future::join_all((0..20).map(|_| given(&files, "a.png", png_slice()))).await;
        assert!(at_once.iter().all(Result::is_ok));
        assert_eq!(count(data.path()), 0, "nothing stays on the way");
        assert_eq!(count(&objects), 2 * 22 - 1, "each picture has a small one");
        drop((received, photo, at_once));
        until(async || scene.pending().await == 0).await;
        assert_eq!(count(&objects), 0);
        assert!(matches!(files.get("ab/cdef", GetOptions::default()).await, Err(object_store::Error::NotFound { .. })));
    }
}

fn png_slice() -> &'static [u8] {
    static PNG: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(png);
    &PNG
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_bucket_is_away_files_are_refused_and_nothing_is_lost() {
    let (scene, folder, data) =
        (Scene::new(Database::sqlite()).await, tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let endpoint = s3(folder.path()).await;
    let good = files(&scene, data.path(), "s3://tickets", &endpoint);
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = files(&scene, data.path(), "s3://tickets", &format!("http://{nobody}"));
    std::mem::forget(given(&good, "a.txt", b"x").await.unwrap());
    let Err(error) = given(&away, "a.txt", b"x").await else { panic!("taken") };
    assert_eq!((error.status().as_u16(), error.code.as_str()), (503, "file_storage"));
    assert_eq!(count(data.path()), 0);
    // Another node, or this one later, removes what could not be removed.
    scene.app.pass(std::time::Duration::from_secs(7200));
    good.clean().await.unwrap();
    assert_eq!((scene.pending().await, count(&folder.path().join(BUCKET))), (0, 0));
}

#[tokio::test]
async fn a_folder_of_ones_own_and_wrong_addresses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a/b");
    let scene =
        Scene::with(Database::sqlite(), |config| config.platform.storage_url = place.display().to_string()).await;
    let received = given(scene.files(), "a.txt", b"x").await.unwrap();
    assert!(place.join(&received.storage_key).is_file());
    assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(place.join(&received.storage_key)).unwrap().permissions().mode() & 0o777, 0o600);
    for wrong in ["s3://", "gs://bucket", "http://host/bucket"] {
        let settings = settings::Platform { storage_url: wrong.into(), ..Default::default() };
        assert_eq!(settings.check().unwrap_err().0, "storage_url", "{wrong}");
    }
}
