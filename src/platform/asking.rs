//! Asks what this program stands on whether it is there: once at the start, and who is away again and again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::platform::{
    Platform,
    base::neighbours::{Who, reasons, without_user},
    settings,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Who was away is asked again so often.
const AGAIN: Duration = Duration::from_secs(30);
/// All are asked anew once in so many rounds: nothing may have been sent for a long time.
const ROUNDS: u32 = 10;

/// Asks all once, then who was away, until the server stops. The server serves meanwhile: mails wait, and
/// nodes look into the database.
pub async fn watch(platform: Platform, settings: settings::Platform) {
    let stop: CancellationToken = platform.stop.clone();
    let mut tried = true;
    for round in (0..ROUNDS).cycle() {
        // The storage was tried before the server served.
        let anew = |who| round == 0 && !(who == Who::Storage && tried);
        let asking = ask(&platform, &settings, |who| anew(who) || platform.neighbours.is_away(who));
        if stop.run_until_cancelled(asking).await.is_none()
            || stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none()
        {
            return;
        }
        tried = false;
    }
}

async fn ask(platform: &Platform, settings: &settings::Platform, wanted: impl Fn(Who) -> bool) {
    if wanted(Who::Database) {
        let outcome = platform.db.ping().await.map_err(|error| reasons(&error));
        let address = without_user(&settings.database_url());
        platform.neighbours.note(Who::Database, &address, outcome, platform.clock.now());
    }
    if wanted(Who::Nats) && !settings.events_url.is_empty() {
        let addresses: Vec<_> = settings.events_url.split(',').map(without_user).collect();
        let asked = tokio::time::timeout(PATIENCE, nats(&settings.events_url)).await;
        let outcome = asked.unwrap_or_else(|_| Err(late()));
        platform.neighbours.note(Who::Nats, &addresses.join(","), outcome, platform.clock.now());
    }
    if wanted(Who::Mail) && !settings.smtp_url.is_empty() {
        let asked = tokio::time::timeout(PATIENCE, platform.mailer.try_out()).await;
        let outcome = asked.unwrap_or_else(|_| Err(late()));
        platform.neighbours.note(Who::Mail, &without_user(&settings.smtp_url), outcome, platform.clock.now());
    }
    if wanted(Who::Storage) {
        let outcome = platform.files.try_out().await;
        platform.neighbours.note(Who::Storage, &platform.files.address(), outcome, platform.clock.now());
    }
    if wanted(Who::Scanner) && !settings.clamd_url.is_empty() {
        let asked = tokio::time::timeout(PATIENCE, platform.files.ping_scanner()).await;
        let outcome = asked.unwrap_or_else(|_| Err(late()));
        platform.neighbours.note(Who::Scanner, &settings.clamd_url, outcome, platform.clock.now());
    }
}

async fn nats(url: &str) -> Result<(), String> {
    let servers: Vec<_> = url.split(',').collect();
    let client = async_nats::ConnectOptions::new().connection_timeout(PATIENCE).connect(servers).await;
    client.map(|_| ()).map_err(|error| reasons(&error))
}

fn late() -> String {
    format!("no answer within {} seconds", PATIENCE.as_secs())
}
