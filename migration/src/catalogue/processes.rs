//! Processes, signals, users, the environment.

use crate::entry::Entry;
use crate::kind::Kind::System;
use crate::verdict::Outcome::{Fails, Given, Refused, Works};

const PROCESS: &str =
    "a guest starts no programs: let the host run it, or link what it does into the program";
const SIGNAL: &str = "a guest gets no signals: end when stdin ends, and let the host stop it";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("os/exec", &["Command", "CommandContext", "*"], System, [Fails, Fails, Fails], PROCESS)
        .finally(),
    Entry::new("os/exec", &["LookPath"], System, [Fails, Fails, Fails], PROCESS).finally(),
    Entry::new("os", &["StartProcess"], System, [Fails, Fails, Fails], PROCESS).finally(),
    Entry::new("os", &["FindProcess", "Process", "ProcAttr"], System, [Fails, Fails, Fails], PROCESS)
        .finally(),
    Entry::new("os", &["Interrupt", "Kill", "Signal"], System, [Works, Works, Works], ""),
    Entry::new("os/signal", &["Notify", "Ignore", "Reset"], System, [Fails, Fails, Fails], SIGNAL),
    Entry::new(
        "os/signal",
        &["NotifyContext", "Stop"],
        System,
        [Works, Works, Works],
        "no signal ever comes: end when stdin ends",
    ),
    Entry::new(
        "os/user",
        &["*"],
        System,
        [Fails, Fails, Fails],
        "a guest has no users: take names and folders as arguments",
    ),
    Entry::new(
        "os",
        &["Getpid", "Getppid"],
        System,
        [Fails, Fails, Works],
        "a guest is no process: TinyGo says -1, Go the same number for all; take one as an argument, or from crypto/rand",
    ),
    Entry::new(
        "os",
        &["Getuid", "Geteuid", "Getgid", "Getegid", "Getgroups"],
        System,
        [Fails, Fails, Works],
        "a guest has no user: TinyGo says -1, Go the same one for all; what it may do is what it is given",
    ),
    Entry::new(
        "os",
        &["Getenv", "LookupEnv", "ExpandEnv"],
        System,
        [Given, Given, Given],
        "give the variable when it runs: `--env NAME`",
    ),
    Entry::new("os", &["Setenv", "Unsetenv", "Clearenv", "Environ"], System, [Works, Works, Works], ""),
    Entry::new("os", &["Hostname"], System, [Fails, Fails, Works], "take the name as an argument"),
    Entry::new(
        "os",
        &["Executable"],
        System,
        [Fails, Fails, Fails],
        "a guest has no file of its own: embed what lies beside the program",
    ),
    Entry::new(
        "os",
        &["UserHomeDir", "UserCacheDir", "UserConfigDir"],
        System,
        [Fails, Fails, Fails],
        "give the variable and the folder: `--env HOME=/home --dir HERE::/home`",
    ),
    Entry::new("os", &["Exit"], System, [Works, Works, Works], ""),
    Entry::new(
        "plugin",
        &["*"],
        System,
        [Fails, Refused, Fails],
        "link it into the program, or make it a module that the host runs",
    )
    .finally(),
    Entry::new("flag", &["*"], System, [Works, Works, Works], ""),
];
