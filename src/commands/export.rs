//! `export`: everything that is kept, for another ospabhost or for another program.

use std::path::Path;

use crate::{
    app::App,
    cli::{Failure, print},
    config::Config,
    moving::archive::writing,
    platform::{Platform, base::log},
};

/// How many of the files that are gone are named.
const NAMED: usize = 20;

pub async fn export(config: Config, to: &str) -> Result<(), Failure> {
    Platform::must_be_there(&config.platform).await?;
    let app = App::open_to_move(&config).await?;
    let platform = &app.platform;
    let exported = writing::export(&platform.db, &platform.files, &platform.clock, Path::new(to)).await?;
    let lines = |part: &str| exported.parts.get(part).map_or(0, |written| written.lines);
    print(format!(
        "{to} holds {} people, {} tickets with {} answers and notes, and {} files of {} bytes. Whoever can read it \
         reads every conversation, and can try to guess passwords.",
        lines("people.jsonl"),
        lines("tickets.jsonl"),
        lines("responses.jsonl"),
        exported.files,
        exported.bytes
    ))?;
    if exported.waiting > 0 {
        log::complain(&format!(
            "{} mails and push messages have not left yet and are not in it: a running server still sends them.",
            exported.waiting
        ));
    }
    match exported.missing.as_slice() {
        [] => Ok(()),
        missing => Err(format!(
            "the archive is whole but for {} files that the storage does not have: {}",
            missing.len(),
            missing.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ")
        )
        .into()),
    }
}
