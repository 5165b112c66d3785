//! Calls of the system by name and number.

use crate::entry::Entry;
use crate::kind::Kind::{Io, System, Timing};
use crate::verdict::Outcome::{Fails, Given, Refused, Works};

const NUMBER: &str = "WASI has no calls by number: use the function of os, time or net that does the same";
const FILES: &str = "use the function of os that does the same, and give the folder: `--dir HERE::THERE`";
const SOCKETS: &str = "a guest has no sockets: let the host have the connection";
const PROCESS: &str = "a guest starts no programs and sends no signals: let the host do it";
const LIMITS: &str = "the host sets limits and counts: `dev-server run --memory --timeout`";
const MEMORY: &str = "read the file into a slice: a guest has one memory, and no pages of files in it";
const SLEEP: &str = "use time.Sleep";
const TIMER: &str = "use time.NewTimer or time.NewTicker: a guest gets no signals of timers";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("syscall", &["SYS_*"], System, [Refused, Refused, Refused], NUMBER),
    Entry::new("syscall", &["Syscall", "Syscall6", "Syscall9"], System, [Refused, Refused, Fails], NUMBER),
    Entry::new("syscall", &["RawSyscall", "RawSyscall6"], System, [Refused, Refused, Fails], NUMBER),
    Entry::new(
        "syscall",
        &["SYS_NANOSLEEP", "SYS_CLOCK_NANOSLEEP"],
        Timing,
        [Refused, Refused, Refused],
        SLEEP,
    ),
    Entry::new(
        "syscall",
        &["SYS_SETITIMER", "SYS_GETITIMER", "SYS_ALARM", "SYS_TIMER_*", "SYS_TIMERFD_*"],
        Timing,
        [Refused, Refused, Refused],
        TIMER,
    ),
    Entry::new(
        "syscall",
        &["SYS_CLOCK_GETTIME", "SYS_GETTIMEOFDAY", "SYS_TIME"],
        Timing,
        [Refused, Refused, Refused],
        "use time.Now",
    ),
    Entry::new(
        "syscall",
        &["#SYS_NANOSLEEP", "#SYS_CLOCK_NANOSLEEP"],
        Timing,
        [Refused, Refused, Fails],
        SLEEP,
    ),
    Entry::new(
        "syscall",
        &[
            "#SYS_SETITIMER",
            "#SYS_GETITIMER",
            "#SYS_ALARM",
            "#SYS_TIMER_CREATE",
            "#SYS_TIMER_SETTIME",
            "#SYS_TIMERFD_CREATE",
            "#SYS_TIMERFD_SETTIME",
        ],
        Timing,
        [Refused, Refused, Fails],
        TIMER,
    ),
    Entry::new(
        "syscall",
        &["#SYS_CLOCK_GETTIME", "#SYS_GETTIMEOFDAY", "#SYS_TIME"],
        Timing,
        [Refused, Refused, Fails],
        "use time.Now",
    ),
    Entry::new("syscall", &["Nanosleep"], Timing, [Refused, Refused, Refused], SLEEP),
    Entry::new("syscall", &["Setitimer", "Getitimer"], Timing, [Refused, Refused, Refused], TIMER),
    Entry::new(
        "syscall",
        &["Gettimeofday", "Time", "Times"],
        Timing,
        [Refused, Refused, Works],
        "use time.Now",
    ),
    Entry::new(
        "syscall",
        &["Getpid", "Getppid"],
        System,
        [Fails, Fails, Works],
        "a guest is no process: TinyGo says -1, Go the same number for all; take one as an argument, or from crypto/rand",
    ),
    Entry::new(
        "syscall",
        &["Getuid", "Geteuid", "Getgid", "Getegid"],
        System,
        [Fails, Fails, Works],
        "a guest has no user: TinyGo says -1, Go the same one for all; what it may do is what it is given",
    ),
    Entry::new("syscall", &["Kill"], System, [Fails, Fails, Fails], PROCESS).finally(),
    Entry::new(
        "syscall",
        &["Exec", "ForkExec", "PtraceAttach", "Ptrace*"],
        System,
        [Refused, Refused, Refused],
        PROCESS,
    )
    .finally(),
    Entry::new("syscall", &["StartProcess", "Wait4"], System, [Refused, Refused, Fails], PROCESS).finally(),
    Entry::new(
        "syscall",
        &["Mmap", "Munmap", "Mprotect", "Mlock*", "Madvise"],
        System,
        [Refused, Refused, Refused],
        MEMORY,
    ),
    Entry::new(
        "syscall",
        &[
            "Socket",
            "Bind",
            "Connect",
            "Listen",
            "Accept*",
            "Sendto",
            "Recvfrom",
            "Setsockopt*",
            "Getsockopt*",
        ],
        Io,
        [Refused, Refused, Fails],
        SOCKETS,
    ),
    Entry::new("syscall", &["Getrlimit", "Setrlimit"], System, [Refused, Refused, Fails], LIMITS),
    Entry::new("syscall", &["Getrusage", "Sysinfo", "Uname"], System, [Refused, Refused, Refused], LIMITS),
    Entry::new("syscall", &["Open", "Mkdir", "Unlink", "Rename"], Io, [Given, Given, Given], FILES),
    Entry::new("syscall", &["Stat", "Lstat", "Fstat"], Io, [Given, Given, Given], FILES),
    Entry::new(
        "syscall",
        &["Flock", "FcntlFlock", "LOCK_*"],
        Io,
        [Refused, Refused, Refused],
        "a guest has no locks of files: take turns on the outside",
    ),
    Entry::new(
        "syscall",
        &["Epoll*", "Inotify*", "Select", "Poll"],
        Io,
        [Refused, Refused, Refused],
        "let the host wait, or read on a goroutine",
    ),
    Entry::new(
        "syscall",
        &["Mount", "Unmount", "Chroot", "PivotRoot", "Setns", "Unshare", "Reboot"],
        System,
        [Refused, Refused, Refused],
        "the host decides what a guest sees",
    )
    .finally(),
    Entry::new("syscall", &["Read", "Write", "Close"], Io, [Works, Works, Works], ""),
    Entry::new(
        "syscall",
        &["ENOENT"],
        System,
        [Fails, Fails, Given],
        "ask errors.Is for fs.ErrNotExist, which both compilers know; a guest without any folder gets EBADF",
    ),
    Entry::new("syscall", &["E*"], System, [Works, Works, Works], ""),
    Entry::new("syscall", &["SIGINT", "SIGTERM", "SIGKILL", "Signal"], System, [Works, Works, Works], ""),
    Entry::new("syscall", &["SysProcAttr", "Credential"], System, [Refused, Refused, Works], PROCESS),
    Entry::new(
        "golang.org/x/sys/unix",
        &["import"],
        System,
        [Refused, Refused, Refused],
        "it has no files for wasip1: use os, time and net, or keep it out with `//go:build unix`",
    ),
    Entry::new(
        "golang.org/x/sys/windows",
        &["import"],
        System,
        [Refused, Refused, Refused],
        "keep it out with `//go:build windows`",
    ),
];
