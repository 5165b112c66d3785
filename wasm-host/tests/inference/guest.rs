//! A guest whose every call is made from here, with any numbers, and whose memory can be looked at.

use wasm_host::{Compiled, Done, Error, Inference, Running, Setup, Value};

use crate::compile;

const TEXT: &str = r#"(module
  (import "wasi_ephemeral_nn" "load" (func $load (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "load_by_name" (func $by_name (param i32 i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "init_execution_context" (func $begin (param i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "set_input" (func $set (param i32 i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "compute" (func $compute (param i32) (result i32)))
  (import "wasi_ephemeral_nn" "get_output" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "dev_server_nn" "device" (func $device (param i32) (result i32)))
  (import "dev_server_nn" "failure" (func $failure (param i32 i32) (result i32)))
  (memory MEMORY 4)
  (func (export "load") (param i32 i32 i32 i32 i32) (result i32) (call $load (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  (func (export "load_by_name") (param i32 i32 i32) (result i32) (call $by_name (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init_execution_context") (param i32 i32) (result i32) (call $begin (local.get 0) (local.get 1)))
  (func (export "set_input") (param i32 i32 i32) (result i32) (call $set (local.get 0) (local.get 1) (local.get 2)))
  (func (export "compute") (param i32) (result i32) (call $compute (local.get 0)))
  (func (export "get_output") (param i32 i32 i32 i32 i32) (result i32) (call $get (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  (func (export "device") (param i32) (result i32) (call $device (local.get 0)))
  (func (export "failure") (param i32 i32) (result i32) (call $failure (local.get 0) (local.get 1)))
  (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "poke_byte") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "peek_byte") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;

/// Where results are put.
pub(crate) const TO: i32 = 0x100;
/// Where records are written, and after them what they point at.
pub(crate) const RECORD: i32 = 0x200;
pub(crate) const DIMENSIONS: i32 = 0x300;
pub(crate) const DATA: i32 = 0x400;
/// Behind everything else: from here to the end are 196,608 bytes.
pub(crate) const BEHIND: i32 = 0x10000;
/// The first address that is not there.
pub(crate) const END: i32 = 0x40000;

pub(crate) struct Guest(Running);

pub(crate) fn compiled(inference: &Inference) -> Compiled {
    compile(&TEXT.replace("MEMORY", r#"(export "memory")"#), inference)
}

/// Its memory has another name than that by which hosts know it.
pub(crate) fn without_memory(inference: &Inference) -> Compiled {
    compile(&TEXT.replace("MEMORY", r#"(export "mine")"#), inference)
}

impl Guest {
    pub(crate) async fn with(compiled: &Compiled, setup: Setup) -> Self {
        Self(compiled.instantiate(setup).await.unwrap().begin().await.unwrap())
    }

    pub(crate) async fn of(inference: &Inference) -> Self {
        Self::with(&compiled(inference), Setup::default()).await
    }

    pub(crate) async fn try_call(&mut self, name: &str, numbers: &[i32]) -> Result<i32, Error> {
        let values = numbers.iter().map(|number| Value::I32(*number)).collect::<Vec<_>>();
        Ok(match self.0.call(name, &values).await?[..] {
            [Value::I32(result)] => result,
            _ => 0,
        })
    }

    pub(crate) async fn call(&mut self, name: &str, numbers: &[i32]) -> i32 {
        self.try_call(name, numbers).await.unwrap()
    }

    pub(crate) async fn write(&mut self, at: i32, bytes: &[u8]) {
        for (offset, byte) in (0..).zip(bytes) {
            self.call("poke_byte", &[at + offset, i32::from(*byte)]).await;
        }
    }

    pub(crate) async fn read(&mut self, at: i32, length: i32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for offset in 0..length {
            bytes.push(self.call("peek_byte", &[at + offset]).await as u8);
        }
        bytes
    }

    /// The result of a call that has one.
    pub(crate) async fn result(&mut self, name: &str, numbers: &[i32]) -> Result<i32, i32> {
        match self.call(name, numbers).await {
            0 => Ok(self.call("peek", &[TO]).await),
            errno => Err(errno),
        }
    }

    pub(crate) async fn load_by_name(&mut self, name: &str) -> Result<i32, i32> {
        self.write(DATA, name.as_bytes()).await;
        self.result("load_by_name", &[DATA, name.len() as i32, TO]).await
    }

    /// A model that is in its memory already.
    pub(crate) async fn load_at(&mut self, at: i32, length: i32, target: i32) -> Result<i32, i32> {
        self.call("poke", &[RECORD, at]).await;
        self.call("poke", &[RECORD + 4, length]).await;
        self.result("load", &[RECORD, 1, 1, target, TO]).await
    }

    /// A context of a model by its name.
    pub(crate) async fn context(&mut self, name: &str) -> i32 {
        let model = self.load_by_name(name).await.unwrap();
        self.result("init_execution_context", &[model, TO]).await.unwrap()
    }

    /// The number of the call; the data lies where it is said to.
    pub(crate) async fn set_at(
        &mut self,
        [context, index]: [i32; 2],
        dimensions: &[i32],
        kind: i32,
        [at, length]: [i32; 2],
    ) -> i32 {
        let record = [DIMENSIONS, dimensions.len() as i32, kind, at, length];
        for (offset, number) in (0..).step_by(4).zip(record) {
            self.call("poke", &[RECORD + offset, number]).await;
        }
        for (offset, dimension) in (0..).step_by(4).zip(dimensions) {
            self.call("poke", &[DIMENSIONS + offset, *dimension]).await;
        }
        self.call("set_input", &[context, index, RECORD]).await
    }

    pub(crate) async fn set(&mut self, to: [i32; 2], dimensions: &[i32], values: &[f32]) -> i32 {
        for (offset, value) in (0..).step_by(4).zip(values) {
            self.call("poke", &[DATA + offset, value.to_bits().cast_signed()]).await;
        }
        self.set_at(to, dimensions, 1, [DATA, 4 * values.len() as i32]).await
    }

    /// A square that `fill` and `slow` are asked for.
    pub(crate) async fn set_side(&mut self, context: i32, side: i32) {
        for (offset, half) in [(0, side), (4, 0), (8, side), (12, 0)] {
            self.call("poke", &[DATA + offset, half]).await;
        }
        assert_eq!(self.set_at([context, 0], &[2], 5, [DATA, 16]).await, 0);
    }

    pub(crate) async fn output(&mut self, context: i32, index: i32) -> Result<Vec<f32>, i32> {
        let room = END - BEHIND;
        let length = self.result("get_output", &[context, index, BEHIND, room, TO]).await?;
        let bytes = self.read(BEHIND, length).await;
        Ok(bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect())
    }

    /// The words of its last mistake.
    pub(crate) async fn words(&mut self) -> String {
        let length = self.call("failure", &[BEHIND, 1024]).await;
        String::from_utf8(self.read(BEHIND, length).await).unwrap()
    }

    pub(crate) fn finish(self) -> Done {
        self.0.finish()
    }
}
