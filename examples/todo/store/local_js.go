//go:build js && wasm

package store

import (
	"errors"
	"syscall/js"
)

// Local is an entry of the browser's localStorage.
type Local string

// Read returns the text of the entry.
func (key Local) Read() (string, error) {
	storage, err := localStorage()
	if err != nil {
		return "", err
	}
	value := storage.Call("getItem", string(key))
	if value.IsNull() {
		return "", nil
	}
	return value.String(), nil
}

// Write replaces the entry. localStorage refuses by throwing an exception, which TinyGo cannot catch: what does not fit
// is therefore found out before.
func (key Local) Write(text string) error {
	storage, err := localStorage()
	if err != nil {
		return err
	}
	if len(text) > largest {
		return errors.New("the list is too large for the browser's storage: export it and delete what is done")
	}
	storage.Call("setItem", string(key), text)
	return nil
}

// Browsers grant about 5 million UTF-16 units.
const largest = 4 << 20

func localStorage() (js.Value, error) {
	storage := js.Global().Get("localStorage")
	if !storage.Truthy() {
		return storage, errors.New("the browser does not let this page store anything")
	}
	return storage, nil
}
