//! Where the Go sources declare the import that a browser could not link, by what its message says of it.

use std::path::PathBuf;

use super::GoFrame;
use super::declarations::{self, Declaration};

/// The declaration that `message` of a page names, as the innermost frame: a link that fails has no stack of its own.
/// Reads the sources when the message may be about an import; call it off the async threads.
pub fn import_site<'a>(message: &str, sources: impl IntoIterator<Item = &'a PathBuf>) -> Option<GoFrame> {
    if !message.contains("mport") {
        return None;
    }
    let declared = declarations::find(sources);
    // Firefox often leaves out the first name, and all of them the second one when there is nothing under the first.
    let found = [names_both, names_second, names_first]
        .into_iter()
        .find_map(|names| declared.iter().find(|one| names(message, one)))?;
    let (module, name) = found.import.as_ref()?;
    Some(GoFrame {
        function: format!("//go:wasmimport {module} {name}"),
        position: Some(found.position.clone()),
    })
}

fn names_both(message: &str, declaration: &Declaration) -> bool {
    let Some((module, name)) = &declaration.import else { return false };
    [format!("\"{module}\" \"{name}\""), format!("'{module}.{name}'"), format!(" {module}:{name} ")]
        .iter()
        .any(|words| message.contains(words))
}

fn names_second(message: &str, declaration: &Declaration) -> bool {
    let Some((_, name)) = &declaration.import else { return false };
    message.contains(&format!("field '{name}'"))
}

fn names_first(message: &str, declaration: &Declaration) -> bool {
    let Some((module, _)) = &declaration.import else { return false };
    message.contains(&format!("\"{module}\": module")) || message.contains(&format!("field '{module}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_found_by_the_words_of_each_browser() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.go");
        let text = "package main\n\n//go:wasmimport env add\nfunc add(a, b int32) int64\n\n\
                    //go:wasmimport other add\nfunc also(a int32)\n\n//go:wasmimport third take\nfunc take()\n";
        std::fs::write(&file, text).unwrap();
        let sources = [file.clone(), folder.path().join("gone.go")];
        let found = |message: &str| {
            let frame = import_site(message, &sources)?;
            let place = frame.position?;
            assert_eq!(place.file, file);
            Some((frame.function, place.line))
        };
        let add = Some(("//go:wasmimport env add".to_owned(), 4));
        let also = Some(("//go:wasmimport other add".to_owned(), 7));
        let take = Some(("//go:wasmimport third take".to_owned(), 10));
        let chrome =
            "WebAssembly.instantiate(): Import #0 \"env\" \"add\": function import requires a callable";
        assert_eq!(found(chrome), add);
        assert_eq!(found(&chrome.replace("env", "other")), also);
        let module = "WebAssembly.instantiate(): Import #0 \"third\": module is not an object or function";
        assert_eq!(found(module), take);
        assert_eq!(found("imported function 'other.add' signature mismatch"), also);
        assert_eq!(found("import object field 'take' is not a Function"), take);
        assert_eq!(found("import object field 'other' is not an Object"), also);
        assert_eq!(found("import function env:add must be callable"), add);
        assert_eq!(found("import object field 'lost' is not a Function"), None);
        assert_eq!(found("env.add is not a function"), None);
    }
}
