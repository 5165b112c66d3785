//! Modules that Go and TinyGo have made.
