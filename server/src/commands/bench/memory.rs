//! How much memory a child of this process has.

use std::path::Path;

/// Bytes that the largest child which runs `program` has in memory now; `None` when there is none, or the system does
/// not say.
pub(super) fn of_child(program: &Path) -> Option<u64> {
    let program = program.canonicalize().ok()?;
    let own = std::process::id();
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    processes
        .filter(|process| process.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|process| std::fs::read_link(process.path().join("exe")).is_ok_and(|path| path == program))
        .filter_map(|process| std::fs::read_to_string(process.path().join("status")).ok())
        .filter(|status| value(status, "PPid:") == Some(u64::from(own)))
        .filter_map(|status| value(&status, "VmRSS:").map(|kibibytes| kibibytes << 10))
        .max()
}

/// Bytes that a process has in memory now; `None` when there is none, or the system does not say.
pub(super) fn of_process(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    value(&status, "VmRSS:").map(|kibibytes| kibibytes << 10)
}

/// The first number behind a name.
fn value(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_a_status() {
        let status = "Name:\tcompiler\nPPid:\t12\nVmRSS:\t   2048 kB\n";
        assert_eq!(value(status, "PPid:"), Some(12));
        assert_eq!(value(status, "VmRSS:"), Some(2048));
        assert_eq!(value(status, "VmSwap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_child_is_found_by_its_program() {
        let shell = Path::new("/bin/sh");
        let program = crate::process::Program::new(shell, "/").arg("-c").arg("read line");
        let child = program.converse(1 << 30).unwrap();
        // Until the child has started its own program it is another one, and for a moment after that it has no memory yet.
        let measured = async {
            while !of_child(shell).is_some_and(|bytes| (1 << 16..1 << 30).contains(&bytes)) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), measured).await.unwrap();
        child.end().await;
        assert_eq!(of_child(Path::new("/bin/true")), None);
    }
}
