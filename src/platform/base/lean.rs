//! Style sheets and scripts as they are sent: without what only their authors read, a third of their weight.

/// Without indents, empty lines and comments that begin a line. A text of several lines between backticks is left as
/// it is, and so is all that might be one.
pub fn lean(text: &str) -> String {
    let mut sent = String::with_capacity(text.len());
    let (mut in_comment, mut in_text) = (false, false);
    for line in text.lines() {
        let mut rest = line.trim();
        if in_comment {
            in_comment = !rest.ends_with("*/");
            continue;
        }
        if !in_text && rest.starts_with("/*") {
            in_comment = !rest.contains("*/");
            rest = rest.split_once("*/").map_or("", |(_, rest)| rest.trim_start());
        }
        if in_text {
            sent.push_str(line);
        } else if rest.is_empty() || rest.starts_with("//") {
            continue;
        } else {
            sent.push_str(rest);
        }
        sent.push('\n');
        in_text ^= rest.matches('`').count() % 2 == 1;
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_and_words_about_it_go() {
        let script = "// What it is for.\nimport { a } from \"./a.js\";\n\n/**\n * @param {string} b\n */\nexport function c(b) {\n  \
                      // Why.\n  /** @type {any} */ (b).d(\"/* e */\"); // f\n}\n";
        let sent = "import { a } from \"./a.js\";\nexport function c(b) {\n(b).d(\"/* e */\"); // f\n}\n";
        assert_eq!(lean(script), sent);
        assert_eq!(
            lean("/* One. */\n@layer a {\n  /* Two\n     lines. */\n  .b { c: d; }\n}\n"),
            "@layer a {\n.b { c: d; }\n}\n"
        );
    }

    #[test]
    fn a_text_of_several_lines_stays_as_it_is() {
        let script = "const a = `\n  // no comment\n\n  /* none */\n`;\n// One.\n";
        assert_eq!(lean(script), "const a = `\n  // no comment\n\n  /* none */\n`;\n");
    }
}
