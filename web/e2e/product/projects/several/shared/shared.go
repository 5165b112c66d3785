// Package shared is used by all programs.
package shared

// Name is shown by each of them.
const Name = "the house"
