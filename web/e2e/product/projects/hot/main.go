// Command hot is made to be edited while it runs: it has everything that an edit can touch. What its functions say
// stands in a report, what has happened so far in its state.
package main

import (
	"syscall/js"

	"devserver.dev/live"

	"hot/ledger"
)

// instance tells one start of the program from the next.
var instance string

func main() {
	instance = js.Global().Get("crypto").Call("randomUUID").String()
	live.Accept(func(data live.Data) { ledger.Restore(data.String("ledger", "")) })
	live.Dispose(func(data live.Data) { data.SetString("ledger", ledger.Save()) })
	prepare()
	offer("report", report)
	offer("state", state)
	offer("journal", journal)
	offer("bump", bump)
	offer("begin", begin)
	offer("open", open)
	listen()
	go tick()
	go work()
	go choose()
	js.Global().Get("document").Get("body").Call("setAttribute", "data-hot", "ready")
	select {}
}

// offer makes a function callable as hot.name() in the page.
func offer(name string, run func(argument string) string) {
	hot().Set(name, js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		argument := ""
		if len(arguments) > 0 {
			argument = arguments[0].String()
		}
		return run(argument)
	}))
}

func hot() js.Value {
	object := js.Global().Get("hot")
	if object.IsUndefined() {
		object = js.Global().Get("Object").New()
		js.Global().Set("hot", object)
	}
	return object
}

// listen offers functions that are function literals themselves and hold variables.
func listen() {
	clicks := 0
	hot().Set("click", js.FuncOf(func(js.Value, []js.Value) any {
		clicks++
		return "clicked " + digits(clicks)
	}))
	poked := func(js.Value, []js.Value) any {
		ledger.Pokes += 1
		return nil
	}
	js.Global().Get("document").Call("addEventListener", "poke", js.FuncOf(poked))
	hot().Set("scale", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		return scaled(arguments[0].Int())
	}))
}
