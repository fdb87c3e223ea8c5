//! What the program asks of the operating system about itself: the calls that have no safe form.

/// A password hash takes 19 MiB. glibc, once it has seen such a block freed, keeps the next ones (five
/// were seen to stay); with a fixed threshold each goes back to the system at once. Call it first.
pub fn give_large_blocks_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets one number of the allocator, before any other thread runs.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
    }
}

/// Lets other threads go before this one, so that long work does not hold up short answers. Where the
/// system refuses, nothing changes.
pub fn let_others_go_first() {
    const NICE: libc::c_int = 5;
    // SAFETY: takes numbers only; on Linux, 0 is the calling thread.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
    }
}

/// A file that may not grow any more is an error for who writes it, and no reason to die.
pub fn survive_full_files() {
    // SAFETY: sets what one signal does, to a fixed value, before any other thread runs.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Allows as many open files as the system lets this program have. Each connection is one.
pub fn raise_file_limit() {
    // SAFETY: both calls read or write one structure that lives until they are over.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// How many files this program may have open. Read, not asked for: a service may be forbidden the call.
pub fn file_limit() -> u64 {
    const USUAL: u64 = 1024;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    match limit {
        Some("unlimited") => u64::MAX,
        Some(number) => number.parse().unwrap_or(USUAL),
        None => USUAL,
    }
}

/// Whether the program was started to outlive its terminal, as by `nohup`.
pub fn hangup_is_ignored() -> bool {
    // SAFETY: asks for what one signal does, into a structure for which zeros are a value.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Whatever this process makes is for its user alone. Call it before any other thread runs.
pub fn keep_files_private() {
    // SAFETY: sets one number of the process.
    unsafe {
        libc::umask(0o077);
    }
}
