// Command worker computes in a Web Worker.
package main

import (
	"syscall/js"

	"devserver.dev/live"
)

const greeting = "Worked"

func main() {
	count := 0
	live.Keep("count", &count)
	self := js.Global()
	self.Call("addEventListener", "message", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		count += arguments[0].Get("data").Int()
		tell(self, count)
		return nil
	}))
	tell(self, count)
	live.OnPatch(func([]string) { tell(self, count) })
	select {}
}

func tell(self js.Value, count int) {
	answer := self.Get("Object").New()
	answer.Set("text", greeting)
	answer.Set("count", count)
	answer.Set("inWorker", self.Get("document").IsUndefined())
	self.Call("postMessage", answer)
}
