//! The demo is whole: every ticket, every file.

use super::{fill, tickets};
use crate::{
    platform::base::actor::Role,
    testing::{TestApp, engines::*, make},
};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_every_ticket_with_its_status_and_every_file(#[values(Sqlite, Postgres)] engine: DbEngine) {
    run_on(engine, async |database| {
        let app = TestApp::new(database).await;
        fill(&app.app).await.unwrap();
        let operator = make::account(&app, "new", Role::Operator).await;
        let (mut program, _) = make::program(&app, &operator).await;
        let book = tickets::book().unwrap().ticket;
        let now = app.app.platform.clock.now().rfc3339();
        let mut seen = 0;
        for page in 1..=6 {
            let list = program.get(&format!("/api/ticket?page={page}&pageSize=50")).await.value();
            assert_eq!(list["meta"]["total"], 300);
            for ticket in list["tickets"].as_array().unwrap() {
                let story = book.iter().find(|story| story.title == ticket["title"].as_str().unwrap()).unwrap();
                assert_eq!(ticket["status"], story.status.as_str(), "{}", story.title);
                let one = program.get(&format!("/api/ticket/{}", ticket["id"])).await.value()["ticket"].clone();
                let names = |value: &serde_json::Value| -> Vec<String> {
                    let files = value["attachments"].as_array().unwrap();
                    files.iter().map(|file| file["filename"].as_str().unwrap().to_owned()).collect()
                };
                assert_eq!(names(&one), story.files, "{}", story.title);
                let responses = one["responses"].as_array().unwrap();
                assert_eq!(responses.len(), story.talk.len(), "{}", story.title);
                for (response, turn) in responses.iter().zip(&story.talk) {
                    assert_eq!(names(response), turn.files, "{}", story.title);
                    for file in response["attachments"].as_array().unwrap() {
                        assert_eq!(program.get(file["fileUrl"].as_str().unwrap()).await.status, 200);
                    }
                }
                let time = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap().to_owned();
                let (made, changed) = (time(&one, "createdAt"), time(&one, "updatedAt"));
                let times: Vec<String> = responses.iter().map(|response| time(response, "createdAt")).collect();
                assert!(times.is_sorted() && times.iter().all(|at| made < *at && *at < now), "{}", story.title);
                let public = responses.iter().rfind(|response| response["isInternal"] == false);
                let last = public.map_or(made, |response| time(response, "createdAt"));
                assert!(last <= changed && changed < now, "{}", story.title);
                seen += 1;
            }
        }
        assert_eq!(seen, book.len());
    })
    .await;
}
