//! The compiler's messages as values of the domain.

use dev_server_proto::compiler as wire;
use hot_patch::{ClosureFacts, Facts, FunctionFacts, InitFacts, PackageFacts, TypeFacts, VariableFacts};

use crate::diagnostic::{Diagnostic, Origin, Position};

pub(super) fn facts(revised: wire::Revised) -> Facts {
    Facts { packages: revised.packages.into_iter().map(package).collect() }
}

fn package(package: wire::PackageFacts) -> PackageFacts {
    PackageFacts {
        path: package.path,
        symbol_path: package.symbol_path,
        functions: package.functions.into_iter().map(function).collect(),
        types: package.types.into_iter().map(named).collect(),
        variables: package
            .variables
            .into_iter()
            .map(|variable| VariableFacts {
                name: variable.name,
                typ: variable.r#type,
                initializer: fingerprint(&variable.initializer),
                embedded: fingerprint(&variable.embedded),
            })
            .collect(),
        initializers: package
            .initializers
            .into_iter()
            .map(|one| InitFacts { name: one.name, fingerprint: fingerprint(&one.fingerprint) })
            .collect(),
        imports: package.imports,
    }
}

fn function(function: wire::FunctionFacts) -> FunctionFacts {
    FunctionFacts {
        name: function.name,
        fingerprint: fingerprint(&function.fingerprint),
        signature: function.signature,
        generic: function.generic,
        frame: fingerprint(&function.frame),
    }
}

fn named(named: wire::TypeFacts) -> TypeFacts {
    TypeFacts {
        name: named.name,
        layout: named.layout,
        methods: named.methods,
        interface: named.interface,
        local_to: Some(named.local_to).filter(|name| !name.is_empty()),
    }
}

/// One of another length is none; no fact of the compiler has it.
fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

pub(super) fn closures(all: Vec<wire::ClosureFacts>) -> Vec<ClosureFacts> {
    all.into_iter()
        .map(|closure| ClosureFacts {
            name: closure.name,
            outer: closure.outer,
            facts: closure.facts,
            fingerprint: closure.fingerprint.as_ref().try_into().ok(),
            kept: closure.kept,
        })
        .collect()
}

/// Literals that a program has, for the compiler.
pub(super) fn known(literals: Vec<ClosureFacts>) -> Vec<wire::ClosureFacts> {
    literals
        .into_iter()
        .map(|literal| wire::ClosureFacts {
            name: literal.name,
            outer: literal.outer,
            facts: literal.facts,
            fingerprint: literal.fingerprint.map(|bytes| bytes.to_vec().into()).unwrap_or_default(),
            kept: false,
        })
        .collect()
}

pub(super) fn problem(problem: &wire::Problem) -> Diagnostic {
    let diagnostic = Diagnostic::error(Origin::TinyGo, problem.message.clone());
    if problem.file.is_empty() {
        return diagnostic;
    }
    diagnostic.at(Position { file: problem.file.clone().into(), line: problem.line, column: problem.column })
}
