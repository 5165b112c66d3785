//go:build js && wasm

package live

import "syscall/js"

// The page shows the handle only while an instance starts, hence it is taken before main runs.
var handle = js.Global().Get("__devServerLive")

// At most three callbacks exist however many functions are registered: a js.Func is never collected by itself, and
// these are needed for as long as the program runs.
var announced, listening, patchable bool

func connected() bool {
	return handle.Truthy()
}

func handedOver() Data {
	return dataOf(handle.Get("data"))
}

func announce() {
	if announced {
		return
	}
	announced = true
	handle.Call("accept", callback(runAccepting))
}

func listenForDisposal() {
	if listening {
		return
	}
	listening = true
	handle.Call("dispose", callback(runDisposing))
}

func listenForPatches() {
	if patchable {
		return
	}
	patchable = true
	handle.Call("onPatch", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		functions := make([]string, arguments[0].Length())
		for index := range functions {
			functions[index] = arguments[0].Index(index).String()
		}
		runPatching(functions)
		return nil
	}))
}

func invalidate(reason string) {
	handle.Call("invalidate", reason)
}

func generation() int {
	return handle.Get("generation").Int()
}

func warn(text string) {
	js.Global().Get("console").Call("warn", text)
}

func callback(run func(Data)) js.Func {
	return js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		run(dataOf(arguments[0]))
		return nil
	})
}

func dataOf(object js.Value) Data {
	return Data{values{object}}
}
