//! Names of functions as compilers write them: as a Go developer does, and the package that they belong to.

/// What has no owner.
pub const UNATTRIBUTED: &str = "(unattributed)";

/// What the compilers of Go and of C add for what the machine cannot do.
pub(crate) const BUILTINS: &str = "(compiler builtins)";
pub(crate) const LIBC: &str = "(libc)";
/// Made by the compiler for all packages together: equality of types, calls through interfaces.
pub(crate) const GENERATED: &str = "(generated)";
pub(crate) const LINKER: &str = "(linker)";
/// What makes functions suspendable.
pub(crate) const ASYNCIFY: &str = "(asyncify)";

/// Whose names a module has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Go,
    TinyGo,
    /// Neither has written it.
    Other,
}

/// `(*main.Board).Step` of TinyGo and `main.__Board_.Step` of Go become `main.(*Board).Step`, a closure
/// `main.run$1` becomes `main.run.func1`; a name of another shape stays as it is.
pub fn readable(name: &str) -> String {
    let name = name.strip_suffix("$gowrapper").unwrap_or(name);
    let name = tinygo_method(name).or_else(|| go_method(name)).unwrap_or_else(|| name.to_owned());
    let mut parts = name.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if part.chars().all(|character| character.is_ascii_digit()) && !part.is_empty() {
            out.push_str(".func");
        } else {
            out.push('$');
        }
        out.push_str(part);
    }
    out
}

fn tinygo_method(name: &str) -> Option<String> {
    let (receiver, method) = name.strip_prefix('(')?.split_once(").")?;
    let (star, path) = match receiver.strip_prefix('*') {
        Some(path) => ("*", path),
        None => ("", receiver),
    };
    // The last dot before type arguments parts package and type.
    let end = path.find('[').unwrap_or(path.len());
    let (package, _) = path[..end].rsplit_once('.')?;
    let kind = &path[package.len() + 1..];
    Some(match star {
        "" => format!("{package}.{kind}.{method}"),
        _ => format!("{package}.(*{kind}).{method}"),
    })
}

/// Go's linker writes `_` for every character that other tools might not like.
fn go_method(name: &str) -> Option<String> {
    let (package, rest) = name.split_once(".__")?;
    let (kind, method) = rest.split_once("_.")?;
    Some(format!("{package}.(*{kind}).{method}"))
}

/// The owner of a function or variable of this (readable) name.
pub(crate) fn package(name: &str, dialect: Dialect) -> String {
    if let Some(package) = generated(name).or_else(|| import_path(name)) {
        return package;
    }
    let group = match dialect {
        _ if name.starts_with("asyncify_") || name.starts_with("__asyncify") => ASYNCIFY,
        _ if name.starts_with("wasm-function[") || name.is_empty() => UNATTRIBUTED,
        // Written in assembly, and called by what the compiler makes.
        Dialect::Go => "runtime",
        Dialect::TinyGo if name.starts_with("tinygo_") || name == "_start" || name == "_initialize" => {
            "runtime"
        }
        _ if name.starts_with("__wasm_") => LINKER,
        _ if is_builtin(name) => BUILTINS,
        Dialect::TinyGo => LIBC,
        Dialect::Other => UNATTRIBUTED,
    };
    group.to_owned()
}

fn generated(name: &str) -> Option<String> {
    const BEGINNINGS: [&str; 8] =
        ["type:", "type..", "go:", "go.", "interface:", "reflect/types.", "struct:", "{"];
    // A wrapper of a method of a type without a name.
    let is_wrapper = name.starts_with("(struct{") || name.starts_with("(*struct{");
    let is_generated = is_wrapper || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    is_generated.then(|| GENERATED.to_owned())
}

/// The package in the name of a function: up to the dot that ends the last element of the path. `None` where there is none.
pub fn import_path(name: &str) -> Option<String> {
    let end = name.find(['[', '(', '{', '$', '<', ' ']).unwrap_or(name.len());
    let head = &name[..end];
    let last = head.rfind('/').map_or(0, |slash| slash + 1);
    let mut dot = last + head[last..].find('.')?;
    // Of TinyGo `gopkg.in/yaml.v3.Unmarshal`: the version belongs to the path.
    if let Some(version) = head[dot + 1..].strip_prefix('v')
        && let Some((number, _)) = version.split_once('.')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && last > 0
    {
        dot += 2 + number.len();
    }
    let path = &head[..dot];
    // Go writes dots of the last element so.
    (!path.is_empty()).then(|| path.replace("%2e", "."))
}

/// Names that compiler-rt and libgcc give to arithmetic that processors may lack: `__multi3`, `__fixunsdfti`.
fn is_builtin(name: &str) -> bool {
    const OPERATIONS: [&str; 34] = [
        "abs", "add", "addv", "ashl", "ashr", "bswap", "clz", "cmp", "ctz", "div", "divmod", "eq", "extend",
        "ffs", "fix", "fixuns", "float", "floatun", "ge", "gt", "le", "lshr", "lt", "mod", "mul", "ne",
        "neg", "parity", "popcount", "powi", "sub", "trunc", "unord", "u",
    ];
    let Some(rest) = name.strip_prefix("__") else { return false };
    let Some(rest) = rest.strip_suffix(|last: char| ('2'..='4').contains(&last)).or(Some(rest)) else {
        return false;
    };
    let plain = rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let operand = ["si", "di", "ti", "sf", "df", "tf", "xf", "hf"].iter().any(|kind| rest.ends_with(kind));
    plain && operand && OPERATIONS.iter().any(|operation| rest.starts_with(operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_closures_are_written_as_in_go() {
        for (raw, wanted) in [
            ("main.main", "main.main"),
            ("(*main.Board).Step", "main.(*Board).Step"),
            ("(main.Board).Step", "main.Board.Step"),
            ("(*example.test/a/b.T[int]).M", "example.test/a/b.(*T[int]).M"),
            ("main.run$1", "main.run.func1"),
            ("main.run$1$gowrapper", "main.run.func1"),
            ("(*main.T).M$2", "main.(*T).M.func2"),
            ("main.__Board_.Step", "main.(*Board).Step"),
            ("main.__Board_.Step.func1", "main.(*Board).Step.func1"),
            ("asyncify_start_unwind", "asyncify_start_unwind"),
            (
                "interface:{Error:func:{}{basic:string}}.Error$invoke",
                "interface:{Error:func:{}{basic:string}}.Error$invoke",
            ),
        ] {
            assert_eq!(readable(raw), wanted);
        }
    }

    #[test]
    fn every_name_has_an_owner() {
        for (name, dialect, wanted) in [
            ("main.main", Dialect::Go, "main"),
            ("main.(*Board).Step", Dialect::TinyGo, "main"),
            ("main.Swap[go.shape.string]", Dialect::Go, "main"),
            ("main.Map[string,example.test/b.T].Get", Dialect::TinyGo, "main"),
            ("example.test/a/b.(*T[int]).M", Dialect::TinyGo, "example.test/a/b"),
            ("sync/atomic.(*Pointer[go.shape.struct { os.mu sync.Mutex }]).Swap", Dialect::Go, "sync/atomic"),
            ("gopkg.in/yaml%2ev3.Unmarshal", Dialect::Go, "gopkg.in/yaml.v3"),
            ("gopkg.in/yaml.v3.Unmarshal", Dialect::TinyGo, "gopkg.in/yaml.v3"),
            ("main.v2.Get", Dialect::TinyGo, "main"),
            ("type:.eq.main.Pair[string]", Dialect::Go, GENERATED),
            ("go:buildid", Dialect::Go, GENERATED),
            ("interface:{Error:func:{}{basic:string}}.Error$invoke", Dialect::TinyGo, GENERATED),
            ("reflect/types.type:basic:int", Dialect::TinyGo, GENERATED),
            ("(struct{main.A}).Get", Dialect::TinyGo, GENERATED),
            ("memeqbody", Dialect::Go, "runtime"),
            ("_rt0_wasm_wasip1", Dialect::Go, "runtime"),
            ("tinygo_unwind", Dialect::TinyGo, "runtime"),
            ("__wasm_call_ctors", Dialect::TinyGo, LINKER),
            ("__multi3", Dialect::TinyGo, BUILTINS),
            ("__fixunsdfti", Dialect::TinyGo, BUILTINS),
            ("__lttf2", Dialect::TinyGo, BUILTINS),
            ("__udivti3", Dialect::TinyGo, BUILTINS),
            ("__stdio_write", Dialect::TinyGo, LIBC),
            ("memcpy", Dialect::TinyGo, LIBC),
            ("asyncify_start_unwind", Dialect::TinyGo, ASYNCIFY),
            ("memcpy", Dialect::Other, UNATTRIBUTED),
            ("wasm-function[7]", Dialect::Go, UNATTRIBUTED),
            ("", Dialect::Go, UNATTRIBUTED),
            (".", Dialect::TinyGo, LIBC),
        ] {
            assert_eq!(package(name, dialect), wanted, "{name}");
        }
    }
}
