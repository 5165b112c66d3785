//! Files and streams.

use crate::entry::Entry;
use crate::kind::Kind::Io;
use crate::verdict::Outcome::{Fails, Given, Refused, Works};

const FOLDER: &str = "give the folder when it runs: `dev-server run --dir HERE::THERE`";
const MODES: &str = "WASI files have no modes: leave it out, or set modes on the outside";
const OWNERS: &str = "WASI files have no owners: leave it out, or set owners on the outside";
const TREE: &str = "name the root as `/data/file`, and give that folder when it runs: `--dir HERE::/data`";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("os", &["Stdin", "Stdout", "Stderr", "Args"], Io, [Works, Works, Works], ""),
    Entry::new("bufio", &["NewScanner", "NewReader", "NewWriter"], Io, [Works, Works, Works], ""),
    Entry::new("fmt", &["Print*", "Fprint*", "Sscan*"], Io, [Works, Works, Works], ""),
    Entry::new("log", &["Print*", "Fatal*", "New"], Io, [Works, Works, Works], ""),
    Entry::new("log/slog", &["Info", "Warn", "Error", "Debug", "New"], Io, [Works, Works, Works], ""),
    Entry::new("os", &["Open", "ReadFile", "Stat"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "os",
        &["Create", "WriteFile", "OpenFile", "Mkdir", "MkdirAll"],
        Io,
        [Given, Given, Given],
        FOLDER,
    ),
    Entry::new("os", &["Remove", "Rename"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "os",
        &["RemoveAll"],
        Io,
        [Fails, Fails, Given],
        "TinyGo cannot: remove one by one what os.ReadDir lists",
    ),
    Entry::new("os", &["ReadDir"], Io, [Given, Given, Given], FOLDER),
    Entry::new("os", &["Lstat"], Io, [Given, Given, Given], FOLDER),
    Entry::new("os", &["Readlink"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "os",
        &["Truncate"],
        Io,
        [Given, Fails, Given],
        "preview 2 cannot: write the file anew, or build for wasip1; give the folder when it runs: `--dir HERE::THERE`",
    ),
    Entry::new("os", &["MkdirTemp", "CreateTemp"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "os",
        &["TempDir"],
        Io,
        [Fails, Fails, Fails],
        "there is no /tmp: give a folder for it: `--dir HERE::/tmp`",
    ),
    Entry::new("os", &["Chmod"], Io, [Fails, Fails, Fails], MODES),
    Entry::new("os", &["Chown", "Lchown"], Io, [Refused, Refused, Fails], OWNERS),
    Entry::new(
        "os",
        &["Chtimes"],
        Io,
        [Fails, Fails, Given],
        "TinyGo cannot: leave it out, or build with Go and give the folder: `--dir HERE::THERE`",
    ),
    Entry::new(
        "os",
        &["Symlink"],
        Io,
        [Given, Fails, Given],
        "preview 2 cannot: copy the file, or build for wasip1; give the folder when it runs: `--dir HERE::THERE`",
    ),
    Entry::new("os", &["Link"], Io, [Given, Given, Given], FOLDER),
    Entry::new("os", &["DirFS"], Io, [Given, Given, Given], FOLDER),
    Entry::new("os", &["OpenRoot", "OpenInRoot"], Io, [Refused, Refused, Given], FOLDER),
    Entry::new("os", &["CopyFS"], Io, [Refused, Refused, Given], FOLDER),
    Entry::new(
        "os",
        &["Getwd"],
        Io,
        [Works, Fails, Works],
        "preview 2 has no folder to be in: name files from their roots, such as `/data/file`, and give that folder: `--dir HERE::/data`",
    ),
    Entry::new("os", &["Chdir"], Io, [Given, Given, Given], TREE),
    Entry::new("os", &["Pipe"], Io, [Fails, Fails, Fails], "use io.Pipe, or a channel"),
    Entry::new("io/ioutil", &["ReadFile", "WriteFile", "ReadDir"], Io, [Given, Given, Given], FOLDER),
    Entry::new("path/filepath", &["Walk", "WalkDir"], Io, [Given, Given, Given], FOLDER),
    Entry::new("path/filepath", &["Glob"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "path/filepath",
        &["Abs"],
        Io,
        [Works, Fails, Works],
        "preview 2 has no folder to be in: name files from their roots, such as `/data/file`, and give that folder: `--dir HERE::/data`",
    ),
    Entry::new("path/filepath", &["EvalSymlinks"], Io, [Given, Given, Given], FOLDER),
    Entry::new("archive/zip", &["OpenReader"], Io, [Given, Given, Given], FOLDER),
    Entry::new(
        "",
        &["/proc"],
        Io,
        [Fails, Fails, Fails],
        "a guest has no /proc: take what is needed as an argument or a variable",
    )
    .finally(),
    Entry::new(
        "",
        &["/sys"],
        Io,
        [Fails, Fails, Fails],
        "a guest has no /sys: take what is needed as an argument or a variable",
    )
    .finally(),
    Entry::new(
        "",
        &["/dev"],
        Io,
        [Fails, Fails, Fails],
        "a guest has no devices: use os.Stdin and os.Stdout, crypto/rand, io.Discard",
    ),
    Entry::new(
        "",
        &["/etc"],
        Io,
        [Fails, Fails, Fails],
        "a guest has no /etc: take settings as arguments, or give the folder: `--dir HERE::/etc:ro`",
    ),
    Entry::new(
        "",
        &["/tmp"],
        Io,
        [Fails, Fails, Fails],
        "there is no /tmp: give a folder for it: `--dir HERE::/tmp`",
    ),
];
