//! Hashes of passwords that another program made: which of them a password can have at all.

use super::password::DEAREST_BCRYPT;

/// Whether this is a hash as bcrypt writes it, which a password may have. Bits that it always leaves empty tell
/// it from letters that only look like one.
pub fn is_bcrypt(hash: &str) -> bool {
    const LETTERS: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let Some((version, rest)) = hash.strip_prefix("$2").and_then(|rest| rest.split_at_checked(2)) else { return false };
    let Some((cost, salted)) = rest.split_at_checked(2) else { return false };
    let Some(salted) = salted.strip_prefix('$').map(str::as_bytes) else { return false };
    let empty = |at: usize, bits: usize| {
        let place = salted.get(at).and_then(|letter| LETTERS.iter().position(|known| known == letter));
        place.is_some_and(|place| place % (1 << bits) == 0)
    };
    matches!(version, "a$" | "b$" | "y$")
        && cost.parse::<u32>().is_ok_and(|cost| (4..=DEAREST_BCRYPT).contains(&cost))
        && salted.len() == 53
        && salted.iter().all(|letter| LETTERS.contains(letter))
        && empty(21, 4)
        && empty(52, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_bcrypt_writes_is_bcrypt() {
        for cost in [4, 6] {
            assert!(is_bcrypt(&bcrypt::hash("правильный", cost).unwrap()));
        }
        let right = "$2a$10$abcdefghijklmnopqrstu.nv3bfahD9IRqMy9uIAqTIJ9LmV6VsfW";
        assert!(is_bcrypt(right) && is_bcrypt(&right.replace("$2a", "$2b")) && is_bcrypt(&right.replace("$2a", "$2y")));
        for wrong in [
            "",
            "qwerty123",
            "$2a$10$",
            &right[..59],
            &format!("{right}W"),
            &right.replace("$2a", "$2x"),
            &right.replace("$10$", "$31$"),
            &right.replace("$10$", "$03$"),
            &right.replace("u.nv", "uPnv"),
            &right.replace("VsfW", "Vsf/"),
            &right.replace("Vsf", "Vs "),
            "$2a$10$abcdefghijklmnopqrstu.nv3bfahD9IRqMy9uIAqTIJ9LmV6Vsё",
            "$2ё",
        ] {
            assert!(!is_bcrypt(wrong), "{wrong}");
        }
    }
}
