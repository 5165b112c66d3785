//! What a module has: enough of it to find functions by name and to add to its sections.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{
    BinaryReaderError, CompositeInnerType, FunctionBody, KnownCustom, Name, Operator, Parser, Payload,
    TypeRef, ValType,
};

/// By the spaces of its indices.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Of functions; `None` for types of something else.
    pub(super) types: Vec<Option<Kind>>,
    pub(super) imported_functions: u32,
    /// Of the functions that have bodies, in their order: the index of the type, and the body.
    pub(super) functions: Vec<Defined>,
    pub(super) names: BTreeMap<String, u32>,
    pub(super) tables: u32,
    pub(super) globals: u32,
    /// The first global is its own, and a mutable `i32`.
    pub(super) has_stack_pointer: bool,
    pub(super) has_memory: bool,
    pub(super) exports: Vec<String>,
    /// Content of the section with names, its own head included.
    pub(super) name_section: Option<Range<usize>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) parameters: Vec<ValType>,
    pub(super) results: Vec<ValType>,
}

#[derive(Debug)]
pub(super) struct Defined {
    pub(super) kind: u32,
    pub(super) body: Range<usize>,
    /// It can make the memory larger.
    pub(super) grows: bool,
}

impl Outline {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut outline = Self::default();
        let mut kinds = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for kind in group?.into_types() {
                            outline.types.push(match kind.composite_type.inner {
                                CompositeInnerType::Func(function) => Some(Kind {
                                    parameters: function.params().to_vec(),
                                    results: function.results().to_vec(),
                                }),
                                _ => None,
                            });
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => outline.imported_functions += 1,
                            TypeRef::Table(_) => outline.tables += 1,
                            TypeRef::Global(_) => outline.globals += 1,
                            TypeRef::Memory(_) => outline.has_memory = true,
                            TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    kinds = section.into_iter().collect::<Result<Vec<_>, _>>()?;
                }
                Payload::TableSection(section) => outline.tables += section.count(),
                Payload::MemorySection(section) => outline.has_memory |= section.count() > 0,
                Payload::GlobalSection(section) => {
                    if outline.globals == 0
                        && let Some(first) = section.clone().into_iter().next()
                    {
                        let kind = first?.ty;
                        outline.has_stack_pointer = kind.mutable && kind.content_type == ValType::I32;
                    }
                    outline.globals += section.count();
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        outline.exports.push(export?.name.to_owned());
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let place = outline.functions.len();
                    // Without a type it is not valid, and the engine says so.
                    let Some(kind) = kinds.get(place) else { continue };
                    outline.functions.push(Defined { kind: *kind, body: body.range(), grows: grows(&body)? });
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        outline.name_section = Some(section.range());
                        for name in names {
                            // What is wrong with names is no reason not to run.
                            let Ok(Name::Function(names)) = name else { continue };
                            for naming in names.into_iter().flatten() {
                                outline.names.insert(naming.name.to_owned(), naming.index);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }

    /// Of a function of its own.
    pub(super) fn function(&self, index: u32) -> Option<(&Defined, &Kind)> {
        let defined = self.functions.get(index.checked_sub(self.imported_functions)? as usize)?;
        Some((defined, self.types.get(defined.kind as usize)?.as_ref()?))
    }
}

fn grows(body: &FunctionBody<'_>) -> Result<bool, BinaryReaderError> {
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        if matches!(operators.read()?, Operator::MemoryGrow { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}
