//! Every code that a user can see has a page, and every page a code.
//!
//! A code is `MP-AREA-NN` in a source file; its page is `docs/errors/CODE.md` and starts with `# CODE: `. Codes in tests do not
//! count as uses.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut used = BTreeSet::new();
    for folder in ["crates", "tracer"] {
        collect(&root.join(folder), &mut used)?;
    }
    let pages_folder = root.join("docs/errors");
    let mut findings = Vec::new();
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(&pages_folder).context("list docs/errors")? {
        let path = entry?.path();
        let Some(code) =
            path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.starts_with("MP-"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        if !text.starts_with(&format!("# {code}: ")) {
            findings.push(format!(
                "docs/errors/{code}.md: the first line must be `# {code}: what it says`"
            ));
        }
        pages.insert(code.to_owned());
    }
    findings.extend(
        used.difference(&pages).map(|code| format!("{code}: no page docs/errors/{code}.md")),
    );
    findings.extend(
        pages
            .difference(&used)
            .map(|code| format!("docs/errors/{code}.md: no source names this code")),
    );
    Ok(findings)
}

fn collect(folder: &Path, used: &mut BTreeSet<String>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "tests" | "target" | "fuzz" | "snapshots") {
                collect(&path, used)?;
            }
        } else if matches!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("rs" | "java")
        ) {
            let text =
                fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let code_only = text.split("\nmod tests {").next().unwrap_or(&text);
            used.extend(codes(code_only));
        }
    }
    Ok(())
}

fn codes(text: &str) -> Vec<String> {
    text.match_indices("MP-")
        .filter_map(|(start, _)| {
            let code: String = text[start..]
                .chars()
                .take_while(|character| {
                    character.is_ascii_uppercase()
                        || character.is_ascii_digit()
                        || *character == '-'
                })
                .collect();
            let (area, number) = code.strip_prefix("MP-")?.split_once('-')?;
            let good = !area.is_empty()
                && area.chars().all(|character| character.is_ascii_uppercase())
                && number.len() == 2
                && number.chars().all(|character| character.is_ascii_digit());
            good.then(|| code.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn a_code_is_found_in_any_text() {
        assert_eq!(
            codes("x \"MP-GIT-03\" MP-xxx-nn MP-UP-1 MP-API-12."),
            ["MP-GIT-03", "MP-API-12"]
        );
    }
}
