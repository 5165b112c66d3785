//go:build js && wasm

package main

import (
	"syscall/js"
	"time"
)

var presses int

func element(id string) js.Value {
	return js.Global().Get("document").Call("getElementById", id)
}

func show(ticks int) {
	js.Global().Set("lastTick", ticks)
	element("ticks").Set("textContent", ticks)
}

func main() {
	element("press").Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		presses++
		if presses == 13 {
			panic("thirteen times")
		}
		element("presses").Set("textContent", presses)
		return nil
	}))
	for ticks := 0; ; ticks++ {
		show(ticks)
		time.Sleep(20 * time.Millisecond)
	}
}
