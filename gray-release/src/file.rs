//! Documents as TOML and JSON. Nothing but this module knows serde and its formats.

mod scalar;
mod shape;

use serde_path_to_error::Segment;

use crate::document::{Document, key_of};
use crate::fault::{DocumentError, Fault};
use crate::name::nearest;

use shape::{DocumentFile, TWICE, Table};

/// Most bytes of a document: as many flags as there may be, each with several rules, have half of it.
pub const LONGEST_DOCUMENT: usize = 512 * 1024;

/// Longest part of a reader's message, and of a key, that is repeated: both may quote the document.
const LONGEST_MESSAGE: usize = 240;
const LONGEST_PART: usize = 80;

/// How a document is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people: keys that are left out are as the flag is by itself.
    Toml,
    /// For programs.
    Json,
}

impl Document {
    /// Reads and checks a document. Unknown keys are errors: a misspelt condition would otherwise be for everybody.
    pub fn read(text: &str, format: Format) -> Result<Self, DocumentError> {
        if text.len() > LONGEST_DOCUMENT {
            let fault = Fault::TooLong { longest: LONGEST_DOCUMENT };
            return Err(DocumentError::at("", fault));
        }
        let Table(file) = match format {
            Format::Toml => read_toml(text),
            Format::Json => read_json(text),
        }?;
        let mut flags = Vec::new();
        let revision = file.revision;
        for (name, flag) in file.flags() {
            let flag = flag.map_err(|error| error.within(&key_of(&name)))?;
            flags.push((name, flag));
        }
        Self::new(revision, flags)
    }

    /// The whole document with nothing left out, as `web/src/flags.ts` reads it.
    pub fn to_json(&self) -> String {
        // It fails for maps whose keys are not text, which do not occur.
        serde_json::to_string(&DocumentFile::from(self)).unwrap_or_default()
    }
}

fn read_toml(text: &str) -> Result<Table<DocumentFile>, DocumentError> {
    let unreadable = |error: &toml::de::Error, path: &[String]| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        unreadable(path, error.message(), (line, column))
    };
    let reader = toml::Deserializer::parse(text).map_err(|error| unreadable(&error, &[]))?;
    serde_path_to_error::deserialize(reader)
        .map_err(|error| unreadable(error.inner(), &segments(error.path())))
}

fn read_json(text: &str) -> Result<Table<DocumentFile>, DocumentError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let place = |error: &serde_json::Error| (error.line(), error.column());
    let file = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        // The place is given apart.
        let message = inner.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        unreadable(&segments(error.path()), message, place(inner))
    })?;
    reader.end().map_err(|error| unreadable(&[], "there is more behind the document", place(&error)))?;
    Ok(file)
}

fn segments(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key: name } | Segment::Enum { variant: name } => {
                name.chars().take(LONGEST_PART).collect()
            }
            Segment::Unknown => "?".to_owned(),
        })
        .collect()
}

fn unreadable(path: &[String], message: &str, (line, column): (usize, usize)) -> DocumentError {
    let message: String = message.chars().take(LONGEST_MESSAGE).collect();
    let twice = message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next());
    let path = &[path, twice.map(str::to_owned).as_slice()].concat();
    let key = match path.as_slice() {
        [flags, name, rest @ ..] if flags == "flags" => {
            rest.iter().fold(key_of(name), |key, part| match part.strip_prefix('[') {
                Some(_) => key + part,
                None => format!("{key}.{part}"),
            })
        }
        other => other.join("."),
    };
    let remedy = remedy(path, &message);
    DocumentError { key, fault: Fault::Unreadable { message, line, column, remedy } }
}

/// Serde says what it expected, in backquotes where it is a name.
fn remedy(path: &[String], message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let first = names.next().unwrap_or_default();
    if message.starts_with("unknown ") {
        if let Some(meant) = nearest(first, names.clone()) {
            return format!("did you mean `{meant}`?");
        }
        // `[flags.a.b]` is a table in a table.
        if let [flags, name, ..] = path
            && flags == "flags"
            && path.len() <= 3
            && message.starts_with("unknown field")
        {
            return format!("write a name with dots in quotes: [flags.\"{name}.{first}\"]");
        }
        return format!("leave it out, or write one of {}", names.collect::<Vec<_>>().join(", "));
    }
    if message.starts_with("missing ") {
        return format!("add `{first}`");
    }
    if let Some((_, expected)) = message.split_once("expected ") {
        return match expected {
            "u32" | "u64" => "write a whole number, not below 0".to_owned(),
            "f64" => "write a number such as 5 or 0.25".to_owned(),
            other => format!("write {other}"),
        };
    }
    if message.ends_with(TWICE) || message.starts_with("duplicate ") {
        return "keep one of them".to_owned();
    }
    if message.contains("percentage") {
        return "write a number such as 5 or 0.25".to_owned();
    }
    "correct the text at that place".to_owned()
}
