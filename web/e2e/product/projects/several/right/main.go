// Command right is one of several programs of a project.
package main

import (
	"syscall/js"

	"several/shared"
)

const greeting = "Right side"

func main() {
	document := js.Global().Get("document")
	heading := document.Call("createElement", "h1")
	heading.Set("textContent", greeting+" of "+shared.Name)
	document.Get("body").Call("append", heading)
	select {}
}
