// Command small counts clicks, and keeps the count over edits.
package main

import (
	"strconv"
	"syscall/js"
	"time"

	"devserver.dev/live"

	"small/words"
)

const greeting = "Hello"

func main() {
	count, ticks := 0, 0
	live.Accept(func(data live.Data) { count = data.Int("count", 0) })
	live.Dispose(func(data live.Data) { data.SetInt("count", count) })

	document := js.Global().Get("document")
	app := document.Call("getElementById", "app")
	app.Set("innerHTML", `<h1></h1><button id="click"></button><button id="panic">Panic</button><output id="ticks"></output>`)
	app.Call("querySelector", "h1").Set("textContent", greeting+words.Mark)

	button := document.Call("getElementById", "click")
	show := func() { button.Set("textContent", "Clicked "+strconv.Itoa(count)+" times") }
	show()
	button.Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		count++
		show()
		return nil
	}))
	document.Call("getElementById", "panic").Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		fall(count)
		return nil
	}))
	// Document and window outlive the program: what it leaves on them would go on to count.
	js.Global().Call("addEventListener", "devserver-test", js.FuncOf(func(js.Value, []js.Value) any {
		js.Global().Set("devServerTestHeard", js.Global().Get("devServerTestHeard").Int()+1)
		return nil
	}))
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any {
		ticks++
		document.Call("getElementById", "ticks").Set("textContent", ticks)
		return nil
	}), 20)
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			app.Call("setAttribute", "data-greeting", greeting)
		}
	}()
	select {}
}

//go:noinline
func fall(count int) {
	panic("fell at " + strconv.Itoa(count))
}
