//! The program in trouble from below: no room on the disk, files that may not grow.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use super::{
    Load, check_sqlite,
    common::{Client, Install, PASSWORD, Server, until},
};

/// A small disk, until it is dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// Nothing where this machine does not let us mount.
    pub fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs"]).arg(at).output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        if !mounted {
            let _ = std::io::stderr().write_all(b"a small disk cannot be mounted here, so none is filled\n");
        }
        mounted.then(|| Self(at.to_owned()))
    }

    /// Gives it more room.
    pub fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status();
        assert!(grown.is_ok_and(|status| status.success()));
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        for size in [1 << 16, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Puts a server into trouble and out of it twice: while it cannot write it says so, and afterwards it goes
/// on by itself with all that it acknowledged.
async fn stops_and_goes_on(install: &Install, trouble: impl Fn(&Server, bool)) {
    let server = install.start().await;
    install.add_user("anna@example.ru", "customer");
    let client = Client::of(&server);
    let listen = server.address.to_string();
    let is_healthy = || install.run(&["healthcheck", "--listen", &listen]).status.success();
    let sign_in =
        async || client.post("/api/auth/login", json!({ "email": "anna@example.ru", "password": PASSWORD })).await;
    let mut answered = Vec::new();
    for round in 1..=2 {
        let load = Load::patient(&client, 4);
        load.reached(20).await;
        trouble(&server, true);
        let refused = until("a refused sign-in", async || Some(sign_in().await).filter(|a| a.status != 200)).await;
        assert_eq!((refused.status, &refused.body["code"]), (503, &json!("unavailable")), "{refused:?}");
        until("not ready", async || (client.get("/readyz").await.status == 503).then_some(())).await;
        assert!(!is_healthy());
        assert_eq!(client.get("/healthz").await.status, 200);
        trouble(&server, false);
        until("ready again", async || (client.get("/readyz").await.status == 200).then_some(())).await;
        assert!(is_healthy());
        assert_eq!(sign_in().await.status, 200, "round {round}: {}", server.log());
        load.reached(load.count() + 20).await;
        answered.extend(load.ended().await);
    }
    for email in &answered {
        Client::sign_in(&server, email).await;
    }
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    check_sqlite(&install.database_url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_a_disk_that_was_full() {
    let install = Install::on_sqlite();
    let Some(disk) = Disk::mount(&install.path("data")) else { return };
    stops_and_goes_on(&install, |_, full| if full { disk.fill() } else { disk.free() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn door_17_files_that_may_not_grow() {
    let install = Install::on_sqlite();
    // Beyond this no file may grow, nor be written where it is longer: an I/O error for SQLite.
    let limit = |full| if full { 64 << 10 } else { libc::RLIM_INFINITY };
    stops_and_goes_on(&install, |server, full| server.limit_files(limit(full))).await;
}
