//! What the program asks of the operating system about itself: the two calls that have no safe form.

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
