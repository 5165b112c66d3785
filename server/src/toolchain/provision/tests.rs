//! Making tools from scripts that stand for Go and for what it compiles: what happens to the folders.

pub(in crate::toolchain) mod machine;
mod tinygo;
mod warm_compiler;
