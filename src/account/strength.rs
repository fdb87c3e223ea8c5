//! What a password is before it is hashed: one spelling of it, neither too short nor too long, and not
//! one that is guessed at once.

use unicode_normalization::UnicodeNormalization;

/// In characters (ASVS 6.2.1, 6.2.9).
pub const SHORTEST: usize = 8;
pub const LONGEST: usize = 128;

/// How much of a password is judged, in characters.
pub const JUDGED: usize = 64;
/// How much is judged in any case, whatever the characters are.
pub const ALWAYS_JUDGED: usize = 16;
/// How many different characters that stand for letters may be in what is judged. The time that zxcvbn
/// takes doubles with each of them.
pub const STAND_INS: usize = 6;
/// The characters that zxcvbn reads as letters.
const STANDS_FOR_A_LETTER: &str = "4@8({[<369|!1/0$5+7%2";

/// The password composed (NFC): keyboards and systems spell Й in two ways. `None` where it is longer
/// than any that is accepted, which no time is spent on.
pub fn composed(password: &str) -> Option<String> {
    // A composed character holds four at most.
    if password.chars().nth(LONGEST * 4).is_some() {
        return None;
    }
    let composed: String = password.nfc().collect();
    (composed.chars().count() <= LONGEST).then_some(composed)
}

/// Whether a password is guessed at once (ASVS 6.2.4). `own` are words that make it weak: the person's
/// own name and address. Takes milliseconds: call it where time is bounded.
pub fn is_weak(password: &str, own: &[&str]) -> bool {
    zxcvbn::zxcvbn(judged(once(password)), own).score() < zxcvbn::Score::Two
}

/// A text that is repeated to the end, once: repeating adds nothing that is hard to guess.
fn once(password: &str) -> &str {
    let starts = password.char_indices().map(|(at, _)| at).skip(1);
    let period = starts.take_while(|at| at * 2 <= password.len()).find(|at| password.starts_with(&password[*at..]));
    &password[..period.unwrap_or(password.len())]
}

/// The beginning that is judged: up to the first character that would make it take long.
fn judged(password: &str) -> &str {
    let mut stand_ins = Vec::with_capacity(STAND_INS);
    let end = password.char_indices().enumerate().find_map(|(count, (at, c))| {
        if STANDS_FOR_A_LETTER.contains(c) && !stand_ins.contains(&c) {
            stand_ins.push(c);
        }
        let is_over = count >= JUDGED || count >= ALWAYS_JUDGED && stand_ins.len() > STAND_INS;
        is_over.then_some(at)
    });
    &password[..end.unwrap_or(password.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn door_01_what_is_judged_is_bounded_whatever_is_typed(
            password in prop_oneof!["\\PC{0,300}", "[4@8({\\[<369|!1/0$5+7%2a-f ]{0,300}"]
        ) {
            let judged = judged(&password);
            prop_assert!(password.starts_with(judged));
            let count = judged.chars().count();
            let mut stand_ins: Vec<_> = judged.chars().filter(|c| STANDS_FOR_A_LETTER.contains(*c)).collect();
            stand_ins.sort_unstable();
            stand_ins.dedup();
            prop_assert!(count <= ALWAYS_JUDGED || count <= JUDGED && stand_ins.len() <= STAND_INS, "{judged}");
            prop_assert!(count >= password.chars().count().min(ALWAYS_JUDGED));
        }
    }

    #[test]
    fn door_01_weak_passwords_of_any_length_are_refused() {
        let long = |text: &str| text.chars().cycle().take(LONGEST).collect::<String>();
        for weak in [
            "password",
            "12345678",
            "qwertyuiop",
            "p@ssw0rd",
            "artem@example.ru",
            "passwordpassword",
            "1234567890",
            &long("a"),
            &long("password"),
            &long("password1234567890"),
            &long("qwerty"),
            &long("12345678"),
            &long("ab"),
            &long("artem@example.ru"),
            &long("p@$$w0rd123"),
            &long("qwertyuiop1234567890"),
        ] {
            assert!(is_weak(weak, &["Артём", "artem@example.ru"]), "{weak}");
        }
        for strong in [
            "кот ест рыбу на крыше",
            "correct horse battery staple",
            "жужелица,-ёлка,+Ъ9",
            "Tr0ub4dor&3-h0r$e(7)",
            "correct horse battery staple {4 + 7} @ 12/30 = 18 [56%]",
            "9#kL2$vQ8!xZ",
            &long("кот ест 3 рыбы & 7 мышей (ночью) @ 21:48! "),
        ] {
            assert!(!is_weak(strong, &["Артём", "artem@example.ru"]), "{strong}");
        }
    }

    #[test]
    fn input_10_one_spelling_of_a_password_and_none_too_long_to_look_at() {
        assert_eq!(composed("и\u{306}е\u{308}").as_deref(), Some("йё"));
        assert_eq!(composed("ﬁ").as_deref(), Some("ﬁ"), "only what looks the same is the same");
        assert!(composed(&"и\u{306}".repeat(LONGEST)).is_some());
        assert!(composed(&"\u{3b1}\u{313}\u{300}\u{345}".repeat(LONGEST)).is_some());
        assert_eq!(composed(&"я".repeat(LONGEST + 1)), None);
        assert_eq!(composed(&"и\u{306}".repeat(60_000)), None);
    }
}
