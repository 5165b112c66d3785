//go:build js && wasm

package live

import "syscall/js"

// Object returns the JavaScript value under this name, or undefined. Only programs for js/wasm have it.
func (data Data) Object(name string) js.Value {
	return data.values.get(name)
}

// SetObject hands a JavaScript value over, for instance an open WebSocket, a canvas context or an element, which then
// stays open and alive in the next instance. Listeners that this instance added to it with addEventListener are
// removed; the next instance adds its own. Only programs for js/wasm have it.
//
// A js.Func must not be handed over: it is code of this instance and ends with it.
func (data Data) SetObject(name string, value js.Value) {
	data.values.set(name, value)
}
