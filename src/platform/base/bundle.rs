//! Scripts joined: an entry and all that it imports as one file, so that a page asks for one. Each module keeps its
//! names to itself, and what it exports is known to those after it.

use super::lean::lean;

/// The entry at `path` with everything that it brings, each module once, behind those that it imports.
pub fn join<'a>(path: &str, read: &impl Fn(&str) -> &'a str) -> String {
    let (mut joined, mut known) = (String::new(), Vec::new());
    add(path, read, &mut known, &mut joined);
    joined
}

fn add<'a>(path: &str, read: &impl Fn(&str) -> &'a str, known: &mut Vec<String>, joined: &mut String) {
    if known.iter().any(|one| one == path) {
        return;
    }
    known.push(path.to_owned());
    let (mut body, mut exports) = (String::new(), Vec::new());
    for line in lean(read(path)).lines() {
        if let Some(from) = imported(line) {
            add(&resolved(path, from), read, known, joined);
            continue;
        }
        let own = line.strip_prefix("export ");
        exports.extend(own.and_then(declared).map(str::to_owned));
        body.push_str(own.unwrap_or(line));
        body.push('\n');
    }
    let names = exports.join(", ");
    let (head, tail) = match names.is_empty() {
        true => ("{\n".to_owned(), "}\n".to_owned()),
        false => (format!("const {{ {names} }} = (() => {{\n"), format!("return {{ {names} }};\n}})();\n")),
    };
    for part in [head, body, tail] {
        joined.push_str(&part);
    }
}

/// What a line imports: `import "./a.js";` or `import { b } from "./a.js";`.
fn imported(line: &str) -> Option<&str> {
    let (_, path) = line.strip_prefix("import ")?.split_once('"')?;
    path.strip_suffix("\";")
}

/// The name that a line declares.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = ["function ", "class ", "const "].iter().find_map(|word| line.strip_prefix(word))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// `../a.js` as seen from `js/elements/b.js`.
fn resolved(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::platform::base::assets::text;

    #[test]
    fn a_module_stands_once_behind_what_it_imports() {
        let read = |path: &str| match path {
            "js/app.js" => "import \"./one.js\";\nimport { b } from \"./parts/b.js\";\nb();\n",
            "js/one.js" => "import { b } from \"./parts/b.js\";\nconst own = 1;\nb(own);\n",
            "js/parts/b.js" => "// What.\nexport function b() {}\nexport async function c() {}\nexport class D {\n}\n",
            other => panic!("{other}"),
        };
        let joined = "const { b, c, D } = (() => {\nfunction b() {}\nasync function c() {}\nclass D {\n}\nreturn { b, c, D };\n})();\n\
                      {\nconst own = 1;\nb(own);\n}\n{\nb();\n}\n";
        assert_eq!(join("js/app.js", &read), joined);
    }

    #[test]
    fn what_scripts_export_has_one_name_each_and_stays_as_it_is() {
        let mut names = HashSet::new();
        for path in crate::platform::base::assets::scripts() {
            for line in lean(text(&path)).lines() {
                assert_eq!(line.starts_with("import "), imported(line).is_some(), "{path}: {line}");
                let Some(own) = line.strip_prefix("export ") else { continue };
                // A variable would be copied as it is when its module has run.
                let name = declared(own).unwrap_or_else(|| panic!("{path}: {line}"));
                assert!(names.insert(name.to_owned()), "{path}: {name} is exported twice");
            }
        }
        assert!(names.len() > 20);
    }
}
