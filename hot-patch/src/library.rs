//! Where code and data lie that the running program lacks: the objects it was linked from, and archives.

use std::collections::BTreeMap;

use crate::object::{Object, ObjectError};

/// An object of a package, or of no package.
#[derive(Debug, Clone)]
pub struct LibraryObject {
    /// Import path, or what it is called otherwise; different for each.
    pub name: String,
    /// The package is one of the user's.
    pub user: bool,
    /// Its code.
    pub object: Object,
}

/// Objects by the symbols that they define.
#[derive(Debug, Clone, Default)]
pub struct Library {
    pub(crate) objects: Vec<LibraryObject>,
    pub(crate) functions: BTreeMap<String, usize>,
    pub(crate) data: BTreeMap<String, usize>,
}

/// An archive that is none.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not in the format of `ar`.
    #[error("not an archive")]
    Malformed,
    /// A member is no object.
    #[error("{name} in the archive: {source}")]
    Member {
        /// Its number.
        name: String,
        /// Why.
        source: ObjectError,
    },
}

impl Library {
    /// Takes in another object; what was there before it counts, except that a merged definition yields to another.
    pub fn add(&mut self, added: LibraryObject) {
        let index = self.objects.len();
        for (name, function) in added.object.defined_functions() {
            if function.local {
                continue;
            }
            let before = self.functions.get(name).map(|index| &self.objects[*index].object);
            let weaker = before
                .is_none_or(|before| before.function(name).is_some_and(|known| known.weak) && !function.weak);
            if weaker {
                self.functions.insert(name.to_owned(), index);
            }
        }
        for (name, symbol) in added.object.defined_data() {
            if !added.object.symbols[symbol].local {
                self.data.entry(name.to_owned()).or_insert(index);
            }
        }
        self.objects.push(added);
    }

    /// Takes in the members of an archive, in the common format of `ar` (headers of 60 bytes).
    pub fn add_archive(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let mut rest = bytes.strip_prefix(b"!<arch>\n").ok_or(ArchiveError::Malformed)?;
        let mut number = 0;
        while !rest.is_empty() {
            let (header, behind) = rest.split_at_checked(60).ok_or(ArchiveError::Malformed)?;
            let size = std::str::from_utf8(&header[48..58]).ok().and_then(|text| text.trim().parse().ok());
            let size: usize = size.ok_or(ArchiveError::Malformed)?;
            let (content, behind) = behind.split_at_checked(size).ok_or(ArchiveError::Malformed)?;
            // Contents begin at even places.
            rest = behind.get(size % 2..).unwrap_or_default();
            if content.starts_with(b"\0asm") {
                let name = format!("{name}#{number}");
                match Object::read(content) {
                    Ok(object) => self.add(LibraryObject { name, user: false, object }),
                    // Of another memory model than Go's: what it defines is as if it were not there.
                    Err(ObjectError::Foreign(_)) => {}
                    Err(source) => return Err(ArchiveError::Member { name, source }),
                }
            }
            number += 1;
        }
        Ok(())
    }
}
