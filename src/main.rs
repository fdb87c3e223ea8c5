//! ospabhost: a customer portal for hosting companies. Reads settings, runs a command.

#![warn(clippy::too_many_lines)]

mod account;
mod api_docs;
mod app;
mod cli;
mod commands;
mod config;
mod demo;
mod platform;
mod session;
#[cfg(test)]
mod testing;

fn main() -> std::process::ExitCode {
    give_large_blocks_back();
    cli::run()
}

/// A password hash takes 19 MiB. glibc, once it has seen such a block freed, keeps the next ones (five
/// were seen to stay); with a fixed threshold each goes back to the system at once.
fn give_large_blocks_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets one number of the allocator, before any other thread runs.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
    }
}
