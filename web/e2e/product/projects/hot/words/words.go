// Package words has generic functions and types, which several packages use.
package words

import "strings"

// Largest of the values.
func Largest[T int | float64](values ...T) T {
	best := values[0]
	for _, value := range values {
		if value > best {
			best = value
		}
	}
	return best
}

// Stack of values.
type Stack[T any] struct{ values []T }

// Push puts a value on top.
func (s *Stack[T]) Push(value T) { s.values = append(s.values, value) }

// Joined are all values that are texts.
func (s *Stack[T]) Joined(between string) string {
	var parts []string
	for _, value := range s.values {
		if text, ok := any(value).(string); ok {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, between)
}

// Greet greets.
func Greet(name string) string {
	return "Hello, " + name
}

// Unused is called by nobody yet.
func Unused(text string) string {
	return "<" + text + ">"
}
