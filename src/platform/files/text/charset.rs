//! Guesses the charset of bytes that are not UTF-8, from a sample of them.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{ISO_2022_JP, KOI8_R, KOI8_U, WINDOWS_1251, WINDOWS_1252, WINDOWS_1255};

/// Bytes that are looked at: more make no guess better.
const MAX: usize = 128 << 10;
/// What is taken around each byte that is not ASCII.
const AROUND: usize = 128;

/// The places of a file that tell its charset.
#[derive(Default)]
pub struct Sample {
    kept: Vec<u8>,
    has_escape: bool,
}

impl Sample {
    pub fn feed(&mut self, block: &[u8]) {
        self.has_escape |= memchr::memmem::find(block, b"\x1b$").is_some();
        for piece in block.chunks(AROUND) {
            if self.kept.len() < MAX && (self.has_escape || !piece.is_ascii()) {
                self.kept.extend_from_slice(piece);
            }
        }
    }

    /// The charset of a file that looks like ASCII, if it is another one that switches by escapes.
    pub fn seven_bit(&self) -> Option<&'static str> {
        if !self.has_escape || !self.kept.is_ascii() {
            return None;
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(&self.kept, true);
        let guess = detector.guess(None, Utf8Detection::Allow);
        (guess == ISO_2022_JP).then(|| guess.name())
    }

    pub fn guess(&self) -> &'static str {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&self.kept, true);
        let guess = detector.guess(None, Utf8Detection::Deny);
        // Of a few letters a detector cannot tell Russian from Hebrew or from accents. Ours write Russian.
        if (guess == WINDOWS_1252 || guess == WINDOWS_1255) && is_russian(&self.kept) {
            return WINDOWS_1251.name();
        }
        // The same but for eight Ukrainian letters.
        if guess == KOI8_U && !self.kept.iter().any(|byte| b"\xa4\xa6\xa7\xad\xb4\xb6\xb7\xbd".contains(byte)) {
            return KOI8_R.name();
        }
        guess.name()
    }
}

/// Words of windows-1251: each wholly of Russian letters, none with a Latin one. Elsewhere accents stand
/// among Latin letters.
fn is_russian(sample: &[u8]) -> bool {
    let mut words = sample.split(|byte| !byte.is_ascii_alphabetic() && *byte < 0x80).filter(|word| !word.is_ascii());
    words.all(|word| {
        word.iter().all(|byte| matches!(byte, 0xc0..=0xff | 0xa8 | 0xb8 | 0xb9 | 0xab | 0xbb | 0x96 | 0x97))
    })
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_8859_5, SHIFT_JIS, WINDOWS_1250, WINDOWS_1253};

    use super::*;

    fn guess(charset: &'static Encoding, text: &str) -> &'static str {
        let mut sample = Sample::default();
        sample.feed(&charset.encode(text).0);
        sample.guess()
    }

    #[test]
    fn input_05_russian_is_told_in_every_charset_from_a_few_words() {
        let texts = [
            "Ошибка\r\n",
            "error: файл не найден",
            "GET /поиск HTTP/1.1 200\n",
            "ОШИБКА ДОСТУПА",
            "Привет, мир! Ёлка\r\n",
            "Не удается найти указанный файл.\r\nC:\\>dir\r\n",
            "Пинг: превышен интервал ожидания для запроса.",
        ];
        for charset in [WINDOWS_1251, IBM866, KOI8_R, ISO_8859_5] {
            for text in texts {
                assert_eq!(guess(charset, text), charset.name(), "{text}");
            }
        }
        assert_eq!(guess(WINDOWS_1251, "да"), "windows-1251");
        assert_eq!(guess(KOI8_U, "Помилка: файл не знайдено, їжак"), "KOI8-U");
    }

    #[test]
    fn input_05_other_languages_are_told_too() {
        for (charset, text) in [
            (WINDOWS_1252, "café naïve déjà vu"),
            (GBK, "错误：无法打开文件"),
            (BIG5, "錯誤：無法開啟檔案"),
            (SHIFT_JIS, "エラー：ファイルが見つかりません"),
            (EUC_JP, "エラー：ファイルが見つかりません"),
            (EUC_KR, "오류: 파일을 찾을 수 없습니다"),
            (WINDOWS_1250, "Chyba: soubor nebyl nalezen, příliš žluťoučký kůň"),
            (WINDOWS_1253, "Σφάλμα αρχείου"),
        ] {
            assert_eq!(guess(charset, text), charset.name(), "{text}");
        }
    }
}
