// Command plain knows nothing of dev-server.
package main

import "syscall/js"

const greeting = "Plain"

func main() {
	document := js.Global().Get("document")
	heading := document.Call("createElement", "h1")
	heading.Set("textContent", greeting)
	document.Get("body").Call("append", heading)
	field := document.Call("createElement", "input")
	field.Set("id", "note")
	document.Get("body").Call("append", field)
	select {}
}
