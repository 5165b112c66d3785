//! What one module is made of: tables for people, one object for programs.

use std::fmt::Write as _;

use anatomy::{DataSize, FunctionSize, Note, PackageSize, SectionSize, Sizes};
use serde::Serialize;

use crate::diagnostic::plain;
use crate::printer::grouped;

use super::super::inspected::words;

/// Longest name that is printed; generic types of types have long ones.
const LONGEST_NAME: usize = 90;

/// The parts of a module, the largest first.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    program: &'a str,
    /// The compiler and its version; null for a file.
    compiler: Option<&'a str>,
    file: u64,
    code: u64,
    data: u64,
    sections: &'a [SectionSize],
    packages: &'a [PackageSize],
    functions: &'a [FunctionSize],
    variables: &'a [DataSize],
    notes: &'a [Note],
}

impl<'a> Report<'a> {
    pub(super) fn new(program: &'a str, compiler: Option<&'a str>, sizes: &'a Sizes) -> Self {
        Self {
            program,
            compiler,
            file: sizes.file,
            code: sizes.code,
            data: sizes.data,
            sections: &sizes.sections,
            packages: &sizes.packages,
            functions: &sizes.functions,
            variables: &sizes.variables,
            notes: &sizes.notes,
        }
    }

    /// One line. `top` functions and variables, 0 for all; packages and sections always are complete.
    pub(super) fn json(self, top: usize) -> String {
        let shown = Report {
            functions: &self.functions[..count(self.functions.len(), top)],
            variables: &self.variables[..count(self.variables.len(), top)],
            ..self
        };
        serde_json::to_string(&shown).unwrap_or_default() + "\n"
    }

    /// Tables of at most `top` rows each, 0 for all, whose sums are those of the file.
    pub(super) fn text(&self, top: usize) -> String {
        let mut out = String::new();
        let compiler = self.compiler.map_or_else(String::new, |compiler| format!(", {compiler}"));
        let _ = writeln!(out, "{}{compiler}: {} bytes", self.program, grouped(self.file));
        let _ = writeln!(out, "\n{:>13}  {:>6}  section", "bytes", "");
        for section in self.sections {
            let name = shown(&section.name);
            let kind = if section.is_custom { "  (custom)" } else { "" };
            let _ = writeln!(out, "{}  {name}{kind}", Self::part(section.bytes, self.file));
        }
        self.packages_text(top, &mut out);
        let functions =
            self.functions.iter().map(|one| (one.code, 0, one.name.as_str(), one.package.as_str()));
        table(top, "code", "function", functions, &mut out);
        let data =
            self.variables.iter().map(|one| (one.data, one.zeroed, one.name.as_str(), one.package.as_str()));
        table(top, "data", "variable", data, &mut out);
        if !self.notes.is_empty() {
            out.push('\n');
        }
        for note in self.notes {
            let _ = writeln!(out, "note: {}", words(note));
        }
        out
    }

    fn packages_text(&self, top: usize, out: &mut String) {
        let _ = writeln!(
            out,
            "\n{:>13}  {:>6}  {:>11}  {:>11}  {:>11}  {:>9}  package",
            "code and data", "", "code", "data", "zeroed", "functions"
        );
        let whole = self.code + self.data;
        let mut row = |package: &PackageSize| {
            let _ = writeln!(
                out,
                "{}  {:>11}  {:>11}  {:>11}  {:>9}  {}",
                Self::part(package.total(), whole),
                grouped(package.code),
                grouped(package.data),
                grouped(package.zeroed),
                package.functions,
                shown(&package.name),
            );
        };
        let (first, rest) = self.packages.split_at(count(self.packages.len(), top));
        first.iter().for_each(&mut row);
        if !rest.is_empty() {
            row(&sum(rest, format!("({} more)", rest.len())));
        }
        row(&sum(self.packages, "together".to_owned()));
    }

    fn part(bytes: u64, whole: u64) -> String {
        let percent = if whole == 0 { 0.0 } else { bytes as f64 * 100.0 / whole as f64 };
        format!("{:>13}  {percent:>5.1}%", grouped(bytes))
    }
}

fn sum(packages: &[PackageSize], name: String) -> PackageSize {
    packages.iter().fold(PackageSize { name, ..PackageSize::default() }, |sum, one| PackageSize {
        functions: sum.functions + one.functions,
        code: sum.code + one.code,
        data: sum.data + one.data,
        zeroed: sum.zeroed + one.zeroed,
        name: sum.name,
    })
}

fn table<'a>(
    top: usize,
    bytes: &str,
    what: &str,
    rows: impl ExactSizeIterator<Item = (u64, u64, &'a str, &'a str)>,
    out: &mut String,
) {
    let all = rows.len();
    if all == 0 {
        return;
    }
    let shown_rows = count(all, top);
    let _ = writeln!(out, "\n{bytes:>13}  {what}");
    let (mut rest, mut rest_zeroed) = (0, 0);
    for (index, (size, zeroed, name, package)) in rows.enumerate() {
        if index >= shown_rows {
            rest += size;
            rest_zeroed += zeroed;
            continue;
        }
        let zeroed = if zeroed > 0 { format!("  + {} zeroed", grouped(zeroed)) } else { String::new() };
        // Where the name says it, it is not said again.
        let package = if name.starts_with(package) { String::new() } else { format!("  {}", shown(package)) };
        let _ = writeln!(out, "{:>13}  {}{package}{zeroed}", grouped(size), shown(name));
    }
    if all > shown_rows {
        let zeroed =
            if rest_zeroed > 0 { format!("  + {} zeroed", grouped(rest_zeroed)) } else { String::new() };
        let _ = writeln!(out, "{:>13}  ({} more){zeroed}", grouped(rest), all - shown_rows);
    }
}

fn count(all: usize, top: usize) -> usize {
    if top == 0 { all } else { top.min(all) }
}

/// Harmless for a terminal, and not too long.
fn shown(name: &str) -> String {
    let name = plain(name).replace(['\n', '\t'], " ");
    if name.chars().count() <= LONGEST_NAME {
        return name;
    }
    let beginning: String = name.chars().take(LONGEST_NAME - 3).collect();
    beginning + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_left_out_are_counted() {
        let function = |name: &str, code| FunctionSize { name: name.into(), package: "main".into(), code };
        let package = |name: &str, code| PackageSize {
            name: name.into(),
            code,
            functions: 1,
            ..PackageSize::default()
        };
        let sizes = Sizes {
            file: 1300,
            code: 1200,
            functions: vec![
                function("main.\u{1b}[31mmain", 1000),
                function("main.Add", 150),
                function("odd", 50),
            ],
            packages: vec![package("main", 1150), package("(unattributed)", 50)],
            sections: vec![SectionSize { name: "code".into(), is_custom: false, bytes: 1300 }],
            ..Sizes::default()
        };
        let text = Report::new("app", None, &sizes).text(1);
        assert!(text.contains("1 000  main.main\n"), "{text}");
        assert!(text.contains("200  (2 more)\n"), "{text}");
        assert!(text.contains("(1 more)\n") && text.contains("together\n"), "{text}");
        let line: serde_json::Value =
            serde_json::from_str(&Report::new("app", None, &sizes).json(2)).unwrap();
        assert_eq!(line["functions"].as_array().unwrap().len(), 2);
        assert_eq!((line["code"].as_u64(), line["packages"].as_array().unwrap().len()), (Some(1200), 2));
    }
}
