//! Random programs of functions that call each other, in one module or in a base and a patch of it. They have their own
//! small scheduler, as TinyGo's is: `launch` and `resume` run the first function, `pause` suspends it.

mod scheduler;

use std::borrow::Cow;

use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, FunctionSection,
    GlobalSection, GlobalType, ImportSection, MemArg, MemorySection, MemoryType, Module, NameMap,
    NameSection, RefType, TableSection, TableType, TypeSection, ValType,
};

use crate::body::Body;
use crate::random::Random;

pub(crate) const TYPES: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];

/// Where the program keeps its data, and how much. Both are multiples of eight.
pub(crate) const DATA: u32 = 4096;
pub(crate) const DATA_MASK: i32 = 0xff8;
/// The word that says whether `pause` is to go on, and the structure for asyncify behind it.
const RESUMING: u64 = 60;
const STACK: i32 = 64;
const PAGES: u64 = 16;

/// Globals: two of each type, how much the program may still do, and whether it has ended.
pub(crate) const FUEL: u32 = 8;
pub(crate) const DONE: u32 = 9;

/// Functions of the page, by index of the import.
pub(crate) const DECIDE: u32 = 0;
pub(crate) const TRACE: u32 = 1;
pub(crate) const VALUE: u32 = 5;
const HOST: [&str; 6] = ["decide", "trace_i32", "trace_i64", "trace_f32", "trace_f64", "value"];

/// A function that calls others and is called.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) parameters: Vec<ValType>,
    pub(crate) result: Option<ValType>,
    /// It calls nothing but the page.
    pub(crate) leaf: bool,
    pub(crate) in_patch: bool,
    pub(crate) signature: u32,
    /// Its index in the module that it is in, and its entry in the table.
    pub(crate) index: u32,
    pub(crate) entry: u32,
}

/// Entries of the table with functions of one signature: a power of two of them.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) signature: u32,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// Modules that have not been made suspendable.
pub(crate) struct Program {
    pub(crate) base: Vec<u8>,
    pub(crate) patch: Option<Vec<u8>>,
    /// Functions of the base, by the entry of the table through which the patch imports them.
    pub(crate) entries: Vec<u32>,
}

pub(crate) struct Design {
    pub(crate) random: Random,
    pub(crate) plans: Vec<Plan>,
    pub(crate) groups: Vec<Group>,
    pub(crate) signatures: Vec<(Vec<ValType>, Option<ValType>)>,
    /// The order of the imports of the base, and where the named ones are.
    pub(crate) host: Vec<u32>,
    pub(crate) point: u32,
    asyncify: [u32; 4],
    pub(crate) size: u32,
    table: Vec<usize>,
}

const VOID: u32 = 0;
const TAKES: u32 = 1;

impl Design {
    pub(crate) fn new(seed: u64, size: u32) -> Self {
        let mut random = Random::new(seed);
        let mut signatures = vec![(vec![], None), (vec![ValType::I32], None)];
        let count = 2 + random.below(5 + size as usize / 20);
        let split = random.once_in(3);
        let mut plans = Vec::new();
        for number in 0..count {
            let mut parameters: Vec<ValType> = (0..random.below(5)).map(|_| random.pick(&TYPES)).collect();
            let mut result = (!random.once_in(3)).then(|| random.pick(&TYPES));
            if number == 0 {
                (parameters, result) = (vec![], None);
            }
            let wanted = (parameters.clone(), result);
            let known = signatures.iter().position(|one| *one == wanted);
            let signature = known.unwrap_or_else(|| {
                signatures.push(wanted);
                signatures.len() - 1
            });
            plans.push(Plan {
                parameters,
                result,
                leaf: number > 0 && random.once_in(5),
                in_patch: split && number > 0 && random.once_in(2),
                signature: signature as u32,
                index: 0,
                entry: 0,
            });
        }
        let mut design = Self {
            random,
            plans,
            groups: Vec::new(),
            signatures,
            host: Vec::new(),
            point: 0,
            asyncify: [0; 4],
            size,
            table: Vec::new(),
        };
        design.lay_out();
        design
    }

    /// Indices and entries of the table.
    fn lay_out(&mut self) {
        // Four of asyncify between the others, so that what follows them has to move.
        let mut imports: Vec<usize> = (0..HOST.len() + 4).collect();
        self.random.shuffle(&mut imports);
        let place = |one: usize| imports.iter().position(|other| *other == one).unwrap() as u32;
        self.host = (0..HOST.len()).map(place).collect();
        self.asyncify = [6, 7, 8, 9].map(place);
        let first = imports.len() as u32;
        self.point = first;
        // Behind the functions of the page, in a patch, there is one import for each function of the base.
        let (mut base, mut patch) = (first + 4, HOST.len() as u32 + 1);
        patch += self.plans.iter().filter(|plan| !plan.in_patch).count() as u32;
        for plan in &mut self.plans {
            let next = if plan.in_patch { &mut patch } else { &mut base };
            plan.index = *next;
            *next += 1;
        }
        let mut order: Vec<u32> = (0..self.signatures.len() as u32).collect();
        self.random.shuffle(&mut order);
        for signature in order {
            let mut members: Vec<usize> =
                (0..self.plans.len()).filter(|index| self.plans[*index].signature == signature).collect();
            if members.is_empty() {
                continue;
            }
            self.random.shuffle(&mut members);
            let count = members.len().next_power_of_two();
            let first = self.table.len() as u32;
            for place in 0..count {
                let member = members[place % members.len()];
                self.plans[member].entry = first + place as u32;
                self.table.push(member);
            }
            self.groups.push(Group { signature, first, count: count as u32 });
        }
    }

    /// Entries of functions, the first function's pause point behind them.
    fn point_entry(&self) -> u32 {
        self.table.len() as u32
    }

    pub(crate) fn program(mut self) -> Program {
        let base = self.base();
        let patch = self.plans.iter().any(|plan| plan.in_patch).then(|| self.patch());
        let mut entries: Vec<u32> = self.table.iter().map(|member| self.plans[*member].index).collect();
        entries.push(self.point);
        Program { base, patch, entries }
    }

    fn types(&self) -> TypeSection {
        let mut types = TypeSection::new();
        for (parameters, result) in &self.signatures {
            types.ty().function(parameters.iter().copied(), *result);
        }
        // Of what the page offers: behind the others.
        types.ty().function([], [ValType::I32]);
        for one in TYPES {
            types.ty().function([one], []);
        }
        types
    }

    fn host_type(&self, function: u32) -> EntityType {
        let first = self.signatures.len() as u32;
        EntityType::Function(if (TRACE..VALUE).contains(&function) { first + function } else { first })
    }

    fn base(&mut self) -> Vec<u8> {
        const ASYNCIFY: [(&str, u32); 4] =
            [("start_unwind", TAKES), ("stop_unwind", VOID), ("start_rewind", TAKES), ("stop_rewind", VOID)];
        let mut imports = ImportSection::new();
        for place in 0..HOST.len() as u32 + 4 {
            if let Some(function) = self.host.iter().position(|other| *other == place) {
                imports.import("env", HOST[function], self.host_type(function as u32));
            } else {
                let which = self.asyncify.iter().position(|other| *other == place).unwrap();
                let (name, signature) = ASYNCIFY[which];
                imports.import("asyncify", name, EntityType::Function(signature));
            }
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (signature, body) in [
            (VOID, self.pause_point()),
            (TAKES, self.pause()),
            (VOID, self.launch(false)),
            (VOID, self.launch(true)),
        ] {
            functions.function(signature);
            code.function(&body);
        }
        let members: Vec<Plan> = self.plans.iter().filter(|plan| !plan.in_patch).cloned().collect();
        for plan in &members {
            functions.function(plan.signature);
            code.function(&Body::generate(self, plan));
        }
        let mut tables = TableSection::new();
        tables.table(self.table_type());
        let mut memories = MemorySection::new();
        memories.memory(memory_type());
        let mut globals = GlobalSection::new();
        for index in 0..8 {
            let zero = match TYPES[index / 2] {
                ValType::I32 => ConstExpr::i32_const(index as i32),
                ValType::I64 => ConstExpr::i64_const(index as i64),
                ValType::F32 => ConstExpr::f32_const(1.5_f32.into()),
                _ => ConstExpr::f64_const(2.5_f64.into()),
            };
            globals.global(mutable(TYPES[index / 2]), &zero);
        }
        for _ in [FUEL, DONE] {
            globals.global(mutable(ValType::I32), &ConstExpr::i32_const(0));
        }
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0).export("table", ExportKind::Table, 0);
        exports.export("launch", ExportKind::Func, self.point + 2);
        exports.export("resume", ExportKind::Func, self.point + 3);
        for global in 0..=DONE {
            exports.export(&format!("global{global}"), ExportKind::Global, global);
        }
        let mut elements = ElementSection::new();
        // Entries of the patch are filled by itself; until then they hold whatever has the same signature.
        for (entry, member) in self.table.iter().enumerate() {
            if !self.plans[*member].in_patch {
                let list = [self.plans[*member].index];
                let offset = ConstExpr::i32_const(entry as i32);
                elements.active(None, &offset, Elements::Functions(Cow::Borrowed(&list)));
            }
        }
        let offset = ConstExpr::i32_const(self.point_entry() as i32);
        elements.active(None, &offset, Elements::Functions(Cow::Borrowed(&[self.point])));
        let mut names = NameMap::new();
        names.append(self.point, "point");
        names.append(self.point + 1, "pause");
        for plan in &members {
            names.append(plan.index, &format!("f{}", plan.index));
        }
        let mut name_section = NameSection::new();
        name_section.functions(&names);
        let mut module = Module::new();
        module.section(&self.types()).section(&imports).section(&functions).section(&tables);
        module.section(&memories).section(&globals).section(&exports).section(&elements).section(&code);
        module.section(&name_section);
        module.finish()
    }

    fn patch(&mut self) -> Vec<u8> {
        let mut imports = ImportSection::new();
        for (function, name) in (0..).zip(HOST) {
            imports.import("env", name, self.host_type(function));
        }
        imports.import("t", &self.point_entry().to_string(), EntityType::Function(VOID));
        for plan in self.plans.iter().filter(|plan| !plan.in_patch) {
            imports.import("t", &plan.entry.to_string(), EntityType::Function(plan.signature));
        }
        imports.import("e", "memory", EntityType::Memory(memory_type()));
        imports.import("e", "table", EntityType::Table(self.table_type()));
        for global in 0..=DONE {
            let value = if global < 8 { TYPES[global as usize / 2] } else { ValType::I32 };
            imports.import("e", &format!("global{global}"), EntityType::Global(mutable(value)));
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let members: Vec<Plan> = self.plans.iter().filter(|plan| plan.in_patch).cloned().collect();
        for plan in &members {
            functions.function(plan.signature);
            code.function(&Body::generate(self, plan));
        }
        let mut elements = ElementSection::new();
        for (entry, member) in self.table.iter().enumerate() {
            if self.plans[*member].in_patch {
                let list = [self.plans[*member].index];
                let offset = ConstExpr::i32_const(entry as i32);
                elements.active(None, &offset, Elements::Functions(Cow::Borrowed(&list)));
            }
        }
        let mut module = Module::new();
        module.section(&self.types()).section(&imports).section(&functions).section(&elements).section(&code);
        module.finish()
    }

    /// Index through which a function is called directly, if it is in reach.
    pub(crate) fn callee(&self, from_patch: bool, to: &Plan) -> Option<u32> {
        if from_patch == to.in_patch {
            return Some(to.index);
        }
        let mut base = self.plans.iter().filter(|plan| !plan.in_patch);
        let position = base.position(|plan| plan.index == to.index);
        (from_patch && !to.in_patch).then(|| HOST.len() as u32 + 1 + position.unwrap() as u32)
    }

    pub(crate) fn host_function(&self, from_patch: bool, function: u32) -> u32 {
        if from_patch { function } else { self.host[function as usize] }
    }

    /// Index of the function that suspends if the page wants it.
    pub(crate) fn point_function(&self, from_patch: bool) -> u32 {
        if from_patch { HOST.len() as u32 } else { self.point }
    }

    fn table_type(&self) -> TableType {
        TableType {
            element_type: RefType::FUNCREF,
            minimum: u64::from(self.point_entry()) + 1,
            maximum: None,
            table64: false,
            shared: false,
        }
    }
}

pub(crate) fn word(offset: u64) -> MemArg {
    MemArg { offset, align: 2, memory_index: 0 }
}

fn memory_type() -> MemoryType {
    MemoryType { minimum: PAGES, maximum: None, memory64: false, shared: false, page_size_log2: None }
}

fn mutable(val_type: ValType) -> GlobalType {
    GlobalType { val_type, mutable: true, shared: false }
}
