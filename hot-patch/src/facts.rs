//! What a compiler's front end knows of a program and two revisions are compared by.

use serde::{Deserialize, Serialize};

/// Facts of one revision: the user's packages, each after those that it imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// In dependency order.
    pub packages: Vec<PackageFacts>,
}

/// Facts of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Import path.
    pub path: String,
    /// What its symbols begin with: `main` for the program, else the import path.
    pub symbol_path: String,
    /// Functions and methods that are declared; not `init`.
    pub functions: Vec<FunctionFacts>,
    /// Named types, those inside of functions as well.
    pub types: Vec<TypeFacts>,
    /// Package variables.
    pub variables: Vec<VariableFacts>,
    /// Functions called `init`.
    pub initializers: Vec<InitFacts>,
    /// Import paths, of the standard library too.
    pub imports: Vec<String>,
}

/// A declared function or method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFacts {
    /// Full name, which is its link symbol: `main.f`, `(*main.T).Method`.
    pub name: String,
    /// Over the text, what every identifier in it resolves to, and the bodies of generic functions that it uses,
    /// transitively. Equal fingerprints compile to the same code.
    pub fingerprint: [u8; 32],
    /// Go signature with package paths spelled out. Part of the function's identity: a suspended caller must never
    /// pass values of an old type to new code.
    pub signature: String,
    /// It has type parameters, its own or its receiver's.
    pub generic: bool,
    /// Fingerprint without the function literals in it.
    pub frame: [u8; 32],
}

/// A function literal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosureFacts {
    /// Link symbol: `main.f$1$2`.
    pub name: String,
    /// Link symbol of the declared function that it stands in.
    pub outer: String,
    /// Signature, then the captured variables in order with their types: the layout of its context.
    pub facts: String,
    /// Over the text and what it means: of the same name, facts and fingerprint, the same code. `None` when there is more
    /// that decides.
    pub fingerprint: Option<[u8; 32]>,
    /// It is the one that the program has, and was not compiled.
    pub kept: bool,
}

/// A named type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeFacts {
    /// Name without the package.
    pub name: String,
    /// The underlying type in words; equal words are equal layouts.
    pub layout: String,
    /// Method set in words: identifier, type, on value or on pointer.
    pub methods: String,
    /// True for an interface, whose layout never changes but whose method sets are compiled into callers.
    pub interface: bool,
    /// Full name of the function that it is local to.
    pub local_to: Option<String>,
}

/// A package variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableFacts {
    /// Name without the package.
    pub name: String,
    /// Its Go type with package paths spelled out.
    pub typ: String,
    /// Over the text of its initial value and what that resolves to.
    pub initializer: [u8; 32],
    /// Over the files that are embedded in it; zeros for none.
    pub embedded: [u8; 32],
}

/// A function called `init`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitFacts {
    /// `init#1 file.go`: its number within its file.
    pub name: String,
    /// As that of a function.
    pub fingerprint: [u8; 32],
}
