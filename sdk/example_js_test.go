//go:build js && wasm

package live_test

import (
	"syscall/js"

	"devserver.dev/live"
)

func ExampleData_SetObject() {
	var socket js.Value
	live.Accept(func(data live.Data) {
		socket = data.Object("socket")
		if socket.IsUndefined() {
			socket = js.Global().Get("WebSocket").New("ws://localhost/feed")
		}
	})
	live.Dispose(func(data live.Data) {
		data.SetObject("socket", socket)
	})
}

func ExampleData_Object() {
	live.Accept(func(data live.Data) {
		if canvas := data.Object("canvas"); canvas.Truthy() {
			canvas.Call("focus")
		}
	})
}
