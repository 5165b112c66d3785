//! From an entry to what it refers to, in its unit or in another one: its type, the function that it is an instance of.

use gimli::{AttributeValue, DebugInfoOffset, DwAt, Unit, UnitHeader};

use super::{DebugInfo, Entry, Slice};
use crate::module::cut;

/// Steps from a type to what it is of, and from an entry to its origin.
const MOST_STEPS: usize = 16;

type Header<'a> = UnitHeader<Slice<'a>>;

impl<'a> DebugInfo<'a> {
    /// As the linker knows it, else as the source does; of an entry, or of what it is an instance of.
    pub(super) fn name(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Option<&'a str> {
        const OWN: [DwAt; 3] = [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name, gimli::DW_AT_name];
        let own = OWN.into_iter().find_map(|attribute| self.text(unit, entry.attr_value(attribute)?));
        if own.is_some() {
            return own;
        }
        let mut at = self.origin(&unit.header, entry)?;
        for _ in 0..MOST_STEPS {
            let (header, entry) = &at;
            let name = OWN.into_iter().find_map(|attribute| self.text_anywhere(entry.attr_value(attribute)?));
            if name.is_some() {
                return name;
            }
            at = self.origin(header, entry)?;
        }
        None
    }

    /// Of the type of an entry; `None` for one that is made of others and has none.
    pub(super) fn type_name(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Option<&'a str> {
        let (_, kind) = self.follow(&unit.header, entry, gimli::DW_AT_type)?;
        self.text_anywhere(kind.attr_value(gimli::DW_AT_name)?)
    }

    /// Bytes of the type of an entry.
    pub(super) fn size(&self, unit: &Unit<Slice<'a>>, entry: &Entry<'a>) -> Option<u64> {
        let mut factor = 1_u64;
        let mut at = self.follow(&unit.header, entry, gimli::DW_AT_type)?;
        for _ in 0..MOST_STEPS {
            let (header, kind) = &at;
            let size = kind.attr_value(gimli::DW_AT_byte_size).and_then(|size| size.udata_value());
            if let Some(size) = size {
                return size.checked_mul(factor);
            }
            if kind.tag() == gimli::DW_TAG_array_type {
                factor = factor.checked_mul(self.elements(header, kind)?)?;
            }
            at = self.follow(header, kind, gimli::DW_AT_type)?;
        }
        None
    }

    /// Of an array, over all of its dimensions.
    fn elements(&self, header: &Header<'a>, array: &Entry<'a>) -> Option<u64> {
        let abbreviations = self.dwarf.abbreviations(header).ok()?;
        let mut entries = header.entries_at_offset(&abbreviations, array.offset()).ok()?;
        entries.next_dfs().ok()??;
        let mut product = 1_u64;
        for _ in 0..MOST_STEPS {
            let Ok(Some(entry)) = entries.next_dfs() else { break };
            if entry.depth() < 1 {
                break;
            }
            if entry.tag() != gimli::DW_TAG_subrange_type {
                continue;
            }
            let number = |attribute| entry.attr_value(attribute).and_then(|value| value.udata_value());
            let count = number(gimli::DW_AT_count)
                .or_else(|| number(gimli::DW_AT_upper_bound).and_then(|bound| bound.checked_add(1)))?;
            product = product.checked_mul(count)?;
        }
        Some(product)
    }

    fn origin(&self, header: &Header<'a>, entry: &Entry<'a>) -> Option<(Header<'a>, Entry<'a>)> {
        let wanted = [gimli::DW_AT_abstract_origin, gimli::DW_AT_specification];
        wanted.into_iter().find_map(|attribute| self.follow(header, entry, attribute))
    }

    /// The entry that an attribute names, and its unit.
    fn follow(
        &self,
        header: &Header<'a>,
        entry: &Entry<'a>,
        attribute: DwAt,
    ) -> Option<(Header<'a>, Entry<'a>)> {
        let (header, offset) = match entry.attr_value(attribute)? {
            AttributeValue::UnitRef(offset) => (*header, offset),
            AttributeValue::DebugInfoRef(offset) => {
                let next = self.units.partition_point(|start| *start <= offset.0);
                let start = DebugInfoOffset(self.units[next.checked_sub(1)?]);
                let header = self.dwarf.debug_info.header_from_offset(start).ok()?;
                let offset = offset.to_unit_offset(&header)?;
                (header, offset)
            }
            _ => return None,
        };
        let abbreviations = self.dwarf.abbreviations(&header).ok()?;
        let entry = header.entry(&abbreviations, offset).ok()?;
        Some((header, entry))
    }

    pub(super) fn text(&self, unit: &Unit<Slice<'a>>, value: AttributeValue<Slice<'a>>) -> Option<&'a str> {
        shown(self.dwarf.attr_string(unit, value).ok()?.slice())
    }

    /// Of texts that need no table of their unit.
    fn text_anywhere(&self, value: AttributeValue<Slice<'a>>) -> Option<&'a str> {
        shown(match value {
            AttributeValue::String(text) => text.slice(),
            AttributeValue::DebugStrRef(offset) => self.dwarf.string(offset).ok()?.slice(),
            AttributeValue::DebugLineStrRef(offset) => self.dwarf.line_string(offset).ok()?.slice(),
            _ => return None,
        })
    }
}

fn shown(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(cut).filter(|text| !text.is_empty())
}
