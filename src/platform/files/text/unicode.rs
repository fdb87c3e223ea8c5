//! Counts what tells text from other bytes: valid UTF-8, control characters, letters of two bytes.

/// How much of a file is UTF-8.
#[derive(Default)]
pub struct Utf8 {
    /// Letters of several bytes.
    pub good: u64,
    /// Bytes that belong to none.
    pub bad: u64,
    /// A letter that goes on in the next block.
    rest: Vec<u8>,
}

impl Utf8 {
    pub fn feed(&mut self, block: &[u8]) {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(block);
        let whole = all.len() - unfinished(&all);
        for part in all.get(..whole).unwrap_or_default().utf8_chunks() {
            self.good += part.valid().bytes().filter(|byte| *byte >= 0xc0).count() as u64;
            self.bad += part.invalid().len() as u64;
        }
        all.drain(..whole);
        self.rest = all;
    }

    pub fn finish(mut self) -> Self {
        self.bad += self.rest.len() as u64;
        self
    }
}

/// Bytes at the end that may be the beginning of a letter.
fn unfinished(bytes: &[u8]) -> usize {
    let lead = bytes.iter().rev().take(3).enumerate().find(|(_, byte)| **byte >= 0xc0);
    let Some((lead, byte)) = lead else { return 0 };
    let length = match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        _ => 2,
    };
    if lead + 1 < length { lead + 1 } else { 0 }
}

/// What bytes there are.
#[derive(Default)]
pub struct Counts {
    all: u64,
    /// At even and at odd places.
    zeros: [u64; 2],
    /// Controls that no text needs.
    odd: u64,
}

impl Counts {
    /// Blocks but the last have an even length.
    pub fn feed(&mut self, block: &[u8]) {
        self.all += block.len() as u64;
        for pair in block.chunks(2) {
            for (zeros, byte) in self.zeros.iter_mut().zip(pair) {
                *zeros += u64::from(*byte == 0);
                self.odd += u64::from(is_odd(u32::from(*byte)));
            }
        }
    }

    /// Whether at most one byte of `share` is a control that no text needs, and one of a thousand a zero:
    /// logs hold what was sent to a server.
    pub fn is_text(&self, share: u64) -> bool {
        let zeros = self.zeros[0] + self.zeros[1];
        zeros * 1000 <= self.all && (self.odd + zeros) * share <= self.all
    }

    /// UTF-16 without a mark: zeros at every second place, and at these alone.
    pub fn wide(&self) -> Option<Wide> {
        let many = self.all >= 8 && self.all.is_multiple_of(2);
        match self.zeros {
            [0, zeros] if many && zeros * 40 >= self.all => Some(Wide::new(Unit::Two { big: false })),
            [zeros, 0] if many && zeros * 40 >= self.all => Some(Wide::new(Unit::Two { big: true })),
            _ => None,
        }
    }
}

/// Controls but: bell, backspace, tab, line feeds, page, return, shifts of a charset, ^Z, escape.
fn is_odd(c: u32) -> bool {
    matches!(c, 1..=6 | 0x10..=0x19 | 0x1c..=0x1f | 0x7f)
}

#[derive(Clone, Copy)]
enum Unit {
    Two { big: bool },
    Four { big: bool },
}

/// Text in units of two or four bytes.
pub struct Wide {
    unit: Unit,
    units: u64,
    bad: u64,
    /// The first half of a letter of two units.
    high: bool,
}

impl Wide {
    fn new(unit: Unit) -> Self {
        Self { unit, units: 0, bad: 0, high: false }
    }

    /// By the mark at the beginning.
    pub fn of_mark(head: &[u8]) -> Option<Self> {
        Some(Self::new(match head {
            [0xff, 0xfe, 0, 0] => Unit::Four { big: false },
            [0, 0, 0xfe, 0xff] => Unit::Four { big: true },
            [0xff, 0xfe, ..] => Unit::Two { big: false },
            [0xfe, 0xff, ..] => Unit::Two { big: true },
            _ => return None,
        }))
    }

    pub fn name(&self) -> &'static str {
        match self.unit {
            Unit::Two { big: false } => "utf-16le",
            Unit::Two { big: true } => "utf-16be",
            Unit::Four { big: false } => "utf-32le",
            Unit::Four { big: true } => "utf-32be",
        }
    }

    /// Counts units, and writes those of ASCII to `narrow`. Blocks but the last hold whole units.
    pub fn feed(&mut self, block: &[u8], narrow: &mut Vec<u8>) {
        let size = if matches!(self.unit, Unit::Two { .. }) { 2 } else { 4 };
        for unit in block.chunks(size) {
            self.units += 1;
            let code = match (self.unit, unit) {
                (Unit::Two { big: true }, [a, b]) => u16::from_be_bytes([*a, *b]).into(),
                (Unit::Two { big: false }, [a, b]) => u16::from_le_bytes([*a, *b]).into(),
                (Unit::Four { big: true }, [a, b, c, d]) => u32::from_be_bytes([*a, *b, *c, *d]),
                (Unit::Four { big: false }, [a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]),
                // Cut in the middle of a unit.
                _ => 0,
            };
            self.note(code, narrow);
        }
    }

    fn note(&mut self, code: u32, narrow: &mut Vec<u8>) {
        let two = matches!(self.unit, Unit::Two { .. });
        let low = two && (0xdc00..0xe000).contains(&code);
        let alone = self.high != low;
        self.high = two && (0xd800..0xdc00).contains(&code);
        let known = self.high || low || char::from_u32(code).is_some();
        self.bad += u64::from(alone || !known || code == 0 || code == 0xfffe || code == 0xffff || is_odd(code));
        if let Ok(byte @ 1..=0x7f) = u8::try_from(code) {
            narrow.push(byte);
        }
    }

    pub fn is_text(&self) -> bool {
        // The mark itself is a unit, and a cut file has a bad one at its end.
        self.bad <= 1 + self.units / 50 && self.bad < self.units
    }
}
