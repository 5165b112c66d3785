//! Many snippets as one program, which does the one that its first argument names.

use std::fmt::Write as _;
use std::path::Path;

use dev_server::diagnostic::Diagnostic;

use crate::snippets::Snippet;

/// Writes the program. A snippet's number is its place in the list.
pub(crate) fn write(folder: &Path, snippets: &[&Snippet]) {
    let mut main =
        "package main\n\nimport \"os\"\n\nfunc main() {\n\tvar err error\n\tswitch os.Args[1] {\n".to_owned();
    for (number, snippet) in snippets.iter().enumerate() {
        std::fs::write(folder.join(format!("use{number}.go")), snippet.source(number)).unwrap();
        let _ = write!(main, "\tcase \"{number}\":\n\t\terr = use{number}()\n");
    }
    main.push_str(
        "\t}\n\tif err != nil {\n\t\tos.Stderr.WriteString(err.Error() + \"\\n\")\n\t\tos.Exit(9)\n\t}\n}\n",
    );
    std::fs::write(folder.join("main.go"), main).unwrap();
    std::fs::write(folder.join("go.mod"), "module uses\n\ngo 1.26\n").unwrap();
}

/// Which snippets a complaint is about.
pub(crate) fn about(
    complaint: &Diagnostic,
    snippets: &[&Snippet],
    needs: &dyn Fn(&str, &str) -> bool,
) -> Vec<usize> {
    let file =
        complaint.position.as_ref().map(|position| position.file.display().to_string()).unwrap_or_default();
    let text = format!("{file} {}", complaint.message);
    // The file of one, or its function where its file is left out.
    let mut found: Vec<usize> = text
        .split(|character: char| !character.is_alphanumeric())
        .filter_map(|word| word.strip_prefix("use")?.parse().ok())
        .filter(|number| *number < snippets.len())
        .collect();
    // A function of a library that the linker misses: that of one snippet, or one deep in a library.
    if let Some((_, rest)) = complaint.message.split_once("undefined symbol: ") {
        let symbol = rest.split_whitespace().next().unwrap_or_default();
        let package =
            symbol.rsplit_once('.').map_or("", |(package, _)| package.trim_start_matches(['(', '*']));
        let is_wanted = |snippet: &Snippet| {
            snippet.name == symbol
                || (!crate::LIGHT.contains(&package) && snippet.imports.iter().any(|one| one == package))
        };
        found.extend((0..snippets.len()).filter(|number| is_wanted(snippets[*number])));
    }
    // A function of C that nobody has, and that the host does not offer.
    let import = ["imports `env.", "import `env::"]
        .into_iter()
        .find_map(|words| complaint.message.split_once(words).map(|(_, rest)| rest));
    if let Some(rest) = import {
        let name = rest.split('`').next().unwrap_or_default();
        let is_named = |number: &usize| snippets[*number].use_name.to_lowercase().contains(name);
        found.extend((0..snippets.len()).filter(is_named));
    }
    // A package of the standard library that is refused as a whole.
    let is_in = |import: &String| {
        !crate::LIGHT.contains(&import.as_str()) && file.contains(&format!("/src/{import}/"))
    };
    found.extend((0..snippets.len()).filter(|number| snippets[*number].imports.iter().any(is_in)));
    // What the network is made of: the TinyGo that is made here has no package net.
    if file.contains("/internal/poll/") || file.contains("/src/net/") {
        found.extend(
            (0..snippets.len())
                .filter(|number| snippets[*number].imports.iter().any(|import| needs(import, "net"))),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}
