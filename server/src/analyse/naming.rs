//! Names of programs: part of URLs and identifiers, so plain, unique, and the same at every start.

use std::collections::BTreeSet;
use std::path::Path;

/// Longest name: it appears in URLs, file names and the badge.
const LONGEST: usize = 48;

/// First path segments that the server uses itself.
const RESERVED: [&str; 2] = ["m", "__dev"];

/// A name for the program in each folder, in their order.
pub(super) fn names<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    folders
        .into_iter()
        .map(|folder| {
            let base = base_name(folder);
            let mut name = base.clone();
            let mut number = 2;
            while RESERVED.contains(&name.as_str()) || !taken.insert(name.clone()) {
                name = format!("{base}-{number}");
                number += 1;
            }
            name
        })
        .collect()
}

fn base_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut plain = String::new();
    for character in name.chars().take(LONGEST) {
        if character.is_ascii_alphanumeric() || character == '_' {
            plain.push(character.to_ascii_lowercase());
        } else if !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "program".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_unique() {
        let folders = [
            "/p/cmd/App",
            "/p/other/app",
            "/p/m",
            "/p/a b<script>",
            "/p/..",
            "/p/日本",
            "/p/-toolexec=touch",
        ];
        assert_eq!(
            names(folders.iter().map(Path::new)),
            ["app", "app-2", "m-2", "a-b-script", "program", "program-2", "toolexec-touch"]
        );
    }
}
