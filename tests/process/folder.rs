//! What commands make and what they refuse to make; who may read what the program leaves on the disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::common::{Install, PASSWORD, stderr};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Everything in a folder, with the folder.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(all_in(&path)) } else { all.push(path) }
    }
    all
}

fn assert_private(folder: &Path) {
    for path in all_in(folder) {
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), wanted, "{} has mode {:o}", path.display(), mode(&path));
    }
}

const LOOKING: [&[&str]; 9] = [
    &["backup", "--to", "copy.db"],
    &["user", "list"],
    &["user", "role", "--email", "a@example.ru", "--role", "admin"],
    &["user", "block", "--email", "a@example.ru"],
    &["user", "password", "--email", "a@example.ru", "--password-stdin"],
    &["sessions", "end", "--email", "a@example.ru"],
    &["export-user", "--email", "a@example.ru"],
    &["export-user", "--email", "a@example.ru", "--to", "export.json"],
    &["erase-user", "--email", "a@example.ru"],
];

#[tokio::test]
async fn door_21_only_what_serves_or_fills_makes_a_database() {
    for install in Install::on_each().await {
        for command in LOOKING {
            let output = install.run_with(command, PASSWORD);
            let text = stderr(&output);
            assert!(!output.status.success() && text.contains("no database"), "{command:?}: {text}");
            assert!(output.stdout.is_empty(), "{command:?}");
            if install.is_sqlite() {
                assert!(text.contains("data/ospabhost.db"), "where it was looked for: {text}");
            }
            assert_eq!(fs::read_dir(install.path(".")).unwrap().count(), 0, "{command:?} made something");
        }
        for made_by in
            [&["migrate"][..], &["user", "add", "--email", "a@example.ru", "--username", "Anna", "--password-stdin"]]
        {
            install.ok_with(made_by, PASSWORD);
            assert!(install.ok(&["user", "list"]).len() < 100);
        }
    }
}

#[test]
fn door_21_a_file_that_is_no_database_of_ours_is_left_alone() {
    let install = Install::on_sqlite();
    let path = install.path("data/ospabhost.db");
    fs::create_dir(install.path("data")).unwrap();
    let other = install.path("other.db");
    let made = std::process::Command::new("python3")
        .args(["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE a (b)')"])
        .arg(&other)
        .status();
    let other = if made.is_ok_and(|status| status.success()) { fs::read(&other).unwrap() } else { b"text".to_vec() };
    for content in [Vec::new(), b"this is no database".to_vec(), other] {
        fs::write(&path, &content).unwrap();
        for command in LOOKING {
            let output = install.run_with(command, PASSWORD);
            assert!(!output.status.success(), "{command:?} on {} bytes", content.len());
            assert_eq!(fs::read(&path).unwrap(), content, "{command:?} wrote into it");
        }
        assert!(!install.path("copy.db").exists(), "an empty backup");
    }
}

#[tokio::test]
async fn door_21_commands_say_in_a_sentence_what_they_did() {
    for install in Install::on_each().await {
        let said = |command: &[&str]| {
            let said = install.ok_with(command, "семь синих слонов спят\n");
            assert!(said.ends_with('.') && said.contains(' '), "{command:?}: {said}");
            said
        };
        said(&["migrate"]);
        install.add_user("root@example.ru", "admin");
        install.add_user("anna@example.ru", "customer");
        let anna = ["--email", "anna@example.ru"];
        let commands: [&[&str]; 6] = [
            &["user", "role", "--role", "operator"],
            &["user", "block"],
            &["user", "block", "--off"],
            &["user", "password", "--password-stdin"],
            &["sessions", "end"],
            &["export-user", "--to", "anna.json"],
        ];
        for command in commands {
            assert!(said(&[command, &anna].concat()).contains("anna@example.ru"), "{command:?}");
        }
        assert!(fs::read_to_string(install.path("anna.json")).unwrap().contains("\"tickets\""));
        assert_eq!(mode(&install.path("anna.json")), 0o600);
        let again = install.run(&[&["export-user", "--to", "anna.json"][..], &anna].concat());
        assert!(!again.status.success() && stderr(&again).contains("anna.json"), "an export was written over");
        assert!(said(&[&["erase-user"][..], &anna].concat()).contains("erased"));
    }
}

#[test]
fn door_21_a_backup_has_its_name_only_when_it_is_whole() {
    let install = Install::on_sqlite();
    install.add_user("anna@example.ru", "customer");
    let files = || {
        let names = fs::read_dir(install.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let before = files();
    fs::write(install.path("taken"), "").unwrap();
    for (to, why) in [("taken", "there already"), ("nowhere/copy.db", "not written"), ("data", "there already")] {
        let output = install.run(&["backup", "--to", to]);
        assert!(!output.status.success() && stderr(&output).contains(why), "{to}: {}", stderr(&output));
    }
    assert_eq!(fs::read(install.path("taken")).unwrap(), b"", "an empty file is a file too");
    fs::remove_file(install.path("taken")).unwrap();
    assert_eq!(files(), before, "something was left over");
    assert!(install.ok(&["backup", "--to", "copy.db"]).contains("copy.db"));
    assert!(fs::metadata(install.path("copy.db")).unwrap().len() > 4096);
}

/// The program under the umask of somebody who gives everything to everybody.
fn generous(install: &Install, arguments: &[&str]) -> std::process::Output {
    let program = env!("CARGO_BIN_EXE_ospabhost");
    let mut command = install.command(&[]);
    let environment: Vec<_> = command.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
    command = std::process::Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\"", program]).args(arguments).env_clear().envs(environment);
    command.current_dir(install.path("."));
    command.stdin(std::process::Stdio::null()).output().unwrap()
}

#[tokio::test]
async fn door_24_nobody_else_reads_what_lies_in_the_data_folder() {
    for install in Install::on_each().await {
        let made = generous(&install, &["migrate"]);
        assert!(made.status.success(), "{}", stderr(&made));
        let server = install.start().await;
        assert_private(&install.path("data"));
        server.kill();
        assert_private(&install.path("data"));

        // What an earlier version or a copy has left.
        for path in all_in(&install.path("data")) {
            if !path.ends_with("keys") && (path.is_dir() || path.parent() == Some(&install.path("data"))) {
                set_mode(&path, if path.is_dir() { 0o777 } else { 0o666 });
            }
        }
        install.start().await.kill();
        assert_private(&install.path("data"));

        install.add_user("anna@example.ru", "customer");
        if install.is_sqlite() {
            let output = generous(&install, &["backup", "--to", "copy.db"]);
            assert!(output.status.success(), "{}", stderr(&output));
            assert_eq!(mode(&install.path("copy.db")), 0o600);
        }
        let output = generous(&install, &["export-user", "--email", "anna@example.ru", "--to", "anna.json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(mode(&install.path("anna.json")), 0o600);

        set_mode(&install.path("data/keys"), 0o644);
        for arguments in [&[][..], &["user", "list"]] {
            let output = install.run(arguments);
            assert!(!output.status.success() && stderr(&output).contains("chmod 600"), "{}", stderr(&output));
        }
    }
}

#[test]
fn door_24_a_folder_of_others_is_refused_and_left_as_it_is() {
    let install = Install::on_sqlite();
    let folder = install.path("shared");
    fs::create_dir(&folder).unwrap();
    for (wide, with) in [(0o1777, ""), (0o755, "somebody.txt"), (0o750, "somebody.txt")] {
        if !with.is_empty() {
            fs::write(folder.join(with), "").unwrap();
        }
        set_mode(&folder, wide);
        let output = install.run(&["migrate", "--data-dir", "shared"]);
        assert!(!output.status.success() && stderr(&output).contains("data_dir"), "{}", stderr(&output));
        assert_eq!(mode(&folder), wide);
        assert!(fs::read_dir(&folder).unwrap().all(|entry| entry.unwrap().file_name() == with));
    }
    // With the same things in it, but for us alone, it will do.
    set_mode(&folder, 0o700);
    install.ok(&["migrate", "--data-dir", "shared"]);
    fs::write(install.path("file"), "").unwrap();
    let output = install.run(&["migrate", "--data-dir", "file"]);
    assert!(!output.status.success() && stderr(&output).contains("no folder"), "{}", stderr(&output));
}

#[test]
fn door_29_the_unit_allows_what_the_program_relies_on() {
    let unit = include_str!("../../deploy/ospabhost.service");
    let all = |name: &str| -> Vec<&str> {
        unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
    };
    // Each line adds to what is allowed, or takes away; the last one that names a call counts.
    let filters = all("SystemCallFilter");
    let taken_away = filters.iter().rposition(|filter| filter.starts_with('~')).unwrap();
    let given = filters
        .iter()
        .rposition(|filter| !filter.starts_with('~') && filter.split(' ').any(|call| call == "setpriority"));
    assert!(given.is_some_and(|given| given > taken_away), "{filters:?}");
    // Commands find the data by the same user and the same settings.
    assert!(all("User") == ["ospabhost"] && all("EnvironmentFile") == ["/etc/ospabhost/env"]);
    assert!(!unit.contains("DATA_DIR"), "it stands where commands read it too");
    assert_eq!(all("UMask"), ["0077"]);
}
