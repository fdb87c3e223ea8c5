//! The table of `docs/costs.md`: everything that computes, with what bounds it. The file is made from
//! here: `OSPABHOST_WRITE_COSTS=1 cargo test the_table_of_costs` writes it. Whoever adds something that
//! takes longer than a millisecond adds a row, and a test that holds its bound.

use std::{fmt::Write, fs, path::Path};

use crate::account::strength::{ALWAYS_JUDGED, JUDGED, LONGEST, STAND_INS};

struct Cost {
    what: &'static str,
    /// The input that takes longest.
    worst: String,
    bound: String,
    budget: &'static str,
    place: &'static str,
    /// The tests that hold the bound.
    held_by: &'static [&'static str],
}

fn costs() -> Vec<Cost> {
    vec![
        Cost {
            what: "Hash of a password, new or to compare",
            worst: format!("{LONGEST} characters in two spellings against an imported bcrypt hash"),
            bound: "one argon2id of 19 MiB and 2 passes (`[account]`) for each spelling, two at most; one bcrypt up to cost 14 \
                    beside each; 35 ms, with bcrypt of cost 12 300 ms"
                .into(),
            budget: "sign-ins, registrations, links (README, \"Limits against guessing\")",
            place: "threads of its own, cores less one, a queue of five seconds",
            held_by: &["door_05_every_check_computes_one_hash", "input_10_a_password_is_the_same_in_either_spelling"],
        },
        Cost {
            what: "Strength of a new password",
            worst: format!("{STAND_INS} different characters that stand for letters among {JUDGED}"),
            bound: format!(
                "the first {JUDGED} characters, and of them only {ALWAYS_JUDGED} with more than {STAND_INS} such; 10 ms"
            ),
            budget: "that of its hash, taken before",
            place: "the threads of hashes, in one piece with the hash",
            held_by: &[
                "door_01_what_is_judged_is_bounded_whatever_is_typed",
                "door_01_only_what_passed_the_cheap_checks_and_has_a_budget_is_computed",
            ],
        },
        Cost {
            what: "Name of a device by its user agent",
            worst: "512 printable characters that no table knows, and as many in each client hint".into(),
            bound: "the first 512 bytes of each header against some 250 words and 450 codes of models; 0.1 ms".into(),
            budget: "none",
            place: "the request's thread",
            held_by: &["door_01_a_user_agent_is_cut_before_it_is_looked_at"],
        },
        Cost {
            what: "A message as HTML, on a page, in a mail, before it is sent",
            worst: "10,000 characters of addresses, of fences, or of lines with a single mark".into(),
            bound: "each line is looked at a few times, blocks do not nest, 64 KiB of HTML; 2 ms".into(),
            budget: "`replies_per_hour` and `tickets_per_hour` for writing, `previews_per_minute`, `requests_per_minute` for reading",
            place: "`platform.workers`; what was made is remembered (`cache_mib`)",
            held_by: &[
                "door_08_any_text_is_small_and_flat",
                "door_08_the_time_grows_with_the_length",
                "door_08_pages_and_previews_have_a_budget_per_person",
            ],
        },
        Cost {
            what: "Beginnings of messages in a list, places that a search found",
            worst: "50 tickets of 10,000 characters each".into(),
            bound: "50 of the former, without HTML; 100 ms".into(),
            budget: "`requests_per_minute`",
            place: "`platform.workers`; pages without a search are remembered",
            held_by: &["door_08_the_time_grows_with_the_length", "door_08_pages_and_previews_have_a_budget_per_person"],
        },
        Cost {
            what: "Search of a long query",
            worst: "a pasted log, or many marks inside one word".into(),
            bound: "the first 512 characters, of them 8 terms of 16 words; the newest 250 places".into(),
            budget: "`requests_per_minute`",
            place: "the database; its reading pool",
            held_by: &["a_long_search_is_a_bounded_one", "input_04_a_long_search_is_answered_and_bounded"],
        },
        Cost {
            what: "Archive, and documents that are archives",
            worst: "10 MiB that unpack to 200 MiB, archives three deep in it".into(),
            bound: "what unpacks to more than 200 MiB or 10,000 entries (`[files]`), or to 700 times its size and over 16 MiB, \
                    is refused as soon as it does; an archive inside is unpacked twice more"
                .into(),
            budget: "uploads of an account (`[files] uploads_per_hour`); one form of a person at a time",
            place: "`platform.workers`",
            held_by: &["asvs_5_2_3_archives_that_unpack_to_too_much_are_refused", "door_02_passwords_and_bombs_inside_are_seen"],
        },
        Cost {
            what: "Picture of a ticket, and its small one",
            worst: "a progressive JPEG of 100 megapixels, 10 MiB".into(),
            bound: "100 megapixels (`[files]`), 100 scans, 2,000 frames, 20 passes over 100 megapixels; a small one is made of what \
                    unpacks to 160 MiB and draws 500 megapixels, once, one at a time"
                .into(),
            budget: "as for archives; a reader's request makes one only of what an older version stored",
            place: "`platform.workers`",
            held_by: &[
                "door_03_pictures_that_stop_a_browser_are_refused",
                "door_03_a_picture_that_cannot_be_unpacked_has_none_and_is_not_tried_again",
            ],
        },
        Cost {
            what: "Photo of a QR code",
            worst: "40 megapixels without a code".into(),
            bound: "5 MiB, 40 megapixels, 20 scans, 10 s; one at a time".into(),
            budget: "photos of an account (`[qr_login]`), taken before the photo is read",
            place: "`platform.workers`",
            held_by: &["what_cannot_be_read_says_why", "cost_01_a_photo_of_many_scans_is_not_unpacked", "nobody_waits_longer_than_allowed"],
        },
        Cost {
            what: "Text that is sent as a file",
            worst: "10 MiB in no charset that is known".into(),
            bound: "read twice, 128 KiB of it to find the charset".into(),
            budget: "as for archives",
            place: "`platform.workers`",
            held_by: &["input_05_every_text_is_taken_as_it_is_and_named_right"],
        },
        Cost {
            what: "Body of a request",
            worst: "a form without a boundary, with an endless header, or of empty fields".into(),
            bound: "128 KiB of it in memory, 64 of one with files, 8 of a part's header, 100 parts; all bodies 32 MiB, those of an address 4 MiB; files on \
                    disk"
                .into(),
            budget: "one form with files of a person at a time, 32 in all",
            place: "the request's thread, a piece at a time; long JSON on `platform.workers`",
            held_by: &[
                "door_09_no_shape_of_a_body_is_held",
                "door_09_a_plain_form_is_bounded",
                "door_09_one_person_sends_one_form_at_a_time",
                "door_09_all_bodies_have_a_bound_and_each_address_a_part_of_it",
            ],
        },
        Cost {
            what: "The portal's mark as a picture, for systems that show no SVG",
            worst: "512 pixels a side".into(),
            bound: "four pictures of fixed sizes, each drawn once while the server runs; 20 ms".into(),
            budget: "none",
            place: "`platform.workers`",
            held_by: &["icons_have_the_hue_and_are_drawn_once"],
        },
    ]
}

const HEAD: &str = "# What computes, and what bounds it

Made from `src/testing/costs.rs`, where a row is added or changed. Times are of one core of a small server
in a release build. What takes longer than a millisecond runs on threads of its own behind those that answer
requests, after its budget, on bounded input, and after the checks that cost nothing.

| what | worst input | bound, time | budget | where it runs | held by |
|---|---|---|---|---|---|
";

fn table() -> String {
    let mut text = HEAD.to_owned();
    for cost in costs() {
        let tests: Vec<_> = cost.held_by.iter().map(|test| format!("`{test}`")).collect();
        let Cost { what, worst, bound, budget, place, .. } = cost;
        writeln!(text, "| {what} | {worst} | {bound} | {budget} | {place} | {} |", tests.join(", ")).unwrap();
    }
    text
}

#[test]
fn door_01_the_table_of_costs_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/costs.md");
    let table = table();
    if std::env::var_os("OSPABHOST_WRITE_COSTS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table, "see the head of src/testing/costs.rs");
}

#[test]
fn door_01_every_bound_is_held_by_a_test() {
    let mut texts = String::new();
    let mut open =
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")];
    while let Some(path) = open.pop() {
        match fs::read_dir(&path) {
            Ok(folder) => open.extend(folder.map(|entry| entry.unwrap().path())),
            Err(_) => texts += &String::from_utf8_lossy(&fs::read(&path).unwrap()),
        }
    }
    for cost in costs() {
        assert!(!cost.held_by.is_empty(), "{}", cost.what);
        for test in cost.held_by {
            assert!(texts.contains(&format!("fn {test}(")), "there is no test {test}");
        }
    }
}
