// Package words says things.
package words

// Mark ends a greeting.
const Mark = "!"
