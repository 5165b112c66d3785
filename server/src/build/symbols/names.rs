//! Function names of object files as a Go developer writes them.

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

#[cfg(test)]
mod tests {
    use super::readable;

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
}
