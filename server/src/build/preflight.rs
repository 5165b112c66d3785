//! The check of a built module before anyone sees it, so that a browser never throws a LinkError.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::declarations::{self, Declaration};
use super::module::{Import, Outline, validate};
use super::{CompilerKind, GlueImports, GlueKind};
use crate::diagnostic::{Diagnostic, Origin};

/// What a module must fit to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expectations<'a> {
    pub(super) compiler: CompilerKind,
    pub(super) glue: &'a GlueImports,
    /// Functions that the user's own boot script provides, written `module.name`.
    pub(super) extra_imports: &'a [String],
    /// The program's files, for the place of a declaration.
    pub(super) sources: &'a BTreeSet<PathBuf>,
}

/// A module over the limit. Checked before it is read, by the size of its file.
pub(super) fn too_large(size: u64, limit: u64) -> Diagnostic {
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    Diagnostic::error(
        Origin::Preflight,
        format!("the module has {} MiB, more than the limit of {} MiB", mebibytes(size), mebibytes(limit)),
    )
    .hint("a module of that size usually embeds data: serve it as an asset of the page instead of //go:embed")
}

/// Checks the bytes; the outline is what later steps need.
pub(super) fn check(bytes: &[u8], expected: Expectations<'_>) -> Result<Outline, Vec<Diagnostic>> {
    let invalid = |error: super::module::InvalidModule| {
        vec![
            Diagnostic::error(Origin::Preflight, format!("the compiler wrote an invalid module: {error}")).hint(
                "build again; when it stays, the compiler has a defect: try the other one with --compiler",
            ),
        ]
    };
    validate(bytes).map_err(invalid)?;
    let outline = Outline::read(bytes).map_err(invalid)?;
    if let Some(mismatch) = wrong_glue(&outline, expected) {
        return Err(vec![mismatch]);
    }
    let missing: Vec<&Import> =
        outline.imports.iter().filter(|import| !is_offered(import, expected)).collect();
    if missing.is_empty() {
        return Ok(outline);
    }
    let declared = declarations::find(expected.sources);
    Err(missing.into_iter().map(|import| missing_import(import, &declared, expected)).collect())
}

fn is_offered(import: &Import, expected: Expectations<'_>) -> bool {
    // Glue offers functions only; a boot script may offer whatever it says.
    let function = import.signature.starts_with("func");
    function && expected.glue.offers(&import.module, &import.name)
        || expected.extra_imports.iter().any(|extra| {
            extra.strip_prefix(import.module.as_str()).and_then(|rest| rest.strip_prefix('.'))
                == Some(import.name.as_str())
        })
}

/// Which toolchain built the module, by exports that its glue calls.
fn built_by(outline: &Outline) -> Option<GlueKind> {
    let exports = |name: &str| outline.exports.iter().any(|export| export == name);
    if exports("getsp") && exports("run") && exports("resume") {
        return Some(GlueKind::Go);
    }
    (exports("_start") || exports("_initialize")).then_some(GlueKind::TinyGo)
}

fn wrong_glue(outline: &Outline, expected: Expectations<'_>) -> Option<Diagnostic> {
    let built_by = built_by(outline)?;
    let glue = expected.glue.kind().unwrap_or(expected.compiler.glue());
    (built_by != glue).then(|| {
        Diagnostic::error(
            Origin::Preflight,
            format!(
                "the module was built by {}, but the glue (wasm_exec.js) is {}'s",
                built_by.name(),
                glue.name()
            ),
        )
        .hint("both must be from one toolchain: `dev-server doctor` shows which ones were found")
    })
}

fn missing_import(import: &Import, declared: &[Declaration], expected: Expectations<'_>) -> Diagnostic {
    let Import { module, name, signature } = import;
    let found = declarations::of_import(declared, module, name);
    let function = found.map(|found| format!(", declared by func {}", found.function)).unwrap_or_default();
    let diagnostic = Diagnostic::error(
        Origin::Preflight,
        format!(
            "the module imports {module}.{name} {signature}{function}, but nothing on the page offers it \
             ({}'s wasm_exec.js does not)",
            expected.compiler.glue().name()
        ),
    )
    .hint(format!(
        "when the page's own boot script offers it, list it in dev-server.toml: imports = [\"{module}.{name}\"]; \
         otherwise correct the name or remove the declaration"
    ));
    match found {
        Some(found) => diagnostic.at(found.position.clone()),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Module,
        TypeSection, ValType,
    };

    fn module(imports: &[(&str, &str)], exports: &[&str]) -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32, ValType::I64], [ValType::F64]);
        types.ty().function([], []);
        let mut import_section = ImportSection::new();
        for (from, name) in imports {
            import_section.import(from, name, EntityType::Function(0));
        }
        let mut functions = FunctionSection::new();
        functions.function(1);
        let mut export_section = ExportSection::new();
        for name in exports {
            export_section.export(name, ExportKind::Func, imports.len() as u32);
        }
        let mut code = CodeSection::new();
        let mut body = Function::new([]);
        body.instructions().end();
        code.function(&body);
        module
            .section(&types)
            .section(&import_section)
            .section(&functions)
            .section(&export_section)
            .section(&code);
        module.finish()
    }

    fn check_with(
        bytes: &[u8],
        extra: &[String],
        sources: &BTreeSet<PathBuf>,
    ) -> Result<(), Vec<Diagnostic>> {
        let glue = GlueImports::scan("importObject = { gojs: { 'runtime.wasmExit': 1, offered: 1 } }");
        let expected =
            Expectations { compiler: CompilerKind::Go, glue: &glue, extra_imports: extra, sources };
        check(bytes, expected).map(|_| ())
    }

    #[test]
    fn a_missing_import_names_module_function_signature_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.go");
        std::fs::write(
            &file,
            "package main\n\n//go:wasmimport host answer\nfunc ask(a int32, b int64) float64\n",
        )
        .unwrap();
        let sources = BTreeSet::from([file.clone()]);
        let bytes = module(&[("gojs", "offered"), ("host", "answer"), ("host", "second")], &["run"]);
        let found = check_with(&bytes, &[], &sources).unwrap_err();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].message.contains("host.answer func(i32, i64) -> f64, declared by func ask"),
            "{found:?}"
        );
        assert_eq!(found[0].position.as_ref().map(|place| (&place.file, place.line)), Some((&file, 4)));
        assert!(found[0].hint.as_ref().unwrap().contains(r#"imports = ["host.answer"]"#));
        assert_eq!(found[1].position, None);
        let extra = ["host.answer".to_owned(), "host.second".to_owned()];
        assert_eq!(check_with(&bytes, &extra, &sources), Ok(()));
    }

    #[test]
    fn glue_of_the_other_toolchain_is_a_named_error() {
        let found = check_with(&module(&[("gojs", "runtime.ticks")], &["_start"]), &[], &BTreeSet::new());
        let message = &found.unwrap_err()[0].message;
        assert_eq!(message, "the module was built by TinyGo, but the glue (wasm_exec.js) is Go's");
    }

    #[test]
    fn row_h18_what_is_no_module_is_refused() {
        let good = module(&[("gojs", "offered")], &["run"]);
        assert_eq!(check_with(&good, &[], &BTreeSet::new()), Ok(()));
        // A module that ends between two sections is whole, until there are functions without code.
        let whole =
            (0..good.len()).filter(|length| check_with(&good[..*length], &[], &BTreeSet::new()).is_ok());
        assert_eq!(whole.count(), 3, "after the header, the types, the imports");
        assert!(check_with(b"<!doctype html>", &[], &BTreeSet::new()).is_err());
        let mut lying = good.clone();
        lying.extend([0, 0xff, 0xff, 0xff, 0xff, 0x03, 1, b'x']);
        assert!(
            check_with(&lying, &[], &BTreeSet::new()).is_err(),
            "a custom section of 1 GB that is not there"
        );
    }

    #[test]
    fn row_h18_a_million_functions_are_refused_without_harm() {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut body = Function::new([]);
        body.instructions().end();
        for _ in 0..=1_000_000 {
            functions.function(0);
            code.function(&body);
        }
        module.section(&types).section(&functions).section(&code);
        let found = check_with(&module.finish(), &[], &BTreeSet::new()).unwrap_err();
        assert!(found[0].message.contains("function"), "{found:?}");
    }
}
