//! Signing keys: nodes with other ones are refused, rotated ones are not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::common::{Install, stderr};

fn key(name: &str, byte: u8) -> String {
    format!("{name}:{}", URL_SAFE_NO_PAD.encode([byte; 32]))
}

#[tokio::test]
async fn door_23_a_node_with_other_keys_does_not_start() {
    for install in Install::on_each().await {
        let (old, new) = (key("k1", 1), key("k2", 2));
        // The same name says nothing.
        let foreign = [key("k1", 3), new.clone(), format!("{},{new}", key("k3", 3))];
        install.start_as(&["serve", "--signing-keys", &old]).await.kill();
        for keys in &foreign {
            for command in ["serve", "migrate"] {
                let output = install.run(&[command, "--signing-keys", keys]);
                let text = stderr(&output);
                assert!(!output.status.success() && text.contains("secrets renew"), "{command} {keys}: {text}");
            }
        }
        // Without the setting a key file would be made, which opens nothing either.
        let output = install.run(&["serve"]);
        assert!(!output.status.success() && stderr(&output).contains("no key file"), "{}", stderr(&output));
        assert!(!install.path("data/keys").exists());

        // Nothing was replaced, and a rotation goes by steps.
        for keys in [
            &old,
            &format!("{old},{new}"),
            &format!("{new},{old}"),
            &format!("{old},{new}"),
            &format!("{new},{old}"),
            &new,
        ] {
            install.start_as(&["serve", "--signing-keys", keys]).await.kill();
        }
        assert!(!install.run(&["serve", "--signing-keys", &old]).status.success(), "{}", install.name());
    }
}

#[tokio::test]
async fn door_23_new_secrets_are_made_on_demand_and_the_loss_is_told() {
    for install in Install::on_each().await {
        let (lost, new) = (key("k1", 1), key("k2", 2));
        install.start_as(&["serve", "--signing-keys", &lost]).await.kill();
        install.sql(
            "INSERT INTO job (unique_key, kind, target, payload, tries, run_at, leased_until, created_at, sealed_by)
             VALUES ('x', 'mail', 'anna@example.ru', '', 0, 0, 0, 0, '0123456789abcdef')"
                .into(),
        )
        .await;
        let nothing = install.ok(&["secrets", "renew", "--yes", "--signing-keys", &lost]);
        assert!(nothing.contains("nothing was changed"), "{nothing}");
        let asked = install.run(&["secrets", "renew", "--signing-keys", &new]);
        for word in ["push messages", "given up", "unsubscribe", "--yes"] {
            assert!(stderr(&asked).contains(word), "{word}: {}", stderr(&asked));
        }
        assert!(!install.run(&["serve", "--signing-keys", &new]).status.success(), "it was done without a yes");
        let done = install.ok(&["secrets", "renew", "--yes", "--signing-keys", &new]);
        assert!(done.contains("given up: 1."), "{done}");
        let failed = "SELECT COUNT(*) FROM job WHERE failed_at IS NOT NULL AND last_error LIKE '%keys%'";
        assert_eq!(install.sql(failed.into()).await, Some(1), "the administrator sees it");
        install.start_as(&["serve", "--signing-keys", &new]).await.kill();
    }
}
