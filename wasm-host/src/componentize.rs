//! A component of a core module that was built for preview 2: what `wasm-tools component embed` and `new` do.

use wit_component::ComponentEncoder;

use crate::error::Error;
use crate::preflight::{Kind, exports, kind};

/// The worlds `wasi:cli/command` and `wasi:http/proxy` as linkers write them into modules: what their interfaces are. Made
/// by a test, of the texts that the engine's own WASI is made of.
const COMMAND: &[u8] = include_bytes!("../command.component-type");
const PROXY: &[u8] = include_bytes!("../proxy.component-type");

/// The program that these bytes are as a component: TinyGo leaves that to another program. It runs, or answers requests of
/// HTTP, or both, as its exports say. A component stays as it is.
pub fn component_of(module: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if kind(module, &bytes)? == Kind::Component {
        return Ok(bytes);
    }
    let exports = exports(module, &bytes)?;
    let has = |wanted: &str| exports.iter().any(|export| export.starts_with(wanted));
    let is_handler = has("wasi:http/incoming-handler@0.2.");
    let mut core = bytes;
    // Who is nothing of both is told what a program lacks.
    if has("wasi:cli/run@0.2.") || !is_handler {
        add_custom_section(&mut core, "component-type:command", COMMAND);
    }
    if is_handler {
        add_custom_section(&mut core, "component-type:proxy", PROXY);
    }
    let encoded =
        ComponentEncoder::default().validate(true).module(&core).and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| Error::NoComponent { module: module.to_owned(), detail: format!("{error:#}") })
}

fn add_custom_section(module: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut head = Vec::new();
    leb128(&mut head, name.len());
    head.extend_from_slice(name.as_bytes());
    module.push(0);
    leb128(module, head.len() + data.len());
    module.extend_from_slice(&head);
    module.extend_from_slice(data);
}

fn leb128(to: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_exports_run_becomes_a_component_and_others_are_told_why_not() {
        let text = r#"(module (memory (export "memory") 1)
          (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0)))"#;
        let component = component_of("m", wat::parse_str(text).unwrap()).unwrap();
        assert_eq!(kind("m", &component).unwrap(), Kind::Component);
        assert_eq!(component_of("m", component.clone()).unwrap(), component);
        for more in ["", r#"(func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0))"#] {
            let text = format!(
                r#"(module (memory (export "memory") 1) {more}
                  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param i32 i32)))"#
            );
            let component = component_of("m", wat::parse_str(text).unwrap()).unwrap();
            assert_eq!(kind("m", &component).unwrap(), Kind::Component, "{more}");
        }
        let error = component_of("m", wat::parse_str("(module)").unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("m: cannot be made a component: "), "{error}");
        assert!(matches!(component_of("m", b"hello".to_vec()), Err(Error::NotWasm { .. })));
    }
}
