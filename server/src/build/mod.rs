//! From a program to a checked module.
