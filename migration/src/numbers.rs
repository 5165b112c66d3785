//! System calls by number: which calls name one, and what Linux calls the numbers that are about time.

/// Functions whose first argument is the number of a system call, in `syscall` and `golang.org/x/sys/unix`.
const FUNCTIONS: [&str; 5] = ["Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "SyscallNoError"];

/// Numbers on amd64 (`arch/x86/entry/syscalls/syscall_64.tbl` of Linux), as constants of Go are called.
const TIMING: [(&str, &str); 12] = [
    ("35", "SYS_NANOSLEEP"),
    ("36", "SYS_GETITIMER"),
    ("37", "SYS_ALARM"),
    ("38", "SYS_SETITIMER"),
    ("96", "SYS_GETTIMEOFDAY"),
    ("201", "SYS_TIME"),
    ("222", "SYS_TIMER_CREATE"),
    ("223", "SYS_TIMER_SETTIME"),
    ("228", "SYS_CLOCK_GETTIME"),
    ("230", "SYS_CLOCK_NANOSLEEP"),
    ("283", "SYS_TIMERFD_CREATE"),
    ("286", "SYS_TIMERFD_SETTIME"),
];

/// Does a function of that package want a number?
pub(crate) fn is_by_number(package: &str, name: &str) -> bool {
    matches!(package, "syscall" | "golang.org/x/sys/unix") && FUNCTIONS.contains(&name)
}

/// The constant that has the number, if it is about time.
pub(crate) fn constant(number: &str) -> Option<&'static str> {
    let digits = number.replace('_', "").to_ascii_lowercase();
    let value = match digits.strip_prefix("0x") {
        Some(rest) => u32::from_str_radix(rest, 16).ok()?,
        None => digits.parse().ok()?,
    };
    let text = value.to_string();
    TIMING.iter().find(|(known, _)| *known == text).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_about_time_have_names() {
        assert_eq!(constant("35"), Some("SYS_NANOSLEEP"));
        assert_eq!(constant("0x26"), Some("SYS_SETITIMER"));
        assert_eq!(constant("2_30"), Some("SYS_CLOCK_NANOSLEEP"));
        assert_eq!(constant("39"), None);
        assert_eq!(constant("x"), None);
        assert!(is_by_number("syscall", "RawSyscall6") && !is_by_number("other", "Syscall"));
    }
}
