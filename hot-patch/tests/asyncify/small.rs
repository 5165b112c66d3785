//! Small modules that are written by hand.

use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection, MemoryType,
    Module, NameMap, NameSection, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};

/// Types of functions that small modules have: `()`, `(i32)` and `(i32) -> i32`.
pub(crate) const VOID: u32 = 0;
pub(crate) const TAKES: u32 = 1;
pub(crate) const MAPS: u32 = 2;

/// What is in a module. Functions are named `f` and their index.
pub(crate) struct Small<'a> {
    pub(crate) imports: Vec<(&'a str, &'a str, u32)>,
    pub(crate) functions: Vec<(u32, Vec<Instruction<'a>>)>,
    pub(crate) table: Vec<u32>,
    pub(crate) exports: Vec<(&'a str, u32)>,
    pub(crate) start: Option<u32>,
    pub(crate) global: bool,
    pub(crate) memory: bool,
}

impl Default for Small<'_> {
    fn default() -> Self {
        Self {
            imports: Vec::new(),
            functions: Vec::new(),
            table: Vec::new(),
            exports: Vec::new(),
            start: None,
            global: false,
            memory: true,
        }
    }
}

/// Imports of a base that suspends itself, with the indices 0 to 3.
pub(crate) fn asyncify_imports() -> Vec<(&'static str, &'static str, u32)> {
    let imports =
        [("start_unwind", TAKES), ("stop_unwind", VOID), ("start_rewind", TAKES), ("stop_rewind", VOID)];
    imports.into_iter().map(|(name, signature)| ("asyncify", name, signature)).collect()
}

impl Small<'_> {
    pub(crate) fn module(&self) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut imports = ImportSection::new();
        for (module, field, signature) in &self.imports {
            imports.import(module, field, EntityType::Function(*signature));
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut names = NameMap::new();
        for (index, (signature, instructions)) in (self.imports.len() as u32..).zip(&self.functions) {
            functions.function(*signature);
            let mut function = Function::new([(1, ValType::I32), (1, ValType::F64)]);
            for instruction in instructions {
                function.instruction(instruction);
            }
            code.function(function.instruction(&Instruction::End));
            names.append(index, &format!("f{index}"));
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            minimum: self.table.len() as u64,
            maximum: None,
            table64: false,
            shared: false,
        });
        let mut memories = MemorySection::new();
        let minimum = 2;
        memories.memory(MemoryType {
            minimum,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        globals.global(
            GlobalType { val_type: ValType::I32, mutable: true, shared: false },
            &ConstExpr::i32_const(0),
        );
        let mut exports = ExportSection::new();
        for (name, index) in &self.exports {
            exports.export(name, ExportKind::Func, *index);
        }
        if self.memory {
            exports.export("memory", ExportKind::Memory, 0);
        }
        exports.export("table", ExportKind::Table, 0);
        let mut elements = ElementSection::new();
        let list = self.table.as_slice().into();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(list));
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables);
        if self.memory {
            module.section(&memories);
        }
        if self.global {
            module.section(&globals);
        }
        module.section(&exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module.section(&elements).section(&code);
        let mut name_section = NameSection::new();
        name_section.functions(&names);
        module.section(&name_section);
        module.finish()
    }
}
