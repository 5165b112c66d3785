//! Sources to uses.

use ast_diff::{Kind, Parser};

use crate::catalogue::named;
use crate::lines::{Lines, Place};
use crate::walk::{self, Use};

/// What a file uses.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// In the order of the file.
    pub uses: Vec<Use>,
    /// Paths of the packages that it imports.
    pub imports: Vec<String>,
    /// Has it a line `//go:build`?
    pub is_constrained: bool,
    /// Parts that cannot be read, and why. What is in them is not known.
    pub unreadable: Vec<(Place, String)>,
}

/// Reads Go files. Never fails: what cannot be read is said.
#[derive(Debug, Default)]
pub struct Reader {
    parser: Parser,
}

impl Reader {
    /// For any number of files.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a file uses.
    pub fn read(&mut self, source: &[u8]) -> Uses {
        let parsed = self.parser.parse(source);
        let lines = Lines::of(source);
        let (uses, imports) = walk::uses(&parsed, source, &lines);
        let tree = &parsed.tree;
        // Below the package clause such a line is a comment.
        let is_constrained = tree
            .children(0)
            .take_while(|child| tree.node(*child).kind != Kind::PACKAGE_CLAUSE)
            .any(|child| {
                tree.node(child).kind == Kind::DIRECTIVE && tree.text(child).starts_with(b"//go:build ")
            });
        let unreadable =
            parsed.errors.iter().map(|error| (lines.place(error.at), error.problem.to_string())).collect();
        Uses {
            uses,
            imports: imports.all.into_iter().map(|import| import.path).collect(),
            is_constrained,
            unreadable,
        }
    }
}

/// What a file that is not Go, and is built with a package, means. `name`: of the file.
pub fn foreign(name: &str) -> Option<Use> {
    let extension = name.rsplit_once('.')?.1;
    let form = match extension {
        "s" | "S" | "sx" => "assembly",
        "syso" => "object file",
        "c" | "cc" | "cpp" | "cxx" | "m" | "f" | "F" | "for" | "f90" | "h" | "hh" | "hpp" | "hxx"
        | "swig" | "swigcxx" => "C source",
        _ => return None,
    };
    let entry = named("", form)?;
    Some(Use { entry, name: form.to_owned(), detail: None, place: Place { line: 1, column: 1 } })
}
