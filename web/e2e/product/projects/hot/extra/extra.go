// Package extra is a module of its own, which the program does not know at first.
package extra

import "strconv"

var calls = len("four")

// Counted counts how often it was called.
func Counted(text string) string {
	calls++
	return text + strconv.Itoa(calls)
}
