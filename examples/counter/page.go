//go:build js && wasm

package main

import "syscall/js"

func element(id string) js.Value {
	return js.Global().Get("document").Call("getElementById", id)
}

// listen runs handle on every event of this type. The callback lives as long as the program does, hence no Release.
func listen(id string, event string, handle func(event js.Value)) {
	element(id).Call("addEventListener", event, js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		handle(arguments[0])
		return nil
	}))
}
