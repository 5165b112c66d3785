//! From events of the file system to change sets.
