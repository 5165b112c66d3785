//! Finds and provisions the tools that the stages drive.
