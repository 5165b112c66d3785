//! The tools by name, and what there is to say about each.

use std::fmt;

use super::system::System;

/// What Homebrew has of that which the warm compiler is made from.
pub(super) const FORMULAS: &str = "llvm@19 lld wasi-libc wasi-runtimes binaryen";

/// A tool that this program drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// The standard toolchain.
    Go,
    /// The small compiler.
    TinyGo,
    /// TinyGo kept in a process, for single functions.
    WarmCompiler,
    /// The optimiser of binaryen.
    WasmOpt,
    /// A browser for `bench` and tests.
    Chromium,
    /// Another one.
    Firefox,
}

impl Tool {
    /// What to do when it is not there.
    pub fn remedy(self, system: System) -> String {
        match self {
            Self::Go => {
                "install Go 1.24 or newer from https://go.dev/dl and put its bin folder on PATH".to_owned()
            }
            Self::TinyGo => match system {
                System::Debian => {
                    "run `dev-server doctor --fix`: it builds TinyGo into the cache folder".to_owned()
                }
                System::Fedora => "run `sudo dnf install tinygo binaryen`".to_owned(),
                System::MacOs => "run `brew tap tinygo-org/tools && brew install tinygo binaryen`".to_owned(),
                System::Other => "install TinyGo from https://tinygo.org and put it on PATH".to_owned(),
            },
            Self::WarmCompiler => match system {
                System::Debian => {
                    "run `dev-server doctor --fix`: it builds the warm compiler into the cache folder".to_owned()
                }
                System::MacOs => {
                    format!("run `brew install {FORMULAS}`, then `dev-server doctor --fix`")
                }
                System::Fedora | System::Other => {
                    "use the Dockerfile of dev-server, or Debian 12, Ubuntu 24.04 or newer: LLVM 19 and a C library \
                     for WebAssembly are needed, which this system has no packages of"
                        .to_owned()
                }
            },
            Self::WasmOpt => system.install("binaryen", "binaryen", "binaryen"),
            Self::Chromium => system.install("chromium", "chromium", "--cask chromium"),
            Self::Firefox => system.install("firefox-esr", "firefox", "--cask firefox"),
        }
    }

    /// What it is for.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Go => "loads packages, and compiles with --compiler go",
            Self::TinyGo => "compiles with --compiler tinygo",
            Self::WarmCompiler => "compiles single functions after an edit, with --compiler tinygo",
            Self::WasmOpt => "finishes what TinyGo builds, and makes releases smaller",
            Self::Chromium => "`bench` and the browser tests",
            Self::Firefox => "the browser tests",
        }
    }

    /// Nothing works without it.
    pub const fn required(self) -> bool {
        matches!(self, Self::Go)
    }
}

impl fmt::Display for Tool {
    /// The name of its command.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Go => "go",
            Self::TinyGo => "tinygo",
            Self::WarmCompiler => "warm-compiler",
            Self::WasmOpt => "wasm-opt",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        })
    }
}
