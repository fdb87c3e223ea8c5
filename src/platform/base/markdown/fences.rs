//! Code between fences of backticks or tildes. A fence that nothing closes is no mark.

const SHORTEST: usize = 3;
const LONGEST_LANGUAGE: usize = 20;

/// Where fences end, found once for each line, in their order.
pub struct Fences {
    known: Vec<Option<usize>>,
    /// Fences of so many marks and more, by the character, are closed by none of the lines that are left.
    unclosed: [usize; 2],
}

impl Default for Fences {
    fn default() -> Self {
        Self { known: Vec::new(), unclosed: [usize::MAX; 2] }
    }
}

impl Fences {
    /// The line after the closing one, if a fence with something inside begins at line `at`.
    pub fn end(&mut self, lines: &[&str], at: usize) -> Option<usize> {
        if let Some(known) = self.known.get(at) {
            return *known;
        }
        let end = self.find(lines, at);
        self.known.resize(at, None);
        self.known.push(end);
        end
    }

    fn find(&mut self, lines: &[&str], at: usize) -> Option<usize> {
        let line = lines.get(at)?;
        let (indent, mark, length) = opening(line)?;
        let first = line[indent + length..].trim();
        if length >= *self.unclosed(mark) {
            return None;
        }
        let mut has_code = !first.is_empty() && !is_language(first);
        for (n, line) in lines.iter().enumerate().skip(at + 1) {
            let before = line.trim_end().trim_end_matches(mark);
            let closes = line.trim_end().len() - before.len() >= length && (mark == '`' || before.trim().is_empty());
            has_code |= !before.trim().is_empty();
            if closes {
                return has_code.then_some(n + 1);
            }
        }
        *self.unclosed(mark) = length;
        None
    }

    fn unclosed(&mut self, mark: char) -> &mut usize {
        let [backticks, tildes] = &mut self.unclosed;
        if mark == '`' { backticks } else { tildes }
    }
}

/// Indent, the mark, and how many of it. Backticks in the same line are code in a line.
fn opening(line: &str) -> Option<(usize, char, usize)> {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    let mark = rest.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let after = rest.trim_start_matches(mark);
    let length = rest.len() - after.len();
    let is_fence = indent < 4 && length >= SHORTEST && !(mark == '`' && after.contains('`'));
    is_fence.then_some((indent, mark, length))
}

fn is_language(word: &str) -> bool {
    word.len() <= LONGEST_LANGUAGE && word.chars().all(|c| c.is_ascii_alphanumeric() || "+#._-".contains(c))
}

/// A fenced block: one after the other, its parts are the block.
pub struct Parts<'a> {
    pub open: &'a str,
    /// Empty: none was named, and nothing stands after it.
    pub language: &'a str,
    pub after_language: &'a str,
    pub code: &'a str,
    pub close: &'a str,
}

/// The parts of what `Fences::end` has found.
pub fn parts(block: &str) -> Parts<'_> {
    let (indent, mark, length) = opening(block.lines().next().unwrap_or_default()).unwrap_or((0, '`', 0));
    let before_close = block.trim_end().trim_end_matches(mark);
    // On a line of its own, the closing fence is hidden with its indent.
    let close = match before_close.rfind('\n') {
        Some(end) if before_close[end + 1..].trim().is_empty() => end + 1,
        _ => before_close.len(),
    };
    let (block, close) = block.split_at(close);
    let (open, inside) = block.split_at(indent + length);
    let (first, rest) = inside.split_at(inside.find('\n').map_or(inside.len(), |end| end + 1));
    let language = first.trim();
    let (open, language, after_language, code) = if language.is_empty() {
        (&block[..open.len() + first.len()], "", "", rest)
    } else if is_language(language) {
        let blank = first.len() - first.trim_start().len();
        let after = &first[blank + language.len()..];
        (&block[..open.len() + blank], language, after, rest)
    } else {
        (open, "", "", inside)
    };
    Parts { open, language, after_language, code, close }
}
