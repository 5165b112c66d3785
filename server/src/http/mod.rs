//! From what is true now to sockets and pages.
