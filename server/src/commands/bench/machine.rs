//! What a measurement was made on. No name of the machine or its user: figures get published.

use std::path::Path;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::process::{Ending, Limits, Program};

/// The machine and the tools that matter for a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Machine {
    /// Processors that this process may use.
    pub(super) cores: usize,
    /// Mebibytes of memory; `None` when the system does not say.
    pub(super) memory_mib: Option<u64>,
    /// Operating system with its version.
    pub(super) system: String,
    /// Name of the processor.
    pub(super) processor: String,
    /// Compiler with its version; `None` when none took part.
    pub(super) compiler: Option<String>,
    /// Browser with its version; `None` when none took part.
    pub(super) browser: Option<String>,
}

impl Machine {
    /// Asks the system.
    pub(super) async fn describe(compiler: Option<String>, browser: Option<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (memory_mib, system, processor) = if cfg!(target_os = "macos") { macos().await } else { linux() };
        let processor = processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        Self { cores, memory_mib, system, processor, compiler, browser }
    }

    /// For people, on one line.
    pub(super) fn line(&self) -> String {
        let memory = self.memory_mib.map(|mib| format!(", {:.1} GiB", mib as f64 / 1024.0));
        let named = |tool: &Option<String>| tool.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        format!(
            "{} cores of {}{}, {}{}{}",
            self.cores,
            self.processor,
            memory.unwrap_or_default(),
            self.system,
            named(&self.compiler),
            named(&self.browser)
        )
    }
}

fn linux() -> (Option<u64>, String, Option<String>) {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let release = read("/etc/os-release");
    let name = value_of(&release, "PRETTY_NAME", '=').unwrap_or(std::env::consts::OS).to_owned();
    let kernel = read("/proc/sys/kernel/osrelease");
    let system = format!("{name}, kernel {}", kernel.trim());
    let memory = read("/proc/meminfo");
    let memory =
        value_of(&memory, "MemTotal", ':').and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    let processor = value_of(&read("/proc/cpuinfo"), "model name", ':').map(str::to_owned);
    (memory.map(|kib| kib / 1024), system, processor)
}

async fn macos() -> (Option<u64>, String, Option<String>) {
    let version = ask("/usr/bin/sw_vers", &["-productVersion"]).await.unwrap_or_default();
    let memory = ask("/usr/sbin/sysctl", &["-n", "hw.memsize"]).await;
    let memory = memory.and_then(|text| text.parse::<u64>().ok()).map(|bytes| bytes >> 20);
    let processor = ask("/usr/sbin/sysctl", &["-n", "machdep.cpu.brand_string"]).await;
    (memory, format!("macOS {version}"), processor)
}

async fn ask(path: &str, arguments: &[&str]) -> Option<String> {
    let program = Program::new(Path::new(path), "/").args(arguments);
    match program.run(Limits::default(), &CancellationToken::new()).await {
        Ok(Ending::Exited { status, stdout, .. }) if status.success() => {
            Some(stdout.text().trim().to_owned())
        }
        _ => None,
    }
}

/// The value of the first line `name SEPARATOR value`, without quotes.
fn value_of<'a>(text: &'a str, name: &str, separator: char) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(separator)?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_the_systems_files() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nmodel name\t: other\n";
        assert_eq!(value_of(text, "model name", ':'), Some("Some CPU @ 2.0GHz"));
        assert_eq!(
            value_of("NAME=\"x\"\nPRETTY_NAME=\"Debian 12\"\n", "PRETTY_NAME", '='),
            Some("Debian 12")
        );
        assert_eq!(value_of(text, "MemTotal", ':'), None);
    }

    #[tokio::test]
    async fn the_machine_is_described_without_its_name() {
        let machine =
            Machine::describe(Some("tinygo 0.41.1".to_owned()), Some("Chromium 156".to_owned())).await;
        assert!(
            machine.cores > 0 && !machine.processor.is_empty() && machine.system.len() > 3,
            "{machine:?}"
        );
        #[cfg(target_os = "linux")]
        assert!(machine.memory_mib.is_some_and(|mib| mib > 64), "{machine:?}");
        let line = machine.line();
        assert!(line.ends_with("tinygo 0.41.1, Chromium 156"), "{line}");
    }
}
