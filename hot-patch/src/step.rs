//! The steps of making a base or a patch, for whoever measures them.

/// A step that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// All that is needed lies in one module.
    Link,
    /// That module can be suspended.
    Asyncify,
}
