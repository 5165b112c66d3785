// Package livejson hands values of any type from one instance of a program to the next, as JSON.
//
// It is a package of its own because encoding/json would make up the larger part of a small TinyGo program: those that
// need only numbers, text and bytes stay with package live. Values follow the rules of encoding/json: fields must be
// exported, a field that the new code does not know is dropped, and one that it adds is zero.
package livejson

import (
	"encoding/json"

	"devserver.dev/live"
)

// Keep makes one variable live on, as [live.Keep] does for simple types. A value that does not fit the type of the
// variable any more is reported on the console, and the variable stays as it is.
func Keep[T any](name string, variable *T) {
	live.Keep(name, kept[T]{variable})
}

// Set writes a value of any type that encoding/json can encode.
func Set(data live.Data, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	data.SetBytes(name, text)
	return nil
}

// Get reads a value that [Set] or [Keep] wrote into variable, and tells whether there was one. After an error the
// variable is as before.
func Get[T any](data live.Data, name string, variable *T) (bool, error) {
	text := data.Bytes(name, nil)
	if text == nil {
		return false, nil
	}
	if err := (kept[T]{variable}).UnmarshalBinary(text); err != nil {
		return true, err
	}
	return true, nil
}

type kept[T any] struct {
	variable *T
}

func (k kept[T]) MarshalBinary() ([]byte, error) {
	return json.Marshal(k.variable)
}

func (k kept[T]) UnmarshalBinary(text []byte) error {
	// Into a fresh value: a decoder adds to the maps that it finds, so that a key deleted before the swap would come
	// back with the initial value, and it stops in the middle of a text that does not fit.
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	*k.variable = value
	return nil
}
