//! Where everything of a patch goes: addresses, entries of the table, slots; and the world afterwards.

use std::collections::{BTreeMap, BTreeSet};

use super::PatchInput;
use super::selection::{Key, Selection};
use crate::content::DESCRIPTOR;
use crate::refusal::Refusal;
use crate::world::{LiveData, LiveFunction, World, is_replaceable};

/// Room for a descriptor that a later patch may bring. The compiler's own placeholders are as large.
const PLACEHOLDER: u32 = 256;

/// A chosen function's places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where in the table its body is.
    pub(super) body: u32,
    /// Through which entry it is called and compared: that of its thunk.
    pub(super) identity: u32,
    pub(super) slot: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Layout {
    /// Of the chosen functions.
    pub(super) entries: Vec<Entry>,
    /// Of the chosen data.
    pub(super) addresses: Vec<u32>,
    pub(super) placeholders: BTreeMap<String, u32>,
    pub(super) table_growth: u32,
    arena_next: u32,
    slots_used: u32,
}

impl Layout {
    /// `symbol_paths` are those of the user's packages, new ones too.
    pub(super) fn new(
        world: &World,
        selection: &Selection<'_>,
        symbol_paths: &[String],
    ) -> Result<Self, Refusal> {
        let mut next = world.arena.next;
        let mut take = |size: u32, alignment: u32| {
            let address = next.checked_next_multiple_of(alignment)?;
            next = address.checked_add(size.max(1)).filter(|end| *end <= world.arena.end)?;
            Some(address)
        };
        let mut addresses = Vec::new();
        for datum in &selection.data {
            let segment = &selection.object(datum.source).segments[datum.segment];
            let size = segment.content.len() as u32;
            let place = match &datum.key {
                Key::Named(name) if datum.in_place => world.data.get(name).map(|live| live.address),
                Key::Named(name) if size <= PLACEHOLDER => world.placeholders.get(name).copied(),
                Key::Named(_) | Key::Constant(_) => None,
            };
            addresses.push(match place {
                Some(address) => address,
                None => take(size, segment.alignment).ok_or(Refusal::ArenaFull)?,
            });
        }
        let mut placeholders = BTreeMap::new();
        for name in &selection.placeholders {
            placeholders.insert(name.clone(), take(PLACEHOLDER, 8).ok_or(Refusal::ArenaFull)?);
        }
        let mut layout = Self {
            entries: Vec::new(),
            addresses,
            placeholders,
            table_growth: 0,
            arena_next: next,
            slots_used: world.slots.used,
        };
        layout.functions(world, selection, symbol_paths);
        if layout.slots_used > world.slots.limit { Err(Refusal::SlotsFull) } else { Ok(layout) }
    }

    /// Bodies first, then thunks: what is compared stays one entry for ever.
    fn functions(&mut self, world: &World, selection: &Selection<'_>, symbol_paths: &[String]) {
        let begin = world.table_length;
        let mut next = begin + selection.functions.len() as u32;
        for (body, chosen) in (begin..).zip(&selection.functions) {
            let live = world.functions.get(&chosen.identity);
            let entry = match live {
                Some(live) => Entry { body, identity: live.table, slot: live.slot },
                None if selection.is_user(chosen.source) && is_replaceable(chosen.function, symbol_paths) => {
                    let entry = Entry { body, identity: next, slot: Some(self.slots_used) };
                    next += 1;
                    self.slots_used += 1;
                    entry
                }
                None => Entry { body, identity: body, slot: None },
            };
            self.entries.push(entry);
        }
        self.table_growth = next - begin;
    }

    /// Entries of functions that never suspend their caller. A thunk may, whatever stands behind it now; `suspending`
    /// and `imported` are of the module.
    pub(super) fn steady(&self, suspending: &BTreeSet<u32>, imported: u32) -> BTreeSet<u32> {
        let own = self.entries.iter().zip(imported..);
        own.filter(|(entry, index)| entry.slot.is_none() && !suspending.contains(index))
            .map(|(entry, _)| entry.identity)
            .collect()
    }

    pub(super) fn world(
        &self,
        world: &World,
        selection: &mut Selection<'_>,
        input: &PatchInput<'_>,
    ) -> World {
        let mut next = world.clone();
        next.patch += 1;
        next.arena.next = self.arena_next;
        next.slots.used = self.slots_used;
        next.table_length += self.table_growth;
        next.facts.commit(input.facts);
        next.packages.extend(input.new_packages.iter().cloned());
        next.symbol_paths = symbol_paths(world, input);
        next.exports.extend(selection.exported.clone());
        next.closures.clone_from(&selection.identities.closures);
        for index in 0..selection.functions.len() {
            let (identity, live) = self.live_function(index, selection);
            next.functions.insert(identity, live);
        }
        for index in 0..selection.data.len() {
            self.live_data(index, selection, &mut next);
        }
        next.placeholders.extend(self.placeholders.clone());
        next
    }

    fn live_function(&self, index: usize, selection: &mut Selection<'_>) -> (String, LiveFunction) {
        let entry = self.entries[index];
        let chosen = &selection.functions[index];
        let (source, function, identity) = (chosen.source, chosen.function, chosen.identity.clone());
        let signature = selection.object(source).signatures[function.signature as usize].clone();
        let content = entry.slot.map(|_| selection.function_content(source, function));
        let go_signature = selection.identities.go_signature(&function.name).cloned();
        (identity, LiveFunction { table: entry.identity, slot: entry.slot, signature, go_signature, content })
    }

    fn live_data(&self, index: usize, selection: &mut Selection<'_>, next: &mut World) {
        let datum = &selection.data[index];
        let (source, segment, key, in_place) =
            (datum.source, datum.segment, datum.key.clone(), datum.in_place);
        let address = self.addresses[index];
        let content = selection.content(source, segment);
        let name = match key {
            Key::Constant(content) => {
                next.constants.insert(content, address);
                return;
            }
            Key::Named(name) => name,
        };
        let object = selection.object(source);
        let placed = &object.segments[segment];
        let room = if in_place {
            next.data.get(&name).map_or(0, |live| live.room)
        } else if next.placeholders.remove(&name) == Some(address) {
            PLACEHOLDER
        } else {
            placed.content.len() as u32
        };
        let compared = placed.is_constant() || name.starts_with(DESCRIPTOR);
        let content = compared.then_some(content);
        for (position, symbol) in placed.symbols.iter().enumerate() {
            let symbol = &object.symbols[*symbol];
            let crate::object::SymbolKind::Data(Some(place)) = symbol.kind else { continue };
            let own = if position == 0 { &name } else { &symbol.name };
            if position == 0 || !symbol.local {
                let live = LiveData {
                    address: address + place.offset,
                    room: room - place.offset.min(room),
                    content,
                };
                next.data.insert(own.clone(), live);
            }
        }
    }
}

/// What symbols of the user's packages begin with, of those that are gone as well.
pub(super) fn symbol_paths(world: &World, input: &PatchInput<'_>) -> Vec<String> {
    let mut paths = world.symbol_paths.clone();
    for package in &input.facts.packages {
        if !paths.contains(&package.symbol_path) {
            paths.push(package.symbol_path.clone());
        }
    }
    paths
}
