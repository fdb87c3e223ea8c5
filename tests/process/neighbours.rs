//! Who is away is named with its address and the reason, at the start and in `/readyz`.

use super::common::{Client, Install, stderr, until};

/// A port of this machine at which nobody listens.
fn nobody() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn door_27_a_database_that_is_away_is_named_without_its_password() {
    let address = format!("127.0.0.1:{}", nobody());
    let install =
        Install::on_sqlite().with("OSPABHOST_DATABASE_URL", &format!("postgres://me:hunter2@{address}/portal"));
    for command in [&["serve"][..], &["migrate"], &["user", "list"], &["backup", "--to", "x"]] {
        let output = install.run(command);
        let text = stderr(&output);
        assert!(!output.status.success() && text.contains(&address) && text.contains("refused"), "{command:?}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn door_27_who_is_away_is_told_to_whoever_asks_for_readiness() {
    for install in Install::on_each().await {
        let (nats, mail) = (format!("127.0.0.1:{}", nobody()), format!("127.0.0.1:{}", nobody()));
        let install = install
            .with("OSPABHOST_EVENTS_URL", &format!("nats://me:hunter2@{nats}"))
            .with("OSPABHOST_SMTP_URL", &format!("smtp://me:hunter2@{mail}"))
            .with("OSPABHOST_MAIL_FROM", "help@example.org");
        let server = install.start().await;
        let client = Client::of(&server);
        let details = until("both to be found away", async || {
            let answer = client.get("/readyz").await;
            assert_eq!(answer.status, 200, "mails wait and nodes look into the database: {answer:?}");
            let details = answer.body["details"].clone();
            let all = ["database", "nats", "mail", "storage"].iter().all(|who| details[who].is_object());
            all.then_some(details)
        })
        .await;
        assert_eq!((&details["nats"]["ok"], &details["mail"]["ok"]), (&false.into(), &false.into()), "{details}");
        for (who, address) in [("nats", &nats), ("mail", &mail)] {
            assert!(details[who]["address"].as_str().unwrap().ends_with(address.as_str()), "{details}");
            assert!(details[who]["reason"].as_str().unwrap().contains("refused"), "{details}");
        }
        assert!(details["database"]["ok"] == true && details["storage"]["ok"] == true, "{details}");
        for text in [server.log(), details.to_string()] {
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert!(server.log().contains(&nats) && server.log().contains(&mail), "{}", server.log());
    }
}

#[test]
fn door_27_a_storage_that_takes_nothing_stops_the_start() {
    let address = format!("127.0.0.1:{}", nobody());
    let install = Install::on_sqlite()
        .with("OSPABHOST_STORAGE_URL", "s3://bucket/prefix")
        .with("AWS_ENDPOINT_URL", &format!("http://{address}"))
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "someone")
        .with("AWS_SECRET_ACCESS_KEY", "hunter2");
    let output = install.run(&[]);
    let text = stderr(&output);
    assert!(!output.status.success() && text.contains("storage_url") && text.contains(&address), "{text}");
    assert!(text.contains("writing failed") && !text.contains("hunter2"), "{text}");

    let install = Install::on_sqlite().with("OSPABHOST_STORAGE_URL", "/proc/self/nowhere");
    let output = install.run(&[]);
    assert!(!output.status.success() && stderr(&output).contains("storage_url"), "{}", stderr(&output));
}
