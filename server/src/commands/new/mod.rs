//! `new`: a small project that runs at once.

mod module_path;
mod skeleton;
mod place;

use std::io::{self, Write};
use std::path::Path;

use crate::cli::NewArgs;
use crate::exit::ExitStatus;

use super::CommandError;

use module_path::ModulePath;
use place::PlaceError;

/// Writes the project and says what to do next.
pub(super) fn run(arguments: &NewArgs, output: &mut dyn Write) -> Result<ExitStatus, CommandError> {
    let folder = std::path::absolute(&arguments.folder).map_err(|error| {
        let message = format!("{} is no path: {error}", arguments.folder.display());
        CommandError::new(ExitStatus::Usage, message).with_hint("name a folder".to_owned())
    })?;
    // `new .` and `new ..` name a folder that has to be there.
    let folder = folder.canonicalize().unwrap_or(folder);
    let module = module_path(&folder, arguments.module.as_deref())?;
    place::put(&folder, &skeleton::files(&module)).map_err(|error| misplaced(&error))?;
    say(output, &arguments.folder, &module).map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

fn module_path(folder: &Path, wanted: Option<&str>) -> Result<ModulePath, CommandError> {
    let checked = match (wanted, folder.file_name()) {
        (Some(path), _) => ModulePath::check(path),
        (None, name) => ModulePath::derive(&name.unwrap_or_default().to_string_lossy()),
    };
    checked.map_err(|error| {
        CommandError::new(ExitStatus::Usage, error)
            .with_hint("give another one with --module, such as --module example.com/me/counter".to_owned())
    })
}

fn misplaced(error: &PlaceError) -> CommandError {
    let (status, hint) = match error {
        PlaceError::NotEmpty(_) | PlaceError::NoFolder(_) => {
            (ExitStatus::Usage, "name a folder that does not exist yet, or an empty one")
        }
        PlaceError::Write { .. } => {
            (ExitStatus::Environment, "check that the folder above it can be written to and has room")
        }
    };
    CommandError::new(status, error).with_hint(hint.to_owned())
}

fn say(output: &mut dyn Write, folder: &Path, module: &ModulePath) -> io::Result<()> {
    writeln!(output, "wrote the module {} into {}\n\nnext:", module.as_str(), folder.display())?;
    if folder != Path::new(".") {
        writeln!(output, "  cd {}", quoted(&folder.display().to_string()))?;
    }
    writeln!(output, "  dev-server serve")
}

/// As one word for a shell.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-~".contains(character);
    if !text.is_empty() && !text.starts_with(['-', '~']) && text.chars().all(plain) {
        return text.to_owned();
    }
    let guard = if text.starts_with('-') { "./" } else { "" };
    format!("'{guard}{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, module: Option<&str>) -> Result<String, CommandError> {
        let mut output = Vec::new();
        let arguments = NewArgs { folder: folder.to_owned(), module: module.map(str::to_owned) };
        run(&arguments, &mut output).map(|_| String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_next_two_commands_are_said() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("My Clicks");
        let said = write(&folder, None).unwrap();
        assert!(said.contains("the module my-clicks into"), "{said}");
        assert!(said.ends_with(&format!("  cd '{}'\n  dev-server serve\n", folder.display())), "{said}");
        assert!(folder.join("go.mod").is_file() && folder.join(".gitignore").is_file());

        let again = write(&folder, None).unwrap_err();
        assert_eq!(again.status(), ExitStatus::Usage);
        assert!(again.to_string().ends_with("is not empty") && again.hint().is_some());
    }

    #[test]
    fn a_path_that_go_does_not_take_is_refused_before_anything_is_written() {
        let home = tempfile::tempdir().unwrap();
        let error = write(&home.path().join("x"), Some("not a path")).unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.contains("--module")), "{error}");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (text, word) in [
            ("a/b.c", "a/b.c"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("-x", "'./-x'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
