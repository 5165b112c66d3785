//! File descriptors: each connection is one, and ten thousand are more than a process usually may have.

/// Lets this process have as many as the system allows.
pub(super) fn raise() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "no more file descriptors");
    }
}
