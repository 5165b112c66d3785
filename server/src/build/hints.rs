//! Remedies for messages that compilers give without one.

/// A hint for `message`; `None` when the message says it all.
pub(super) fn hint(message: &str) -> Option<String> {
    let quoted = |before: &str| {
        let rest = &message[message.find(before)? + before.len()..];
        Some(rest.split([' ', ';', ':', ',', '\n']).next().unwrap_or(rest).to_owned())
    };
    if message.contains("is not in std") {
        let package = quoted("package ")?;
        return Some(format!("check the spelling of {package}, or add the module that has it with `go get`"));
    }
    if let Some(package) = quoted("no required module provides package ") {
        return Some(format!("run `go get {package}`, or correct the import path"));
    }
    if message.contains("import lookup disabled by -mod=readonly") {
        let package = quoted("providing package ")?;
        return Some(format!("run `go get {package}`, or correct the import path"));
    }
    if message.contains("missing go.sum entry") || message.contains("updates to go.mod needed") {
        return Some("run `go mod tidy`".to_owned());
    }
    if message.contains("import cycle not allowed") {
        return Some("move what both packages need into a third one".to_owned());
    }
    if message.contains("go.mod requires go >=") || message.contains("requires go version") {
        return Some(
            "install a Go version that fits (`dev-server doctor` shows what was found), \
             or change the `go` line of go.mod"
                .to_owned(),
        );
    }
    if message.contains("build constraints exclude all Go files") {
        return Some(
            "the package has no file for GOOS=js GOARCH=wasm: look at its //go:build lines; cgo is off"
                .to_owned(),
        );
    }
    if message.contains("undefined symbol: main.main")
        || message.contains("function main is undeclared in the main package")
    {
        return Some("add `func main()` to package main".to_owned());
    }
    if message.contains("undefined symbol") || message.contains("could not find symbol") {
        return Some(
            "a function without a body is provided by nobody: give it a body, \
             or take it from the page with //go:wasmimport module name"
                .to_owned(),
        );
    }
    if message.contains("missing function body") {
        return Some("give it a body, or take it from the page with //go:wasmimport module name".to_owned());
    }
    if message.contains("' file not found") || message.contains("could not import C") {
        return Some("cgo does not work in a browser: use syscall/js or //go:wasmimport".to_owned());
    }
    if is_out_of_memory(message) {
        return Some(
            "the compiler reached the memory limit of a build: make huge literals and deeply nested types smaller"
                .to_owned(),
        );
    }
    None
}

/// True when a compiler says that it got no more memory.
pub(super) fn is_out_of_memory(message: &str) -> bool {
    ["out of memory", "cannot allocate memory", "Cannot allocate memory", "std::bad_alloc"]
        .iter()
        .any(|sign| message.contains(sign))
}

/// True when a compiler prints its own end instead of messages about the program.
pub(super) fn is_crash(message: &str) -> bool {
    let signs = [
        "SIGSEGV: ",
        "[signal SIGSEGV",
        "SIGABRT: ",
        "fatal error: unexpected signal",
        "goroutine 1 [running]:",
    ];
    signs.iter().any(|sign| message.contains(sign))
}
