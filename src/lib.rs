//! ospabhost: a customer portal for hosting companies. Reads settings, runs a command.

#![cfg_attr(
    test,
    allow(
        clippy::too_many_lines,
        clippy::type_complexity,
        reason = "tests read from top to bottom, tables of cases among them"
    )
)]

mod account;
mod api_docs;
mod app;
mod cli;
mod commands;
mod config;
mod demo;
mod moving;
mod notification;
mod overview;
mod platform;
mod qr_login;
mod run;
mod session;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod ticket;

/// Runs what the command line asks for.
pub fn main() -> std::process::ExitCode {
    platform::base::process::give_large_blocks_back();
    platform::base::process::survive_full_files();
    platform::base::process::keep_files_private();
    cli::run()
}
