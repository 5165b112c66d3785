//! The wires of `dev-server`: browser protocol and its generated types.
