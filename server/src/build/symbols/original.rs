//! Modules that are not as the compiler wrote them: which place in its objects a place in them stands for.

use std::collections::BTreeMap;
use std::ops::Range;

use super::alignment::aligned;
use super::dwarf::{Dwarf, Place, Row};
use super::source_map::{Mapping, Sources};
use crate::build::module::{Outline, bodies, calls, function_names, symbol_names};

/// What the name of a function has behind it that only calls the newest body of another one.
const THUNK: &str = "$thunk";

/// Names of the functions that are put into modules for suspending.
const ADDED: &str = "asyncify_p";

/// Indices of functions that no source has.
pub(super) fn added(names: &[(u32, String)]) -> Vec<u32> {
    names.iter().filter(|(_, name)| name.starts_with(ADDED)).map(|(index, _)| *index).collect()
}

/// An object of the compiler, or a linked one, with its DWARF.
pub(super) struct Original {
    bytes: Vec<u8>,
    functions: BTreeMap<String, Range<usize>>,
    code_start: usize,
    dwarf: Dwarf,
}

/// A module that was made from originals: functions are in another order, some have code for being suspended in them.
pub(super) struct Remade {
    pub(super) bytes: Vec<u8>,
    pub(super) bodies: Vec<Range<usize>>,
    pub(super) imported: u32,
    /// Functions that save and restore values while others are suspended.
    pub(super) added: Vec<u32>,
    pub(super) originals: Vec<Original>,
}

impl Original {
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        let outline = Outline::read(&bytes).ok()?;
        let bodies = bodies(&bytes);
        let mut names = function_names(&bytes);
        names.extend(symbol_names(&bytes));
        let body = |index: u32| bodies.get(index.checked_sub(outline.imported_functions)? as usize).cloned();
        let functions = names.into_iter().filter_map(|(index, name)| Some((name, body(index)?))).collect();
        let code_start = outline.code.as_ref()?.start;
        let dwarf = Dwarf::read(&bytes, &outline)?;
        Some(Self { bytes, functions, code_start, dwarf })
    }
}

/// The name without what makes it different in each patch; `None` for a function that people do not want to see.
pub(super) fn shown_name(name: &str) -> Option<&str> {
    let plain =
        name.rsplit_once('@').filter(|(_, number)| is_number(number)).map_or(name, |(plain, _)| plain);
    (!plain.ends_with(THUNK)).then_some(plain)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Remade {
    /// The original that a function comes from, and where it is in that.
    fn find(&self, name: &str) -> Option<(usize, &Range<usize>)> {
        // A literal that took the place of another bears its name, or that and the number of a patch.
        let candidates =
            [name, name.split('@').next().unwrap_or(name), name.split('#').next().unwrap_or(name)];
        self.originals.iter().enumerate().find_map(|(number, original)| {
            let range = candidates.iter().find_map(|name| original.functions.get(*name))?;
            Some((number, range))
        })
    }

    /// Where the code of all functions comes from; `names`: by index.
    pub(super) fn mappings(&self, names: &[(u32, String)], sources: &Sources) -> Vec<Mapping> {
        let rows: Vec<Vec<Row>> = self.originals.iter().map(|original| original.dwarf.rows()).collect();
        let mut found = Vec::new();
        for (index, name) in names {
            let body = index.checked_sub(self.imported).and_then(|index| self.bodies.get(index as usize));
            let Some(body) = body else { continue };
            let original = shown_name(name).and_then(|name| self.find(name));
            let lines =
                original.map(|(number, range)| self.lines(body, (number, range), &rows[number], sources));
            let lines = lines.unwrap_or_default();
            // What stands before the first instruction that is known belongs to it: it is the way in.
            found.push(Mapping { offset: body.start, place: lines.first().and_then(|first| first.place) });
            found.extend(lines);
            found.push(Mapping { offset: body.end, place: None });
        }
        found
    }

    fn lines(
        &self,
        body: &Range<usize>,
        (number, range): (usize, &Range<usize>),
        rows: &[Row],
        sources: &Sources,
    ) -> Vec<Mapping> {
        let original = &self.originals[number];
        let address = |offset: usize| (range.start + offset).saturating_sub(original.code_start) as u64;
        let place = |offset: usize| {
            let at = address(offset);
            let row = rows.partition_point(|row| row.address <= at).checked_sub(1)?;
            sources.place(rows.get(row).filter(|row| at < row.end)?)
        };
        let end = address(range.len());
        let from = rows.partition_point(|row| row.end <= address(0));
        let own =
            rows[from..].iter().take_while(|row| row.address < end).any(|row| sources.place(row).is_some());
        if !own {
            return Vec::new();
        }
        let pairs = aligned(&original.bytes[range.clone()], &self.bytes[body.clone()], &self.added);
        pairs.into_iter().map(|(new, old)| Mapping { offset: body.start + new, place: place(old) }).collect()
    }

    /// Places in the sources of an offset in the module, in the function of this name.
    pub(super) fn places(&self, name: &str, index: u32, offset: u64) -> Vec<Place> {
        let Some((number, range)) = self.find(name) else { return Vec::new() };
        let original = &self.originals[number];
        let own = index
            .checked_sub(self.imported)
            .and_then(|index| self.bodies.get(index as usize))
            .and_then(|own| Some((own, usize::try_from(offset).ok()?.checked_sub(own.start)?)));
        let within = own.and_then(|(own, offset)| {
            let (before, after) = (&original.bytes[range.clone()], &self.bytes[own.clone()]);
            matching(before, after, offset, &self.added)
        });
        let exact = within.is_some();
        let at = range.start + within.unwrap_or_default();
        let address = (at - original.code_start) as u64;
        let mut places = original.dwarf.places(address);
        if !exact {
            // The place in the function is not known; its first line would look as if it were.
            for place in &mut places {
                place.position = None;
            }
        }
        places
    }
}

/// Offset in `before` of what is at `offset` in `after`: the same when nothing was put in, else that of the same call.
fn matching(before: &[u8], after: &[u8], offset: usize, added: &[u32]) -> Option<usize> {
    if before.len() == after.len() {
        return Some(offset);
    }
    let (old, new) = (calls(before, &[]), calls(after, added));
    let number = new.partition_point(|call| *call <= offset).checked_sub(1)?;
    if old.len() == new.len() { old.get(number).copied() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_patches_are_shown_as_those_of_the_base_and_thunks_not_at_all() {
        assert_eq!(shown_name("main.f@3"), Some("main.f"));
        assert_eq!(shown_name("main.f"), Some("main.f"));
        assert_eq!(shown_name("main.f$1@12"), Some("main.f$1"));
        assert_eq!(shown_name("main.f$thunk"), None);
        assert_eq!(shown_name("main.f$thunk@2"), None);
        assert_eq!(shown_name("main.init@patch2@2"), Some("main.init@patch2"));
    }

    #[test]
    fn calls_are_matched_by_their_number_where_code_was_put_in() {
        // No locals; call 1, call 2, end, and the same with a constant dropped in between.
        let before = [0, 0x10, 1, 0x10, 2, 0x0b];
        let after = [0, 0x10, 1, 0x41, 0, 0x1a, 0x10, 2, 0x0b];
        assert_eq!(matching(&before, &after, 1, &[]), Some(1));
        assert_eq!(matching(&before, &after, 6, &[]), Some(3));
        assert_eq!(matching(&before, &before, 3, &[]), Some(3));
        let more = [0, 0x10, 1, 0x10, 9, 0x10, 2, 0x0b];
        assert_eq!(matching(&before, &more, 5, &[]), None, "another number of calls");
        assert_eq!(matching(&before, &more, 5, &[9]), Some(3), "one that was put in");
    }
}
