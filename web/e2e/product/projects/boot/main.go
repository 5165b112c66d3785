// Command boot is started by its page's own script.
package main

import (
	"os"
	"strings"
	"syscall/js"

	"devserver.dev/live"
)

const greeting = "Booted"

func main() {
	count := 0
	live.Keep("count", &count)
	document := js.Global().Get("document")
	button := document.Call("getElementById", "click")
	// TinyGo passes no arguments on.
	arguments := "none"
	if len(os.Args) > 1 {
		arguments = strings.Join(os.Args[1:], ",")
	}
	document.Call("getElementById", "words").Set("textContent", greeting+" with "+arguments)
	show := func() { button.Set("textContent", count) }
	show()
	button.Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		count++
		show()
		return nil
	}))
	select {}
}
