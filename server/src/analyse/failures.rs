//! What `go list` complains about, as diagnostics with a place and a remedy.

use std::path::{Path, PathBuf};

use super::list::{Package, PackageError};
use super::policy::lexical;
use crate::diagnostic::{Diagnostic, Origin, Position};

/// Remedies by what the message says; the first that fits.
const REMEDIES: &[(&str, &str)] = &[
    ("go.mod file not found", "make a module: go mod init example.com/NAME"),
    ("does not contain main module", "make a module: go mod init example.com/NAME"),
    ("missing go.sum entry", "run: go mod tidy"),
    ("updates to go.mod needed", "run: go mod tidy"),
    ("updates to go.sum needed", "run: go mod tidy"),
    ("inconsistent vendoring", "run: go mod vendor"),
    ("is not in std", "check the spelling; the path of a module begins with a domain name"),
    (
        "build constraints exclude all Go files",
        "programs are built for GOOS=js GOARCH=wasm: check the `//go:build` lines and names such as x_linux.go",
    ),
    ("no Go files in", "write a Go file with `package main`, or name the folder of a program"),
    ("import cycle not allowed", "move what both packages need into a third one"),
    ("no matching files found", "make the file, or mend the pattern"),
    ("invalid pattern syntax", "a program embeds only regular files below its own package folder"),
    ("cannot embed irregular file", "links cannot be embedded: copy the file into the package folder"),
    ("cannot embed", "a program embeds only regular files below its own package folder"),
    (
        "invalid toolchain version",
        "remove the toolchain line: programs are built by the Go that is installed",
    ),
    ("requires go >=", "install a newer Go, or lower the `go` line of go.mod"),
    ("not one of the workspace modules", "run: go work use ."),
    ("disabled by GOPROXY=off", "set GOPROXY, or fetch the module once: go mod download"),
    ("found packages", "a folder holds one package: move one of the files"),
    ("malformed import path", "rename the folder: import paths have letters, digits and -._~ only"),
    ("invalid input directory name", "rename the folder"),
    ("use of internal package", "a package below `internal` can be imported only by its neighbours"),
    ("is a program, not an importable package", "move what is to be shared into a package of its own"),
];

/// Complaints about patterns of `//go:embed` are ours as well: files outside the package would be read.
const POLICY: [&str; 3] = ["invalid pattern syntax", "cannot embed irregular file", "cannot embed"];

/// From the words of a run that failed as a whole.
pub(super) fn refused(folder: &Path, words: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut rest = String::new();
    for line in words.lines() {
        if let Some((position, message)) = placed(folder, line.trim()) {
            found.push(diagnostic(message, Some(position)));
        } else if !line.starts_with("go: errors parsing ") {
            rest.push_str(line.strip_prefix("go: ").unwrap_or(line));
            rest.push('\n');
        }
    }
    let rest = rest.trim();
    if !rest.is_empty() || found.is_empty() {
        let message = if rest.is_empty() { "go list failed without a word" } else { rest };
        found.push(diagnostic(message, None));
    }
    found
}

/// From the errors of packages, each once. `chosen` says whose errors count.
pub(super) fn of_packages<'a>(
    folder: &Path,
    packages: impl IntoIterator<Item = &'a Package>,
) -> Vec<Diagnostic> {
    let mut seen: Vec<&PackageError> = Vec::new();
    for package in packages {
        for error in package.error.iter().chain(&package.deps_errors) {
            if !seen.contains(&error) {
                seen.push(error);
            }
        }
    }
    let mut found: Vec<Diagnostic> = seen.into_iter().flat_map(|error| one(folder, error)).collect();
    // The same complaint reaches several packages by different import stacks.
    let mut unique = Vec::new();
    found.retain(|diagnostic| {
        let key = (diagnostic.message.clone(), diagnostic.position.clone());
        let new = !unique.contains(&key);
        unique.push(key);
        new
    });
    found
}

fn one(folder: &Path, error: &PackageError) -> Vec<Diagnostic> {
    if let Some((position, _)) = placed(folder, &format!("{}: x", error.pos)) {
        let lines: Vec<_> = error.err.lines().filter_map(|line| placed(folder, line)).collect();
        if lines.is_empty() {
            return vec![diagnostic(&error.err, Some(position))];
        }
    }
    let lines: Vec<_> = error.err.lines().filter_map(|line| placed(folder, line)).collect();
    if !lines.is_empty() {
        return lines.into_iter().map(|(position, message)| diagnostic(message, Some(position))).collect();
    }
    if error.err.contains("import cycle") && !error.import_stack.is_empty() {
        return vec![diagnostic(&format!("{}: {}", error.err, error.import_stack.join(" -> ")), None)];
    }
    vec![diagnostic(&error.err, None)]
}

/// Splits `file:line:column: message` and `file:line: message`.
fn placed<'a>(folder: &Path, line: &'a str) -> Option<(Position, &'a str)> {
    let (place, message) = line.split_once(": ")?;
    let mut parts = place.rsplitn(3, ':');
    let last: u32 = parts.next()?.parse().ok()?;
    let (file, line, column) = match (parts.next()?, parts.next()) {
        (middle, Some(file)) => match middle.parse() {
            Ok(line) => (file.to_owned(), line, last),
            Err(_) => (format!("{file}:{middle}"), last, 0),
        },
        (file, None) => (file.to_owned(), last, 0),
    };
    let file: PathBuf = lexical(&folder.join(file));
    Some((Position { file, line, column }, message))
}

fn diagnostic(message: &str, position: Option<Position>) -> Diagnostic {
    let origin =
        if POLICY.iter().any(|words| message.contains(words)) { Origin::Policy } else { Origin::Loader };
    // The go command's own advice speaks of flags that are not the user's here.
    let message = message.split("; to add").next().unwrap_or(message);
    let message = message.trim_end_matches(": import lookup disabled by -mod=readonly");
    let mut diagnostic = Diagnostic::error(origin, message);
    if let Some(position) = position {
        diagnostic = diagnostic.at(position);
    }
    match remedy(message) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

fn remedy(message: &str) -> Option<String> {
    for words in ["cannot find module providing package ", "no required module provides package "] {
        if let Some((_, rest)) = message.split_once(words) {
            let package = rest.split([';', ':', ' ']).next().unwrap_or(rest);
            return Some(format!("run: go get {package} (or mend the path, if it is a package of your own)"));
        }
    }
    REMEDIES.iter().find(|(words, _)| message.contains(words)).map(|(_, hint)| (*hint).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_split_off_messages() {
        for (line, expected) in [
            ("main.go:3:8: bad", Some(("/p/main.go", 3, 8, "bad"))),
            ("../go.mod:3: bad: worse", Some(("/go.mod", 3, 0, "bad: worse"))),
            ("a:b.go:1:2: bad", Some(("/p/a:b.go", 1, 2, "bad"))),
            ("pattern x: bad", None),
            ("no place", None),
        ] {
            let found = placed(Path::new("/p"), line);
            let found = found.as_ref().map(|(position, message)| {
                (position.file.to_str().unwrap(), position.line, position.column, *message)
            });
            assert_eq!(found, expected, "{line}");
        }
    }
}
